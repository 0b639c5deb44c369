"""The developer console under ``/_mock/console``: one file per tab, each a page of forms over the control API."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template

from . import apps, clock, entry, faults, inspector, metrics, refused, reset, tokens, users, worlds

TABS = (apps, users, worlds, tokens, faults, clock, metrics, inspector, reset)


def init_app(app: Flask) -> None:
    bp = Blueprint("console", __name__, url_prefix="/_mock")
    entry.routes(bp)
    for tab in TABS:
        tab.routes(bp)
    entry.protect(bp)
    refused.handle(bp)
    app.register_blueprint(bp)


def metrics_page(counters: dict[str, int], errors: dict[str, int]) -> str:
    return render_template("console/counters.html", counters=counters, errors=errors)
