"""Tab Apps: register, change, show and rotate the secret, say who answers next, delete."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.dialects import DIALECTS, FIDELITIES, policies_of
from ninestep.records import TOWN, App
from ninestep.web.hosts import page

from ..control import apps, coverage, next
from ..control.apps.bodies import AUTH_METHODS, SIGNING, AppChange, NewApp
from ..control.found import app_of
from ..control.problem import Problem
from ..dialects import DIALECTS as MANNERS
from ..services import services
from . import app_fields, forms, frame

NEW: forms.Kinds = {
    "name": "text",
    "what": "text",
    "world": "text",
    "fidelity": "text",
    "redirect_uris": "lines",
    "callback_domain": "text",
    "consent.mode": "text",
    "consent.user": "text",
}
FRESH = {"what": "wechat official_account", "fidelity": "platform", "consent.mode": "ask"}
NEXT: forms.Kinds = {"user": "text", "decision": "text"}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console", "apps", page(all))
    bp.add_url_rule("/console/apps/new", "new_app", page(new))
    bp.add_url_rule("/console/apps/new", "make_app", make, methods=["POST"])
    bp.add_url_rule("/console/apps/<appid>", "app", page(one))
    bp.add_url_rule("/console/apps/<appid>", "save_app", save, methods=["POST"])
    bp.add_url_rule("/console/apps/<appid>/secret", "show_secret", show_secret, methods=["POST"])
    bp.add_url_rule("/console/apps/<appid>/rotate", "rotate_secret", rotate, methods=["POST"])
    bp.add_url_rule("/console/apps/<appid>/next", "arm_next", arm, methods=["POST"])
    bp.add_url_rule("/console/apps/<appid>/delete", "delete_app", delete, methods=["POST"])


def all() -> ResponseReturnValue:
    here = frame.world()
    return frame.show("apps", world=here, apps=services().store.apps(here))


def new() -> ResponseReturnValue:
    return _new_page({**FRESH, "world": frame.world()})


def make() -> ResponseReturnValue:
    """As ``POST /apps``; world "" makes one for it."""
    said = forms.said(NEW, {})
    said["dialect"], _, said["kind"] = said.pop("what", "").partition(" ")
    made, problem = frame.tried(lambda: apps.create(forms.body(NewApp, said)))
    if problem:
        return _new_page(forms.typed(NEW), problem)
    return frame.done("console.app", "made", appid=made["appid"], world=None)


def one(appid: str) -> ResponseReturnValue:
    app = app_of(appid)
    return _page(app, _values(app))


def save(appid: str) -> ResponseReturnValue:
    """As ``PATCH /apps/{appid}``, with what was changed."""
    app = app_of(appid)
    kinds = app_fields.of(app)
    policies: forms.Kinds = {f"policies.{name}": "text" for name in policies_of(app.dialect)}
    said = forms.said(kinds, _values(app))
    if overrides := _overrides(app):
        said["policies"] = overrides
    _, problem = frame.tried(lambda: apps.patch(appid, forms.body(AppChange, said)))
    if problem:
        return _page(app, {**_values(app), **forms.typed({**kinds, **policies})}, problem)
    return frame.done("console.app", "saved", appid=appid, world=None)


def show_secret(appid: str) -> ResponseReturnValue:
    """By POST: no address and no history entry leads to a secret."""
    app = app_of(appid)
    return _page(app, _values(app), shown=True)


def rotate(appid: str) -> ResponseReturnValue:
    _, problem = frame.tried(lambda: apps.rotate(appid))
    if problem:
        app = app_of(appid)
        return _page(app, _values(app), problem)
    return frame.done("console.app", "rotated", appid=appid, world=None)


def arm(appid: str) -> ResponseReturnValue:
    """Who answers the app's next authorization, and how."""
    said = forms.typed(NEXT)
    _, problem = frame.tried(lambda: next.arm(appid, forms.body(next.NewDecision, said)))
    if problem:
        app = app_of(appid)
        return _page(app, _values(app), problem)
    return frame.done("console.app", "armed", appid=appid, world=None, _anchor="next")


def delete(appid: str) -> ResponseReturnValue:
    """Its world may end with it; the list is then the town's."""
    app = app_of(appid)
    apps.delete(appid)
    there = app.world in [known.name for known in services().store.worlds()]
    return frame.done("console.apps", "deleted", world=app.world if there else TOWN)


def _new_page(values: dict[str, Any], problem: Problem | None = None) -> ResponseReturnValue:
    kinds = {dialect: words.KINDS for dialect, words in DIALECTS.items()}
    return frame.show(
        *("apps", "app_new"),
        problem=problem,
        values=values,
        kinds=kinds,
        places=app_fields.places,
        fidelities=FIDELITIES,
        users=services().store.users(frame.world()),
    )


def _page(
    app: App, values: dict[str, Any], problem: Problem | None = None, *, shown: bool = False
) -> ResponseReturnValue:
    words: Any = DIALECTS[app.dialect]
    store = services().store
    return frame.show(
        *("apps", "app"),
        problem=problem,
        world=app.world,
        app=app,
        values=values,
        fields=app_fields.of(app),
        secret_shown=shown and not app.public,
        scopes=words.SCOPES[app.kind],
        fidelities=FIDELITIES,
        auth_methods=AUTH_METHODS,
        grants=MANNERS[app.dialect].possible_grants(app),
        closes_tokens=MANNERS[app.dialect].closes_tokens,
        signing=SIGNING,
        jwks_text=_written(values.get("jwks", "")),
        policies=policies_of(app.dialect).values(),
        users=[user for user in store.users(app.world) if not user.deleted],
        armed=store.armed(app.world, app.appid),
        coverage=coverage.of(app),
    )


def _values(app: App) -> dict[str, Any]:
    """The app as its form shows it."""
    told = apps.shown(app)
    flat = {f"{name}.{key}": value for name in ("consent", "ttl") for key, value in told[name].items()}
    own = {f"policies.{name}": _choice(value) for name, value in app.policies.items()}
    values = {**{name: told[name] for name in app_fields.of(app) if name in told}, **flat, **own}
    if possible := MANNERS[app.dialect].possible_grants(app):  # in the order in which the page has them
        values["grant_types"] = [grant for grant in possible if grant in told["grant_types"]]
    return values


def _written(jwks: Any) -> str:
    """As a person reads and changes it; what was no JSON stays as it was typed."""
    if isinstance(jwks, str):
        return jwks
    return json.dumps(jwks, indent=1, ensure_ascii=False) if jwks != {} else ""


def _overrides(app: App) -> dict[str, Any]:
    """Policies whose choice was changed; "" takes the override away."""
    changed: dict[str, Any] = {}
    for name, known in policies_of(app.dialect).items():
        picked = request.form.get(f"policies.{name}", "")
        before = _choice(app.policies[name]) if name in app.policies else ""
        if picked != before:
            changed[name] = {_choice(choice): choice for choice in known.choices}.get(picked, picked or None)
    return changed


def _choice(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
