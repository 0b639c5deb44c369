"""Tab Reset: forget what one app was given, what happened in a world, or everything."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.web.hosts import page

from ..control import clock, state, worlds
from ..control.problem import Problem
from ..services import services
from . import frame


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/reset", "reset", page(ask))
    bp.add_url_rule("/console/reset", "reset_now", now, methods=["POST"])


def ask() -> ResponseReturnValue:
    return _page()


def now() -> ResponseReturnValue:
    """The pressed button says what; everything also wants its box ticked."""
    here, what = frame.world(), request.form.get("what", "")
    if what == "app":
        appid = request.form.get("app", "")[:64]
        _, problem = frame.tried(lambda: state.reset_app(appid))
    elif what == "world":
        _, problem = frame.tried(lambda: state.reset(state.Reset(world=here)))
    elif request.form.get("sure") == "on":
        _, problem = frame.tried(everything)
        here = TOWN
    else:
        problem = Problem(422, "tick the box first: every world ends", field="sure")
    return _page(problem) if problem else frame.done("console.reset", "reset", world=here)


def everything() -> None:
    """As ``DELETE /worlds/{world}`` for each but the town, then ``POST /reset`` and the town's clock put back."""
    for known in services().store.worlds():
        if known.name != TOWN:
            worlds.delete(known.name)
    clock.change_town(clock.ClockChange(reset=True))
    state.reset(state.Reset())


def _page(problem: Problem | None = None) -> ResponseReturnValue:
    here = frame.world()
    [told] = state.told([here])
    return frame.show("reset", problem=problem, world=here, apps=services().store.apps(here), told=told)
