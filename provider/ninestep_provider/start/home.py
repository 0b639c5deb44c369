"""``/_mock/``: play, connect, test, teach; and whether the town is well."""

from __future__ import annotations

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.web.hosts import page

from .. import seeds
from ..control import clock, health
from ..services import services
from . import recipes

MARKS = "①②③④⑤⑥⑦⑧⑨"


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/", view_func=page(home))
    bp.add_url_rule("/health", view_func=how)


def home() -> ResponseReturnValue:
    newest, mine = services().reader.flows(TOWN, limit=1), services().store.app(seeds.MINE)
    return render_template(
        "start/home.html",
        parts=health.parts(),
        clock=clock.town(),
        newest=newest[0] if newest else None,
        environment=recipes.environment(mine, services().settings.gateway_url, recipes.MASK) if mine else {},
        marks=MARKS,
    )


def how() -> ResponseReturnValue:
    """For the page's script: as ``GET /_mock/api/health``, for whoever may see the page."""
    return jsonify(parts=health.parts())
