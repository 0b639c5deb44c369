"""Apps (RFC 6749 §2): registered by POST in a world of their own, or by PUT under a chosen id.

``bodies``  what can be said of one, and what is told
``rules``   what one may hold
"""

from __future__ import annotations

import secrets
import time
from typing import Any, TypeVar

import msgspec
from flask import request
from msgspec import UNSET
from ninestep.dialects import DIALECTS, policies_of, policy
from ninestep.dialects.lifetimes import lifetimes
from ninestep.records import TOWN, App, Consent, Ttl

from ...dialects import DIALECTS as MANNERS
from ...services import services
from ..found import app_of, checked_name, world_of, world_said
from ..operation import Body, Operations
from ..paging import PAGE, paged
from ..problem import Problem
from ..query import Name, Param
from ..worlds import made
from .bodies import AppAnswer, AppChange, AppConsent, AppTtl, ChosenApp, NewApp
from .rules import among, checked

EXAMPLE = {
    "dialect": "wechat",
    "kind": "official_account",
    "redirect_uris": ["http://127.0.0.1:8000/auth/wechat/callback"],
    "consent": {"mode": "auto", "user": "zhangsan"},
}
CHANGE = {"ttl": {"access": 60}, "policies": {"reveal": True}}


def register(operations: Operations) -> None:
    only = {"world": Param("only of this world; of all when left out", Name)}
    operations.add("GET", "/apps", all, query={**only, **PAGE}, answer=list[AppAnswer])
    operations.add("POST", "/apps", create, body=NewApp, status=201, answer=AppAnswer, example=EXAMPLE)
    operations.add("GET", "/apps/{appid}", one, answer=AppAnswer)
    operations.add(
        "PUT",
        "/apps/{appid}",
        put,
        body=ChosenApp,
        status=201,
        answer=AppAnswer,
        refuses=(409,),
        example=EXAMPLE,
    )
    operations.add("PATCH", "/apps/{appid}", patch, body=AppChange, answer=AppAnswer, example=CHANGE)
    operations.add("DELETE", "/apps/{appid}", delete, status=204)
    operations.add("POST", "/apps/{appid}/secret", rotate, answer=AppAnswer, refuses=(409,))


def all() -> Any:
    """Apps of a world, or of all, by world and appid."""
    store, wanted = services().store, request.args.get("world")
    names = [world_of(wanted).name] if wanted else [world.name for world in store.worlds()]
    return paged(
        [app for name in names for app in store.apps(name)],
        lambda app: (app.world, app.appid),
        show=lambda apps: [shown(app) for app in apps],
    )


def create(body: NewApp) -> Any:
    """Register an app; without ``world`` it gets a new one to itself."""
    draft = App(appid="", secret=fresh_secret(), world=body.world, name="", created_at=time.time())
    app = built(draft, body)  # before a world is made for it: a refusal leaves nothing behind
    world = world_said(body.world).name if body.world else made().name
    words: Any = DIALECTS[body.dialect]
    while not services().store.reserve_appid(appid := words.new_appid(app.kind), world):
        pass  # a platform whose ids are nine digits will see one twice
    app = msgspec.structs.replace(app, world=world, appid=appid, name=app.name or appid)
    services().store.save_app(app)
    return shown(app)


def one(appid: str) -> Any:
    """One app, with its secret."""
    return shown(app_of(appid))


def put(appid: str, body: ChosenApp) -> Any:
    """An app under a chosen id; idempotent. Without ``world`` it belongs to the town."""
    checked_name(appid, "appid")
    store, known = services().store, services().store.app(appid)
    world = world_said(body.world or TOWN).name
    draft = App(
        appid=appid, secret=body.secret or fresh_secret(), world=world, name=appid, created_at=time.time()
    )
    if known:
        draft = msgspec.structs.replace(
            draft, secret=body.secret or known.secret, created_at=known.created_at
        )
    app = built(draft, body)
    owner = store.claim_appid(appid, world)
    if owner != world:
        raise Problem(
            409, f"appid {appid} belongs to world {owner}", field="world", fix=f"send world {owner!r}"
        )
    store.save_app(app)
    return shown(app), 200 if known else 201


