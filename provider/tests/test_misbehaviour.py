"""What a client has to refuse, made to order: each id_token is wrong in one thing alone."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from joserfc.errors import JoseError
from ninestep.faults.kinds import WRONG_ID_TOKENS
from standard_client import ALGORITHMS, Client, verified

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

CLAIMS = {"iss", "aud", "nonce", "at_hash", "expired"}


def part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return told


def armed(client: Client, endpoint: str = "token", **fault: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.town.api(
        "POST", f"/apps/{client.app['appid']}/faults", {"endpoint": endpoint, **fault}
    )
    return made


@pytest.mark.thorough
@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("wrong", WRONG_ID_TOKENS)
def test_an_id_token_is_wrong_in_one_thing_and_the_next_one_is_right(
    world: Any, wrong: str, alg: str
) -> None:
    client = Client(world, id_token_signed_response_alg=alg)
    armed(client, kind="id_token", value=wrong)

    spoilt = client.login(nonce="n-1")["id_token"]
    right = client.login(nonce="n-1")["id_token"]

    good = verified(world.town, right)
    if wrong in CLAIMS:
        token = verified(world.town, spoilt)
        differ = {name for name in good.claims if token.claims.get(name) != good.claims[name]}
        assert differ - {"iat", "exp", "auth_time", "at_hash", "sid"} == {wrong} - {"expired", "at_hash"}
        if wrong == "expired":
            assert token.claims["exp"] < good.claims["iat"]
        if wrong == "at_hash":
            assert token.claims["at_hash"].startswith("altered-")
        return
    with pytest.raises((JoseError, ValueError)):
        verified(world.town, spoilt)
    assert part(spoilt, 1)["sub"] == "zhangsan"
    assert part(spoilt, 1)["nonce"] == "n-1"
    header = part(spoilt, 0)
    if wrong == "alg_none":
        assert header["alg"] == "none"
        assert spoilt.endswith(".")
    else:
        assert header["alg"] == (alg or "RS256")
        assert (header["kid"] == good.header["kid"]) == (wrong == "wrong_key")


def test_a_refresh_can_bring_a_wrong_id_token_too(world: Any) -> None:
    client = Client(world)
    tokens = client.login()
    armed(client, "refresh", kind="id_token", value="iss")

    renewed = client.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], redirect_uri=None
    ).json()

    assert verified(world.town, renewed["id_token"]).claims["iss"] == f"{world.town.provider}/altered"


def test_the_trace_tells_what_was_wrong(world: Any) -> None:
    client = Client(world)
    fault = armed(client, kind="id_token", value="nonce")
    client.login(nonce="n")
    [flow] = world.town.api("GET", "/flows", params={"app": client.app["appid"]})
    exchanges = world.town.api("GET", f"/flows/{flow['id']}/export.json")["exchanges"]

    [told] = [each for each in exchanges if each.get("fault") == fault["id"]]
    [note] = [note["detail"] for note in told["notes"] if note["rule"] == "fault"]
    assert note == {"kind": "id_token", "when": "after", "value": "nonce", "changed": True}


@pytest.mark.parametrize(
    ("field", "value"), [("expires_in", "3600"), ("token_type", ["Bearer"]), ("access_token", None)]
)
def test_a_field_comes_in_another_type(world: Any, field: str, value: Any) -> None:
    client = Client(world)
    armed(client, kind="wrong_type", field=field)

    told = client.login()

    if value is None:
        assert [type(told[field]), type(told[field][0])] == [list, str]
    else:
        assert told[field] == value


@pytest.mark.parametrize(
    ("value", "iss"), [(None, "{}/altered"), ("https://other.test", "https://other.test"), ("", None)]
)
@pytest.mark.parametrize("asked", [{}, {"prompt": "nonsense"}])
def test_an_answer_names_another_issuer(
    world: Any, value: str | None, iss: str | None, asked: dict[str, str]
) -> None:
    client = Client(world)
    armed(client, "authorize", kind="wrong_iss", **({} if value is None else {"value": value}))

    answer = client.answer(**asked)

    right = world.town.provider
    if asked:
        assert answer["iss"] == right, "a request that is refused anyway uses no fault up"
    else:
        assert answer.get("iss") == (iss.format(right) if iss else None)
        assert client.answer()["iss"] == right


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        ({"kind": "id_token"}, "value"),
        ({"kind": "id_token", "value": "everything"}, "value"),
        ({"kind": "id_token", "value": ["aud"]}, "value"),
        ({"kind": "wrong_type"}, "field"),
        ({"kind": "wrong_iss"}, "kind"),
        ({"kind": "id_token", "value": "aud", "when": "before"}, "when"),
    ],
)
def test_what_cannot_be_done_is_refused(control: Any, fault: dict[str, Any], field: str) -> None:
    app = control("POST", "/apps", {"dialect": "standard"})

    path = f"/apps/{app['appid']}/faults"
    assert control.refused("POST", path, {"endpoint": "token", **fault})["field"] == field


@pytest.mark.parametrize("fault", [{"kind": "id_token", "value": "aud"}, {"kind": "wrong_iss"}])
def test_what_a_platform_does_not_have_cannot_be_wrong_there(control: Any, fault: dict[str, Any]) -> None:
    app = control.wechat()
    endpoint = "token" if fault["kind"] == "id_token" else "authorize"

    path = f"/apps/{app['appid']}/faults"
    assert control.refused("POST", path, {"endpoint": endpoint, **fault})["field"] == "kind"
