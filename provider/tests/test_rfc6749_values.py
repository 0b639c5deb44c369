"""RFC 6749 on values: nobody guesses one, none comes twice, and their sizes are as the documentation says, over HTTP."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import Any

import pytest
import requests
from standard_client import CALLBACK, Client

DOCS = Path(__file__).parents[2] / "docs"
URL_SAFE = string.ascii_letters + string.digits + "-_"  # six bits each
ENOUGH = 160  # bits, §10.10
OPAQUE = ("code", "access_token", "refresh_token", "request_uri")


def made(client: Client) -> dict[str, str]:
    """What one login brings, and what a push does."""
    code = client.answer()["code"]
    tokens = client.token(code=code).json()
    own = {"client_id": client.app["appid"], "client_secret": client.app["secret"]}
    form = {**own, "response_type": "code", "redirect_uri": CALLBACK}
    pushed = requests.post(f"{client.town.provider}/oauth/par", data=form, timeout=10).json()
    return {
        **own,
        "code": code,
        "access_token": tokens["access_token"],
        "refresh_token": tokens["refresh_token"],
        "request_uri": pushed["request_uri"],
    }


@pytest.mark.parametrize("guide", ["requests.md", "requests.zh-CN.md"])
def test_values_are_as_long_as_the_documentation_says(world: Any, guide: str) -> None:
    """§2.2, §4.1.2, §4.2.2, §5.1: the server should document the size of what it issues."""
    told = dict(re.findall(r"^\| `(\w+)` \| (\d+)", (DOCS / guide).read_text("utf-8"), re.M))

    assert {name: int(told[name]) for name in made(Client(world))} == {
        name: len(value) for name, value in made(Client(world)).items()
    }
    readable = Client(world, access_token_format="jwt").login(scope="user_info")["access_token"]
    [about] = re.findall(r"^\| `access_token` \| \d+\D+(\d+)", (DOCS / guide).read_text("utf-8"), re.M)
    assert abs(len(readable) - int(about)) < 200


@pytest.mark.parametrize("guide", ["requests.md", "requests.zh-CN.md"])
def test_the_scope_of_who_asks_for_none_is_documented(world: Any, guide: str) -> None:
    """§3.3."""
    client = Client(world)
    told = client.token(code=client.answer(scope=None)["code"]).json()["scope"]
    documented = (DOCS / guide).read_text("utf-8")

    assert told == "user_info"
    assert re.search(rf"(no scope gets|没写 scope 就是) `{told}`", documented)
    machine = Client(world, kind="machine").token(grant_type="client_credentials", redirect_uri=None)
    assert set(machine.json()["scope"].split()) == {"read", "articles.read", "articles.write"}


def test_nobody_guesses_a_value(world: Any) -> None:
    """§10.10: 2^-160 for what no person has to type; no two are alike, and no place is the same in all of them."""
    client = Client(world)
    rounds = [made(client) for _ in range(12)]

    for name in OPAQUE:
        values = [each[name].removeprefix("urn:ietf:params:oauth:request_uri:") for each in rounds]
        assert len(set(values)) == len(values)
        assert set("".join(values)) <= set(URL_SAFE)
        # The last character may hold fewer bits than six.
        moving = [place for place in zip(*values, strict=True) if len(set(place)) > 1]
        assert 6 * (len(moving) - 1) >= ENOUGH, name
    apps = {client.app["secret"], *(Client(world).app["secret"] for _ in range(3))}
    assert len(apps) == 4
    assert all(4 * len(secret) >= 128 for secret in apps), "hexadecimal, as the platform's are"


def test_what_is_altered_in_one_place_opens_nothing(world: Any) -> None:
    """§10.3, §10.4."""
    for form in ("opaque", "jwt"):
        client = Client(world, access_token_format=form)
        tokens = client.login(scope="user_info")

        for secret in (tokens["access_token"], tokens["refresh_token"]):
            for place in (0, len(secret) // 2, len(secret) - 1):
                other = "A" if secret[place] != "A" else "B"
                altered = secret[:place] + other + secret[place + 1 :]
                assert client.userinfo({"access_token": altered}) == {"error": "invalid_token"}
                assert client.refresh(altered).json()["error"] == "invalid_grant"
        assert client.userinfo(tokens)["id"] == "zhangsan"
        assert client.refresh(tokens["refresh_token"]).status_code == 200
