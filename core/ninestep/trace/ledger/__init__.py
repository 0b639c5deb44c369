"""Who knows which secret, computed by rule from what was recorded (S0 §4.6, §6.4; experience.md §4.4).

``knowledge`` says who learns a value from a message, ``ends`` from when it opens nothing any more, ``records`` is the
answer. A value of two kinds with one hash (a token that was sent to be asked about) is one row.
"""

from __future__ import annotations

from ..exchange import Exchange
from ..messages import merge, messages
from ..parameters import LEAKS, MAY_KNOW, openness
from ..vocabulary import LANES
from .ends import ends
from .knowledge import learnt
from .records import FORBIDDEN, KINDS, KNOWS, NEVER, USELESS, Cell, Ledger, Row

__all__ = ["FORBIDDEN", "KINDS", "KNOWS", "NEVER", "USELESS", "Cell", "Ledger", "Row", "ledger"]


def ledger(exchanges: list[Exchange], *, now: float = 0.0) -> Ledger:
    """The ledger after the last message; ``Ledger.at`` goes back to an earlier one.

    Messages are counted with helpers. ``now`` is the world's time: what has expired since the last message is useless
    one message later.
    """
    found = messages(exchanges)
    whole = {e.exchange: e for e in merge(exchanges)}
    last = found[-1].seq if found else 0
    rows: dict[str, Row] = {}
    for fact in learnt(found, whole):
        row = rows.get(fact.hash)
        if row is None:
            row = rows[fact.hash] = Row(
                kind=fact.kind, hash=fact.hash, masked=fact.masked, openness=openness(fact.kind)
            )
        if fact.place in row.cells:
            continue
        allowed = fact.allowed or fact.place in MAY_KNOW[row.kind]
        row.cells[fact.place] = Cell(
            learned=fact.seq, forbidden=not allowed, where=fact.where, why=fact.why(allowed)
        )
    for hash, end in ends(found, whole, now).items():
        if row := rows.get(hash):
            row.ended = end.reason
            for cell in row.cells.values():
                cell.useless_from = max(end.seq, cell.learned)
    known = {place for row in rows.values() for place in row.cells}
    places = [*LANES, *(place for place in LEAKS if place in known)]
    return Ledger(last=last, places=places, rows=sorted(rows.values(), key=_order)).at(last + 1)


def _order(row: Row) -> tuple[int, int]:
    return KINDS.index(row.kind), min(cell.learned for cell in row.cells.values())
