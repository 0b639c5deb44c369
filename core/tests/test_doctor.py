"""The doctor's rules as a table: provoked by records where no request does it, worded, documented, complete."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from by_record import RECORDED, Told, exchange
from ninestep.records import App
from ninestep.store import Store
from ninestep.trace import Recorder
from ninestep.trace.doctor import ORDER, RULES, Context, Finding, findings
from ninestep.trace.doctor.lenience import SAID_ELSEWHERE, STEP_MODE
from ninestep.trace.reader import Flow, Reader
from ninestep.trace.words import both

ROOT = Path(__file__).parents[2]
FLOW = Flow(id="f", world="w", app="a", at=1.0, at_real=1.0)
PLACES = (
    "least",
    "flow",
    "count",
    "host",
    "status",
    "kind",
    "place",
    "age",
    "most",
    "app",
    "scopes",
    "asked",
)
ANYTHING = dict.fromkeys(
    (*PLACES, "left", "life", "seconds", "detail", "error"), "…"
)  # for places in sentences
SERVICES = (
    "provider/ninestep_provider",
    "resource_api/ninestep_resource_api",
    "client_app/ninestep_client_app",
)


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    with closing(Recorder(store, "trace-key", "provider")) as recorder:
        yield recorder


def examined(recorder: Recorder, told: Told, **context: Any) -> list[Finding]:
    return findings(FLOW, [recorder.finished(told(recorder))], Context(**context))


@pytest.mark.parametrize("rule", RECORDED)
def test_a_recorded_flow_provokes_the_rule_or_does_not(recorder: Recorder, rule: str) -> None:
    guilty, innocent = RECORDED[rule]

    assert rule in {finding.rule for finding in examined(recorder, guilty)}
    assert rule not in {finding.rule for finding in examined(recorder, innocent)}


@pytest.mark.parametrize(("production", "severity"), [(False, "warn"), (True, "bad")])
def test_http_is_worse_in_production(recorder: Recorder, production: bool, severity: str) -> None:
    def asked(recorder: Recorder) -> Any:
        draft = exchange(recorder, "authorize.requested")
        draft.asked(
            "GET", "http://p/authorize?state=state-0123456789&redirect_uri=http%3A%2F%2Fx.example", [], ""
        )
        return draft

    [found] = examined(recorder, asked, production=production)

    assert (found.rule, found.severity, found.field) == ("redirect_not_https", severity, "redirect_uri")


def test_a_page_of_step_mode_is_not_the_clients_answer(recorder: Recorder) -> None:
    def paused(recorder: Recorder) -> Any:
        draft = RECORDED["callback_stays"][0](recorder)
        draft.note("paused", before=5)
        return draft

    assert "callback_stays" not in {finding.rule for finding in examined(recorder, paused)}


def test_a_flow_without_records_has_no_findings() -> None:
    assert findings(FLOW, [], Context()) == []


def test_neighbours_are_read_in_a_bounded_number_of_calls(recorder: Recorder, store: Store) -> None:
    for number in range(70):
        draft = exchange(recorder, "authorize.requested", number + 1.0)
        draft.flow, draft.state = f"f{number}", "one"
        draft.asked("GET", "http://p/authorize?state=state-0123456789", [], "")
        recorder.write(draft)
    reader = Reader(store, recorder.state_hash)
    asked: list[str] = []
    read = reader.exchanges
    reader.exchanges = lambda world, flow: asked.append(flow) or read(world, flow)  # type: ignore[method-assign, func-returns-value]
    app = App(appid="a", secret="s", world="w", name="a")
    newest = reader.flow("w", "f69")
    assert newest is not None

    found = findings(newest, read("w", "f69"), Context(reader=reader, world="w", app=app))

    assert "state_constant" in {finding.rule for finding in found}
    assert len(asked) <= 4


def test_each_rule_has_its_words_a_severity_and_a_source() -> None:
    for rule in RULES.values():
        for name in (rule.name, f"{rule.name}.fix"):
            assert all(both("doctor", name, **ANYTHING).values())
        assert rule.severity in ORDER
        assert rule.name in ("resent_from",) or rule.seed_row or rule.rfc


def test_every_note_of_a_service_is_a_finding() -> None:
    noted = {
        node.args[0].value
        for folder in (*SERVICES, "core/ninestep")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "note"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }

    assert {"alias", "same_state_as", "secret_in_front_end"} <= noted
    assert noted - SAID_ELSEWHERE.keys() - STEP_MODE <= set(RULES)
    assert {name for names in SAID_ELSEWHERE.values() for name in names} <= set(RULES)


@pytest.mark.parametrize(("guide", "language"), [("doctor.md", "en"), ("doctor.zh-CN.md", "zh")])
def test_the_guide_has_every_rule_as_it_is(guide: str, language: str) -> None:
    text = (ROOT / "docs" / guide).read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \| (bad|warn|info|good) \| ([^|]*) \| ([^|]*) \| (.*) \|$", text, re.M)

    assert [tuple(cell.strip() for cell in row) for row in told] == [
        (rule.name, rule.severity, rule.seed_row, rule.rfc, both("doctor", rule.name, **ANYTHING)[language])
        for rule in RULES.values()
    ]
