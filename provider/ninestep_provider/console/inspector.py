"""Tab Inspector: what a pasted code, token, JWT or URL is. By POST, so that no address or log ever holds it."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.web.hosts import page

from ..control import clock, inspect
from . import forms, frame


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/inspect", "inspect", page(ask))
    bp.add_url_rule("/console/inspect", "inspected", look, methods=["POST"])


def ask() -> ResponseReturnValue:
    return frame.show("inspect", found=None)


def look() -> ResponseReturnValue:
    """As ``POST /inspect``. The field is empty again afterwards: what was pasted is not echoed."""
    here, value = frame.world(), request.form.get("value", "")
    found, problem = frame.tried(
        lambda: inspect.inspect(forms.body(inspect.Pasted, {"value": value, "world": here}))
    )
    there = (found or {}).get("world") or here
    return frame.show(
        "inspect",
        problem=problem,
        found=found,
        app_names=frame.app_names(there),
        clock=clock.one(there),
    )
