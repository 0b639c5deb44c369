"""Misbehaviour on demand: what can be armed is ``ninestep.faults.kinds``; the console asks here too."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypedDict

import msgspec
from ninestep.dialects.neutral import ENDPOINTS_OF
from ninestep.digest import fresh_id
from ninestep.faults import kinds
from ninestep.records import App, Fault
from ninestep.trace.vocabulary import ENDPOINTS

from ..services import services
from .found import app_of
from .nearest import near
from .operation import Body, Operations, enum
from .paging import PAGE, paged
from .problem import Problem
from .query import Flag, Param, asked

MOST_TIMES = 1_000_000
MOST_VALUE = 4096  # bytes, as JSON
MOST_NAME = 64


class NewFault(Body):
    endpoint: Annotated[str, enum(*ENDPOINTS)]
    kind: Annotated[str, enum("", *kinds.PLACES)] = ""
    error: Annotated[str, enum("", *ENDPOINTS_OF)] = ""
    status: int = 0
    seconds: float = 0.0
    field: str = ""
    value: Any = None
    when: Annotated[str, enum("", kinds.BEFORE, kinds.AFTER)] = ""
    after: int = 0
    times: int | None = 1


class FaultAnswer(TypedDict):
    id: str
    endpoint: str
    kind: str
    error: str
    status: int
    seconds: float
    field: str
    value: Any
    when: Literal["before", "after"]
    after: int
    times: int | None  # None: until deleted
    hits: int


EXAMPLE = {"endpoint": "token", "error": "code_expired", "times": 2}


def register(operations: Operations) -> None:
    path, query = "/apps/{appid}/faults", {"unfired": Param("1: only those that never fired", Flag), **PAGE}
    operations.add("POST", path, create, body=NewFault, status=201, answer=FaultAnswer, example=EXAMPLE)
    operations.add("GET", path, all, query=query, answer=list[FaultAnswer])
    operations.add("DELETE", path, empty, status=204)
    operations.add("DELETE", path + "/{id}", delete, status=204)


def create(appid: str, body: NewFault) -> Any:
    """Arm a fault; every worker of every service sees it at its next request."""
    app = app_of(appid)
    return shown(services().store.save_fault(app.world, app.appid, built(app, body)))


def built(app: App, body: NewFault) -> Fault:
    """The fault that ``body`` asks for. Raises Problem 422."""
    endpoint, kind = _endpoint(app, body.endpoint), _kind(body)
    if endpoint not in kinds.PLACES[kind]:
        fitting = ", ".join(kinds.kinds_at(endpoint))
        raise Problem(422, f"{kind!r} cannot happen at {endpoint}", field="kind", fix=fitting)
    if app.dialect != kinds.ONLY_OF.get(kind, app.dialect):
        raise Problem(422, f"dialect {app.dialect} has none of it", field="kind", fix="another kind")
    _told(body, kind)
    _right(body, endpoint)
    return Fault(
        id=fresh_id(6),
        endpoint=endpoint,
        kind=kind,
        error=body.error,
        status=body.status,
        seconds=body.seconds,
        field=body.field,
        value=body.value,
        when=_when(body, kind),
        after=body.after,
        times=body.times,
    )


def all(appid: str) -> Any:
    """An app's faults with their hits, in the order of arming."""
    app = app_of(appid)
    faults = services().store.faults(app.world, app.appid)
    return paged(
        [fault for fault in faults if not (asked("unfired") and fault.hits)],
        lambda fault: (fault.seq,),
        show=lambda faults: [shown(fault) for fault in faults],
    )


def empty(appid: str) -> None:
    """Delete all faults of an app."""
    app = services().store.app(appid)
    if app is not None:
        services().store.delete_faults(app.world, app.appid)


def delete(appid: str, id: str) -> None:
    """Delete one fault."""
    app = services().store.app(appid)
    if app is not None:
        services().store.delete_faults(app.world, app.appid, id)


def shown(fault: Fault) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(fault).items() if name != "seq"}


def _endpoint(app: App, name: str) -> str:
    """A mini program has no code to redeem but its js_code."""
    if name not in ENDPOINTS:
        raise Problem(422, f"no endpoint {name[:MOST_NAME]!r}", field="endpoint", fix=near(name, ENDPOINTS))
    return "js_code" if name == "token" and app.kind == "mini_program" else name


