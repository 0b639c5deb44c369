"""How often a request asks Redis: few, and counted (design.md §5), the trace included."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from ninestep.records import App, Consent, User, World
from ninestep.settings import ProviderSettings, ResourceSettings
from ninestep.store import Store
from ninestep_provider.app import create_app as create_provider
from ninestep_resource_api.app import create_app as create_resource

CALLBACK = "http://127.0.0.1/cb"


def test_a_login_asks_redis_seldom(store: Store, redis_url: str, trips: Any, hanging_up: Any) -> None:
    place = {"redis_url": redis_url, "redis_prefix": store.keys.prefix}
    provider = hanging_up(create_provider(ProviderSettings(**place))).test_client()
    resource = hanging_up(create_resource(ResourceSettings(**place))).test_client()
    store.save_world(World(name="w", created_at=0, last_used=0, pinned=True))
    store.save_user(User(uid="u", world="w", nickname="用户"))
    store.save_app(
        App(
            appid="wx0123456789abcdef",
            secret="s",
            world="w",
            name="n",
            dialect="wechat",
            kind="official_account",
            redirect_uris=[CALLBACK],
            scopes=["snsapi_base", "snsapi_userinfo"],
            consent=Consent(mode="auto", user="u"),
        )
    )
    query = f"appid=wx0123456789abcdef&redirect_uri={CALLBACK}&response_type=code&scope=snsapi_userinfo"

    def login(state: str) -> dict[str, int]:
        spent = {}
        trips.start()
        answer = provider.get(f"/connect/oauth2/authorize?{query}&state={state}")
        spent["authorize"] = trips.count
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        trips.start()
        tokens = provider.get(
            f"/sns/oauth2/access_token?appid=wx0123456789abcdef&secret=s&code={code}&grant_type=authorization_code"
        ).get_json(force=True)
        spent["token"] = trips.count
        trips.start()
        profile = resource.get(
            f"/sns/userinfo?access_token={tokens['access_token']}&openid={tokens['openid']}"
        )
        spent["userinfo"] = trips.count
        assert profile.get_json(force=True)["nickname"] == "用户"
        return spent

    login("warm")  # scripts are loaded and connections made once per process
    spent = login("counted")

    assert spent["userinfo"] <= 3
    assert spent["token"] <= 4
    assert spent["authorize"] <= 4
