"""Two flows side by side: which message of one is which of the other, and what differs.

Only what a person decides or a program gets wrong is a difference. Codes, tokens, states, times, ids and addresses are
other ones in every flow or app: whether such a parameter is there counts, what it says does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from .masking import COOKIES, MASK
from .messages import Leg, Message
from .vocabulary import CLIENT

TELLING = frozenset(  # parameters whose very words matter
    {"response_type", "grant_type", "scope", "token_type", "prompt", "response_mode", "code_challenge_method"}
    | {"error", "errcode", "error_code", "ret"}
)


class Difference(msgspec.Struct, kw_only=True):
    """``part`` is missing, outcome, error, fault, channel, check, parameter, path, method or status."""

    part: str
    name: str = ""  # of the check or parameter
    left: str | None = None  # None: it is not there
    right: str | None = None


class Pair(msgspec.Struct, kw_only=True):
    """``left`` and ``right`` are places (seq) in their flows, 0 where there is no such message."""

    step: int
    name: str
    left: int
    right: int
    differences: list[Difference] = []
    first: bool = False  # the first that differs: what comes after may only follow from it


def compare(left: Sequence[Message], right: Sequence[Message]) -> list[Pair]:
    pairs = [_pair(one, other) for one, other in _aligned(list(left), list(right))]
    for pair in pairs:
        if pair.differences:
            pair.first = True
            break
    return pairs


def _aligned(left: list[Message], right: list[Message]) -> Iterator[tuple[Message | None, Message | None]]:
    """The longest common order of steps; between two such, a helper beside its namesake. What only one flow has
    stands alone, where it happened."""
    from difflib import SequenceMatcher  # not needed by a login

    one, other = [_key(message) for message in left], [_key(message) for message in right]
    for what, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if what == "equal":
            yield from zip(left[a:b], right[c:d], strict=True)
        else:
            yield from ((message, None) for message in left[a:b])
            yield from ((None, message) for message in right[c:d])


def _key(message: Message) -> tuple[int, str]:
    """A step is the same step whatever it is called: a foreign client's step 2 has another name than ours."""
    return (message.step, "") if message.step else (0, message.name)


def _pair(left: Message | None, right: Message | None) -> Pair:
    shown = left or right
    assert shown is not None
    found = Pair(
        step=shown.step, name=shown.name, left=left.seq if left else 0, right=right.seq if right else 0
    )
    if left is None or right is None:
        there = f"{shown.sender} → {shown.receiver}"
        sides = [there if side else None for side in (left, right)]
        found.differences = [Difference(part="missing", left=sides[0], right=sides[1])]
    else:
        found.differences = list(_differences(left, right))
    return found


def _differences(left: Message, right: Message) -> Iterator[Difference]:
    for part in ("outcome", "error", "channel"):
        one, other = getattr(left, part), getattr(right, part)
        if one != other:
            yield Difference(part=part, left=one, right=other)
    if bool(left.fault) != bool(right.fault):
        yield Difference(part="fault", left=left.fault or None, right=right.fault or None)
    checks = [{check.name: "ok" if check.ok else "failed" for check in m.checks} for m in (left, right)]
    yield from _tables("check", *checks)
    for name in dict.fromkeys([leg.name + leg.side for leg in (*left.legs, *right.legs)]):
        legs = [next((leg for leg in m.legs if leg.name + leg.side == name), None) for m in (left, right)]
        if legs[0] and legs[1]:
            yield from _tables("", *[_said(leg) for leg in legs if leg])


def _tables(part: str, left: dict[Any, str], right: dict[Any, str]) -> Iterator[Difference]:
    for key in dict.fromkeys([*left, *right]):
        if left.get(key) != right.get(key):
            named, name = (part, key) if part else key
            yield Difference(part=named, name=name, left=left.get(key), right=right.get(key))


def _said(leg: Leg) -> dict[tuple[str, str], str]:
    """What a leg says that can be compared: (part, name) -> text."""
    found: dict[tuple[str, str], str] = {}
    if leg.request is not None:
        found[("method", "")] = leg.request.method
        if leg.receiver != CLIENT:  # whose addresses are its own business
            found[("path", "")] = urlsplit(leg.request.url).path
        found |= _parameters(urlsplit(leg.request.url).query)
        if leg.request.body and not leg.request.body.lstrip().startswith(("{", "[")):
            found |= _parameters(leg.request.body)
    if leg.response is not None:
        found[("status", "")] = str(leg.response.status)
        place = next((v for k, v in leg.response.headers if k.lower() == "location"), "")
        if place:
            found |= _parameters(urlsplit(place).query)
            found |= _parameters(urlsplit(place).fragment) if "=" in place.partition("#")[2] else {}
        found |= _fields(leg.response.body)
    for value in leg.values:
        if value.where.endswith((".header", ".cookie")) and value.kind not in COOKIES.values():
            found[("parameter", value.kind)] = MASK
    return found


def _parameters(text: str) -> dict[tuple[str, str], str]:
    return {
        ("parameter", name): _steady(name, value) for name, value in parse_qsl(text, keep_blank_values=True)
    }


def _fields(body: str) -> dict[tuple[str, str], str]:
    """Names of an answer's fields, and the numbers and words of its errors."""
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return {}
    if not isinstance(answer, dict):
        return {}
    return {("parameter", name): _steady(name, str(value)) for name, value in answer.items()}


def _steady(name: str, value: str) -> str:
    """The value where it tells something, else a mark that it is there."""
    return value if name in TELLING else MASK
