"""Long lists in pages: ``?limit=`` and ``?after=``, and where the next page is in a ``Link`` header (RFC 8288).

A cursor holds the sorting key of the last row that was told, so rows that come in or go meanwhile make no other row
appear twice or not at all.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
from flask import request
from msgspec import Meta

from .problem import Problem
from .query import END, Param, asked

MOST = 1000
FIX = "take it from the Link header of the page before, or leave it out"

LIMIT = Param(f"rows at most, 1 to {MOST}; {MOST} when left out", Annotated[int, Meta(ge=1, le=MOST)])
AFTER = Param(
    "where the page before ended, out of its Link header",
    Annotated[str, Meta(pattern=r"^([A-Za-z0-9_-]{4,400})?" + END)],
)
PAGE = {"limit": LIMIT, "after": AFTER}

Row = TypeVar("Row")
Key = tuple[float | str, ...]


class Paged(NamedTuple):
    """What a view answers: the body, and the cursor of what comes next, "" at the end."""

    body: Any
    after: str

    def link(self) -> str:
        """Of the next page, relative to this call."""
        query = {**request.args.to_dict(), "after": self.after}
        return f'<{request.path}?{urlencode(query)}>; rel="next"'


def paged(
    rows: Sequence[Row],
    key: Callable[[Row], Key],
    *,
    show: Callable[[list[Row]], Any] = lambda rows: rows,
    newest_first: bool = False,
    usual: int = MOST,
) -> Paged:
    """The page of ``rows`` that was asked for. They come in the order of ``key``, or with ``newest_first`` against it;
    ``show`` makes the body of those that are told. Raises Problem 422."""
    limit, cursor = asked("limit", usual), asked("after", "")
    if cursor:
        last = _read(cursor)
        if rows and [_kind(part) for part in key(rows[0])] != [_kind(part) for part in last]:
            raise Problem(422, "after is a cursor of another list", field="after", fix=FIX)
        rows = [row for row in rows if (key(row) < last if newest_first else key(row) > last)]
    told = list(rows[:limit])
    return Paged(show(told), _written(key(told[-1])) if len(rows) > limit else "")


def _kind(part: float | str) -> type:
    return str if isinstance(part, str) else float


def _written(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _read(cursor: str) -> Key:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found: Key = msgspec.json.decode(raw, type=tuple[float | str, ...])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise Problem(422, f"after is {cursor[:80]!r}", field="after", fix=FIX) from None
    if not found:
        raise Problem(422, f"after is {cursor[:80]!r}", field="after", fix=FIX)
    return found
