"""Tab Faults: misbehaviour on demand, ready-made or chosen, with its hits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from ninestep.faults import kinds
from ninestep.records import Fault
from ninestep.trace.vocabulary import ENDPOINTS
from ninestep.web.hosts import page
from ninestep.web.language import translate

from ..control import faults
from ..control.problem import Problem
from ..services import services
from . import forms, frame

NEW: forms.Kinds = {
    "endpoint": "text",
    "kind": "text",
    "error": "text",
    "status": "number",
    "seconds": "text",
    "field": "text",
    "value": "text",
    "when": "text",
    "after": "number",
    "times": "count",
}
READY: dict[str, dict[str, Any]] = {
    "fail-next-token": {"endpoint": "token", "status": 503, "times": 1},
    "server-error-twice": {"endpoint": "token", "error": "server_error", "times": 2},
    "code-used": {"endpoint": "token", "error": "code_used", "times": 1},
    "token-expired": {"endpoint": "userinfo", "error": "token_expired", "times": 1},
    "quota": {"endpoint": "userinfo", "error": "quota", "times": 1},
    "spent": {"endpoint": "token", "status": 503, "when": "after", "times": 1},
    "drop": {"endpoint": "token", "kind": "drop", "times": 1},
    "slow": {"endpoint": "userinfo", "kind": "delay", "seconds": 3, "times": 1},
    "json": {"endpoint": "userinfo", "kind": "malformed_json", "times": 1},
    "state": {"endpoint": "authorize", "kind": "wrong_state", "times": 1},
}
MOST_SHOWN = 200  # rows; the API tells all
OWN_WORDS = ("spent", "drop", "slow", "json", "state")


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/faults", "faults", page(all))
    bp.add_url_rule("/console/faults", "arm_fault", arm, methods=["POST"])
    bp.add_url_rule("/console/faults/delete", "delete_fault", delete, methods=["POST"])


def all() -> ResponseReturnValue:
    return _page({"times": 1})


def arm() -> ResponseReturnValue:
    """As ``POST /apps/{appid}/faults``: a ready-made one by its button, else what the form says."""
    appid, said = request.form.get("app", "")[:64], _said()
    _, problem = frame.tried(lambda: faults.create(appid, forms.body(faults.NewFault, said)))
    if problem:
        return _page({**forms.typed(NEW), "app": appid}, problem)
    return frame.done("console.faults", "armed", app=appid)


def delete() -> ResponseReturnValue:
    appid = request.form.get("app", "")[:64]
    faults.delete(appid, request.form.get("id", "")[:64])
    return frame.done("console.faults", "disarmed", app=appid)


def _said() -> dict[str, Any]:
    """What was left empty was not said. ``when`` is about kinds that can come before or after their effect."""
    ready = READY.get(request.form.get("ready", ""))
    if ready is not None:
        return ready
    typed = forms.typed(NEW)
    said = {name: value for name, value in typed.items() if name == "times" or value not in ("", 0)}
    if "seconds" in said:
        said["seconds"] = _decimal(said["seconds"])
    return said


def _decimal(text: str) -> Any:
    """What is no number stays as it is, so that the API says what is wrong with it."""
    return float(text) if text.replace(".", "", 1).isdecimal() and len(text) < 16 else text


def _told(fault: Fault) -> Iterator[str]:
    """What there is to say of a fault besides its endpoint and its kind."""
    if fault.seconds:
        yield str(translate(current_app, "faults.told.seconds", seconds=f"{fault.seconds:g}"))
    yield from (str(part)[:64] for part in (fault.field, fault.value) if part not in (None, ""))
    if fault.after:
        yield str(translate(current_app, "faults.told.after", after=fault.after))
    if fault.when == kinds.AFTER and fault.kind in kinds.EITHER:
        yield str(translate(current_app, "faults.told.later"))


def _ready_word(name: str) -> str:
    return f"faults.ready.{name}" if name in OWN_WORDS else f"console.faults.{name}"


def _page(values: dict[str, Any], problem: Problem | None = None) -> ResponseReturnValue:
    here = frame.world()
    apps = services().store.apps(here)
    chosen = values.get("app") or request.args.get("app", "")[:64]
    armed = [(app, fault) for app in apps for fault in services().store.faults(here, app.appid)]
    return frame.show(
        "faults",
        problem=problem,
        world=here,
        apps=apps,
        chosen=chosen,
        armed=armed[:MOST_SHOWN],
        more=max(0, len(armed) - MOST_SHOWN),
        told=_told,
        values=values,
        ready=READY,
        ready_word=_ready_word,
        kinds=kinds.PLACES,
        endpoints={name: kinds.errors_at(name) for name in ENDPOINTS},
    )
