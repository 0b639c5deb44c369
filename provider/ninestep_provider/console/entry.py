"""Where more than loopback reaches the town, its backstage pages ask for the admin token once (design.md §8)."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from ninestep.settings import ProviderSettings
from ninestep.web.hosts import page

from ..control import guard
from ..services import services


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/enter", view_func=page(enter), methods=["GET"])
    bp.add_url_rule("/enter", "enter_submit", enter_submit, methods=["POST"])


def protect(bp: Blueprint, *, but: frozenset[str] = frozenset()) -> None:
    """Ask before each view of ``bp``; ``but`` are endpoints that a stranger may see."""

    @bp.before_request
    def admitted() -> ResponseReturnValue | None:
        free = request.endpoint in {"console.enter", "console.enter_submit", *but}
        return None if free or _admitted(services().settings) else redirect(url_for("console.enter"))


def enter() -> ResponseReturnValue:
    if _admitted(services().settings):
        return redirect(url_for("start.home"))
    return render_template("console/enter.html", failed=False)


def enter_submit() -> ResponseReturnValue:
    if not guard.is_token(request.form.get("token", ""), services().settings):
        return render_template("console/enter.html", failed=True), 401
    session[guard.ENTERED] = True
    return redirect(url_for("start.home"), 303)


def _admitted(settings: ProviderSettings) -> bool:
    return settings.loopback_only or guard.has_entered() or guard.has_bearer(settings)
