"""What a service took although it need not have, and other notes it made: each one is told (design.md §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .case import Case
from .finding import INFO, WARN, Hit, Rule

SAID_ELSEWHERE = {  # note -> rules that say more about it
    "secret_in_front_end": ("exchange_from_browser", "code2session_from_front_end"),
    "same_state_as": ("state_reused", "state_constant"),
}
STEP_MODE = frozenset({"paused", "resumed"})  # what the viewer did, not the client


def noted(name: str) -> Callable[[Case], Iterator[Hit]]:
    def look(case: Case) -> Iterator[Hit]:
        for e in case.exchanges:
            for note in e.notes:
                if note.rule == name:
                    said = {key: str(value) for key, value in note.detail.items()}
                    yield Hit(e, said.get("sent", ""), values={"detail": _written(said)})

    return look


def fault(case: Case) -> Iterator[Hit]:
    for e in case.exchanges:
        if e.fault:
            yield Hit(e, "", values={"error": e.error or "-"})


def _written(detail: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in detail.items()) or "-"


RULES = (
    Rule("alias", INFO, "S0 §4.1", "RFC 6749 §2.2", noted("alias")),
    Rule("bearer_header", INFO, "S0 §3.2", "RFC 6750 §2.1", noted("bearer_header")),
    Rule("qr_by_scope", INFO, "S4", "", noted("qr_by_scope")),
    Rule("scope_ignored", WARN, "S0 §5.1", "RFC 6749 §3.3", noted("scope_ignored")),
    Rule("sheet_closed", INFO, "S4", "RFC 6749 §4.1.2.1", noted("sheet_closed")),
    Rule(
        "authorization_revoked",
        WARN,
        "S0 §4.5",
        "RFC 6749 §4.1.2, RFC 9700 §4.14.2",
        noted("authorization_revoked"),
    ),
    Rule("resent_from", INFO, "", "", noted("resent_from")),
    Rule("fault", INFO, "S0 §7.4", "", fault),
)
