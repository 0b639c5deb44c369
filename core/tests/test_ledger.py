"""The ledger's rules, over exchanges made by the Recorder: who learns what, who must not, and when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any, get_args

import pytest
from by_record import FORM, JSON, NO_STORE, exchange
from ninestep.store import Store
from ninestep.trace import Draft, Recorder
from ninestep.trace.exchange import Exchange
from ninestep.trace.ledger import FORBIDDEN, KINDS, KNOWS, NEVER, USELESS, Cell, Ledger, ledger
from ninestep.trace.ledger.records import Ended, Why
from ninestep.trace.masking import COOKIES
from ninestep.trace.masking import KINDS as FOUND
from ninestep.trace.parameters import HALF, LEAKS, MARKS, MAY_KNOW, OPENNESS, PARAMETERS, PUBLIC, SECRET
from ninestep.trace.vocabulary import LANES
from ninestep.trace.words import both

STATE, CODE, SECRET_VALUE = "state-0123456789", "CODE-secret-123456", "app-secret-abcdef"
ACCESS, REFRESH, NEWER = "ACCESS-token-123456", "REFRESH-token-123456", "REFRESH-token-newer"
SESSION = "session-0123456789"
BACK = f"http://c/cb?code={CODE}&state={STATE}"


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    with closing(Recorder(store, "trace-key", "provider")) as recorder:
        yield recorder


def started(recorder: Recorder) -> Draft:
    draft = exchange(recorder, "login.started", 1.0, service="client_app")
    draft.asked("GET", "http://c/login", [], "")
    draft.answered(302, [("Location", f"http://p/authorize?state={STATE}")], "")
    return draft


def asked(recorder: Recorder, at: float = 2.0, **headers: str) -> Draft:
    draft = exchange(recorder, "authorize.requested", at, steps=(2, 4))
    draft.asked("GET", f"http://p/authorize?state={STATE}", list(headers.items()), "")
    draft.answered(302, [("Location", BACK)], "")
    return draft


def redeemed(recorder: Recorder, at: float = 4.0, *headers: tuple[str, str], **fields: Any) -> Draft:
    draft = exchange(recorder, "code.redeemed", at, **fields)
    body = f"secret={SECRET_VALUE}&code={CODE}&code_verifier={'v' * 43}"
    draft.asked("POST", "http://p/sns/oauth2/access_token", [*FORM, *headers], body)
    told = {"access_token": ACCESS, "refresh_token": REFRESH, "openid": "oPublic", "expires_in": 100}
    draft.answered(200, [JSON, NO_STORE], json.dumps(told))
    return draft


def arrived(recorder: Recorder, **fields: Any) -> Draft:
    draft = exchange(recorder, "callback.received", 3.0, service="client_app", **fields)
    draft.duration = 4.0
    draft.asked("GET", BACK, [("Cookie", f"mt_session={SESSION}")], "")
    draft.answered(303, [("Location", "/me"), ("Set-Cookie", "mt_login=LOGIN-0123456789; Path=/")], "")
    return draft


def read(recorder: Recorder, at: float = 5.0, path: str = "/sns/userinfo", **fields: Any) -> Draft:
    draft = exchange(recorder, "profile.read", at, service="resource_api", **fields)
    draft.asked("GET", f"http://r{path}?access_token={ACCESS}&openid=oPublic", [], "")
    draft.answered(200, [JSON], "{}")
    return draft


def refreshed(recorder: Recorder, at: float, refresh_token: str) -> Draft:
    draft = exchange(recorder, "token.refreshed", at)
    draft.asked("POST", "http://p/token", FORM, f"refresh_token={REFRESH}")
    told = {"access_token": "ACCESS-token-newer", "refresh_token": refresh_token}
    draft.answered(200, [JSON, NO_STORE], json.dumps(told))
    return draft


def records(recorder: Recorder, *drafts: Draft) -> list[Exchange]:
    return [recorder.finished(draft) for draft in drafts]


def silent_login(recorder: Recorder) -> list[Exchange]:
    return records(
        recorder, started(recorder), asked(recorder), arrived(recorder), redeemed(recorder), read(recorder)
    )


def cell(found: Ledger, place: str, kind: str, number: int = 0) -> Cell:
    return [row.cells[place] for row in found.rows if row.kind == kind][number]


def states(found: Ledger, kind: str) -> dict[str, str]:
    [row] = [row for row in found.rows if row.kind == kind]
    return {place: known.state for place, known in row.cells.items()}


def test_sender_and_receiver_know_and_nobody_else(recorder: Recorder) -> None:
    found = ledger(silent_login(recorder))

    lanes = dict.fromkeys((*LANES, "history", "access_log"), NEVER)
    assert states(found, "client_secret") == lanes | {"client_app": KNOWS, "provider": KNOWS}
    assert states(found, "refresh_token") == lanes | {"client_app": KNOWS, "provider": KNOWS}
    assert found.never("browser", "access_token")
    assert found.knows("resource_api", "access_token")
    assert list(found.leaks()) == []


def test_a_code_passes_the_browser_and_its_history_and_ends_with_its_redemption(recorder: Recorder) -> None:
    found = ledger(silent_login(recorder))

    assert states(found, "code") == {
        "browser": USELESS,
        "client_app": USELESS,
        "provider": USELESS,
        "resource_api": NEVER,
        "history": USELESS,
        "access_log": NEVER,
    }
    assert found.knows("browser", "code")
    [row] = [row for row in found.rows if row.kind == "code"]
    assert (row.ended, row.openness) == ("redeemed", HALF)


def test_step_by_step(recorder: Recorder) -> None:
    """②: redirect and authorize; ④: the code comes; ⑤: callback and redemption; ⑥: it is spent."""
    found = ledger(silent_login(recorder))

    at = {seq: cell(found.at(seq), "client_app", "code").state for seq in range(found.last + 1)}

    assert at == {
        0: NEVER,
        1: NEVER,
        2: NEVER,
        3: NEVER,
        4: KNOWS,
        5: USELESS,
        6: USELESS,
        7: USELESS,
        8: USELESS,
    }
    assert [cell(found, place, "code").learned for place in ("provider", "browser", "client_app")] == [
        3,
        3,
        4,
    ]
    assert cell(found.at(3), "client_app", "code") == Cell()
    assert found.at(3).places == found.places


def test_state_ends_with_its_callback_and_not_with_a_strangers(recorder: Recorder) -> None:
    good, strange = arrived(recorder), arrived(recorder)
    strange.check("state matches", False)

    with_good = ledger(records(recorder, started(recorder), asked(recorder), good))
    with_strange = ledger(records(recorder, started(recorder), asked(recorder), strange))

    assert cell(with_good, "client_app", "state").state == USELESS
    assert cell(with_strange, "client_app", "state").state == KNOWS


def test_a_foreign_client_knows_what_it_wrote_and_what_it_redeems(recorder: Recorder) -> None:
    """Its callback is not recorded: the state is taken for returned when the code is redeemed."""
    before = ledger(records(recorder, asked(recorder)))
    after = ledger(records(recorder, asked(recorder), redeemed(recorder)))

    assert cell(before, "client_app", "state").state == KNOWS
    assert cell(before, "client_app", "code").state == NEVER
    assert cell(after, "client_app", "code").learned
    assert cell(after, "client_app", "state").state == USELESS


@pytest.mark.parametrize("error", ["code_used", "code_expired"])
def test_a_code_that_was_refused_for_good_is_useless(recorder: Recorder, error: str) -> None:
    refused = redeemed(recorder, outcome="refused", error=error)

    assert cell(ledger(records(recorder, asked(recorder), refused)), "browser", "code").state == USELESS


def test_a_code_that_another_may_still_redeem_is_not(recorder: Recorder) -> None:
    refused = redeemed(recorder, outcome="refused", error="code_foreign")

    assert cell(ledger(records(recorder, asked(recorder), refused)), "browser", "code").state == KNOWS


@pytest.mark.parametrize(("now", "state"), [(103.0, KNOWS), (105.0, USELESS)])
def test_a_token_ends_when_its_time_is_over(recorder: Recorder, now: float, state: str) -> None:
    found = ledger(records(recorder, redeemed(recorder)), now=now)

    assert cell(found, "client_app", "access_token").state == state
    assert cell(found, "client_app", "refresh_token").state == KNOWS


def test_a_token_that_ran_out_before_a_later_message_is_useless_from_there(recorder: Recorder) -> None:
    late = read(recorder, 300.0, outcome="refused", error="token_expired")
    found = ledger(records(recorder, redeemed(recorder), read(recorder), late))

    assert cell(found, "resource_api", "access_token").useless_from == 5
    assert cell(found.at(4), "resource_api", "access_token").state == KNOWS


def test_a_rotated_refresh_token_ends_and_a_kept_one_does_not(recorder: Recorder) -> None:
    rotated = ledger(records(recorder, redeemed(recorder), refreshed(recorder, 9.0, NEWER)))
    kept = ledger(records(recorder, redeemed(recorder), refreshed(recorder, 9.0, REFRESH)))

    assert [cell(rotated, "client_app", "refresh_token", n).state for n in (0, 1)] == [USELESS, KNOWS]
    assert [row.ended for row in rotated.rows if row.kind == "refresh_token"] == ["rotated", ""]
    assert cell(kept, "client_app", "refresh_token").state == KNOWS


@pytest.mark.parametrize(
    ("token", "kind", "dead"),
    [
        (ACCESS, "access_token", {"access_token"}),
        (REFRESH, "refresh_token", {"access_token", "refresh_token"}),
    ],
)
def test_a_revoked_refresh_token_takes_its_access_token_along(
    recorder: Recorder, token: str, kind: str, dead: set[str]
) -> None:
    revoked = exchange(recorder, "token.revoked", 9.0)
    revoked.asked("POST", "http://p/revoke", FORM, f"token={token}")
    found = ledger(records(recorder, redeemed(recorder), revoked))

    ended = {row.kind for row in found.rows if row.ended == "revoked"}
    assert ended == dead
    assert {row.kind for row in found.rows if row.kind.endswith("_token")} == {
        "access_token",
        "refresh_token",
    }


def test_a_replay_that_revokes_ends_the_tokens(recorder: Recorder) -> None:
    replay = redeemed(recorder, 6.0, outcome="refused", error="code_used")
    replay.response.body = ""
    replay.note("authorization_revoked", authorization="abc")

    found = ledger(records(recorder, redeemed(recorder), replay))

    assert {row.kind for row in found.rows if row.ended == "revoked"} == {"access_token", "refresh_token"}


def test_a_new_session_key_replaces_the_old(recorder: Recorder) -> None:
    drafts = []
    for at, key in ((1.0, "KEY-of-the-first-login"), (2.0, "KEY-of-another-login")):
        draft = exchange(recorder, "js_code.redeemed", at)
        draft.asked("GET", f"http://p/sns/jscode2session?js_code=js-code-{at}", [], "")
        draft.answered(200, [JSON], json.dumps({"session_key": key}))
        drafts.append(draft)

    found = ledger(records(recorder, *drafts))

    assert [cell(found, "client_app", "session_key", n).state for n in (0, 1)] == [USELESS, KNOWS]


def test_a_secret_in_the_front_channel_is_forbidden_in_browser_and_history(recorder: Recorder) -> None:
    draft = asked(recorder)
    draft.request.url += f"&secret={SECRET_VALUE}"
    found = ledger(records(recorder, draft))

    assert {place: c.why for _, place, c in found.leaks()} == {
        "browser": "handed_out",
        "history": "in_history",
        "access_log": "in_access_log",
    }
    assert cell(found, "browser", "client_secret").state == FORBIDDEN
    assert cell(found, "provider", "client_secret").state == KNOWS


def test_an_implicit_token_is_forbidden_and_says_why_also_when_it_has_ended(recorder: Recorder) -> None:
    draft = exchange(recorder, "authorize.requested", steps=(2, 4))
    draft.asked("GET", "http://p/authorize", [], "")
    draft.answered(302, [("Location", f"http://c/cb#access_token={ACCESS}&expires_in=100")], "")

    alive = cell(ledger(records(recorder, draft)), "browser", "access_token")
    dead = cell(ledger(records(recorder, draft), now=500.0), "browser", "access_token")

    assert (alive.state, alive.why) == (FORBIDDEN, "implicit")
    assert (dead.state, dead.forbidden) == (USELESS, True)


def test_a_page_that_redeems_by_itself_gives_the_browser_everything(recorder: Recorder) -> None:
    found = ledger(records(recorder, redeemed(recorder, 4.0, ("Origin", "http://c"))))

    for kind in ("client_secret", "access_token", "refresh_token"):
        assert cell(found, "browser", kind).state == FORBIDDEN
        assert cell(found, "browser", kind).why == "front_end"


@pytest.mark.parametrize(
    ("path", "state", "why"),
    [("/sns/userinfo", KNOWS, "platform_query"), ("/userinfo", FORBIDDEN, "in_access_log")],
)
def test_a_token_in_a_query_is_in_logs_and_allowed_where_the_platform_documents_it(
    recorder: Recorder, path: str, state: str, why: str
) -> None:
    logged = cell(ledger(records(recorder, read(recorder, path=path))), "access_log", "access_token")

    assert (logged.state, logged.why) == (state, why)


def test_a_referer_tells_the_next_site(recorder: Recorder) -> None:
    found = ledger(records(recorder, asked(recorder, Referer=BACK)))

    assert "referer" in found.places
    assert cell(found, "referer", "code").state == FORBIDDEN
    assert "referer" not in ledger(silent_login(recorder)).places


def test_a_cookie_that_went_to_a_neighbours_port_is_not_his_knowledge(recorder: Recorder) -> None:
    """Browsers take one host's ports for one site."""
    found = ledger(records(recorder, asked(recorder, Cookie=f"mt_session={SESSION}")))

    assert states(found, "client_session") == dict.fromkeys((*LANES, "history"), NEVER) | {
        "browser": KNOWS,
        "client_app": KNOWS,
    }


