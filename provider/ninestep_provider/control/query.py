"""Query parameters and names in a path, typed like bodies: an unknown, doubled or wrong one is 422 and names itself.

``asked("limit")`` is a parameter of the call that is being served, converted; the type of each stands where its
operation is declared, and in the OpenAPI document.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from flask import g, has_request_context, request
from msgspec import Meta

from .nearest import near
from .problem import Problem

END = r"(?![\s\S])"  # not `$`, which a newline satisfies

NAMED = r"[A-Za-z0-9._-]{1,64}"
NAMED_FIX = "1 to 64 of A-Z a-z 0-9 . _ -"

Text = Annotated[str, Meta(max_length=2048)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]{0,64}" + END)]  # empty: as if left out
Until = Annotated[str, Meta(pattern=r"^(ended|step=[1-9]|messages=[0-9]{1,4})?" + END)]
Seconds = Annotated[float, Meta(ge=0, le=1_000_000_000)]
Flag = bool  # 1, 0, true or false

PATH_NAME = Annotated[str, Meta(pattern=f"^{NAMED}{END}")]
PATH_TYPES: dict[str, Any] = {  # what is no plain name
    "id": Annotated[str, Meta(pattern=r"^[A-Za-z0-9._~:-]{1,200}" + END)],
    "seq": Annotated[int, Meta(ge=1, le=99_999)],
    "dialect": Annotated[str, Meta(pattern=r"^[a-z]{1,32}" + END)],
}


class Param(NamedTuple):
    doc: str  # what it means and what it can be: also the fix of a refusal
    type: Any = Text


Query = Mapping[str, "str | Param"]

WORLD = Param("the world; the town when left out", Name)


def params(query: Query | None) -> dict[str, Param]:
    return {name: Param(p) if isinstance(p, str) else p for name, p in (query or {}).items()}


def path_type(name: str) -> Any:
    return PATH_TYPES.get(name, PATH_NAME)


def check_path(names: Mapping[str, str]) -> None:
    """What no such name can be is refused before anything is looked up. Raises Problem 422."""
    for name, raw in names.items():
        try:
            msgspec.convert(raw, path_type(name), strict=False)
        except msgspec.ValidationError:
            fix = "a number" if name == "seq" else NAMED_FIX
            raise Problem(422, f"{name} {raw[:80]!r} is no name", field=name, fix=fix) from None


def check_query(known: Mapping[str, Param]) -> None:
    """Convert what was asked for, for ``asked``. Raises Problem 422."""
    g.asked = {}
    for name, values in request.args.lists():
        if name not in known:
            fix = near(name, known) or "this call knows none"
            raise Problem(422, f"unknown query parameter {name[:80]!r}", field=name[:80], fix=fix)
        if len(values) > 1:
            raise Problem(422, f"{name} is said {len(values)} times", field=name, fix="say it once")
        g.asked[name] = _converted(name, values[0], known[name])


def asked(name: str, default: Any = None) -> Any:
    """The parameter of this call, as its type; ``default`` where it was left out or is empty."""
    found = g.get("asked", {}).get(name) if has_request_context() else None
    return default if found in (None, "") else found


def _converted(name: str, raw: str, param: Param) -> Any:
    try:
        value = msgspec.convert(raw, param.type, strict=False)
    except msgspec.ValidationError:
        value = None
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise Problem(422, f"{name} is {raw[:80]!r}", field=name, fix=param.doc)
    return value
