"""The record: one HTTP exchange as one service saw it."""

from __future__ import annotations

from typing import Any

import msgspec

VERSION = 1


class Value(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A parameter that somebody learnt in this exchange. ``hash`` joins it with the same value elsewhere."""

    kind: str  # code, state, access_token …: masking.KINDS
    hash: str  # HMAC with the trace key, 16 hex digits
    masked: str
    where: str  # request.query | request.body | request.header | request.cookie | response.…
    sealed: str = ""  # encrypted with the trace key; only under policy `reveal`


class Check(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One check, recorded by the code that made it."""

    name: str
    ok: bool
    detail: str = ""


class Note(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A lenient acceptance or a hint of the doctor."""

    rule: str
    detail: dict[str, Any] = {}


class HttpRequest(msgspec.Struct, kw_only=True, omit_defaults=True):
    method: str = ""
    url: str = ""
    headers: list[tuple[str, str]] = []
    body: str = ""


class HttpResponse(msgspec.Struct, kw_only=True, omit_defaults=True):
    status: int = 0
    headers: list[tuple[str, str]] = []
    body: str = ""


class Steps(msgspec.Struct, kw_only=True):
    request: int = 0
    response: int = 0


class Exchange(msgspec.Struct, kw_only=True, omit_defaults=True, rename={"sender": "from", "receiver": "to"}):
    v: int = VERSION
    world: str
    app: str
    user: str = ""
    flow: str
    exchange: str  # the same in every copy of one exchange
    seq: int = 0  # place in its flow, told by the reader
    at: float  # virtual seconds, start of the request
    at_real: float
    duration: float  # real seconds
    service: str  # whose copy this is
    name: str
    sender: str
    receiver: str
    via: str = ""
    channel: str
    steps: Steps
    request: HttpRequest
    response: HttpResponse
    values: list[Value] = []
    checks: list[Check] = []
    notes: list[Note] = []
    fault: str = ""  # id of the fault that fired
    outcome: str = "ok"  # ok | refused | failed
    error: str = ""
