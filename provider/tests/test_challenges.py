"""The challenge of the resource API (RFC 6750 §3): beside the error stands what was wrong, and what would be right."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from granting import machine
from key_holder import Holder
from ninestep.dialects.standard.error_description import MOST
from ninestep_resource_api import descriptions
from standard_client import Client


def told(client: Client, path: str = "/articles", token: str = "", method: str = "GET", **send: Any) -> str:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = client.town.resource + path
    answer = requests.request(method, url, headers=headers, timeout=10, **send)
    return answer.headers["WWW-Authenticate"]


def test_who_sends_a_bad_token_is_told_what_is_wrong_with_it(world: Any) -> None:
    client = Client(world)
    tokens = [client.login(scope="openid articles.read")["access_token"] for _ in range(2)]

    assert "no such token" in told(client, token="nobody")
    assert "more than one place" in told(client, token="a", params={"access_token": "a"})
    client.form("/oauth/revoke", token=tokens[0])
    assert "was revoked" in told(client, token=tokens[0])
    world.advance("1h1s")
    assert "has expired: refresh it" in told(client, token=tokens[1])


def test_a_withdrawn_consent_and_a_user_who_is_gone_are_told_apart(world: Any) -> None:
    """One of the town who is deleted leaves its consents in other worlds behind."""
    guest, client = f"guest{world.name}", Client(world)
    world.town.api("POST", "/users", {"uid": guest}, params={"world": "town"})
    tokens = []
    for user in ("zhangsan", guest):
        consent = {"consent": {"mode": "auto", "user": user}}
        world.town.api("PATCH", f"/apps/{client.app['appid']}", consent)
        tokens.append(client.login(scope="openid articles.write")["access_token"])

    world.town.api("DELETE", "/grants", params={"world": world.name, "user": "zhangsan"}, status=204)
    world.town.api("DELETE", f"/users/{guest}", params={"world": "town"})

    withdrawn, gone = (told(client, "/articles/a3/draft", one, "POST", data={"text": "x"}) for one in tokens)
    assert "withdrawn the consent" in withdrawn
    assert "the user of this token is gone" in gone


def test_a_scope_that_does_not_do_is_named_with_the_one_that_would(world: Any) -> None:
    client, job = Client(world), machine(world)
    token = client.login(scope="openid read")["access_token"]
    alone = job.token(grant_type="client_credentials", redirect_uri=None, scope="articles.write").json()

    says = told(client, token=token)
    own = told(job, "/articles/a3/draft", alone["access_token"], "POST", data={"text": "x"})

    assert 'error_description="this takes the scope articles.read, and the token has openid read: ask' in says
    assert says.endswith('scope="articles.read"')
    assert "this takes a token of a user" in own


def test_a_draft_without_a_text_is_told_of_its_text(world: Any) -> None:
    client = Client(world)
    token = client.login(scope="openid articles.write")["access_token"]

    assert "text is missing" in told(client, "/articles/a3/draft", token, "POST", data={"text": " "})


@pytest.mark.parametrize(
    ("fault", "says"),
    [("token_expired", "has expired"), ("scope_denied", "this takes the scope articles.read")],
)
def test_a_fault_says_what_the_real_thing_would(world: Any, fault: str, says: str) -> None:
    client = Client(world)
    token = client.login(scope="openid articles.read")["access_token"]
    armed = {"endpoint": "articles", "error": fault}
    world.town.api("POST", f"/apps/{client.app['appid']}/faults", armed)

    assert says in told(client, token=token)


def test_a_bound_token_is_told_of_under_its_own_scheme(world: Any) -> None:
    """RFC 9449 §7.1: of everything that can be wrong with it, also of its scope."""
    one = Holder(Client(world, dpop=True))
    token = one.login(scope="openid read")["access_token"]
    articles, profile = (f"{world.town.resource}{path}" for path in ("/articles", "/userinfo"))

    def challenge(url: str, *, scheme: str = "DPoP", proof: str = "", sent: str = token) -> str:
        headers = {"Authorization": f"{scheme} {sent}", **({"DPoP": proof} if proof else {})}
        return requests.get(url, headers=headers, timeout=10).headers["WWW-Authenticate"]

    used, thief = one.proof(profile, "GET", token), Holder(one.client)
    one.userinfo(token, proof=used)
    for told, says in (
        (challenge(articles, scheme="Bearer"), "this token is bound to a key"),
        (challenge(profile), "send one DPoP header"),
        (challenge(profile, proof=one.proof(profile, "POST", token)), "the DPoP proof does not hold: "),
        (challenge(profile, proof=thief.proof(profile, "GET", token)), "is of another key"),
        (challenge(profile, proof=used), "was used before (jti)"),
        (challenge(articles, proof=one.proof(articles, "GET", token)), "this takes the scope articles.read"),
        (challenge(profile, sent="nobody"), "no such token"),
        (challenge(profile, sent=Client(world).login()["access_token"]), "is bound to no key"),
    ):
        assert told.startswith('DPoP realm="ninestep", error="'), told
        assert says in told, told
        assert ', algs="' in told
        assert ("scope=" in told) is ("insufficient_scope" in told)


def test_no_sentence_has_what_the_rfc_forbids() -> None:
    """RFC 6750 §3; whatever was sent."""
    odd = 'a"b\\c\u4e2d\r\n\x00' * 200
    for reason in (*descriptions.SAYS, "of another service"):
        said = descriptions.describe(reason, odd, odd)

        assert 0 < len(said) <= MOST
        assert all(" " <= c <= "~" and c not in '"\\' for c in said), reason
