"""Resending a recorded message in a running town: reuse of a code, a token or a state is one call."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from ninestep.trace import resent

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"


def reveal(world: Any, on: bool = True, **fields: Any) -> None:
    world.town.api("PATCH", f"/apps/{world.appid}", {"policies": {"reveal": on}, **fields})


def log_in(world: Any, app: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """A whole login by hand: its flow, and the token answer."""
    app, get = app or world.app, world.town.http.get
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    asked = f"{world.town.provider}/connect/oauth2/authorize"
    sent = get(asked, params={**query, "scope": "snsapi_userinfo"}, allow_redirects=False, timeout=10)
    code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    redeem = {
        "appid": app["appid"],
        "secret": app["secret"],
        "code": code,
        "grant_type": "authorization_code",
    }
    token = get(f"{world.town.provider}/sns/oauth2/access_token", params=redeem, timeout=10).json()
    who = {"access_token": token["access_token"], "openid": token["openid"]}
    assert (
        get(f"{world.town.resource}/sns/userinfo", params=who, timeout=10).json()["openid"] == token["openid"]
    )
    return sent.headers["X-Ninestep-Flow"], token


def seq_of(town: Any, flow: str, name: str, side: str = "request") -> int:
    found = town.api("GET", f"/flows/{flow}/messages", params={"helpers": "1"})
    return next(m["seq"] for m in found if any((g["name"], g["side"]) == (name, side) for g in m["legs"]))


def resend(town: Any, flow: str, seq: int, status: int = 0, **body: str) -> Any:
    return town.api("POST", f"/flows/{flow}/messages/{seq}/resend", body, status=status)


def body_of(answer: dict[str, Any]) -> str:
    return str(
        next(leg["response"]["body"] for leg in answer["message"]["legs"] if leg["side"] == "response")
    )


def test_a_code_that_is_redeemed_again_was_used(world: Any) -> None:
    reveal(world)
    flow, _ = log_in(world)

    answer = resend(world.town, flow, seq_of(world.town, flow, "code.redeemed"))

    assert answer["sent"] == {"method": "GET", "to": "provider", "path": "/sns/oauth2/access_token"}
    assert '"errcode":40163' in body_of(answer)
    assert answer["message"]["outcome"] == "refused"


def test_under_tutorial_the_used_code_has_the_textbooks_number(world: Any) -> None:
    reveal(world, fidelity="tutorial")
    flow, _ = log_in(world)

    answer = resend(world.town, flow, seq_of(world.town, flow, "code.redeemed"))

    assert '"errcode":40029' in body_of(answer)


def test_the_resent_message_is_a_helper_of_the_same_flow(world: Any) -> None:
    reveal(world)
    flow, _ = log_in(world)
    before = world.town.api("GET", f"/flows/{flow}")

    answer = resend(world.town, flow, seq_of(world.town, flow, "code.redeemed"))

    found = world.town.api("GET", f"/flows/{flow}/messages", params={"helpers": "1"})
    [mine] = [m for m in found if any(leg["exchange"] == answer["exchange"] for leg in m["legs"])]
    assert (mine["step"], mine["name"], mine["channel"]) == (0, "code.redeemed", "back")
    assert {"rule": "resent_from", "detail": {"seq": seq_of(world.town, flow, "code.redeemed")}} in mine[
        "notes"
    ]
    after = world.town.api("GET", f"/flows/{flow}")
    assert {k: after[k] for k in ("outcome", "ended", "steps", "error")} == {
        k: before[k] for k in ("outcome", "ended", "steps", "error")
    }
    assert len(world.town.api("GET", "/flows", params={"world": world.name})) == 1


def test_a_token_gives_the_profile_as_often_as_it_is_sent(world: Any) -> None:
    reveal(world)
    flow, _ = log_in(world)

    answer = resend(world.town, flow, seq_of(world.town, flow, "profile.read"))

    assert (answer["status"], answer["sent"]["to"]) == (200, "resource_api")
    assert '"nickname":"张三"' in body_of(answer)
    assert answer["message"]["outcome"] == "ok"


def test_a_token_that_expired_meanwhile_is_refused(world: Any) -> None:
    reveal(world)
    flow, _ = log_in(world)
    world.advance("3h")

    answer = resend(world.town, flow, seq_of(world.town, flow, "profile.read"))

    assert '"errcode":42001' in body_of(answer)


def test_a_replayed_standard_code_revokes_what_it_gave(town: Any) -> None:
    app = town.api(
        "POST",
        "/apps",
        {
            "dialect": "standard",
            "redirect_uris": [CALLBACK],
            "policies": {"reveal": True},
            "consent": {"mode": "auto", "user": "zhangsan"},
        },
    )
    query = {"client_id": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    sent = town.http.get(f"{town.provider}/oauth/authorize", params=query, allow_redirects=False, timeout=10)
    code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    basic = (app["appid"], app["secret"])
    token = requests.post(f"{town.provider}/oauth/token", data=form, auth=basic, timeout=10).json()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert requests.get(f"{town.resource}/userinfo", headers=bearer, timeout=10).status_code == 200
    flow = sent.headers["X-Ninestep-Flow"]

    answer = resend(town, flow, seq_of(town, flow, "code.redeemed"))

    assert (answer["status"], answer["message"]["error"]) == (400, "code_used")
    assert requests.get(f"{town.resource}/userinfo", headers=bearer, timeout=10).status_code == 401


@pytest.fixture
def meituan(town: Any) -> str:
    """A login at the town's own client, by 张三 and without a click; its flow."""
    with requests.Session() as browser:
        browser.trust_env = False
        first = browser.get(f"{town.client}/login/wechat", allow_redirects=False, timeout=10)
        town.api("POST", "/apps/wx1234567890abcdef/next", {"user": "zhangsan"})
        account = browser.get(first.headers["Location"], timeout=10)
        assert account.url.partition("#")[0] == f"{town.client}/me"
    return str(first.headers["X-Ninestep-Flow"])


