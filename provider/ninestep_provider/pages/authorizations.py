"""授权管理: what this browser's users allowed, and how they take it back (S0 §2.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN, App, Grant
from ninestep.trace.http import count, current
from ninestep.web.hosts import page

from ..dialects import DIALECTS
from ..services import services
from . import ending, interaction, people


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/settings/authorizations", view_func=page(authorizations), methods=["GET"])
    bp.add_url_rule("/settings/authorizations", "authorizations_login", login, methods=["POST"])
    bp.add_url_rule("/settings/authorizations/revoke", view_func=revoke, methods=["POST"])
    bp.add_url_rule("/settings/logout", view_func=logout, methods=["POST"])


def authorizations() -> ResponseReturnValue:
    return _page()


def login() -> ResponseReturnValue:
    world = _world()
    user = people.identify(services(), world, request.form, "password")
    if user is None:
        return _login_page(world, failed=True), 401
    interaction.log_in(world, user)
    return redirect(url_for("provider.authorizations", world=world), 303)


def revoke() -> ResponseReturnValue:
    """One write on the grant; every token under it is dead at the next call."""
    world, appid = request.form.get("world", TOWN)[:64], request.form.get("appid", "")[:64]
    uid = interaction.logged_in(world)
    if not uid:
        return redirect(url_for("provider.authorizations", world=world), 303)
    store = services().store
    app = store.app(appid)
    gone = store.revoke_grant(world, appid, uid)
    draft = current().begin(
        "grant.revoked", world=world, app=appid, user=uid, flow=ending.newest_flow(world, appid, uid)
    )
    draft.at = store.now(world)
    draft.check("consent existed", gone)
    count("grants_revoked", int(gone))
    session["revoked"] = app.name if app else appid
    return redirect(url_for("provider.authorizations", world=world), 303)


def logout() -> ResponseReturnValue:
    world = _world()
    ending.end(world)
    return redirect(url_for("provider.authorizations", world=world), 303)


def _page() -> ResponseReturnValue:
    world = _world()
    uid = interaction.logged_in(world)
    user = services().store.user(world, uid) if uid else None
    if user is None:
        return _login_page(world, failed=False)
    apps = {app.appid: app for app in services().store.apps(world)}
    rows = [_row(world, grant, apps.get(grant.appid)) for grant in services().store.grants(world, user=uid)]
    revoked = session.pop("revoked", "")
    return render_template("provider/authorizations.html", rows=rows, user=user, revoked=revoked, world=world)


def _row(world: str, grant: Grant, app: App | None) -> dict[str, object]:
    labels = DIALECTS[app.dialect if app else "standard"].granted_items(grant.scopes)
    return {
        "appid": grant.appid,
        "app_name": app.name if app else grant.appid,
        "world": world,
        "scope_labels": labels,
        "base_only": not labels,
        "since": _when(grant.since),
        "last_used": _when(grant.last_used),
    }


def _when(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _login_page(world: str, *, failed: bool) -> str:
    return render_template(
        "provider/login.html",
        app=None,
        app_name="",
        action=url_for("provider.authorizations_login", world=world),
        personas=people.personas(services(), world),
        mode="password",
        failed=failed,
        domain="",
    )


def _world() -> str:
    return request.args.get("world", TOWN)[:64]
