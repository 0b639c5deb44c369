"""Tab Tokens & codes: what was issued, how old it is on the virtual clock, and from what it came."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from ninestep.web.hosts import page

from ..control import clock, codes, devices, keys, tokens
from ..control.problem import Problem
from ..pages import people
from ..services import services
from . import forms, frame
from .families import families

MOST = 40  # families on one page
LATEST = 2000  # codes, access and refresh tokens of a world that are looked at
CHANGES = {"expire": "expired", "revoke": "revoked"}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/tokens", "tokens", page(all))
    bp.add_url_rule("/console/tokens", "change_token", change, methods=["POST"])
    bp.add_url_rule("/console/devices", "answer_device", answer_device, methods=["POST"])
    bp.add_url_rule("/console/keys", "rotate_keys", rotate, methods=["POST"])


def all() -> ResponseReturnValue:
    return _page()


def rotate() -> ResponseReturnValue:
    """As ``POST /keys/rotate``."""
    keys.rotate()
    return frame.done("console.tokens", "keys")


def answer_device() -> ResponseReturnValue:
    """As ``POST /devices/{user_code}``."""
    said = {name: request.form.get(name, "") for name in ("user", "decision")}
    user_code = request.form.get("user_code", "")[:64]
    _, problem = frame.tried(lambda: devices.answer(user_code, forms.body(devices.NewAnswer, said)))
    if problem:
        return _page(problem)
    return frame.done("console.tokens", "answered", app=request.args.get("app") or None)


def change() -> ResponseReturnValue:
    """As ``POST /tokens/{id}``."""
    id, asked = request.form.get("id", "")[:200], request.form.get("change", "")
    said: dict[str, Any] = {asked: True} if asked in CHANGES else {}
    _, problem = frame.tried(lambda: tokens.change(id, forms.body(tokens.TokenChange, said)))
    if problem:
        return _page(problem)
    return frame.done("console.tokens", CHANGES[asked], app=request.args.get("app") or None)


def _page(problem: Problem | None = None) -> ResponseReturnValue:
    here, chosen = frame.world(), request.args.get("app", "")[:64]
    apps = services().store.apps(here)
    told = [*codes.in_world(here, chosen, LATEST), *tokens.in_world(here, chosen, LATEST)]
    found = families(told)
    return frame.show(
        "tokens",
        problem=problem,
        world=here,
        apps=apps,
        app_names={app.appid: app.name for app in apps},
        chosen=chosen,
        families=found[:MOST],
        more=len(found) - MOST,
        clock=clock.one(here),
        devices=devices.waiting(here, chosen)[:MOST],
        people=people.personas(services(), here),
        keys=services().store.signing_keys(),
    )
