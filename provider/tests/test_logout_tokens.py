"""What a logout takes with it (OpenID Connect Back-Channel Logout 1.0 §2.7): the tokens of that login, unless they were
asked for the user's absence."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from standard_client import Browser, Client, answered, field_of

pytestmark = pytest.mark.thorough

OPENID = "openid articles.read"


class Person:
    """A user at a browser of their own, who logs in at one app after the other."""

    def __init__(self, world: Any, user: str = "zhangsan") -> None:
        self.world, self.user = world, user
        self.http: Browser | None = None

    def login(self, client: Client, scope: str = OPENID) -> dict[str, Any]:
        return dict(client.token(code=self.code(client, scope)).json())

    def code(self, client: Client, scope: str = OPENID) -> str:
        browser = self.http or Browser(client, self.user)
        first, browser.client = self.http is None, client
        client.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "ask"}})
        page = browser.ask(scope=scope)
        self.http = browser
        return str(browser.agree(browser.log_in(page) if first else page)["code"])

    def log_out(self, client: Client, **hint: str) -> None:
        assert self.http is not None
        url = f"{client.town.provider}/oauth/logout"
        page = self.http.get(url, params={"client_id": client.app["appid"], **hint}, timeout=10)
        if not hint:
            form = {"consent_nonce": field_of(page, "consent_nonce"), "decision": "approve"}
            page = self.http.post(
                f"{url}/answer", data={**form, "client_id": client.app["appid"]}, timeout=10
            )
        assert 'data-step="ended"' in page.text


def lives(client: Client, tokens: dict[str, Any]) -> tuple[bool, bool]:
    """(access token, refresh token); asking spends the refresh token."""
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    opened = requests.get(f"{client.town.resource}/articles", headers=headers, timeout=10).status_code == 200
    told = client.form("/oauth/introspect", token=tokens["access_token"]).json()["active"]
    assert told == opened
    return opened, client.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("kind", ["opaque", "jwt"])
@pytest.mark.parametrize("hinted", [True, False])
def test_a_logout_ends_the_tokens_of_that_login(world: Any, kind: str, hinted: bool) -> None:
    client = Client(world, access_token_format=kind)
    person = Person(world)
    tokens = person.login(client)

    person.log_out(client, **({"id_token_hint": tokens["id_token"]} if hinted else {}))

    answer = client.refresh(tokens["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "was revoked" in answer.json()["error_description"]
    assert lives(client, tokens) == (False, False)


def test_what_was_asked_for_the_users_absence_stays(world: Any) -> None:
    client = Client(world)
    person = Person(world)
    tokens = person.login(client, f"{OPENID} offline_access")

    person.log_out(client)

    assert lives(client, tokens) == (True, True)


def test_an_app_that_never_asked_for_an_id_token_keeps_what_it_has(world: Any) -> None:
    """RFC 6749 knows of no session that its tokens could belong to."""
    client = Client(world)
    person = Person(world)
    tokens = person.login(client, "articles.read")

    person.log_out(client)

    assert lives(client, tokens) == (True, True)


def test_every_app_of_the_login_and_no_other_login_is_meant(world: Any) -> None:
    here, beside = Client(world), Client(world)
    person, elsewhere, other = Person(world), Person(world), Person(world, "lisi")
    own = [(here, person.login(here)), (beside, person.login(beside))]
    others = [(here, elsewhere.login(here)), (here, other.login(here))]

    person.log_out(here)

    assert [lives(client, tokens) for client, tokens in own] == [(False, False)] * 2
    assert [lives(client, tokens) for client, tokens in others] == [(True, True)] * 2
    again = Person(world)
    assert lives(here, again.login(here)) == (True, True), "the consent is still there"


def test_a_token_that_was_renewed_since_is_still_of_that_login(world: Any) -> None:
    client = Client(world)
    person = Person(world)
    tokens = client.refresh(person.login(client)["refresh_token"]).json()

    person.log_out(client)

    assert lives(client, tokens) == (False, False)


def test_a_code_that_was_on_its_way_is_refused_and_not_spent(world: Any) -> None:
    client = Client(world)
    person = Person(world)
    ending, staying = person.code(client), person.code(client, "openid offline_access")

    person.log_out(client)

    for _ in range(2):
        answer = client.token(code=ending)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        assert "has ended by a logout" in answer.json()["error_description"]
    assert client.token(code=staying).status_code == 200


def test_a_logout_in_the_settings_is_one_too(world: Any) -> None:
    client = Client(world)
    person = Person(world)
    tokens = person.login(client)
    assert person.http is not None
    url, there = f"{world.town.provider}/settings", {"world": world.name}
    page = person.http.get(f"{url}/authorizations", params=there, timeout=10)

    sent = {"csrf_token": field_of(page, "csrf_token"), **there}
    person.http.post(f"{url}/logout", params=there, data=sent, timeout=10)

    assert lives(client, tokens) == (False, False)


def test_a_test_without_a_browser_can_end_a_login_by_its_id_token(world: Any) -> None:
    client = Client(world)
    tokens, other = client.login(scope=OPENID), client.login(scope=OPENID)

    url = f"{world.town.provider}/oauth/logout"
    requests.get(url, params={"id_token_hint": tokens["id_token"]}, timeout=10)

    assert lives(client, tokens) == (False, False)
    assert lives(client, other) == (True, True)


def test_who_is_still_logged_in_after_a_hint_ended_the_login_gets_living_tokens(world: Any) -> None:
    """A client's own call by an id_token reaches no browser; there the next tokens are as good as any."""
    client = Client(world)
    person = Person(world)
    tokens = person.login(client)
    url = f"{world.town.provider}/oauth/logout"
    requests.get(url, params={"id_token_hint": tokens["id_token"]}, timeout=10)
    assert lives(client, tokens) == (False, False)

    assert person.http is not None
    later = client.token(code=answered(person.http.ask(prompt="none", scope=OPENID))["code"]).json()

    assert lives(client, later) == (True, True)


def test_a_snapshot_from_before_brings_the_login_back(world: Any) -> None:
    client, beside = Client(world), Client(world)
    person = Person(world)
    tokens, code = person.login(client), person.code(beside)
    kept = f"/worlds/{world.name}/snapshots"
    taken = world.town.api("POST", kept, {"name": "before"})["id"]

    person.log_out(client)
    world.town.api("POST", f"{kept}/{taken}/restore")

    assert beside.token(code=code).status_code == 200, "also what nobody had redeemed"
    assert lives(client, tokens) == (True, True)
