"""state: is there one, can it be guessed, is it used once, does it belong to one browser?"""

from __future__ import annotations

from collections.abc import Iterator

from ..reader import Flow
from .case import Case, failed, sent, sessions, values
from .finding import BAD, GOOD, WARN, Hit, Rule

TOO_SHORT = 12  # characters: the mask of a longer value ends in four of them
CONSTANT = 3  # flows with one state


def missing(case: Case) -> Iterator[Hit]:
    for e in case.asked():
        if not values(e, "state", "request"):
            pkce = "code_challenge" in sent(e) and case.dialect == "standard"
            yield Hit(e, "state", severity=WARN if pkce else "")


def short(case: Case) -> Iterator[Hit]:
    for e in case.asked():
        for value in values(e, "state", "request")[:1]:
            if value.masked == "••••":
                yield Hit(e, "state", values={"least": str(TOO_SHORT)})


def reused(case: Case) -> Iterator[Hit]:
    others = _sharing(case)
    if 0 < len(others) < CONSTANT - 1:
        for e in case.named("authorize.requested"):
            yield Hit(e, "state", values={"flow": others[0].id})


def constant(case: Case) -> Iterator[Hit]:
    others = _sharing(case)
    if len(others) >= CONSTANT - 1:
        for e in case.named("authorize.requested"):
            yield Hit(e, "state", values={"count": str(len(others) + 1)})


def not_tied(case: Case) -> Iterator[Hit]:
    """Two sessions share a state: one browser's attempt can be finished in another's."""
    others = _sharing(case)
    if not others:
        return
    own = sessions(case.exchanges)
    for other, exchanges in zip(others, case.context.exchanges(others), strict=False):
        users = {case.flow.user, other.user} - {""}
        if len(users) > 1 or _apart(own, sessions(exchanges)):
            for e in case.named("authorize.requested"):
                yield Hit(e, "state", values={"flow": other.id})
            return


def stopped(case: Case) -> Iterator[Hit]:
    for e in case.named("callback.received", "code.posted"):
        if failed(e, "state matches", "state unused"):
            yield Hit(e, "state")


def _sharing(case: Case) -> list[Flow]:
    """The app's other flows that have this flow's state."""
    if not case.flow.state:
        return []
    return [
        other
        for other in case.context.neighbours
        if other.id != case.flow.id and other.state == case.flow.state
    ]


def _apart(one: dict[str, set[str]], other: dict[str, set[str]]) -> bool:
    return any(one[kind] and other[kind] and not one[kind] & other[kind] for kind in one)


RULES = (
    Rule("state_missing", BAD, "S0 §5.3", "RFC 6749 §10.12, RFC 9700 §4.7", missing),
    Rule("state_short", WARN, "S0 §4.4", "RFC 6749 §10.10", short),
    Rule("state_reused", WARN, "S0 §5.3", "RFC 9700 §4.7.1", reused),
    Rule("state_constant", BAD, "S0 §5.3", "RFC 9700 §4.7.1", constant),
    Rule("state_not_tied", BAD, "S0 §5.3", "RFC 9700 §2.1, §4.7.1", not_tied),
    Rule("state_stopped", GOOD, "S0 §5.3", "RFC 9700 §4.7.1", stopped),
)
