"""Which checks a test run really met, and which of them ever refused anything: a suite that only logs in has never seen
a check fail.

Each row is a check that can be made for the app (``checkable``) with what was counted (``counters``); one that was
counted and stands in no table is a row all the same. What only the client can check is a row of its own kind, and says
so where nobody here can see it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..records import App
from .checkable import CLIENTS_OWN, NO_CHECK, checkable, made_for, slug
from .counters import Count
from .vocabulary import CLIENT
from .words import both, catalogue

SERVER, CLIENTS = "server", "client"
REFUSED, PASSED, NEVER = "refused", "passed", "never"
SEEN, NOT_CHECKED, CANNOT_BE_SEEN = "seen", "not_checked", "cannot_be_seen"


class Row(msgspec.Struct, kw_only=True):
    """``passed`` and ``refused`` are exchanges, ``passed_in`` and ``refused_in`` their newest flows. ``verdict`` of a
    server's check: refused | passed | never; of a client's own: seen | not_checked | cannot_be_seen, and then
    ``passed`` are logins that came back with an altered state, ``refused`` those whose code was not redeemed."""

    service: str
    name: str
    kind: str = SERVER
    passed: int = 0
    refused: int = 0
    passed_in: str = ""
    refused_in: str = ""
    verdict: str = NEVER
    meaning: dict[str, str]
    says: dict[str, str] = {}


class Coverage(msgspec.Struct, kw_only=True):
    """``percent`` of the servers' checks have refused something."""

    app: str
    world: str
    dialect: str
    app_kind: str
    checks: list[Row]
    made: int
    refused: int
    all: int
    percent: int
    never_made: list[str]
    never_refused: list[str]


class WorldCoverage(msgspec.Struct, kw_only=True):
    world: str
    apps: list[Coverage]


def coverage(app: App, counts: Iterable[Count]) -> Coverage:
    counted = {(count.service, count.name): count for count in counts}
    state = counted.pop(("", "state"), None)
    names = dict.fromkeys([*checkable(app), *counted])
    rows = [_row(*key, counted.get((key[0], key[1]))) for key in names if key[1] not in NO_CHECK]
    server = [row for row in rows if row.kind == SERVER]
    refused = [row for row in server if row.refused]
    return Coverage(
        app=app.appid,
        world=app.world,
        dialect=app.dialect,
        app_kind=app.kind,
        checks=[*rows, *_own(app, state)],
        made=sum(bool(row.passed or row.refused) for row in server),
        refused=len(refused),
        all=len(server),
        percent=100 * len(refused) // len(server) if server else 0,
        never_made=[row.name for row in server if row.verdict == NEVER],
        never_refused=[row.name for row in server if not row.refused],
    )


def _row(service: str, name: str, count: Count | None) -> Row:
    count = count or Count(service=service, name=name)
    verdict = REFUSED if count.refused else PASSED if count.passed else NEVER
    known = f"checks.{slug(name)}" in catalogue("checks", "en")
    return Row(
        **msgspec.structs.asdict(count),
        kind=CLIENTS if service == CLIENT else SERVER,
        verdict=verdict,
        meaning=both("checks", slug(name)) if known else {"zh": "", "en": ""},
        says=both("checks", f"verdict.{verdict}"),
    )


def _own(app: App, state: Count | None) -> list[Row]:
    """What only the client can check."""
    state = state or Count(service=CLIENT, name="state")
    rows = []
    for name, places in CLIENTS_OWN.items():
        if not made_for(app, places):
            continue
        word, count = (
            name.partition(" ")[0],
            state if name.startswith("state") else Count(service=CLIENT, name=name),
        )
        verdict = NOT_CHECKED if count.refused else SEEN if count.passed else CANNOT_BE_SEEN
        told = {"sent": str(count.passed), "taken": str(count.refused)}
        rows.append(
            Row(
                service=CLIENT,
                name=name,
                kind=CLIENTS,
                passed=count.passed,
                refused=count.passed - count.refused,
                passed_in=count.passed_in,
                refused_in=count.refused_in,
                verdict=verdict,
                meaning=both("checks", slug(name)),
                says=both("checks", f"{word}.{verdict}", **told),
            )
        )
    return rows
