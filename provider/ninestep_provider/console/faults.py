"""Tab Faults: misbehaviour on demand, ready-made or chosen, with its hits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.dialects.neutral import ENDPOINTS_OF
from ninestep.trace.vocabulary import ENDPOINTS
from ninestep.web.hosts import page

from ..control import faults
from ..control.problem import Problem
from ..services import services
from . import forms, frame

NEW: forms.Kinds = {"endpoint": "text", "error": "text", "status": "number", "times": "count"}
READY: dict[str, dict[str, Any]] = {
    "fail-next-token": {"endpoint": "token", "status": 503, "times": 1},
    "server-error-twice": {"endpoint": "token", "error": "server_error", "times": 2},
    "code-used": {"endpoint": "token", "error": "code_used", "times": 1},
    "token-expired": {"endpoint": "userinfo", "error": "token_expired", "times": 1},
    "quota": {"endpoint": "userinfo", "error": "quota", "times": 1},
}


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
    ready = READY.get(request.form.get("ready", ""))
    if ready is not None:
        return ready
    typed = forms.typed(NEW)
    return {name: value for name, value in typed.items() if name == "times" or value not in ("", 0)}


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
        armed=armed,
        values=values,
        ready=READY,
        endpoints={name: [e for e, places in ENDPOINTS_OF.items() if name in places] for name in ENDPOINTS},
    )