def _kind(body: NewFault) -> str:
    """``error`` and ``status`` say their kind themselves."""
    if body.kind and body.kind not in kinds.PLACES:
        fix = near(body.kind, kinds.PLACES)
        raise Problem(422, f"no kind {body.kind[:MOST_NAME]!r}", field="kind", fix=fix)
    if body.error and body.status:
        raise Problem(422, "say error or status, one of them", field="error", fix='{"error": "server_error"}')
    kind = body.kind or ("error" if body.error else "status" if body.status else "")
    if not kind:
        raise Problem(422, "say error, status or another kind", field="error", fix=", ".join(kinds.PLACES))
    return kind


def _told(body: NewFault, kind: str) -> None:
    """What the kind needs is there, and nothing that means nothing to it."""
    needed = kinds.NEEDS.get(kind, "")
    if needed and getattr(body, needed) in (None, "", 0, 0.0):
        raise Problem(422, f"{kind} needs {needed}", field=needed, fix=_example(needed))
    for name in ("error", "status", "seconds", "field"):
        if name != needed and getattr(body, name):
            raise Problem(422, f"{name} means nothing to {kind}", field=name, fix=f"leave {name} out")
    if body.value is not None and kind not in kinds.TAKES and needed != "value":
        raise Problem(422, f"value means nothing to {kind}", field="value", fix="leave value out")


def _right(body: NewFault, endpoint: str) -> None:
    if body.error and endpoint not in ENDPOINTS_OF.get(body.error, ()):
        fix = near(body.error, kinds.errors_at(endpoint))
        raise Problem(422, f"{body.error[:MOST_NAME]!r} cannot happen at {endpoint}", field="error", fix=fix)
    if body.status and not 400 <= body.status <= 599:
        raise Problem(422, f"status is {body.status}", field="status", fix="400 to 599")
    if body.seconds and not (math.isfinite(body.seconds) and 0 < body.seconds <= kinds.MOST_SECONDS):
        fix = f"more than 0, at most {kinds.MOST_SECONDS:g}"
        raise Problem(422, f"seconds is {body.seconds}", field="seconds", fix=fix)
    if len(body.field) > MOST_NAME:
        raise Problem(422, "field is too long", field="field", fix=f"at most {MOST_NAME} characters")
    if body.times is not None and not 1 <= body.times <= MOST_TIMES:
        fix = f"1 to {MOST_TIMES}, null for until deleted"
        raise Problem(422, f"times is {body.times}", field="times", fix=fix)
    if not 0 <= body.after <= MOST_TIMES:
        raise Problem(422, f"after is {body.after}", field="after", fix=f"0 to {MOST_TIMES}")
    _value(body)


def _value(body: NewFault) -> None:
    if body.value is None:
        return
    if len(msgspec.json.encode(body.value)) > MOST_VALUE:
        raise Problem(422, "value is too long", field="value", fix=f"at most {MOST_VALUE} bytes as JSON")
    if body.kind == "extra_field":
        return
    if body.kind == "id_token" and body.value not in tuple(kinds.WRONG_ID_TOKENS):
        fix = ", ".join(kinds.WRONG_ID_TOKENS)
        raise Problem(422, "value has to say what is wrong with the id_token", field="value", fix=fix)
    if not isinstance(body.value, str) or not body.value.isprintable():
        raise Problem(422, "value has to be a text", field="value", fix="printable characters in one line")
    if body.kind == "content_type" and not (body.value and body.value.isascii()):
        raise Problem(422, "value has to be a content type", field="value", fix="text/html")


def _when(body: NewFault, kind: str) -> str:
    either = kind in kinds.EITHER
    allowed = (kinds.BEFORE, kinds.AFTER) if either else (_only(kind),)
    if body.when and body.when not in allowed:
        detail = f"when is {body.when[:MOST_NAME]!r}" + ("" if either else f" for {kind}")
        raise Problem(422, detail, field="when", fix=", ".join(allowed))
    return body.when or allowed[0]


def _only(kind: str) -> str:
    """An answer can be spoilt only once there is one; a state is altered before it travels."""
    return kinds.BEFORE if kind in kinds.AT_START else kinds.AFTER


def _example(needed: str) -> str:
    return {
        "error": "server_error",
        "status": "503",
        "seconds": "2",
        "field": "access_token",
        "value": "wrong_key",
    }[needed]