def patch(appid: str, body: AppChange) -> Any:
    """Change some fields of an app."""
    app = _changed(app_of(appid), body)
    services().store.save_app(app)
    return shown(app)


def delete(appid: str) -> None:
    """The app with its consents; a world made by POST ends with its last app."""
    store, app = services().store, services().store.app(appid)
    if app is None:
        return
    store.delete_app(app)
    end_own(app)
    batch = store.batch()
    world = store.read_world(batch, app.world)
    batch.run()
    if world.value and not world.value.pinned and not store.apps(app.world):
        store.delete_world(app.world)


def end_own(app: App) -> None:
    """What an app holds that no consent leads to: sessions, tokens of its own, devices that wait."""
    store = services().store
    store.end_mini_program(app.world, app.appid)
    store.end_machine(app.world, app.appid)
    store.forget_devices(app.world, app.appid)


def rotate(appid: str) -> Any:
    """A new secret; the old one is dead at once."""
    app = app_of(appid)
    if app.public:
        raise Problem(409, f"app {appid} is public: it has no secret (RFC 6749 §2.1)")
    app = msgspec.structs.replace(app, secret=fresh_secret())
    services().store.save_app(app)
    services().store.end_cgi_tokens(app.world, appid)  # they were given for the old one
    return shown(app)


def shown(app: App) -> dict[str, Any]:
    """An app as the API tells it: policies and lifetimes as they are in effect."""
    document: dict[str, Any] = {name: getattr(app, name) for name in app.__struct_fields__ if name != "seed"}
    document["secret"] = "" if app.public else app.secret
    document["consent"] = {"mode": app.consent.mode, "user": app.consent.user}
    document["policies"] = {name: policy(app, name) for name in policies_of(app.dialect)}
    life = lifetimes(app, services().settings)
    document["ttl"] = {"code": life.code, "access": life.access, "refresh": life.refresh}
    document["grant_types"] = list(MANNERS[app.dialect].grants(app))
    document["type"] = "public" if app.public else "confidential"
    return document


def _known(body: NewApp) -> None:
    among(body.dialect, tuple(DIALECTS), "dialect")
    if body.kind:
        among(body.kind, DIALECTS[body.dialect].KINDS, "kind")


def built(draft: App, body: NewApp) -> App:
    """The app that ``body`` describes, on ``draft``'s id, secret and world. Raises Problem 422."""
    _known(body)
    words: Any = DIALECTS[body.dialect]
    kind = body.kind or words.KINDS[0]
    scopes = list(words.SCOPES[kind])
    return _changed(msgspec.structs.replace(draft, dialect=body.dialect, kind=kind, scopes=scopes), body)


def _changed(app: App, body: AppChange) -> App:
    """``app`` with what ``body`` says. Raises Problem 422."""
    names = AppChange.__struct_fields__  # structs.fields() evaluates each annotation anew: a millisecond
    given = {name: value for name in names if (value := getattr(body, name)) is not UNSET}
    if isinstance(consent := given.get("consent"), AppConsent):
        given["consent"] = _over(app.consent, consent)
        among(given["consent"].mode, ("ask", "auto", "deny"), "consent.mode")
    if isinstance(ttl := given.get("ttl"), AppTtl):
        given["ttl"] = _over(app.ttl, ttl)
    if isinstance(overrides := given.get("policies"), dict):
        both = {**app.policies, **overrides}
        given["policies"] = {name: value for name, value in both.items() if value is not None}
    app = msgspec.structs.replace(app, **given)
    return checked(app)


R = TypeVar("R", Consent, Ttl)


def _over(record: R, body: Body) -> R:
    """``record`` with the fields that the body gives."""
    fields = {name: getattr(body, name) for name in body.__struct_fields__}
    return msgspec.structs.replace(record, **{k: v for k, v in fields.items() if v is not UNSET})


def fresh_secret() -> str:
    return secrets.token_hex(16)
