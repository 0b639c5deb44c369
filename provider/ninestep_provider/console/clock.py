"""Tab Clock: the world's time, moved, frozen, set or put back; and the town's, from which all worlds start."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.clock import iso
from ninestep.web.hosts import page

from ..control import clock
from ..control.problem import Problem
from . import forms, frame

STEPS = ("5m", "10m", "1h55m", "2h", "30d")
NEW: forms.Kinds = {"advance": "text", "set": "text"}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/clock", "clock", page(one))
    bp.add_url_rule("/console/clock", "move_clock", move, methods=["POST"])


def one() -> ResponseReturnValue:
    return _page({})


def move() -> ResponseReturnValue:
    """As ``POST /worlds/{world}/clock``, or ``POST /clock`` where the form says so."""
    here, said = frame.world(), _said()

    def moved() -> Any:
        body = forms.body(clock.ClockChange, said)
        return clock.change_town(body) if request.form.get("whose") == "town" else clock.change(here, body)

    _, problem = frame.tried(moved)
    if problem:
        return _page({**forms.typed(NEW), "whose": request.form.get("whose", "")}, problem)
    return frame.done("console.clock", "moved")


def _said() -> dict[str, Any]:
    """The one thing that the pressed button stands for."""
    match request.form.get("do", ""):
        case "freeze":
            return {"freeze": True}
        case "run":
            return {"freeze": False}
        case "reset":
            return {"reset": True}
        case "set":
            return {"set": request.form.get("set", "").strip()}
    return {"advance": request.form.get("by", "") or request.form.get("advance", "").strip()}


def _page(values: dict[str, Any], problem: Problem | None = None) -> ResponseReturnValue:
    here = frame.world()
    told, town = clock.one(here), clock.town()
    return frame.show(
        "clock",
        problem=problem,
        world=here,
        clock=told,
        town=town,
        steps=STEPS,
        values={"set": iso(told["now"]), **values},
    )
