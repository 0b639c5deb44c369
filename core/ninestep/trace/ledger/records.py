"""The answer: a row per secret, a column per place, and in each cell since when and until when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

KNOWS, USELESS, NEVER, FORBIDDEN = "knows", "useless", "never", "forbidden"  # ● ◐ ○ ⚠

KINDS = (  # of rows, in the order in which they are shown
    "password",
    "provider_session",
    "state",
    "code",
    "user_code",
    "device_code",
    "client_secret",
    "code_verifier",
    "access_token",
    "refresh_token",
    "openid",
    "unionid",
    "session_key",
    "client_session",
    "login_token",
    "resource_server_secret",
)

Why = Literal[  # what has to be said about a cell: `ledger.why.<why>`
    "",
    "platform_query",
    "implicit",
    "in_history",
    "in_referer",
    "in_access_log",
    "front_end",
    "handed_out",
    "password_shared",
    "told",
]
Ended = Literal[  # why a value became useless: `ledger.ended.<ended>`
    "", "redeemed", "expired", "revoked", "rotated", "returned", "replaced", "logged_out"
]


class Cell(msgspec.Struct, kw_only=True):
    """What one place knows of one value."""

    state: str = NEVER
    learned: int = 0  # the message (Message.seq, helpers counted) that told it; 0: none did
    useless_from: int = 0  # the message since which the value opens nothing; 0: it still does
    forbidden: bool = False  # was never meant to know, also where it is too late to matter
    where: str = ""  # in which part of that message: Value.where
    why: Why = ""  # where the state alone would puzzle


class Row(msgspec.Struct, kw_only=True):
    """One value."""

    kind: str
    hash: str
    masked: str
    openness: str  # public | half | secret
    ended: Ended = ""
    cells: dict[str, Cell] = {}


class Ledger(msgspec.Struct, kw_only=True):
    """``places`` are the columns: the four lanes, then those that only appear when something got there."""

    last: int  # seq of the last message
    places: list[str]
    rows: list[Row]

    def at(self, seq: int) -> Ledger:
        """As it stood when message ``seq`` had arrived; same rows and columns, so that a picture does not jump."""
        rows = [
            msgspec.structs.replace(
                row, cells={place: _at(row.cells.get(place), seq) for place in self.places}
            )
            for row in self.rows
        ]
        return Ledger(last=self.last, places=self.places, rows=rows)

    def cells(self, place: str, kind: str) -> list[Cell]:
        """What ``place`` was told of values of this kind, empty where nothing."""
        found = [row.cells[place] for row in self.rows if row.kind == kind and place in row.cells]
        return [cell for cell in found if cell.learned]

    def knows(self, place: str, kind: str) -> bool:
        """Whether ``place`` has, or had, a value of this kind."""
        return bool(self.cells(place, kind))

    def never(self, place: str, kind: str) -> bool:
        """Whether no value of this kind ever came to ``place``; an unknown place knows nothing."""
        return not self.knows(place, kind)

    def leaks(self) -> Iterator[tuple[Row, str, Cell]]:
        """Every cell that was never meant to know: (row, place, cell)."""
        for row in self.rows:
            for place, cell in row.cells.items():
                if cell.forbidden and cell.learned:
                    yield row, place, cell


def _at(cell: Cell | None, seq: int) -> Cell:
    if cell is None or not cell.learned or cell.learned > seq:
        return Cell()
    useless_from = cell.useless_from if 0 < cell.useless_from <= seq else 0
    state = USELESS if useless_from else FORBIDDEN if cell.forbidden else KNOWS
    return msgspec.structs.replace(cell, state=state, useless_from=useless_from)
