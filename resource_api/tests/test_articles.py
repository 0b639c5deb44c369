"""Articles and drafts at the resource API (S3): their own scopes, in RFC 6750's words, verified in either way."""

from __future__ import annotations

from typing import Any

import pytest
import requests

CALLBACK = "http://127.0.0.1/callback"
AUTO = {"mode": "auto", "user": "zhangsan"}


class App:
    """An app of the standard dialect, and its user's tokens."""

    def __init__(self, world: Any, way: str = "store", **fields: Any) -> None:
        self.town, self.world = world.town, world
        defaults = {"name": way, "dialect": "standard", "policies": {"token_check": way}}
        if fields.get("kind") != "machine":
            defaults |= {"redirect_uris": [CALLBACK], "consent": AUTO}
        self.app = world.new_app(**{**defaults, **fields})

    def token(self, scope: str, user: str = "zhangsan") -> str:
        asked = {"user": user, "scope": scope, "redirect_uri": CALLBACK}
        code = self.town.api("POST", f"/apps/{self.app['appid']}/codes", asked)["code"]
        return self.exchange(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)

    def exchange(self, **form: str) -> str:
        own = {"client_id": self.app["appid"], "client_secret": self.app["secret"]}
        answer = requests.post(f"{self.town.provider}/oauth/token", data={**own, **form}, timeout=10)
        return str(answer.json()["access_token"])

    def read(self, token: str) -> requests.Response:
        return requests.get(f"{self.town.resource}/articles", headers=bearer(token), timeout=10)

    def shelf(self, token: str) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in self.read(token).json()["articles"]}

    def erase(self, token: str, article: str = "a3") -> requests.Response:
        url = f"{self.town.resource}/articles/{article}/draft"
        return requests.delete(url, headers=bearer(token), timeout=10)

    def write(self, token: str, article: str = "a3", text: str = "排好了") -> requests.Response:
        url = f"{self.town.resource}/articles/{article}/draft"
        return requests.post(url, headers=bearer(token), data={"text": text}, timeout=10)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


@pytest.fixture(params=["store", "introspect"])
def app(request: pytest.FixtureRequest, world: Any) -> App:
    return App(world, request.param)


def test_a_user_has_articles_also_one_that_is_not_published(app: App) -> None:
    shelf = app.shelf(app.token("articles.read"))

    assert {one["status"] for one in shelf.values()} == {"published", "unpublished"}
    assert all(one["title"] and one["text"] and one["author"] == "张三" for one in shelf.values())
    assert not any("draft" in one for one in shelf.values())


@pytest.mark.parametrize("scope", ["user_info", "openid profile", "read", "articles.write"])
def test_reading_needs_its_own_scope(app: App, scope: str) -> None:
    refused = app.read(app.token(scope))

    assert refused.status_code == 403
    assert refused.json() == {"error": "insufficient_scope"}
    says = f"this takes the scope articles.read, and the token has {scope}: ask for it in another login"
    challenge = 'Bearer realm="ninestep", error="insufficient_scope"'
    told = f'{challenge}, error_description="{says}", scope="articles.read"'
    assert refused.headers["WWW-Authenticate"] == told


@pytest.mark.parametrize("scope", ["snsapi_userinfo", "snsapi_base"])
@pytest.mark.parametrize("way", ["store", "introspect"])
def test_a_token_of_a_wechat_login_reaches_no_article(world: Any, way: str, scope: str) -> None:
    app = App(world, way, dialect="wechat", kind="official_account")
    code = app.town.api("POST", f"/apps/{app.app['appid']}/codes", {"user": "zhangsan", "scope": scope})
    sent = {"appid": app.app["appid"], "secret": app.app["secret"], "grant_type": "authorization_code"}
    url = f"{app.town.provider}/sns/oauth2/access_token"
    token = requests.get(url, params={**sent, **code}, timeout=10).json()["access_token"]

    for refused in (app.read(token), app.write(token)):
        assert (refused.status_code, refused.json()) == (403, {"error": "insufficient_scope"})


def test_a_draft_is_written_for_the_user_and_the_text_stays(app: App) -> None:
    both, other = app.token("articles.read articles.write"), app.token("articles.read", "lisi")
    before = app.shelf(both)

    written = app.write(both, "a3", "第一版")
    again = app.write(both, "a3", "第二版")

    assert (written.status_code, again.status_code) == (201, 201)
    assert written.json() == {**before["a3"], "draft": "第一版"}
    assert app.shelf(both) == {**before, "a3": {**before["a3"], "draft": "第二版"}}
    assert "draft" not in app.shelf(other)["a3"], "another user's account"


