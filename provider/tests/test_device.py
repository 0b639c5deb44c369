"""The device flow (RFC 8628) on the wire: a TV that asks, a browser that answers, polls that wait."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from key_holder import Holder
from logout_listener import Listener
from standard_client import Browser, Client, field_of, verified

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SHAPE = re.compile(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}")


class Tv(Client):
    """A client without a browser."""

    def __init__(self, world: Any, **fields: Any) -> None:
        super().__init__(world, **{"grant_types": [DEVICE, "refresh_token"], **fields})
        self.consent("ask")

    def consent(self, mode: str) -> None:
        self.town.api("PATCH", f"/apps/{self.app['appid']}", {"consent": {"mode": mode, "user": "zhangsan"}})

    def start(self, **changes: Any) -> requests.Response:
        sent = {
            "client_id": self.app["appid"],
            "client_secret": self.app["secret"],
            "scope": "openid profile",
        }
        data = {name: value for name, value in {**sent, **changes}.items() if value is not None}
        return requests.post(f"{self.town.provider}/oauth/device_authorization", data=data, timeout=10)

    def begun(self, **changes: Any) -> dict[str, Any]:
        answer = self.start(**changes)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def poll(self, device: dict[str, Any], **changes: Any) -> requests.Response:
        sent = {"grant_type": DEVICE, "device_code": device["device_code"], "redirect_uri": None, **changes}
        return self.token(**sent)

    def told(self, device: dict[str, Any], **changes: Any) -> str:
        """The error of a poll; "" for a token."""
        return str(self.poll(device, **changes).json().get("error", ""))

    def answered(self, device: dict[str, Any], **body: Any) -> dict[str, Any]:
        told: dict[str, Any] = self.town.api("POST", f"/devices/{device['user_code']}", body)
        return told


class Person(requests.Session):
    """A browser without scripts, before the page that takes the code."""

    def __init__(self, tv: Tv, user: str = "zhangsan") -> None:
        super().__init__()
        self.tv, self.user = tv, user

    def type(self, user_code: str) -> requests.Response:
        address = f"{self.tv.town.provider}/oauth/device"
        token = field_of(self.get(address, timeout=10), "csrf_token")
        return self.post(address, data={"user_code": user_code, "csrf_token": token}, timeout=10)

    def log_in(self, page: requests.Response) -> requests.Response:
        return Browser.log_in(self, page)  # type: ignore[arg-type]

    def answer(self, page: requests.Response, decision: str = "approve") -> requests.Response:
        sent = {"consent_nonce": field_of(page, "consent_nonce"), "decision": decision}
        return self.post(page.url, data=sent, timeout=10)

    def connect(self, user_code: str, decision: str = "approve") -> requests.Response:
        """From the code to the last page."""
        return self.answer(self.log_in(self.type(user_code)), decision)


def state(page: requests.Response) -> str:
    found = re.search(r'data-testid="wx-device-done" data-state="(\w+)"', page.text)
    assert found is not None, page.text[:2000]
    return found[1]


def problem(page: requests.Response) -> str:
    found = re.search(r'data-testid="wx-device-error" data-problem="(\w+)"', page.text)
    assert found is not None, page.text[:2000]
    return found[1]


@pytest.fixture
def tv(world: Any) -> Tv:
    return Tv(world)


def test_a_device_gets_codes_and_the_address_to_show(tv: Tv) -> None:
    answer = tv.start()

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json()
    assert SHAPE.fullmatch(told["user_code"])
    assert told["verification_uri"] == f"{tv.town.provider}/oauth/device"
    assert told["verification_uri_complete"] == f"{told['verification_uri']}?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert len(told["device_code"]) >= 40
    assert tv.begun()["user_code"] != told["user_code"]


def test_the_metadata_name_endpoint_and_grant(tv: Tv) -> None:
    found = requests.get(f"{tv.town.provider}/.well-known/openid-configuration", timeout=10).json()

    assert found["device_authorization_endpoint"] == f"{tv.town.provider}/oauth/device_authorization"
    assert DEVICE in found["grant_types_supported"]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "no"}, "invalid_client"),
        ({"client_secret": None}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"scope": "nothing"}, "invalid_scope"),
        ({"scope": ["openid", "profile"]}, "invalid_request"),
    ],
)
def test_a_wrong_start_is_refused_in_the_rfcs_words(tv: Tv, changes: dict[str, Any], error: str) -> None:
    answer = tv.start(**changes)

    assert answer.status_code in ((400, 401) if error == "invalid_client" else (400,))
    assert answer.json()["error"] == error


def test_what_a_device_sends_empty_or_unasked_counts_nothing(tv: Tv) -> None:
    """RFC 8628 §3.1: no value is no parameter, and what nobody knows is no error."""
    usual = tv.begun(scope=None, nobody_knows="this")

    assert tv.begun(scope="").keys() == usual.keys()
    tv.answered(usual)
    tokens = tv.poll(usual, nobody_knows="this", redirect_uri="").json()
    assert tokens["scope"] == "user_info"


def test_an_app_that_may_not_use_the_grant_starts_no_device(world: Any) -> None:
    answer = Tv(world, grant_types=["authorization_code"]).start()

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_a_public_client_starts_and_polls_without_a_secret(world: Any) -> None:
    tv = Tv(world, kind="native")
    device = tv.begun(client_secret=None)

    tv.answered(device)

    assert tv.poll(device, client_secret=None).json()["access_token"]


def test_a_user_types_the_code_and_the_device_gets_its_tokens(tv: Tv) -> None:
    device, person = tv.begun(), Person(tv)
    assert tv.told(device) == "authorization_pending"

    login = person.type(device["user_code"])
    assert "wx-login" in login.text
    consent = person.log_in(login)
    assert device["user_code"] in consent.text
    assert "wx-device-shown" in consent.text
    assert "wx-consent-domain" not in consent.text
    last = person.answer(consent)
    assert (last.status_code, state(last)) == (200, "approved")

    tv.world.advance("5s")
    tokens = tv.poll(device).json()
    assert set(tokens) >= {"access_token", "refresh_token", "id_token"}
    assert tokens["scope"] == "openid profile"
    claims = verified(tv.town, tokens["id_token"]).claims
    assert (claims["sub"], claims["aud"]) == ("zhangsan", tv.app["appid"])
    assert "nonce" not in claims
    assert tv.userinfo(tokens)["name"] == "张三"
    renewed = tv.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], redirect_uri=None
    ).json()
    assert tv.userinfo(renewed)["sub"] == "zhangsan"


@pytest.mark.parametrize("spell", [str.lower, lambda c: c.replace("-", ""), lambda c: f" {c[:4]} - {c[5:]} "])
def test_a_code_is_taken_in_any_case_with_or_without_hyphen_and_blanks(tv: Tv, spell: Any) -> None:
    device = tv.begun()

    assert "wx-login" in Person(tv).type(spell(device["user_code"])).text


def test_an_address_with_the_code_only_fills_in_the_form(tv: Tv) -> None:
    device = tv.begun()

    page = requests.get(device["verification_uri_complete"], timeout=10)

    assert f'value="{device["user_code"]}"' in page.text
    assert "wx-device-compare" in page.text
    assert tv.town.api("GET", f"/apps/{tv.app['appid']}/devices")[0]["state"] == "pending"


def test_who_refuses_is_told_so_and_the_device_too(tv: Tv) -> None:
    device = tv.begun()

    assert state(Person(tv).connect(device["user_code"], "deny")) == "denied"

    assert tv.told(device) == "access_denied"
    assert tv.told(device) == "access_denied"


def test_zhaoliu_refuses_without_a_page(tv: Tv) -> None:
    device, person = tv.begun(), Person(tv, "zhaoliu")

    assert state(person.log_in(person.type(device["user_code"]))) == "denied"

    assert tv.told(device) == "access_denied"


def test_a_user_is_asked_for_every_device_even_if_the_app_is_known(tv: Tv) -> None:
    person = Person(tv)
    person.connect(tv.begun()["user_code"])

    page = person.type(tv.begun()["user_code"])

    assert "wx-device-shown" in page.text


def test_a_device_that_asks_too_often_is_slowed_down_by_the_worlds_clock(tv: Tv) -> None:
    tv.world.freeze()
    device = tv.begun()

    assert tv.told(device) == "authorization_pending"
    assert tv.told(device) == "slow_down"  # 10 s from now on
    tv.world.advance("9s")
    assert tv.told(device) == "slow_down"  # 15 s
    tv.world.advance("15s")
    assert tv.told(device) == "authorization_pending"
    tv.answered(device)
    assert tv.told(device) == ""  # who was answered need not wait


def test_a_device_code_runs_out_by_the_worlds_clock_even_where_it_was_answered(tv: Tv) -> None:
    waiting, answered = tv.begun(), tv.begun()
    tv.answered(answered)

    tv.world.advance("10m")

    assert tv.told(waiting) == "expired_token"
    assert tv.told(answered) == "expired_token"
    page = Person(tv).type(waiting["user_code"])
    assert (page.status_code, problem(page)) == (410, "expired")


def test_a_device_code_is_spent_once_and_its_second_use_revokes_what_the_first_got(tv: Tv) -> None:
    device = tv.begun()
    tv.answered(device)
    tokens = tv.poll(device).json()
    assert tv.userinfo(tokens)["sub"] == "zhangsan"

    assert tv.told(device) == "invalid_grant"

    assert tv.userinfo(tokens) == {"error": "invalid_token"}


def test_a_device_code_is_its_clients_alone_and_a_refusal_spends_nothing(tv: Tv, world: Any) -> None:
    device, other = tv.begun(), Tv(world)
    tv.answered(device)

    assert other.told(device) == "invalid_grant"
    assert tv.told(device, client_secret="no") == "invalid_client"
    as_code = {"grant_type": "authorization_code", "code": device["device_code"]}
    assert tv.told(device, **as_code) == "unauthorized_client"
    assert tv.told(device, device_code="unknown") == "invalid_grant"
    assert tv.told(device, device_code=None) == "invalid_request"
    assert tv.told(device, client_id=None, client_secret=None) == "invalid_client"
    assert tv.told(device, device_code=[device["device_code"]] * 2) == "invalid_request"
    assert tv.told(device) == ""


def test_a_user_code_buys_nothing_at_the_token_endpoint(tv: Tv) -> None:
    device = tv.begun()
    tv.answered(device)

    assert tv.told(device, device_code=device["user_code"]) == "invalid_grant"


@pytest.mark.parametrize("lost", ["consent", "user"])
def test_a_consent_that_was_taken_back_before_the_poll_gives_no_token(tv: Tv, lost: str) -> None:
    tv.town.api("PUT", "/users/guest", {}, params={"world": tv.world.name})
    device = tv.begun()
    tv.answered(device, user="guest")

    if lost == "consent":
        tv.town.api("DELETE", "/grants", params={"world": tv.world.name, "user": "guest"})
    else:
        tv.town.api("DELETE", "/users/guest", params={"world": tv.world.name})

    assert tv.told(device) == "invalid_grant"


@pytest.mark.parametrize(("mode", "told"), [("auto", ""), ("deny", "access_denied")])
def test_the_consent_mode_answers_a_device_at_its_birth(tv: Tv, mode: str, told: str) -> None:
    tv.consent(mode)

    assert tv.told(tv.begun()) == told


@pytest.mark.parametrize(("decision", "told"), [("approve", ""), ("deny", "access_denied")])
def test_an_armed_decision_answers_one_device_at_its_birth(tv: Tv, decision: str, told: str) -> None:
    tv.town.api(
        "POST", f"/apps/{tv.app['appid']}/next", {"user": "lisi", "decision": decision, "scope": "openid"}
    )
    device = tv.begun()

    answer = tv.poll(device).json()
    assert answer.get("error", "") == told
    assert told or (answer["scope"], tv.userinfo(answer)) == ("openid", {"sub": "lisi"})
    assert tv.told(tv.begun()) == "authorization_pending"


@pytest.mark.parametrize("how", ["disabled", "banned"])
def test_a_device_of_an_app_that_is_closed_is_nobodys(tv: Tv, how: str) -> None:
    device, person = tv.begun(), Person(tv)
    path = f"/apps/{tv.app['appid']}"

    tv.town.api("PATCH", path, {how: True})
    assert problem(person.type(device["user_code"])) == "unknown"
    tv.town.api("PATCH", path, {how: False})

    assert state(person.connect(device["user_code"])) == "approved"


@pytest.mark.parametrize("polled", [True, False])
def test_a_logout_where_the_device_was_connected_ends_what_it_got(tv: Tv, polled: bool) -> None:
    """OpenID Connect Back-Channel Logout §2.7: its tokens are of that login, unless it asked for ``offline_access``."""
    person = Person(tv)
    one, other = tv.begun(), tv.begun(scope="openid offline_access")
    person.connect(one["user_code"])
    person.answer(person.type(other["user_code"]))
    tokens = tv.poll(one).json() if polled else {}

    page = person.get(f"{tv.town.provider}/oauth/logout", timeout=10)
    form = {"consent_nonce": field_of(page, "consent_nonce"), "decision": "approve"}
    person.post(f"{tv.town.provider}/oauth/logout/answer", data=form, timeout=10)

    for _ in range(2):
        refused = tv.refresh(tokens["refresh_token"]) if polled else tv.poll(one)
        assert refused.json()["error"] == "invalid_grant"
    assert tv.told(other) == ""


def test_two_tabs_answer_a_device_once(tv: Tv) -> None:
    device, person = tv.begun(), Person(tv)
    one = person.log_in(person.type(device["user_code"]))
    other = person.type(device["user_code"])

    assert state(person.answer(one)) == "approved"
    late = person.answer(other, "deny")

    assert (late.status_code, state(late)) == (409, "answered")
    assert person.answer(one).status_code == 409  # the same click once more
    typed = Person(tv).type(device["user_code"])
    assert (typed.status_code, problem(typed)) == (409, "answered")
    assert tv.told(device) == ""


def test_a_consent_needs_the_nonce_of_its_own_page(tv: Tv) -> None:
    device, person = tv.begun(), Person(tv)
    page = person.log_in(person.type(device["user_code"]))

    sent = {"consent_nonce": "guessed", "decision": "approve"}
    assert person.post(page.url, data=sent, timeout=10).status_code == 400

    assert tv.told(device) == "authorization_pending"


def test_nobody_can_ask_for_a_devices_answer_at_the_authorization_endpoint(tv: Tv) -> None:
    device = tv.begun()
    tv.consent("auto")

    tv.authorize(user_code=device["user_code"], device=device["user_code"], response_type="device_code")

    tv.consent("ask")
    assert tv.told(device) == "authorization_pending"


def test_no_other_site_types_a_code(tv: Tv) -> None:
    device = tv.begun()
    address, sent = f"{tv.town.provider}/oauth/device", {"user_code": device["user_code"]}

    assert requests.post(address, data=sent, allow_redirects=False, timeout=10).status_code == 400


def test_ten_wrong_codes_of_one_browser_are_enough_for_a_while(tv: Tv) -> None:
    device, person = tv.begun(), Person(tv)
    for _ in range(10):
        page = person.type("BBBB-BBBB")
        assert (page.status_code, problem(page)) == (400, "unknown")

    page = person.type(device["user_code"])

    assert (page.status_code, problem(page)) == (429, "often")
    assert page.headers["Retry-After"] == "60"
    assert "wx-login" in Person(tv).type(device["user_code"]).text


@pytest.mark.parametrize("text", ["", "x" * 5000, "\0", "ＢＣ", "☃", "%ff"])
def test_whatever_is_typed_is_at_most_unknown(tv: Tv, text: str) -> None:
    assert Person(tv).type(text).status_code == 400


def test_sixteen_polls_at_once_get_one_token(tv: Tv) -> None:
    device = tv.begun()
    tv.answered(device)
    barrier, answers = threading.Barrier(16), []

    def poll() -> None:
        barrier.wait()
        answers.append(tv.poll(device))

    threads = [threading.Thread(target=poll) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 15
    assert {a.json()["error"] for a in answers if a.status_code == 400} == {"invalid_grant"}


def test_a_device_can_be_bound_to_a_key_and_a_poll_without_its_proof_spends_nothing(world: Any) -> None:
    tv = Tv(world, dpop=True)
    device = tv.begun()
    tv.answered(device)

    assert tv.told(device) == "invalid_dpop_proof"
    answer = Holder(tv).ask(grant_type=DEVICE, device_code=device["device_code"])

    assert answer.json()["token_type"] == "DPoP"


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["/oauth/device_authorization", "/oauth/device", "/oauth/token"])
@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe=%ff", b"user_code=%ff%00&device_code=%ff", b"scope=" + b"x" * 65536, b"{}", b"&&=&"],
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json", ""])
def test_whatever_comes_is_refused_and_breaks_nothing(tv: Tv, path: str, body: bytes, kind: str) -> None:
    answer = requests.post(tv.town.provider + path, data=body, headers={"Content-Type": kind}, timeout=10)

    assert 400 <= answer.status_code < 500


def test_a_clock_that_jumps_back_spends_nothing(tv: Tv) -> None:
    device = tv.begun()
    tv.answered(device)
    waiting = tv.begun()
    assert tv.told(waiting) == "authorization_pending"

    tv.world.advance("-1h")

    assert tv.told(waiting) == "slow_down"
    assert tv.told(device) == ""


# -- the API


def test_a_device_is_listed_and_answered_by_the_api(tv: Tv) -> None:
    path = f"/apps/{tv.app['appid']}/devices"
    first, device = tv.begun(), tv.begun()

    listed = tv.town.api("GET", path)
    assert {each["user_code"] for each in listed} == {first["user_code"], device["user_code"]}
    one = next(each for each in listed if each["user_code"] == device["user_code"])
    assert (one["state"], one["user"], one["scopes"]) == ("pending", "", ["openid", "profile"])
    assert one["expires_in"] > 590
    assert device["device_code"] not in str(listed)

    assert tv.answered(device, user="lisi") == {"state": "approved"}
    assert tv.userinfo(tv.poll(device).json())["sub"] == "lisi"
    assert tv.answered(first, user="lisi", decision="deny") == {"state": "denied"}
    states = {each["user_code"]: each["state"] for each in tv.town.api("GET", path)}
    assert states == {device["user_code"]: "spent", first["user_code"]: "denied"}


def test_the_api_refuses_what_a_page_would(tv: Tv) -> None:
    device = tv.begun()
    calls = [
        ("BBBB-BBBB", {}, 404),
        (device["user_code"], {"user": "nobody"}, 422),
        (device["user_code"], {"decision": "perhaps"}, 422),
        (device["user_code"], {"scope": "nothing"}, 422),
        (device["user_code"].lower(), {"decision": "deny"}, 200),
        (device["user_code"], {}, 409),
    ]
    for user_code, body, status in calls:
        answer = tv.town.http.post(f"{tv.town.provider}/_mock/api/devices/{user_code}", json=body)
        assert answer.status_code == status, answer.text


# -- the trace


def flow_of(tv: Tv, page: requests.Response) -> list[dict[str, Any]]:
    """The numbered messages of the flow that an answer belongs to."""
    found: list[dict[str, Any]] = tv.town.api("GET", f"/flows/{page.headers['X-Ninestep-Flow']}/messages")
    return found


def test_a_devices_login_is_told_in_the_numbers_of_the_nine_steps(tv: Tv) -> None:
    started = tv.start()
    device = started.json()
    tv.poll(device)
    Person(tv).connect(device["user_code"])
    tokens = tv.poll(device).json()
    tv.userinfo(tokens)

    messages = flow_of(tv, started)

    assert [message["step"] for message in messages] == [2, 3, 4, 5, 6, 7, 8]
    assert [m["name"] for m in messages][:4] == [
        "device.started",
        "device.answered",
        "device.answered",
        "device.polled",
    ]
    assert {message["outcome"] for message in messages} == {"ok"}
    told = tv.town.api("GET", f"/flows/{started.headers['X-Ninestep-Flow']}")
    assert (told["outcome"], told["user"]) == ("ok", "zhangsan")


def test_of_many_polls_only_those_are_recorded_that_are_told_something_new(tv: Tv) -> None:
    tv.world.freeze()  # else a slow machine may ask seldom enough in the end
    started = tv.start()
    device = started.json()
    for _ in range(20):
        tv.world.advance("5s")
        assert tv.told(device) == "authorization_pending"
    tv.told(device)
    tv.told(device)

    exchanges = tv.town.api("GET", f"/flows/{started.headers['X-Ninestep-Flow']}/exchanges")

    polls = [each for each in exchanges if each["name"] == "device.polled"]
    assert [poll.get("error", "") for poll in polls] == ["", "slow_down"]
    assert not tv.town.api("GET", f"/flows/{started.headers['X-Ninestep-Flow']}").get("outcome")


def test_no_code_stands_in_the_trace(tv: Tv) -> None:
    started = tv.start()
    device = started.json()
    requests.get(device["verification_uri_complete"], timeout=10)
    Person(tv).connect(device["user_code"])
    tv.poll(device)

    exchanges = str(tv.town.api("GET", f"/flows/{started.headers['X-Ninestep-Flow']}/exchanges"))

    assert device["device_code"] not in exchanges
    assert device["user_code"] not in exchanges
    assert "'device_code'" in exchanges
    assert "'user_code'" in exchanges


# -- the guide


@pytest.mark.parametrize("guide", ["devices.md", "devices.zh-CN.md"])
def test_the_guides_app_works(world: Any, guide: str) -> None:
    told = (Path(__file__).parents[2] / "docs" / guide).read_text("utf-8")
    body = json.loads(told.split("-d '", 1)[1].split("'", 1)[0])
    app = world.town.api("POST", "/apps", body)
    own = {"client_id": app["appid"]}
    device = requests.post(f"{world.town.provider}/oauth/device_authorization", data=own, timeout=10).json()
    world.town.api("POST", f"/devices/{device['user_code']}", {})
    poll = {**own, "grant_type": DEVICE, "device_code": device["device_code"]}
    assert requests.post(f"{world.town.provider}/oauth/token", data=poll, timeout=10).json()["refresh_token"]


# -- faults


def test_a_device_that_cannot_be_started_and_a_poll_that_breaks(tv: Tv) -> None:
    path = f"/apps/{tv.app['appid']}/faults"
    tv.town.api("POST", path, {"endpoint": "device", "error": "busy"})
    assert tv.start().status_code == 503
    device = tv.begun()
    tv.answered(device)

    tv.town.api("POST", path, {"endpoint": "token", "status": 502})
    assert tv.poll(device).status_code == 502

    assert tv.told(device) == ""


def test_the_last_page_is_its_requests_alone(tv: Tv) -> None:
    last = Person(tv).connect(tv.begun()["user_code"])
    rid = parse_qs(urlsplit(last.url).query)["rid"][0]

    gone = requests.get(f"{tv.town.provider}/oauth/device/done", params={"rid": rid[:-1]}, timeout=10)

    assert gone.status_code == 400


def test_the_ledger_keeps_the_device_code_from_the_browser(tv: Tv) -> None:
    started = tv.start()
    device = started.json()
    Person(tv).connect(device["user_code"])
    tv.poll(device)

    rows = tv.town.api("GET", f"/flows/{started.headers['X-Ninestep-Flow']}/ledger")["rows"]

    told = {row["kind"]: row["cells"] for row in rows}
    assert told["user_code"]["browser"]["state"] == "useless"
    assert told["device_code"]["browser"].get("state", "never") == "never"
    assert told["device_code"]["client_app"]["state"] == "useless"
    assert not [row for row in rows for cell in row["cells"].values() if cell.get("forbidden")]


def test_a_diagram_of_a_devices_login_knows_of_no_redirect(tv: Tv) -> None:
    started = tv.start()
    device = started.json()
    Person(tv).connect(device["user_code"])
    tv.poll(device)
    export = f"{tv.town.provider}/_mock/api/flows/{started.headers['X-Ninestep-Flow']}/export.mmd"

    for style in ("s0", "s1"):
        drawn = requests.get(export, params={"style": style}, timeout=10).text
        assert "请用户回到设备" in drawn
        assert "授权码" not in drawn
        assert "重定向" not in drawn


def test_a_device_knows_of_the_login_that_connected_it_and_is_told_when_it_ends(world: Any) -> None:
    """Its id_token has the ``sid`` of that browser's login (OpenID Connect Back-Channel Logout §2.1)."""
    listener = Listener()
    tv = Tv(world, backchannel_logout_uri=listener.url)
    device, person = tv.begun(), Person(tv)
    assert state(person.connect(device["user_code"])) == "approved"
    tokens = tv.poll(device).json()
    sid = verified(world.town, tokens["id_token"]).claims["sid"]

    person.get(
        f"{tv.town.provider}/oauth/logout", params={"id_token_hint": tokens["id_token"]}, timeout=10
    ).raise_for_status()

    told = verified(world.town, listener.token()).claims
    assert (told["sub"], told["sid"]) == ("zhangsan", sid)
    listener.close()


