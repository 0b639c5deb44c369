"""What the stage's buttons do: each is a call of the control API, made for a form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..control import clock as clock_calls
from ..control import resend as resend_calls
from ..control import stepping as stepping_calls
from ..control.problem import Problem
from .look import ADDRESS
from .scene import flow_of

ADVANCES = ("5m", "10m", "1h55m", "2h", "30d")


def clock(flow: str) -> ResponseReturnValue:
    """Moves or freezes the clock of the flow's world."""
    world = flow_of(flow).world
    advance = request.form.get("advance", "")
    if advance in ADVANCES:
        change = clock_calls.ClockChange(advance=advance)
    else:
        change = clock_calls.ClockChange(freeze=request.form.get("freeze") == "1")

    def move() -> dict[str, Any]:
        clock_calls.change(world, change)
        return {}

    return _done(flow, move)


def stepping(flow: str) -> ResponseReturnValue:
    """Step mode of the flow's world, for the logins to come."""
    world = flow_of(flow).world
    wanted = stepping_calls.NewStepping(on=request.form.get("on") == "1")

    def switch() -> dict[str, Any]:
        stepping_calls.switch(world, wanted)
        return {}

    return _done(flow, switch)


def resend(flow: str, seq: int) -> ResponseReturnValue:
    """Sends a request again, and leads to what came of it."""
    found = flow_of(flow)

    def again() -> dict[str, Any]:
        told = resend_calls.again(found, seq, request.form.get("name", "")[:64])
        return {"msg": told["message"]["seq"], "tab": "story"} if told["message"] else {}

    return _done(flow, again)


def _done(flow: str, call: Callable[[], dict[str, Any]]) -> ResponseReturnValue:
    """Back to where the button was, whose address came along, with what ``call`` changes of it. A refusal is told."""
    names: dict[str, Any] = {name: text for name, text in request.args.items() if name in ADDRESS}
    try:
        names |= call()
    except Problem as problem:
        names["problem"] = problem.detail[:200]
    return redirect(url_for("theatre.stage", flow=flow, **names), 303)
