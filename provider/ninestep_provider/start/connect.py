"""``/_mock/connect``: what a client of one's own needs, and a checklist that ticks itself as the client gets on."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN, App
from ninestep.web.hosts import page

from .. import seeds
from ..control.found import app_of
from ..dialects import DIALECTS
from ..services import services
from . import recipes, snippets
from .checklist import progress
from .snippets import Snippet
from .snippets.sdks import Sdk

LONGEST_WAIT = 20.0


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/connect", view_func=page(connect))
    bp.add_url_rule("/connect", "connect_secret", with_secret, methods=["POST"])
    bp.add_url_rule("/connect/progress", "progress", told)


def connect() -> ResponseReturnValue:
    return _page(_app())


def with_secret() -> ResponseReturnValue:
    """By POST: no address and no history entry leads to a secret."""
    return _page(_app(), shown=True)


def told() -> ResponseReturnValue:
    """The checklist alone, as soon as it differs from the one that the caller has seen; 204 when it did not."""
    app, seen = _app(), request.args.get("seen", "")

    def news() -> object:
        found = progress(app)
        return found if found.mark != seen else None

    found = services().reader.wait(app.world, news, _seconds())
    if not found:
        return Response(status=204)
    return render_template("start/checklist.html", progress=found, app=app)


def _page(app: App, *, shown: bool = False) -> str:
    settings = services().settings
    secret = app.secret if shown else recipes.MASK
    offered = snippets.offered(app)
    snippet = snippets.for_app(app, _picked(offered)) if offered else None
    return render_template(
        "start/connect.html",
        app=app,
        apps=services().store.apps(app.world),
        secret=secret,
        shown=shown,
        places=recipes.places(app, settings.gateway_url),
        environment=recipes.environment(app, settings.gateway_url, secret),
        hosts=recipes.hosts(app),
        offered=offered,
        snippet=snippet,
        unregistered=snippet is not None and not _registered(app, snippet),
        program=snippets.text(app, snippet, settings, secret) if snippet else "",
        progress=progress(app),
    )


def _picked(offered: list[Sdk]) -> Sdk:
    """The one that was asked for, where the app can have it: who changes the app keeps the SDK if he may."""
    asked = request.args.get("sdk", "")
    return next((sdk for sdk in offered if sdk.name == asked), offered[0])


def _registered(app: App, snippet: Snippet) -> bool:
    """Whether the app may be answered where the snippet listens."""
    return not snippet.sends_address or DIALECTS[app.dialect].redirect_matches(app, snippet.redirect_uri)


def _app() -> App:
    """The one that was picked, else the reader's own."""
    picked = request.args.get("app", "")[:64]
    mine = services().store.app(seeds.MINE)
    if picked or mine is None:
        return app_of(picked or next(iter(services().store.apps(TOWN))).appid)
    return mine


def _seconds() -> float:
    raw = request.args.get("wait", "")
    return min(float(raw), LONGEST_WAIT) if raw.isdecimal() and len(raw) < 6 else 0.0
