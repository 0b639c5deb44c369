"""RFC 6750 at the resource API: what a challenge may hold, how long a token opens anything, and who may keep an answer."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests
from standard_client import Client

PART = re.compile(r'(\w+)="([^"\\]*)"')  # of a challenge: no value of ours has to be escaped
SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+( [\x21\x23-\x5B\x5D-\x7E]+)*")
ERROR = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class App(Client):
    """A client, and what it asks the resource API."""

    def bearer_token(self, scope: str) -> str:
        return str(self.login(scope=scope)["access_token"])

    def read(self, token: str) -> requests.Response:
        return requests.get(f"{self.town.resource}/articles", headers=bearer(token), timeout=10)

    def write(self, token: str) -> requests.Response:
        url = f"{self.town.resource}/articles/a3/draft"
        return requests.post(url, headers=bearer(token), data={"text": "x"}, timeout=10)


def refusals(app: App) -> list[tuple[requests.Response, int, str]]:
    """(answer, status, error) of everything that can be wrong with a token, at each protected address."""
    poor = app.bearer_token("user_info")
    articles, profile = f"{app.town.resource}/articles", f"{app.town.resource}/userinfo"
    odd = "\"',=\\\t"
    told = []
    for url, method in ((articles, "GET"), (profile, "GET"), (f"{articles}/a3/draft", "POST")):
        for send, status, error in (
            ({}, 401, ""),
            ({"headers": {"Authorization": "Basic eDp5"}}, 401, ""),
            ({"headers": bearer("nobody")}, 401, "invalid_token"),
            ({"headers": bearer(odd)}, 401, "invalid_token"),
            ({"headers": bearer("a"), "params": {"access_token": "b"}}, 400, "invalid_request"),
            ({"params": [("access_token", "a"), ("access_token", "a")]}, 400, "invalid_request"),
            *([] if url == profile else [({"headers": bearer(poor)}, 403, "insufficient_scope")]),
        ):
            told.append((requests.request(method, url, timeout=10, **send), status, error))  # type: ignore[arg-type]
    return told


@pytest.mark.parametrize("way", ["store", "introspect"])
def test_a_challenge_names_its_scheme_and_each_attribute_once(world: Any, way: str) -> None:
    """§3, §3.1: one of ours for each refusal, in characters that a header can hold."""
    for answer, status, error in refusals(App(world, policies={"token_check": way})):
        assert answer.status_code == status
        challenge = answer.headers["WWW-Authenticate"]
        scheme, _, rest = challenge.partition(" ")
        parts = PART.findall(rest)
        assert scheme == "Bearer"
        assert ", ".join(f'{name}="{value}"' for name, value in parts) == rest
        names = [name for name, _ in parts]
        assert len(names) == len(set(names)) >= 1
        found = dict(parts)
        assert found.get("error", "") == error
        assert ("scope" in found) is (error == "insufficient_scope")
        assert SCOPE.fullmatch(found.get("scope", "any"))
        assert ERROR.fullmatch(found.get("error", "any"))
        assert ("error_description" in found) is bool(error)
        assert ERROR.fullmatch(found.get("error_description", "any"))
        assert set(found) <= {"realm", "error", "error_description", "scope"}


def test_who_shows_no_token_is_told_of_no_error(world: Any) -> None:
    """§3.1: neither in the challenge nor in the body."""
    app = App(world)
    for url in ("/userinfo", "/articles"):
        for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}):
            answer = requests.get(app.town.resource + url, headers=headers, timeout=10)
            assert answer.status_code == 401
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ninestep"'
            assert "error" not in answer.text
    refused = app.read("nobody")
    assert refused.json() == {"error": "invalid_token"}, "who shows one is told"


def test_a_token_is_good_for_an_hour_unless_the_app_says_otherwise(world: Any) -> None:
    """§5.2, §5.3."""
    usual, brief = App(world), App(world, ttl={"access": 60})
    told = usual.bearer_token("articles.read"), brief.bearer_token("articles.read")
    assert [app.read(token).status_code for app, token in zip((usual, brief), told, strict=True)] == [
        200,
        200,
    ]

    world.advance("61s")
    assert [app.read(token).status_code for app, token in zip((usual, brief), told, strict=True)] == [
        200,
        401,
    ]
    world.advance("1h")
    assert usual.read(told[0]).status_code == 401


def test_nothing_that_a_token_opened_may_be_kept(world: Any) -> None:
    """§2.3, §5.3: least of all where the token stood in the address."""
    app = App(world)
    token = app.bearer_token("articles.read user_info")

    for url in ("/userinfo", "/articles"):
        for send in ({"headers": bearer(token)}, {"params": {"access_token": token}}):
            answer = requests.get(app.town.resource + url, timeout=10, **send)  # type: ignore[arg-type]
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "no-store"
            assert "Set-Cookie" not in answer.headers
            assert token not in answer.text


def test_a_token_opens_what_its_scope_covers_and_nothing_beside_it(world: Any) -> None:
    """§5.2; RFC 6749 §7."""
    app = App(world)
    profile, articles = app.bearer_token("user_info"), app.bearer_token("articles.read")
    url = f"{app.town.resource}/userinfo"

    assert requests.get(url, headers=bearer(profile), timeout=10).status_code == 200
    assert app.read(profile).status_code == 403
    assert requests.get(url, headers=bearer(articles), timeout=10).status_code == 403
    assert app.read(articles).status_code == 200
    assert app.write(articles).status_code == 403


def test_a_token_in_a_body_stands_in_a_form_of_one_part(world: Any) -> None:
    """§2.2."""
    app = App(world)
    token, url = app.bearer_token("user_info"), f"{app.town.resource}/userinfo"

    good = requests.post(url, data={"access_token": token}, timeout=10)
    for refused in (
        requests.post(url, files={"access_token": (None, token)}, timeout=10),
        requests.post(url, json={"access_token": token}, timeout=10),
        requests.post(url, data=f"access_token={token}", headers={"Content-Type": "text/plain"}, timeout=10),
    ):
        assert refused.status_code == 401
        assert "error" not in refused.headers["WWW-Authenticate"], "no token was sent"
    assert good.json()["id"] == "zhangsan"
