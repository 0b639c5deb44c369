"""The trace: what is recorded, what is hidden, and how exchanges become the nine messages."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from ninestep.keyring import cipher
from ninestep.records import encoder
from ninestep.store import Store
from ninestep.trace import Draft, Recorder, masking
from ninestep.trace.exports.mermaid import diagram
from ninestep.trace.exports.subject import Subject
from ninestep.trace.messages import messages
from ninestep.trace.reader import Flow, Reader, reached
from ninestep.trace.recorder import MOST_FLOWS, MOST_RECORDS, TRIM_AT_ONCE

KEY = "trace-key"


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    with closing(Recorder(store, KEY, "provider")) as recorder:
        yield recorder


@pytest.fixture
def reader(store: Store, recorder: Recorder) -> Reader:
    return Reader(store, recorder.state_hash)


def exchange(recorder: Recorder, name: str, at: float, duration: float, **fields: Any) -> Draft:
    draft = recorder.draft(fields.pop("exchange", ""), fields.pop("service", ""))
    draft.begin(name, world="w", app="a", flow=fields.pop("flow", "f"))
    draft.at_real, draft.duration = at, duration
    for field, value in fields.items():
        setattr(draft, field, value)
    return draft


def nine_steps(recorder: Recorder) -> list[Draft]:
    """The exchanges of one login as three services see them, in the order in which they end."""
    return [
        exchange(recorder, "login.started", 1.0, 0.1, service="client_app"),
        exchange(recorder, "authorize.requested", 2.0, 0.1),
        exchange(recorder, "login.submitted", 3.0, 0.1),
        exchange(recorder, "consent.given", 4.0, 0.1),
        exchange(recorder, "code.redeemed", 5.2, 0.1, exchange="token-call"),
        exchange(recorder, "code.redeemed", 5.1, 0.3, exchange="token-call", service="client_app"),
        exchange(recorder, "profile.read", 5.6, 0.1, exchange="profile-call", service="resource_api"),
        exchange(recorder, "profile.read", 5.5, 0.3, exchange="profile-call", service="client_app"),
        exchange(recorder, "callback.received", 5.0, 1.0, service="client_app"),
    ]


def test_a_login_is_nine_numbered_messages_in_the_seeds_order(recorder: Recorder, reader: Reader) -> None:
    recorder.write(*nine_steps(recorder))

    found = reader.messages("w", "f")

    assert [m.step for m in found] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [m.channel for m in found] == ["front"] * 4 + ["back"] * 4 + ["front"]
    assert [(leg.sender, leg.receiver) for leg in found[1].legs[:2]] == [
        ("client_app", "browser"),
        ("browser", "provider"),
    ]
    assert [(leg.sender, leg.receiver) for leg in found[4].legs] == [
        ("browser", "client_app"),
        ("client_app", "provider"),
    ]


def test_helpers_have_no_number_and_stand_where_they_happened(recorder: Recorder, reader: Reader) -> None:
    recorder.write(*nine_steps(recorder))

    found = reader.messages("w", "f", helpers=True)

    assert [m.step for m in found] == [1, 2, 0, 3, 4, 5, 6, 7, 8, 9]
    assert found[2].name == "login.submitted"


def drawn(reader: Reader) -> Subject:
    flow = Flow(id="f", world="w", app="a")
    return Subject(flow, reader.exchanges("w", "f"), "zh-CN", app="美团", dialect="wechat")


def test_mermaid_has_the_seeds_participants_and_nine_arrows(recorder: Recorder, reader: Reader) -> None:
    recorder.write(*nine_steps(recorder))

    text = diagram(drawn(reader))

    lines = text.splitlines()
    assert lines[0] == "sequenceDiagram"
    participants = [line.split(" as ")[1] for line in lines if "participant" in line]
    assert participants == ["用户浏览器", "美团后端", "微信授权服务器", "微信资源服务器"]
    assert len([line for line in lines if ">>" in line]) == 9


def test_mermaid_says_what_a_refused_step_came_to(recorder: Recorder, reader: Reader) -> None:
    refused = exchange(recorder, "consent.given", 4.0, 0.1, outcome="refused", error="access_denied")
    recorder.write(refused)

    text = diagram(drawn(reader))

    assert "返回错误，没有授权码（access_denied）" in text
    assert "返回授权码" not in text


def test_a_replayed_code_is_one_more_message_and_not_a_merged_one(recorder: Recorder, reader: Reader) -> None:
    again = exchange(recorder, "code.redeemed", 7.0, 0.1, outcome="refused", error="code_used")
    recorder.write(*nine_steps(recorder), again)

    found = reader.messages("w", "f")

    assert [m.step for m in found][-2:] == [5, 6]
    assert (found[-1].outcome, found[-1].error) == ("refused", "code_used")


def test_copies_of_one_exchange_keep_the_receivers_checks(recorder: Recorder) -> None:
    caller = exchange(recorder, "code.redeemed", 1.0, 1.0, exchange="x" * 8, service="client_app")
    receiver = exchange(recorder, "code.redeemed", 1.2, 0.2, exchange="x" * 8)
    receiver.check("code known", True)

    [request, response] = messages([recorder.finished(caller), recorder.finished(receiver)])

    assert [check.name for check in request.checks] == ["code known"]
    assert request.at <= response.at


def test_an_answer_that_only_the_caller_could_keep_is_told(recorder: Recorder) -> None:
    """The receiver takes an answer of type text/html for a page; for QQ it is an API's."""
    caller = exchange(recorder, "code.redeemed", 1.0, 1.0, exchange="x" * 8, service="client_app")
    caller.answered(200, [("Content-Type", "text/html")], "access_token=ACCESS-token-123456&expires_in=7200")
    caller.learn("access_token", "ACCESS-token-123456", "response.body")
    receiver = exchange(recorder, "code.redeemed", 1.2, 0.2, exchange="x" * 8)
    receiver.answered(200, [("Content-Type", "text/html")], "")

    [_, response] = messages([recorder.finished(caller), recorder.finished(receiver)])

    assert response.legs[0].response is not None
    assert response.legs[0].response.body == "access_token=••••3456&expires_in=7200"