def test_a_page_that_redeems_sends_its_own_cookies_and_not_its_servers(recorder: Recorder) -> None:
    headers = ("Origin", "http://c"), ("Cookie", f"wx_session={SESSION}")
    found = ledger(records(recorder, redeemed(recorder, 4.0, *headers)))

    assert cell(found, "client_app", "provider_session").state == NEVER
    assert cell(found, "browser", "provider_session").state == KNOWS


def test_how_far_a_scan_is_is_no_state(recorder: Recorder) -> None:
    poll = exchange(recorder, "qr.answered")
    poll.answered(200, [JSON], json.dumps({"state": "confirmed", "wx_code": CODE}))

    assert ledger(records(recorder, poll)).rows == []


def test_a_password_that_a_client_takes_is_forbidden_there(recorder: Recorder) -> None:
    ours = exchange(recorder, "login.submitted")
    ours.asked("POST", "http://p/login", FORM, "password=ninestep-password")
    theirs = exchange(recorder, "login.started", service="client_app")
    theirs.asked("POST", "http://c/login", FORM, "password=ninestep-password")

    assert list(ledger(records(recorder, ours)).leaks()) == []
    [(row, place, leak)] = ledger(records(recorder, theirs)).leaks()
    assert (row.kind, place, leak.why) == ("password", "client_app", "password_shared")