def test_a_draft_of_a_world_is_in_no_other(world: Any) -> None:
    here, elsewhere = App(world), world.town.api("POST", "/apps", {"dialect": "standard", "consent": AUTO})
    here.write(here.token("articles.write"))
    there = App(world)
    there.app = world.town.api("PATCH", f"/apps/{elsewhere['appid']}", {"redirect_uris": [CALLBACK]})

    assert "draft" not in there.shelf(there.token("articles.read"))["a3"]


def test_who_may_write_may_delete_the_users_draft_and_nobody_elses(app: App) -> None:
    both, other = app.token("articles.read articles.write"), app.token("articles.read articles.write", "lisi")
    before = app.shelf(both)
    app.write(both)
    app.write(other)

    for _ in range(2):  # also where there is none any more
        gone = app.erase(both)
        assert (gone.status_code, gone.json()) == (200, before["a3"])
    assert app.shelf(both) == before
    assert "draft" in app.shelf(other)["a3"], "another user's"


@pytest.mark.parametrize(
    ("scope", "article", "status", "error"),
    [("articles.read", "a3", 403, "insufficient_scope"), ("articles.write", "a9", 404, "not_found")],
)
def test_a_deletion_that_is_refused_deletes_nothing(
    app: App, scope: str, article: str, status: int, error: str
) -> None:
    both = app.token("articles.read articles.write")
    app.write(both)

    refused = app.erase(app.token(scope), article)

    assert (refused.status_code, refused.json()) == (status, {"error": error})
    assert "draft" in app.shelf(both)["a3"]


def test_writing_needs_its_own_scope_and_a_refusal_writes_nothing(app: App) -> None:
    reader = app.token("articles.read")

    refused = app.write(reader)

    assert refused.status_code == 403
    assert refused.headers["WWW-Authenticate"].endswith('login", scope="articles.write"')
    assert "draft" not in app.shelf(reader)["a3"]


@pytest.mark.parametrize(
    ("article", "text", "status", "error"),
    [
        ("a9", "x", 404, "not_found"),
        ("a3", "", 400, "invalid_request"),
        ("a3", "  ", 400, "invalid_request"),
        ("a3", "长" * 4001, 400, "invalid_request"),
    ],
)
def test_a_draft_is_of_an_article_and_has_a_text(
    world: Any, article: str, text: str, status: int, error: str
) -> None:
    app = App(world)
    both = app.token("articles.read articles.write")

    refused = app.write(both, article, text)

    assert (refused.status_code, refused.json()) == (status, {"error": error})
    assert "draft" not in app.shelf(both)["a3"]


def test_no_token_and_a_bad_one_are_told_apart(app: App) -> None:
    none, bad = app.read(""), app.read("nobody")

    assert (none.status_code, none.headers["WWW-Authenticate"]) == (401, 'Bearer realm="ninestep"')
    assert (bad.status_code, bad.json()) == (401, {"error": "invalid_token"})
    assert bad.headers["WWW-Authenticate"].startswith('Bearer realm="ninestep", error="invalid_token", ')


def test_an_expired_and_a_withdrawn_token_open_nothing(app: App) -> None:
    token, other = app.token("articles.read"), app.token("articles.read", "lisi")
    app.town.api("DELETE", "/grants", params={"world": app.world.name, "user": "lisi"}, status=204)
    assert app.read(other).status_code == 401
    assert app.read(token).status_code == 200

    app.world.advance("1h1s")

    assert (app.read(token).status_code, app.write(token).status_code) == (401, 401)


def test_a_machine_reads_what_is_published_and_writes_for_nobody(world: Any) -> None:
    app = App(world, kind="machine")
    token = app.exchange(grant_type="client_credentials", scope="articles.read articles.write")

    told = app.read(token).json()["articles"]
    refused = app.write(token)

    assert {one["status"] for one in told} == {"published"}
    assert {"张三", "王五"} <= {one["author"] for one in told}
    assert (refused.status_code, refused.json()) == (403, {"error": "insufficient_scope"})


def test_both_are_told_in_the_trace_with_their_checks(world: Any) -> None:
    app = App(world)
    token = app.token("articles.read")
    app.read(token)
    app.write(token)

    exchanges = app.town.api("GET", f"/flows/{world.flow(app=app.app['appid'])['id']}/exchanges")
    told = {e["name"]: e for e in exchanges if e["service"] == "resource_api"}
    assert all(check["ok"] for check in told["articles.read"]["checks"])
    assert (told["draft.written"]["outcome"], told["draft.written"]["error"]) == (
        "refused",
        "insufficient_scope",
    )
    failed = [check["name"] for check in told["draft.written"]["checks"] if not check["ok"]]
    assert failed == ["scope allows writing drafts"]
    assert token not in str(exchanges)
