"""The list of flows: a world's last 500, newest first, by app, user and outcome, fifty at a time."""

from __future__ import annotations

import time

from flask import render_template, request
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.trace.reader import Flow
from ninestep.web import language

from ..offered_worlds import offered
from ..services import services
from .hall import hall
from .shelf import shelf

KEPT = 500
PAGE = 50
GRAIN = 5  # seconds after which also what no record tells of is looked at anew: an app's name
OUTCOMES = ("open", "ok", "refused", "failed")


def show() -> ResponseReturnValue:
    """With ``part=live`` only what changes."""
    world = request.args.get("world", "")[:64] or TOWN
    chosen = {name: request.args.get(name, "")[:64] for name in ("app", "user", "outcome")}
    shown = _count()
    parts = services()
    since = hall().newest(world)  # before what it dates
    key = ("list", parts.store.keys.prefix, world, since, language.current(), shown, *chosen.values())

    def rows() -> str:
        apps = {app.appid: app for app in parts.store.apps(world)}
        flows = parts.reader.flows(world, limit=KEPT)
        fitting = [flow for flow in flows if _fits(flow, chosen)]
        return render_template(
            "theatre/rows.html",
            flows=fitting[:shown],
            total=len(flows),
            fitting=len(fitting),
            shown=shown,
            page=PAGE,
            world=world,
            apps=apps,
            chosen=chosen,
        )

    if request.args.get("part") == "live":
        return shelf().get((*key, time.time() // GRAIN), rows)
    apps = {app.appid: app for app in parts.store.apps(world)}
    people = parts.store.users(world)
    return render_template(
        "theatre/list.html",
        live=rows(),
        since=since,
        world=world,
        worlds=offered(world),
        apps=apps,
        people=people,
        chosen=chosen,
        outcomes=OUTCOMES,
    )


def latest(flow: Flow, most: int = 40) -> list[Flow]:
    """The neighbours of a flow, for the column beside the stage."""
    found = services().reader.flows(flow.world, limit=most)
    return found if any(each.id == flow.id for each in found) else [*found, flow]


def _fits(flow: Flow, chosen: dict[str, str]) -> bool:
    return (
        chosen["app"] in ("", flow.app)
        and chosen["user"] in ("", flow.user)
        and chosen["outcome"] in ("", flow.outcome or "open")
    )


def _count() -> int:
    raw = request.args.get("show", "")
    return min(max(int(raw), PAGE), KEPT) if raw.isascii() and raw.isdigit() and len(raw) < 5 else PAGE