SECRETS = {
    "code": "CODE/secret+123456",
    "client_secret": "app-secret-abcdef",
    "access_token": "ACCESS-token-123456",
    "refresh_token": "REFRESH-token-123456",
    "state": "state-0123456789",
    "provider_session": "session-0123456789",
    "password": "ninestep-password",
}


def secret_draft(recorder: Recorder) -> Draft:
    draft = exchange(recorder, "code.redeemed", 1.0, 0.1)
    draft.asked(
        "POST",
        "http://p/x?code=CODE%2Fsecret%2B123456&state=state-0123456789",
        [
            ("Referer", "http://c/cb?code=CODE%2Fsecret%2B123456"),
            ("Cookie", "a=b; wx_session=session-0123456789"),
            ("Authorization", "Bearer ACCESS-token-123456"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ],
        "secret=app-secret-abcdef&password=ninestep-password&openid=oPublic",
    )
    body = json.dumps(
        {"access_token": SECRETS["access_token"], "nested": {"refresh_token": SECRETS["refresh_token"]}}
    )
    headers = [("Location", "http://c/cb?code=CODE%2Fsecret%2B123456"), ("Content-Type", "text/plain")]
    draft.answered(200, headers, body)
    return draft


def test_secrets_are_hidden_wherever_they_occur(recorder: Recorder, store: Store) -> None:
    draft = secret_draft(recorder)
    recorder.write(draft)

    text = store.redis.lrange(store.keys.exchanges("w", "f"), 0, -1)[0].decode()

    for value in (*SECRETS.values(), "CODE%2Fsecret%2B123456"):
        assert value not in text
    assert "oPublic" in text


def test_the_same_value_has_the_same_hash_in_every_service(recorder: Recorder, store: Store) -> None:
    record = recorder.finished(secret_draft(recorder))
    other = Recorder(store, KEY, "client_app").finished(secret_draft(recorder))

    kinds = {value.kind: value.hash for value in record.values}

    assert {"code", "state", "client_secret", "access_token", "refresh_token", "password", "openid"} <= set(
        kinds
    )
    assert kinds == {value.kind: value.hash for value in other.values}
    assert Recorder(store, "another key", "provider").state_hash("s") != recorder.state_hash("s")


def test_values_are_kept_encrypted_only_where_the_app_reveals_them(recorder: Recorder) -> None:
    hidden, shown = secret_draft(recorder), secret_draft(recorder)
    shown.reveal = True

    assert not any(value.sealed for value in recorder.finished(hidden).values)
    sealed = {value.kind: value.sealed for value in recorder.finished(shown).values}
    assert cipher(KEY).decrypt(sealed["code"]).decode() == SECRETS["code"]
    assert SECRETS["code"] not in encoder.encode(recorder.finished(shown)).decode()


def test_a_revealed_value_is_revealed_wherever_it_occurs(recorder: Recorder) -> None:
    """The client's copies have no seal: only the provider and the resource API know the app's policy."""
    receiver, caller = secret_draft(recorder), secret_draft(recorder)
    caller.exchange, caller.service = receiver.exchange, "client_app"
    receiver.reveal = True
    callback = exchange(recorder, "callback.received", 9.0, 0.1)
    callback.learn("code", SECRETS["code"], "request.query")

    found = messages([recorder.finished(draft) for draft in (receiver, caller, callback)])

    values = [value for message in found for leg in message.legs for value in leg.values]
    codes = [value for value in values if value.kind == "code"]
    assert len(codes) > 1
    assert {cipher(KEY).decrypt(value.sealed).decode() for value in codes} == {SECRETS["code"]}


def test_an_authorize_request_joins_the_flow_of_its_state_once(recorder: Recorder, reader: Reader) -> None:
    flow = recorder.start_flow("w", "a", "state-1")
    recorder.write(exchange(recorder, "login.started", 1.0, 0.1, flow=flow))
    first, second = (exchange(recorder, "authorize.requested", 2.0, 0.1, flow="") for _ in range(2))

    for draft in (first, second):
        batch = recorder.store.batch()
        waiting = recorder.read_waiting(batch, draft, "state-1")
        batch.run()
        assert waiting is not None
        draft.flow = recorder.join_flow(draft, "state-1", waiting.value)
    recorder.write(first, second)

    assert first.flow == flow
    assert second.flow != flow
    known = reader.flow("w", second.flow)
    assert known is not None
    assert known.same_state_as == flow
    assert second.notes[0].rule == "same_state_as"


def test_a_flow_has_ended_when_step_8_was_answered_or_something_was_refused(
    recorder: Recorder, reader: Reader
) -> None:
    drafts = nine_steps(recorder)
    recorder.write(*drafts[:5])
    open_flow = reader.flow("w", "f")
    recorder.write(*drafts[5:])
    ended = reader.flow("w", "f")
    recorder.write(
        exchange(recorder, "consent.given", 1.0, 0.1, flow="g", outcome="refused", error="access_denied")
    )
    refused = reader.flow("w", "g")

    assert open_flow is not None
    assert not open_flow.ended
    assert ended is not None
    assert (ended.ended, ended.outcome, ended.steps) == (True, "ok", [1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert refused is not None
    assert (refused.ended, refused.outcome, refused.error) == (True, "refused", "access_denied")


def test_waiting_ends_as_soon_as_the_step_is_recorded(recorder: Recorder, reader: Reader) -> None:
    import threading

    drafts = nine_steps(recorder)
    recorder.write(*drafts[:4])
    ready = threading.Event()

    def look() -> bool:
        flow = reader.flow("w", "f")
        ready.set()
        return reached("step=8", flow, lambda: 0)

    def write_later() -> None:
        ready.wait()
        recorder.write(*drafts[4:])

    thread = threading.Thread(target=write_later)
    thread.start()
    started = time.monotonic()
    found = reader.wait("w", look, 20)
    thread.join()

    assert found
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("until", ["", "soon", "step=x", "messages="])
def test_a_bad_until_says_what_can_be_waited_for(until: str) -> None:
    with pytest.raises(ValueError, match="write ended"):
        reached(until, None, lambda: 0)


def test_a_flow_keeps_its_first_records_and_a_world_its_newest_flows(
    recorder: Recorder, reader: Reader
) -> None:
    recorder.write(*(exchange(recorder, "token.checked", float(n), 0.1) for n in range(MOST_RECORDS + 5)))
    assert len(reader.exchanges("w", "f")) == MOST_RECORDS

    flows = MOST_FLOWS + TRIM_AT_ONCE + 1
    for n in range(flows):
        recorder.write(exchange(recorder, "token.checked", 10.0 + n, 0.1, flow=f"flow-{n}"))

    kept = reader.flows("w", limit=flows)
    assert len(kept) <= MOST_FLOWS + TRIM_AT_ONCE
    assert kept[0].id == f"flow-{flows - 1}"
    assert not reader.store.redis.exists(reader.store.keys.exchanges("w", "flow-0"))


def test_a_trace_that_redis_will_not_take_is_counted_and_not_fatal(recorder: Recorder, store: Store) -> None:
    cut_off = Recorder(store, KEY, "provider", url="unix:///nowhere/redis.sock", patience=0.05)

    cut_off.write(exchange(cut_off, "token.checked", 1.0, 0.1))
    cut_off.write(exchange(cut_off, "token.checked", 1.0, 0.1))

    assert cut_off.dropped == 2
    cut_off._lines = recorder._lines  # Redis is back
    cut_off.write(exchange(cut_off, "token.checked", 1.0, 0.1))
    assert store.redis.hget(store.keys.metrics, "provider:trace_dropped") == b"2"


def test_a_record_that_cannot_be_made_costs_no_answer_and_is_counted(
    recorder: Recorder, store: Store
) -> None:
    """By then the code is spent."""
    strange = exchange(recorder, "authorize.requested", 0, 0.01)
    strange.name = "nobody gave this a meaning"

    recorder.write(strange)
    recorder.write(exchange(recorder, "authorize.requested", 1, 0.01))

    assert recorder.dropped == 0
    assert store.redis.hget(store.keys.metrics, "provider:trace_dropped") == b"1"


@pytest.mark.parametrize("value", ["", "x", "short-value", "long-enough-value"])
def test_a_mask_never_shows_more_than_four_characters(value: str) -> None:
    shown = masking.mask(value).lstrip("•")

    assert len(shown) <= 4
    assert len(value) >= 12 or not shown
