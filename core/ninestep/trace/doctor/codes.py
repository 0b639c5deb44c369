"""The code: taken once, at once, and by whom it was made for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..exchange import Exchange
from .case import Case, failed, values
from .finding import BAD, WARN, Hit, Rule

LATE = 60  # seconds
AGE = re.compile(r"(\d+) s of \d+ s")
REDEMPTIONS = ("code.redeemed", "js_code.redeemed", "phone.read")


def twice(case: Case) -> Iterator[Hit]:
    taken: set[str] = set()
    for e in case.named(*REDEMPTIONS):
        sent = {value.hash for value in values(e, "code", "request")}
        if e.error == "code_used" or (e.outcome == "ok" and sent & taken):
            yield Hit(e, "code")
        if e.outcome == "ok":
            taken |= sent


def late(case: Case) -> Iterator[Hit]:
    issued: dict[str, float] = {}
    for e in case.exchanges:
        issued |= {value.hash: e.at + e.duration for value in values(e, "code", "response")}
    for e in case.named(*REDEMPTIONS):
        begun = [issued[value.hash] for value in values(e, "code", "request") if value.hash in issued]
        age = _told_age(e) or (e.at - begun[0] if begun else 0.0)
        if age > LATE and not failed(e, "code not used"):
            yield Hit(e, "code", values={"age": f"{age:.0f}", "most": str(LATE)})


def foreign(case: Case) -> Iterator[Hit]:
    for e in case.named(*REDEMPTIONS):
        if failed(e, "code belongs to the client"):
            yield Hit(e, "code", values={"app": e.app})


def _told_age(e: Exchange) -> float:
    """As the provider reckoned it, on the world's clock."""
    for check in e.checks:
        if check.name == "code not expired" and (told := AGE.fullmatch(check.detail)):
            return float(told[1])
    return 0.0


RULES = (
    Rule("code_twice", BAD, "S0 §4.5", "RFC 6749 §4.1.2, §10.5", twice),
    Rule("code_late", WARN, "S0 §4.5, §5.4", "RFC 6749 §4.1.2", late),
    Rule("code_foreign", BAD, "S0 §4.5", "RFC 6749 §4.1.3, RFC 9700 §4.5", foreign),
)