def test_the_resource_servers_own_secret_is_not_the_clients(recorder: Recorder) -> None:
    draft = exchange(recorder, "token.verified")
    draft.asked("POST", "http://p/introspect", FORM, f"client_secret={SECRET_VALUE}&token={ACCESS}")
    found = ledger(records(recorder, draft))

    assert found.never("resource_api", "client_secret")
    assert found.knows("resource_api", "resource_server_secret")
    assert [row.kind for row in found.rows] == ["access_token", "resource_server_secret"]


def test_nothing_recorded_is_an_empty_ledger() -> None:
    assert ledger([]) == Ledger(last=0, places=list(LANES), rows=[])


def test_the_seeds_table_is_the_legend_and_the_rules_derive_from_it() -> None:
    """S0 §4.6, word by word (M067)."""
    shown = [
        (p.name, MARKS[p.openness] + p.called.zh, p.carried_in.zh, p.requirement.zh, p.use.zh)
        for p in PARAMETERS
    ]

    assert shown == [
        ("client_id", "🟢公开", "URL参数", "无特殊要求", "应用标识"),
        ("client_secret", "🔴机密", "后端请求体", "绝对保密", "应用认证"),
        ("redirect_uri", "🟡半公开", "URL参数", "预先配置", "回调地址"),
        ("state", "🟡半公开", "URL参数", "随机唯一", "防CSRF"),
        ("code", "🟡临时", "URL参数", "短期有效", "换取Token"),
    ]
    assert "browser" not in MAY_KNOW["client_secret"]
    assert {"browser", "history"} <= MAY_KNOW["code"]


def test_every_kind_that_the_trace_finds_has_an_openness() -> None:
    assert {*FOUND.values(), *COOKIES.values(), "basic_credentials", *KINDS} <= set(OPENNESS)
    assert set(OPENNESS.values()) == {PUBLIC, HALF, SECRET}
    assert set(KINDS) <= set(MAY_KNOW)


def test_everything_that_a_ledger_says_has_words() -> None:
    names = [f"kind.{kind}" for kind in KINDS]
    names += [f"place.{place}" for place in (*LANES, *LEAKS)]
    names += [f"state.{state}" for state in (KNOWS, USELESS, NEVER, FORBIDDEN)]
    names += [f"openness.{name}" for name in (PUBLIC, HALF, SECRET)]
    names += [f"why.{name}" for name in get_args(Why) if name]
    names += [f"ended.{name}" for name in get_args(Ended) if name]

    assert all(all(both("ledger", name).values()) for name in names)
