"""When a fault fires. ``due`` asks before an endpoint does its work; what is to happen afterwards waits in ``g``, and
is done to the answer after the view and before the record of it is written."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, Response, current_app, g, request

from ..digest import fresh_id
from ..records import Fault
from ..store import Store
from ..trace.recorder import Draft
from . import spoiling
from .dropping import Dropped, drop
from .kinds import BEFORE

RULE = "fault"  # of the note that says what was done
SERIOUS = ("server_error", "busy")


def init_app(app: Flask) -> None:
    app.register_error_handler(Dropped, lambda _: drop(Response()))
    app.after_request(act)


def due(store: Store, draft: Draft, world: str, appid: str, endpoint: str, *, armed: bool) -> Fault | None:
    """The fault that the caller has to render instead of its work: an error, a status or a wrong state. None where
    there is none, or where this takes care of it. ``armed``: the caller has read that there is one. Raises Dropped."""
    if (fault := again()) is not None or not armed:
        return fault
    fault = store.fire(world, appid, endpoint)
    if fault is None:
        return None
    draft.fault = fault.id
    if fault.when != BEFORE:
        g.fault = fault
        return None
    draft.flow = draft.flow or fresh_id()  # broken before anybody could see whose it is: told by itself
    match fault.kind:
        case "delay":
            _wait(draft, fault)
            return None
        case "drop":
            _fail(draft, fault)
            raise Dropped
        case "error" | "status":
            refuse(draft, fault)
    return fault


def again() -> Fault | None:
    """The fault that came after the effect, while the view makes another answer for it."""
    fault: Fault | None = g.get("fault_again")
    return fault


def waiting(kind: str) -> Fault | None:
    """The fault of ``kind`` that the answer in the making is going to have, for who makes a part of it."""
    fault: Fault | None = g.get("fault")
    return fault if fault is not None and fault.kind == kind else None


def act(response: Response) -> Response:
    """What a fault does to an answer whose effect has happened."""
    fault: Fault | None = g.pop("fault", None)
    draft: Draft | None = g.get("exchange")
    if fault is None or draft is None:  # the second: Redis has gone meanwhile, and the answer says so
        return response
    match fault.kind:
        case "error" | "status":
            return _anew(draft, fault)
        case "delay":
            _wait(draft, fault)
            return response
        case "drop":
            _fail(draft, fault)
            return drop(response)
        case "malformed_json" | "truncated":
            _fail(draft, fault)
            return spoiling.SPOILERS[fault.kind](response, fault)
    before = response.get_data()
    response = spoiling.SPOILERS[fault.kind](response, fault)
    detail = {"field": fault.field, "changed": response.get_data() != before} if fault.field else {}
    if fault.kind == "id_token":
        detail = {"value": fault.value, "changed": b'"id_token"' in before}
    note(draft, fault, **detail)
    return response


def refuse(draft: Draft, fault: Fault) -> None:
    note(draft, fault)
    serious = fault.status >= 500 or fault.error in SERIOUS
    (draft.fail if serious else draft.refuse)(fault.error or f"http_{fault.status}")


def note(draft: Draft, fault: Fault, **detail: Any) -> None:
    draft.note(RULE, kind=fault.kind, when=fault.when, **detail)


def _wait(draft: Draft, fault: Fault) -> None:
    """Holds this request's thread; a service has dozens, and idle ones cost nothing."""
    note(draft, fault, seconds=fault.seconds)
    time.sleep(fault.seconds)


def _fail(draft: Draft, fault: Fault) -> None:
    note(draft, fault)
    draft.fail("dropped" if fault.kind == "drop" else fault.kind)


def _anew(draft: Draft, fault: Fault) -> Response:
    """The work is done and its answer is lost: the view makes another one, as if the fault had come first. So each
    dialect's own words are in one place."""
    g.fault_again = fault
    checks, notes = list(draft.checks), list(draft.notes)
    refuse(draft, fault)
    told, outcome = list(draft.notes[len(notes) :]), (draft.outcome, draft.error)
    view = current_app.view_functions[request.endpoint or ""]
    response = current_app.make_response(current_app.ensure_sync(view)(**(request.view_args or {})))
    draft.checks, draft.notes = checks, notes + told
    draft.outcome, draft.error = outcome
    return response
