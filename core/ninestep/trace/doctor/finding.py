"""What a rule is and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ..exchange import Exchange
from ..words import both

if TYPE_CHECKING:
    from .case import Case

BAD, WARN, INFO, GOOD = "bad", "warn", "info", "good"
ORDER = (BAD, WARN, INFO, GOOD)


class Finding(msgspec.Struct, kw_only=True):
    """``message`` is Message.seq, helpers counted. ``said`` and ``fix`` are in both languages: ``zh`` and ``en``."""

    rule: str
    severity: str  # bad | warn | info | good
    message: int
    step: int
    field: str
    seed_row: str
    rfc: str
    said: dict[str, str]
    fix: dict[str, str]


class Hit(NamedTuple):
    """Where a rule holds. ``values`` fill the places of its sentence, ``severity`` is another than the rule's own."""

    exchange: Exchange
    field: str = ""
    side: str = "request"
    severity: str = ""
    values: dict[str, str] = {}


class Rule(NamedTuple):
    name: str
    severity: str
    seed_row: str  # where the seed says so; empty where only the RFC does
    rfc: str
    look: Callable[[Case], Iterator[Hit]]

    def finding(self, case: Case, hit: Hit) -> Finding:
        message = case.message(hit.exchange, hit.side)
        return Finding(
            rule=self.name,
            severity=hit.severity or self.severity,
            message=message.seq,
            step=message.step,
            field=hit.field,
            seed_row=self.seed_row,
            rfc=self.rfc,
            said=both("doctor", self.name, **hit.values),
            fix=both("doctor", f"{self.name}.fix", **hit.values),
        )
