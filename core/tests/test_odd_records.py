"""Whatever was sent is recorded, and whatever is recorded is judged without falling over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from ninestep.records import App
from ninestep.store import Store
from ninestep.trace import Recorder
from ninestep.trace.doctor import Context, findings
from ninestep.trace.exchange import Exchange
from ninestep.trace.ledger import ledger
from ninestep.trace.reader import Flow
from ninestep.trace.vocabulary import KINDS

FLOW = Flow(id="f", world="w", app="a", user="u", at=1.0, at_real=1.0, ended=True, outcome="ok", state="s")
URLS = (
    "",
    "http://[",
    "//",
    "http://p/x?code=&state=%ff%fe&redirect_uri=http://[&scope=%00",
    "http://p/x?redirect_uri=http%3A%2F%2F%5B&state=\ud83d&access_token=ACCESS-token-123456#%",
)
BODIES = (
    "",
    "{",
    '{"a":' * 1500,
    '{"expires_in": "soon", "access_token": "ACCESS-token-123456"}',
    '{"expires_in": 1e999, "access_token": "ACCESS-token-123456", "scope": null}',
    '{"expires_in": -5, "code": "CODE-secret-123456", "email": []}',
    "access_token=ACCESS-token-123456&expires_in=NaN",
    "[1, 2]",
)
HEADERS = [
    ("Location", "#access_token=ACCESS-token-123456&expires_in=x"),
    ("Referer", "?code=CODE-secret-123456"),
]


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    with closing(Recorder(store, "trace-key", "provider")) as recorder:
        yield recorder


@pytest.mark.parametrize("dialect", ["standard", "wechat", "qq", "weibo"])
@pytest.mark.parametrize("url", URLS)
def test_odd_addresses_and_bodies_are_judged(recorder: Recorder, url: str, dialect: str) -> None:
    app = App(appid="a", secret="s", world="w", name="a", dialect=dialect)
    records: list[Exchange] = []
    for number, name in enumerate(KINDS):
        draft = recorder.draft().begin(name, world="w", app="a", flow="f")
        body = BODIES[number % len(BODIES)]
        draft.asked("POST", url, HEADERS, body)
        draft.answered(200, HEADERS, BODIES[-number % len(BODIES)])
        records.append(recorder.finished(draft))

    assert findings(FLOW, records, Context(app=app, production=True))
    assert ledger(records, now=5.0).rows


def test_half_an_exchange_and_one_of_an_unknown_step_are_judged(recorder: Recorder) -> None:
    records: list[Exchange] = []
    for number, name in enumerate(KINDS):
        draft = recorder.draft().begin(name, world="w", app="a", flow="f")
        draft.steps = (0, 4) if number % 2 else (9, 0)
        draft.fault = "f"
        records.append(recorder.finished(draft))

    faults = [finding for finding in findings(FLOW, records, Context()) if finding.rule == "fault"]
    assert len(faults) > 1
    assert ledger(records).rows == []