def test_a_callback_that_comes_back_is_refused_by_the_client(town: Any, meituan: str) -> None:
    seq = seq_of(town, meituan, "callback.received")

    answer = resend(town, meituan, seq, name="callback.received")

    assert answer["sent"] == {"method": "GET", "to": "client_app", "path": "/auth/wechat/callback"}
    assert answer["status"] == 400
    assert (answer["message"]["outcome"], answer["message"]["error"]) == ("refused", "invalid_state")
    assert [c["name"] for c in answer["message"]["checks"] if not c["ok"]] == ["state unused"]
    assert town.api("GET", f"/flows/{meituan}")["outcome"] == "ok"


def test_of_a_step_with_two_requests_the_last_is_sent(town: Any, meituan: str) -> None:
    answer = resend(town, meituan, seq_of(town, meituan, "callback.received"))

    assert answer["name"] == "code.redeemed"
    assert answer["message"]["outcome"] == "refused"


def test_a_redirect_is_told_without_what_it_carries_and_not_followed(town: Any, meituan: str) -> None:
    answer = resend(town, meituan, seq_of(town, meituan, "login.started"))

    assert answer["status"] == 302
    assert answer["location"] == f"{town.provider}/connect/oauth2/authorize"


def test_a_cookie_that_nobody_kept_is_left_out(town: Any) -> None:
    with requests.Session() as browser:
        browser.trust_env = False
        browser.cookies.set("mt_session", "a-session-of-somebody-else")
        first = browser.get(f"{town.client}/login/wechat", allow_redirects=False, timeout=10)
    flow = first.headers["X-Ninestep-Flow"]

    answer = resend(town, flow, 1)

    assert answer["left_out"] == ["cookie mt_session"]
    assert answer["status"] == 302


