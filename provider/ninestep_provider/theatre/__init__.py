"""The theatre under ``/_mock/theatre``: each login as nine arrows between four lanes, while it happens and afterwards.

``listing`` is the list of flows, ``stage`` one flow; ``scene`` reads what both the page and its parts are made of,
``drawer`` takes one message apart, ``lanes`` says who stands where and what is in their pockets; ``events`` tells open
pages that something was recorded, out of the one ``hall`` of this process.
"""

from __future__ import annotations

from flask import Blueprint, Flask, redirect, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.web.hosts import page

from ..console import entry
from . import actions, compare, events, listing, stage


def init_app(app: Flask) -> None:
    bp = Blueprint("theatre", __name__, url_prefix="/_mock/theatre")
    bp.add_url_rule("", "list", page(listing.show))
    bp.add_url_rule("/events", "world_events", events.of_world)
    bp.add_url_rule("/compare", "compare", page(compare.show))
    bp.add_url_rule("/<flow>", "stage", page(stage.show))
    bp.add_url_rule("/<flow>/events", "flow_events", events.of_flow)
    bp.add_url_rule("/<flow>/clock", "clock", actions.clock, methods=["POST"])
    bp.add_url_rule("/<flow>/stepping", "stepping", actions.stepping, methods=["POST"])
    bp.add_url_rule("/<flow>/messages/<int:seq>/resend", "resend", actions.resend, methods=["POST"])
    entry.protect(bp)
    app.register_blueprint(bp)
    before = Blueprint("flows", __name__, url_prefix="/_mock/flows")
    before.add_url_rule("", "list", old_list)
    before.add_url_rule("/<flow>", "flow", old_flow)
    entry.protect(before)
    app.register_blueprint(before)


def old_list() -> ResponseReturnValue:
    """``/_mock/flows``, where the list was before the theatre."""
    return redirect(url_for("theatre.list", world=request.args.get("world")), 308)


def old_flow(flow: str) -> ResponseReturnValue:
    return redirect(url_for("theatre.stage", flow=flow), 308)
