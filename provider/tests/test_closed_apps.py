"""An app that is disabled or banned: while it is, its tokens open nothing, and afterwards they are as they were."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from granting import EXCHANGE, exchanged, machine
from logout_listener import Listener
from standard_client import Browser, Client, field_of, verified

pytestmark = pytest.mark.thorough

HOW = ["disabled", "banned"]
SCOPE = "openid articles.read"


def change(client: Client, **fields: bool) -> None:
    client.town.api("PATCH", f"/apps/{client.app['appid']}", fields)


def read(client: Client, token: str, path: str) -> requests.Response:
    url, headers = f"{client.town.resource}{path}", {"Authorization": f"Bearer {token}"}
    return requests.get(url, headers=headers, timeout=10)


def refused(client: Client, token: str, how: str) -> None:
    for path in ("/userinfo", "/articles"):
        answer = read(client, token, path)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_token"}), path
        assert f"the app of this token is {how}" in answer.headers["WWW-Authenticate"]


def opened(client: Client, token: str) -> None:
    assert [read(client, token, path).status_code for path in ("/userinfo", "/articles")] == [200, 200]


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("way", ["store", "introspect"])
@pytest.mark.parametrize("kind", ["opaque", "jwt"])
def test_its_tokens_open_nothing_until_it_is_there_again(world: Any, how: str, way: str, kind: str) -> None:
    client = Client(world, policies={"token_check": way}, access_token_format=kind)
    tokens = client.login(scope=SCOPE)

    change(client, **{how: True})
    refused(client, tokens["access_token"], how)
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_client"

    change(client, **{how: False})
    opened(client, tokens["access_token"])
    assert client.refresh(tokens["refresh_token"]).status_code == 200, "nothing was spent"


@pytest.mark.parametrize("how", HOW)
def test_a_page_that_was_open_before_gives_it_nothing(world: Any, how: str) -> None:
    client = Client(world)
    browser = Browser(client)
    page = browser.log_in(browser.ask())
    sent = {"consent_nonce": field_of(page, "consent_nonce"), "decision": "approve"}

    change(client, **{how: True})
    refusal = browser.post(page.url, data=sent, allow_redirects=False, timeout=10)
    change(client, **{how: False})

    assert refusal.status_code == 400
    assert "Location" not in refusal.headers
    assert browser.agree(page)["code"], "the answer was not spent"


@pytest.mark.parametrize("how", HOW)
def test_nobody_tells_it_of_a_logout(world: Any, listener: Listener, how: str) -> None:
    client = Client(world, backchannel_logout_uri=listener.url)
    tokens = client.login(scope=SCOPE)

    change(client, **{how: True})
    url = f"{world.town.provider}/oauth/logout"
    requests.get(url, params={"id_token_hint": tokens["id_token"]}, timeout=10)
    change(client, **{how: False})

    world.town.api("POST", f"/apps/{client.app['appid']}/logout", {"user": "lisi"})
    assert verified(world.town, listener.token()).claims["sub"] == "lisi", "the first that it hears of"
    assert client.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant", "it ended all the same"


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("which", ["shop", "service"])
def test_a_token_got_in_exchange_needs_both_apps(world: Any, how: str, which: str) -> None:
    """RFC 8693: it is the shop's user's, and the service acts with it. RFC 7662 §2.2: nobody is told why."""
    apps = {"shop": Client(world), "service": machine(world, grant_types=[EXCHANGE])}
    token = exchanged(apps["service"], apps["shop"].login(scope=SCOPE)["access_token"]).json()["access_token"]
    opened(apps["service"], token)

    change(apps[which], **{how: True})
    refused(apps["service"], token, how)
    if which == "shop":
        assert apps["service"].form("/oauth/introspect", token=token).json() == {"active": False}
    change(apps[which], **{how: False})

    opened(apps["service"], token)
    assert apps["service"].form("/oauth/introspect", token=token).json()["active"]


def test_nothing_can_be_got_in_exchange_for_it(world: Any) -> None:
    shop, service = Client(world), machine(world, grant_types=[EXCHANGE])
    token = shop.login(scope=SCOPE)["access_token"]

    change(shop, disabled=True)
    assert exchanged(service, token).json()["error"] == "invalid_request"
    change(shop, disabled=False)
    assert exchanged(service, token).status_code == 200


@pytest.mark.parametrize(
    ("way", "name"), [("store", "client enabled"), ("introspect", "token and consent live")]
)
def test_the_trace_names_the_check_and_the_reason(world: Any, way: str, name: str) -> None:
    client = Client(world, policies={"token_check": way})
    token = client.login(scope=SCOPE)["access_token"]
    change(client, disabled=True)

    read(client, token, "/articles")

    told = client.town.api("GET", f"/flows/{world.flow(app=client.app['appid'])['id']}/exchanges")
    failed = [check for one in told for check in one["checks"] if not check["ok"]]
    assert {"name": name, "ok": False, "detail": "client_disabled"} in failed
    [last] = [one for one in told if one["name"] == "articles.read"]
    assert (last["outcome"], last["error"]) == ("refused", "invalid_token")


def test_a_wechat_apps_token_is_no_key_to_the_towns_articles_either(world: Any) -> None:
    """The platform's own calls are the platform's matter; the articles are the town's."""
    app = world.new_app(dialect="wechat", kind="official_account")
    code = world.town.api(
        "POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan", "scope": "snsapi_userinfo"}
    )
    sent = {"appid": app["appid"], "secret": app["secret"], "grant_type": "authorization_code"}
    url = f"{world.town.provider}/sns/oauth2/access_token"
    token = requests.get(url, params={**sent, "code": code["code"]}, timeout=10).json()["access_token"]
    client = Client(world)
    assert read(client, token, "/articles").json() == {"error": "insufficient_scope"}

    world.town.api("PATCH", f"/apps/{app['appid']}", {"banned": True})

    assert read(client, token, "/articles").json() == {"error": "invalid_token"}
