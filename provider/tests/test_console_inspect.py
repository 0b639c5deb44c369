"""The inspector: what a value is and whether it lives, without ever saying it."""

from __future__ import annotations

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from console_pages import Pages, rows

CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture
def app(control: Any) -> dict[str, Any]:
    made: dict[str, Any] = control.wechat()
    control("POST", f"/worlds/{made['world']}/clock", {"freeze": True})
    return made


def look(control: Any, value: str, **more: str) -> dict[str, Any]:
    answer = control.ask("POST", "/inspect", {"value": value, **more})
    assert answer.status_code == 200, answer.text
    assert len(value) < 12 or value not in answer.text or answer.get_json()["kind"] in ("appid", "flow")
    found: dict[str, Any] = answer.get_json()
    return found


def fresh_code(control: Any, app: dict[str, Any]) -> str:
    return str(parse_qs(urlsplit(control.authorize(app).headers["Location"]).query)["code"][0])


def jwt(header: dict[str, Any], claims: Any, signature: str = "c2ln") -> str:
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, claims)
    ]
    return ".".join([*parts, signature])


def test_a_code_is_alive_then_spent(control: Any, app: dict[str, Any]) -> None:
    code = fresh_code(control, app)
    before = look(control, code)
    control.redeem(app, code)
    after = look(control, f"  {code}\n")

    assert (before["kind"], before["state"], after["kind"], after["state"]) == (
        "code",
        "active",
        "code",
        "spent",
    )
    assert (before["appid"], before["user"], before["dialect"]) == (app["appid"], "zhangsan", "wechat")
    assert before["world"] == app["world"]
    assert before["scopes"] == ["snsapi_userinfo"]


def test_looking_at_a_code_spends_nothing(control: Any, app: dict[str, Any]) -> None:
    code = fresh_code(control, app)
    look(control, code)

    assert "access_token" in control.redeem(app, code)


def test_a_code_expires_and_is_withdrawn_on_the_worlds_clock(control: Any, app: dict[str, Any]) -> None:
    late, withdrawn = fresh_code(control, app), fresh_code(control, app)
    control("POST", f"/worlds/{app['world']}/clock", {"advance": "5m"})
    assert look(control, late)["state"] == "expired"

    control("DELETE", "/grants", world=app["world"], user="zhangsan")
    assert look(control, withdrawn)["state"] == "revoked"


def test_tokens_tell_their_kind_and_state(control: Any, app: dict[str, Any]) -> None:
    tokens = control.login(app)
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    assert (look(control, access)["kind"], look(control, access)["state"]) == ("access_token", "active")
    assert (look(control, refresh)["kind"], look(control, refresh)["state"]) == ("refresh_token", "active")

    control("POST", f"/worlds/{app['world']}/clock", {"advance": "2h"})
    assert (look(control, access)["state"], look(control, refresh)["state"]) == ("expired", "active")

    control("DELETE", "/grants", world=app["world"], user="zhangsan")
    assert look(control, refresh)["state"] == "revoked"


def test_a_rotated_refresh_token_is_spent(control: Any) -> None:
    app = control("POST", "/apps", {"dialect": "standard", "redirect_uris": [CALLBACK]})
    code = control("POST", f"/apps/{app['appid']}/codes", {"redirect_uri": CALLBACK})["code"]
    basic = {
        "Authorization": "Basic " + base64.b64encode(f"{app['appid']}:{app['secret']}".encode()).decode()
    }
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    first = control.client.post("/oauth/token", data=sent, headers=basic).get_json()["refresh_token"]
    control.client.post(
        "/oauth/token", data={"grant_type": "refresh_token", "refresh_token": first}, headers=basic
    )

    told = look(control, first)

    assert (told["kind"], told["state"], told["appid"]) == ("refresh_token", "spent", app["appid"])