def test_a_message_whose_values_nobody_kept_cannot_be_sent(world: Any) -> None:
    flow, _ = log_in(world)

    problem = resend(world.town, flow, seq_of(world.town, flow, "code.redeemed"), status=409)

    assert "policy reveal" in problem["detail"]
    assert "client_secret, code" in problem["detail"]
    names = [e["name"] for e in world.town.api("GET", f"/flows/{flow}/exchanges")]
    assert names.count("code.redeemed") == 1


@pytest.mark.parametrize(
    ("seq", "body", "status"),
    [("99", {}, 404), ("x", {}, 422), ("1", {"name": "token.refreshed"}, 422), ("1", {"to": "evil"}, 422)],
)
def test_what_cannot_be_resent_is_refused(world: Any, seq: str, body: dict[str, str], status: int) -> None:
    reveal(world)
    flow, _ = log_in(world)
    before = len(world.town.api("GET", f"/flows/{flow}/exchanges"))

    world.town.api("POST", f"/flows/{flow}/messages/{seq}/resend", body, status=status)

    assert len(world.town.api("GET", f"/flows/{flow}/exchanges")) == before


def test_an_answer_is_not_a_request(world: Any) -> None:
    reveal(world)
    flow, _ = log_in(world)
    [sixth] = world.town.api("GET", f"/flows/{flow}/messages", params={"step": "6"})
    helpers = world.town.api("GET", f"/flows/{flow}/messages", params={"helpers": "1"})
    seq = next(m["seq"] for m in helpers if m["step"] == sixth["step"])

    assert "is an answer" in resend(world.town, flow, seq, status=409)["detail"]


class Listener(http.server.BaseHTTPRequestHandler):
    """Somebody who is not of this town, and counts who calls."""

    calls: list[str]

    def do_GET(self) -> None:
        self.calls.append(self.path)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def stranger() -> Iterator[tuple[str, list[str]]]:
    Listener.calls = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"127.0.0.1:{server.server_port}", Listener.calls
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_sent_to_a_host_that_a_record_names(world: Any, stranger: tuple[str, list[str]]) -> None:
    """The Host header of a request is what the record's address has: somebody else may choose it."""
    reveal(world)
    host, calls = stranger
    flow, _ = log_in(world)
    exported = world.town.http.get(f"{world.town.provider}/_mock/api/flows/{flow}/export.json").json()
    for e in exported["exchanges"]:
        e["request"]["url"] = f"http://{host}/x"
    imported = world.town.api("POST", "/flows", exported, params={"world": world.name})["id"]

    refused = resend(world.town, imported, 1, status=409)
    assert "read in from a file" in refused["detail"]

    path = f"//{host}/x?appid={world.appid}"
    asked = requests.Request("GET", f"{world.town.provider}/connect/oauth2/authorize").prepare()
    asked.url = f"{world.town.provider}/connect/oauth2/authorize?appid={world.appid}&redirect_uri=http:{path}"
    answer = world.town.http.send(asked, allow_redirects=False, timeout=10)
    told = resend(world.town, answer.headers["X-Ninestep-Flow"], 1)

    assert told["sent"]["to"] == "provider"
    assert calls == []


def test_a_mark_that_nobody_signed_changes_nothing(world: Any) -> None:
    flow, _ = log_in(world)
    forged = {resent.HEADER: f"{world.name}/{flow}/1/{'0' * 64}"}
    query = {"appid": world.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "other"}

    answer = world.town.http.get(
        f"{world.town.provider}/connect/oauth2/authorize",
        params={**query, "scope": "snsapi_base"},
        headers=forged,
        allow_redirects=False,
        timeout=10,
    )

    assert answer.headers["X-Ninestep-Flow"] != flow
    assert resent.origin_of("key", "exchange", "w/f/1/" + "0" * 64) is None
    origin = resent.Origin("w", "f", 3)
    assert resent.origin_of("key", "exchange", resent.mark("key", "exchange", origin)) == origin
    assert resent.origin_of("key", "another", resent.mark("key", "exchange", origin)) is None
