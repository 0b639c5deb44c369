"""Tab Worlds: what each holds; make one, delete one."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.web.hosts import page

from ..control import state, worlds
from ..control.problem import Problem
from . import forms, frame

MOST = 100  # rows of the page; the latest used come first
NEW: forms.Kinds = {"name": "text"}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/worlds", "worlds", page(all))
    bp.add_url_rule("/console/worlds", "make_world", make, methods=["POST"])
    bp.add_url_rule("/console/worlds/<name>/delete", "delete_world", delete, methods=["POST"])


def all() -> ResponseReturnValue:
    return _page()


def make() -> ResponseReturnValue:
    """As ``POST /worlds``."""
    name = str(forms.typed(NEW)["name"])
    made, problem = frame.tried(lambda: worlds.create(forms.body(worlds.NewWorld, forms.said(NEW, {}))))
    if problem:
        return _page(problem, name)
    return frame.done("console.worlds", "made", world=made["name"])


def delete(name: str) -> ResponseReturnValue:
    _, problem = frame.tried(lambda: worlds.delete(name))
    if problem:
        return _page(problem)
    return frame.done("console.worlds", "deleted", world=None)


def _page(problem: Problem | None = None, name: str = "") -> ResponseReturnValue:
    alive = {world.name: worlds.told(world) for world in worlds.alive()}
    rows = [{**alive[told["world"]], **told} for told in state.told(list(alive))]
    rows.sort(key=lambda told: (told["world"] != TOWN, -told["last_used"]))
    return frame.show("worlds", problem=problem, rows=rows[:MOST], all=len(rows), name=name)