def test_what_is_public_and_what_is_secret_of_an_app(control: Any, app: dict[str, Any]) -> None:
    name, secret = look(control, app["appid"]), look(control, app["secret"])

    assert (name["kind"], name["masked"]) == ("appid", app["appid"])
    assert (secret["kind"], secret["appid"]) == ("secret", app["appid"])


def test_a_state_and_a_flow_lead_to_their_flow(control: Any, app: dict[str, Any]) -> None:
    control.authorize(app, state="a-state-of-the-client")
    [flow] = control("GET", "/flows", world=app["world"])

    state = look(control, "a-state-of-the-client", world=app["world"])

    assert (state["kind"], state["flow"]) == ("state", flow["id"])
    assert (look(control, flow["id"])["kind"], look(control, flow["id"])["flow"]) == ("flow", flow["id"])
    assert look(control, "a-state-of-the-client")["kind"] == "unknown"  # of another world


def test_a_js_code_and_the_uuid_of_a_qr_code(control: Any) -> None:
    mini = control.wechat(kind="mini_program", redirect_uris=[])
    js_code = control("POST", f"/apps/{mini['appid']}/js_codes", {"user": "lisi"})["js_code"]
    told = look(control, js_code)
    assert (told["kind"], told["state"], told["user"]) == ("js_code", "active", "lisi")

    site = control.wechat(kind="website", consent={"mode": "ask"})
    query = {
        "appid": site["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_login",
    }
    control.stage("/connect/qrconnect", {**query, "state": "s"})
    [waiting] = control("GET", "/scan", world=site["world"])
    told = look(control, waiting["uuid"])
    assert (told["kind"], told["state"], told["appid"]) == ("qr", "waiting", site["appid"])


@pytest.mark.parametrize(
    "value",
    [
        "nothing-of-ours",
        "x",
        "•",
        "a.b.c",
        "..",
        "...",
        "é" * 300,
        "\x00",
        "🌸",
        "' OR 1=1",
        "{}",
        "a" * 16000,
    ],
)
def test_what_the_town_never_saw_is_unknown(control: Any, value: str) -> None:
    assert look(control, value)["kind"] == "unknown"


@pytest.mark.parametrize("value", ["", "   ", "\n", "a" * 16001])
def test_nothing_and_too_much_are_refused(control: Any, value: str) -> None:
    assert control.refused("POST", "/inspect", {"value": value})["field"] == "value"


def test_an_address_is_taken_apart(control: Any, app: dict[str, Any]) -> None:
    code = fresh_code(control, app)
    token = control.login(app)["access_token"]
    url = f"http://u:p@127.0.0.1/callback?code={code}&state=s&appid={app['appid']}&secret={app['secret']}#access_token={token}"

    told = look(control, url, world=app["world"])

    parts = {part["name"]: part for part in told["parameters"]}
    assert told["address"] == "http://127.0.0.1/callback"
    assert parts["code"]["found"]["state"] == "active"
    assert parts["state"]["found"]["kind"] == "state"
    assert parts["appid"]["shown"] == app["appid"]
    assert parts["secret"]["found"]["kind"] == "secret"
    assert (parts["access_token"]["where"], parts["access_token"]["found"]["state"]) == ("fragment", "active")
    assert told["warnings"] == ["access_token_in_url", "secret_in_url"]
    for hidden in (code, token, app["secret"], "u:p"):
        assert hidden not in json.dumps(told)


@pytest.mark.parametrize(
    "url",
    ["http://[", "http://a:99999/?x=1", "/path?code=x&&=&%%%", "https://x/?" + "a=1&" * 900, "http://x#?#"],
)
def test_a_crooked_address_is_no_accident(control: Any, url: str) -> None:
    assert look(control, url)["kind"] in ("url", "unknown")


def test_a_jwt_is_read_without_trusting_it(control: Any) -> None:
    now = int(time.time())
    token = jwt(
        {"alg": "RS256"}, {"iss": "http://127.0.0.1:9000", "sub": "u1", "exp": now + 60, "aud": ["a", "b"]}
    )

    told = look(control, token)

    assert (told["kind"], told["state"], told["algorithm"], told["issued_here"]) == (
        "jwt",
        "active",
        "RS256",
        True,
    )
    claims = {claim["name"]: claim["value"] for claim in told["claims"]}
    assert claims["sub"] == "u1"
    assert claims["aud"] == '["a", "b"]'
    assert claims["exp"].endswith("Z")
    assert told["warnings"] == []


@pytest.mark.parametrize(
    ("claims", "state"),
    [
        ({"exp": 1}, "expired"),
        ({"exp": 99999999999}, "active"),
        ({"nbf": 99999999999}, "early"),
        ({}, "endless"),
        ({"exp": "soon"}, "endless"),
        ({"exp": True}, "endless"),
        ({"exp": 1e300}, "active"),
    ],
)
def test_a_jwt_lives_by_its_own_times(control: Any, claims: dict[str, Any], state: str) -> None:
    assert look(control, jwt({"alg": "HS256"}, claims))["state"] == state


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 10**400},
        {"exp": -(10**400), "iat": 10**400},
        {"exp": float("nan"), "nbf": float("inf")},
        {"sub": "\ud800", "iss": "\udfff"},
        {"\ud800": {"nested": ["\udfff"]}},
    ],
)
def test_a_jwt_may_say_what_no_clock_and_no_text_can_hold(control: Any, claims: dict[str, Any]) -> None:
    found = look(control, jwt({"alg": "HS256"}, claims))

    assert found["kind"] == "jwt"
    assert len(found["claims"]) == len(claims)