@pytest.mark.parametrize("how", ["auto", "api"])
def test_each_device_that_no_browser_connected_is_a_login_of_its_own(tv: Tv, how: str) -> None:
    def sid() -> str:
        device = tv.begun()
        if how == "api":
            tv.answered(device)
        return str(verified(tv.town, tv.poll(device).json()["id_token"]).claims["sid"])

    tv.consent("auto" if how == "auto" else "ask")

    assert sid() != sid()


def test_the_device_of_an_app_that_is_gone_waits_for_nobody(tv: Tv) -> None:
    """Neither on the page that takes codes nor in the console."""
    device, world = tv.begun(), tv.world.name
    console = f"{tv.town.provider}/_mock/console/tokens"
    assert device["user_code"] in requests.get(console, params={"world": world}, timeout=10).text
    tv.town.api("POST", "/apps", {"world": world})  # the world ends with its last app

    tv.town.api("DELETE", f"/apps/{tv.app['appid']}")

    shown = requests.get(console, params={"world": world}, timeout=10)
    assert shown.status_code == 200
    assert device["user_code"] not in shown.text
    assert problem(Person(tv).type(device["user_code"])) == "unknown"


def test_a_device_does_not_outlive_its_app_although_one_of_the_same_id_comes_after_it(tv: Tv) -> None:
    device, spent = tv.begun(), tv.begun()
    tv.answered(spent)
    assert tv.poll(spent).status_code == 200
    path = f"/apps/{tv.app['appid']}"
    kept = {name: tv.app[name] for name in ("dialect", "kind", "secret", "world", "grant_types")}

    tv.town.api("POST", "/apps", {"world": tv.world.name})  # else the world ends with its last app
    tv.town.api("DELETE", path)
    tv.town.api("PUT", path, kept)

    assert tv.town.api("GET", f"{path}/devices") == []
    assert [tv.told(each) for each in (device, spent)] == ["invalid_grant", "invalid_grant"]
