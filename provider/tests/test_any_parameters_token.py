"""Whatever comes to the token endpoint: there is a token if and only if everything was right, and a refusal spends
nothing. What is right is told here a second time, in a few lines that know nothing of the code."""

from __future__ import annotations

from typing import Any

import any_parameters as made
import pytest
from any_parameters import EXAMPLES, Change, Values
from any_shop import ALL, CODE, DEVICE, EXCHANGE, MACHINE, PASSWORD, REFRESH, Shop, judge, names_in, proven
from granting import ACCESS
from hypothesis import strategies as st
from standard_client import CALLBACK, VERIFIER, Client

pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore:EdDSA is deprecated")]

OF_MACHINES = {"read", "articles.read", "articles.write"}
ERRORS = {  # RFC 6749 §5.2
    *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client"),
    *("unsupported_grant_type", "invalid_target"),
}
NAMES = {  # the parameters of the right request of a grant
    CODE: ("grant_type", "code", "redirect_uri", "code_verifier"),
    REFRESH: ("grant_type", "refresh_token", "scope"),
    PASSWORD: ("grant_type", "username", "password", "scope"),
    MACHINE: ("grant_type", "scope"),
    DEVICE: ("grant_type", "device_code"),
    EXCHANGE: ("grant_type", "subject_token", "subject_token_type", "scope"),
}
SINGLE_USE = (CODE, REFRESH, DEVICE)
USUAL = {
    "redirect_uri": CALLBACK,
    "code_verifier": VERIFIER,
    "subject_token_type": ACCESS,
    "username": "lisi",
    "password": "ninestep",
    "scope": "read",
}


def right(client: Client, way: str, good: Values, told: Values, live: list[str]) -> bool:
    """Whether RFC 6749 and its kin give a token for this; ``good`` is what was laid down for the client, ``live`` the
    access tokens of its world."""
    grant, scope = told.get("grant_type", ""), names_in(told.get("scope", ""))
    if not proven(client, way, good, told) or grant not in client.app["grant_types"]:
        return False
    if grant in (CODE, DEVICE):
        return all(told.get(name) == good.get(name, "none") for name in NAMES[grant][1:])
    if grant == PASSWORD:
        known = {"zhangsan", "lisi", "wangwu", "mallory"}  # 赵六 always refuses
        ours = told.get("username") in known and told.get("password") == "ninestep"
        return ours and scope <= set(client.app["scopes"])
    if grant == REFRESH:
        return told.get("refresh_token") == good.get("refresh_token", "none") and scope <= {"openid", "read"}
    if grant == MACHINE:
        return scope <= OF_MACHINES
    subject = told.get("subject_token") in live and told.get("subject_token_type") == ACCESS
    wanted = told.get("requested_token_type", ACCESS) == ACCESS and "actor_token" not in told
    beside = {"resource", "audience"} & set(told)  # none of what is drawn names the town's own data
    return subject and wanted and not beside and scope <= {"openid", "read"}


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("grant", ALL)
def test_a_token_comes_for_the_right_request_alone_and_a_refusal_spends_nothing(
    world: Any, grant: str, examples: int
) -> None:
    shop = Shop(world)
    ways = ["post", "basic", "assertion", *(["none"] if grant not in (MACHINE, EXCHANGE) else [])]

    def one(way: str, wrong: list[Change]) -> None:
        client = shop.clients[way]
        own = {name: USUAL.get(name) or shop.lay(client, name) for name in NAMES[grant][1:]}
        proof, headers = shop.proof(client, way)
        good = {"grant_type": grant, **own, **proof}
        pairs = made.written(good, wrong, shop.beside(client))
        answer = made.post(shop.town.provider, "/oauth/token", pairs, *headers)
        sent = made.read(pairs)

        if answer.status == 413:
            assert len(made.body(pairs)) > made.MOST_BODY
        else:
            expected = sent is not None and right(client, way, good, sent, shop.live)
            assert ("access_token" in answer.json()) == expected, (answer, sent)
            assert (answer.status == 200) == expected
            assert expected or (answer.status in (400, 401) and answer.json()["error"] in ERRORS), answer
            assert answer.headers["Cache-Control"] == "no-store"
            judge(shop.town, answer, expected)

        again = shop.right(client, {"grant_type": grant, **own}, way)
        served = answer.status == 200 and sent is not None and sent["grant_type"] == grant
        if served and grant in SINGLE_USE:
            assert (again.status, again.json()["error"]) == (400, "invalid_grant"), "it counted twice"
        else:
            assert again.status == 200, (answer, again.text)

    names = (*NAMES[grant], "client_id", "client_secret", "scope")
    made.tried(examples, one, way=st.sampled_from(ways), wrong=made.changes(names, ("other", "spent")))