def test_an_unsigned_jwt_is_called_so(control: Any) -> None:
    assert look(control, jwt({"alg": "none"}, {}, ""))["warnings"] == ["unsigned"]
    assert look(control, jwt({"alg": "none"}, {}))["warnings"] == ["unsigned"]


@pytest.mark.parametrize("claims", [[], "x", None, 3])
def test_what_only_looks_like_a_jwt_is_none(control: Any, claims: Any) -> None:
    assert look(control, jwt({"alg": "HS256"}, claims))["kind"] == "unknown"


def test_the_page_says_it_in_words_and_never_the_value(control: Any, app: dict[str, Any]) -> None:
    pages, code = Pages(control.client, app["world"]), fresh_code(control, app)

    before = pages.post("/console/inspect", value=code)
    control.redeem(app, code)
    after = pages.post("/console/inspect", value=code)

    assert rows(before.text, "co-inspect-result") == [{"kind": "code", "state": "active"}]
    assert rows(after.text, "co-inspect-result") == [{"kind": "code", "state": "spent"}]
    assert "a second use is refused" in after.text
    for answer in (before, after):
        assert answer.status_code == 200
        assert code not in answer.text
        assert "Location" not in answer.headers


def test_the_page_takes_an_address_and_a_jwt(control: Any, app: dict[str, Any]) -> None:
    pages, code = Pages(control.client, app["world"]), fresh_code(control, app)

    page = pages.post("/console/inspect", value=f"{CALLBACK}?code={code}&secret={app['secret']}").text
    assert [(row["name"], row["kind"]) for row in rows(page, "co-inspect-parameter")] == [
        ("code", "code"),
        ("secret", "secret"),
    ]
    assert page.count('data-testid="co-inspect-warning"') == 1
    assert app["secret"] not in page

    page = pages.post("/console/inspect", value=jwt({"alg": "none"}, {"sub": "<b>"}, "")).text
    assert rows(page, "co-inspect-claim") == [{"name": "sub"}]
    assert "<b>" not in page[page.index("co-inspect-claim") :].partition("</tr>")[0]


def test_nothing_pasted_is_refused_at_the_field(control: Any) -> None:
    assert Pages(control.client).refused("/console/inspect", value=" ")[:2] == (422, "value")
    assert Pages(control.client).refused("/console/inspect", value="x" * 16001)[:2] == (422, "value")
