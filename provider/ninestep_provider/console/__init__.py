"""Backstage pages under ``/_mock``: for now the trace as a plain list of flows and messages, and the metrics."""

from __future__ import annotations

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.trace import mermaid
from ninestep.trace.messages import numbered
from ninestep.web.hosts import page

from ..services import services
from . import entry


def init_app(app: Flask) -> None:
    bp = Blueprint("console", __name__, url_prefix="/_mock")
    bp.add_url_rule("/", view_func=page(start))
    bp.add_url_rule("/flows", view_func=page(flows))
    bp.add_url_rule("/flows/<flow>", view_func=page(flow))
    entry.routes(bp)
    entry.protect(bp)
    app.register_blueprint(bp)
    app.add_url_rule("/", "home", page(start))


def start() -> ResponseReturnValue:
    return redirect(url_for("console.flows"))


def metrics_page(counters: dict[str, int], errors: dict[str, int]) -> str:
    return render_template("provider/metrics.html", counters=counters, errors=errors)


def flows() -> ResponseReturnValue:
    world = request.args.get("world", TOWN)[:64]
    parts = services()
    return render_template(
        "provider/flows.html",
        flows=parts.reader.flows(world, limit=100),
        world=world,
        worlds=[known.name for known in parts.store.worlds()],
        app_names={app.appid: app.name for app in parts.store.apps(world)},
    )


def flow(flow: str) -> ResponseReturnValue:
    parts = services()
    worlds = [known.name for known in parts.store.worlds()]
    world = parts.reader.world_of(flow, worlds)
    found = parts.reader.flow(world, flow) if world else None
    if world is None or found is None:
        abort(404)
    exchanges = parts.reader.exchanges(world, flow)
    return render_template(
        "provider/flow.html",
        flow=found,
        world=world,
        messages=parts.reader.messages(world, flow, helpers=True),
        participants=mermaid.PARTICIPANTS,
        mermaid=mermaid.diagram(numbered(exchanges)),
        app_names={app.appid: app.name for app in parts.store.apps(world)},
    )
