"""Apps (RFC 6749 §2): registered by POST in a world of their own, or by PUT under a chosen id."""

from __future__ import annotations

import secrets
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType
from ninestep.dialects import DIALECTS, FIDELITIES, check_policies, policies_of, policy
from ninestep.dialects.lifetimes import lifetimes
from ninestep.records import TOWN, App, Consent, Ttl

from ..services import services
from .found import app_of, checked_name, world_of
from .operation import Body, Operations
from .problem import Problem
from .worlds import made

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "none")
LATER = {"qq", "weibo"}


class AppConsent(Body):
    mode: str = "ask"
    user: str = ""


class AppTtl(Body):
    code: int = 0
    access: int = 0
    refresh: int = 0


class AppChange(Body):
    """What can be said of an app; what is left out stays as it is, or becomes its dialect's default."""

    name: str | UnsetType = UNSET
    fidelity: str | UnsetType = UNSET
    policies: dict[str, Any] | UnsetType = UNSET
    redirect_uris: list[str] | UnsetType = UNSET
    callback_domain: str | UnsetType = UNSET
    scopes: list[str] | UnsetType = UNSET
    consent: AppConsent | UnsetType = UNSET
    ttl: AppTtl | UnsetType = UNSET
    open_platform: str | UnsetType = UNSET
    token_endpoint_auth_method: str | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    banned: bool | UnsetType = UNSET


class NewApp(AppChange):
    world: str = ""
    dialect: str = "wechat"
    kind: str = ""


class ChosenApp(NewApp):
    secret: str = ""


def register(operations: Operations) -> None:
    operations.add("GET", "/apps", all, query={"world": "only of this world"})
    operations.add("POST", "/apps", create, body=NewApp, status=201)
    operations.add("GET", "/apps/{appid}", one)
    operations.add("PUT", "/apps/{appid}", put, body=ChosenApp, status=201)
    operations.add("PATCH", "/apps/{appid}", patch, body=AppChange)
    operations.add("DELETE", "/apps/{appid}", delete, status=204)
    operations.add("POST", "/apps/{appid}/secret", rotate)


def all() -> Any:
    """Apps of a world, or of all."""
    from flask import request

    store = services().store
    names = [request.args["world"]] if request.args.get("world") else [world.name for world in store.worlds()]
    return [shown(app) for name in names for app in store.apps(name)]


def create(body: NewApp) -> Any:
    """Register an app; without ``world`` it gets a new one to itself."""
    _known(body)
    world = world_of(body.world).name if body.world else made().name
    appid = _fresh_appid(body.dialect)
    app = _built(App(appid=appid, secret=_secret(), world=world, name=appid, created_at=time.time()), body)
    services().store.claim_appid(appid, world)
    services().store.save_app(app)
    return shown(app)


def one(appid: str) -> Any:
    """One app, with its secret."""
    return shown(app_of(appid))


def put(appid: str, body: ChosenApp) -> Any:
    """An app under a chosen id; idempotent. Without ``world`` it belongs to the town."""
    checked_name(appid, "appid")
    _known(body)
    store, known = services().store, services().store.app(appid)
    world = body.world or (known.world if known else TOWN)
    world_of(world)
    draft = App(appid=appid, secret=body.secret or _secret(), world=world, name=appid, created_at=time.time())
    if known:
        draft = msgspec.structs.replace(
            draft, secret=body.secret or known.secret, created_at=known.created_at
        )
    app = _built(draft, body)
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
    batch = store.batch()
    world = store.read_world(batch, app.world)
    batch.run()
    if world.value and not world.value.pinned and not store.apps(app.world):
        store.delete_world(app.world)


def rotate(appid: str) -> Any:
    """A new secret; the old one is dead at once."""
    app = msgspec.structs.replace(app_of(appid), secret=_secret())
    services().store.save_app(app)
    return shown(app)


def shown(app: App) -> dict[str, Any]:
    """An app as the API tells it: policies and lifetimes as they are in effect."""
    document: dict[str, Any] = {name: getattr(app, name) for name in app.__struct_fields__ if name != "seed"}
    document["policies"] = {name: policy(app, name) for name in policies_of(app.dialect)}
    document["ttl"] = lifetimes(app, services().settings)
    document["type"] = "public" if app.public else "confidential"
    return document


def _known(body: NewApp) -> None:
    if body.dialect in LATER:
        raise Problem(
            422, f"dialect {body.dialect} is not spoken yet", field="dialect", fix=", ".join(DIALECTS)
        )
    _among(body.dialect, tuple(DIALECTS), "dialect")
    if body.kind:
        _among(body.kind, DIALECTS[body.dialect].KINDS, "kind")


def _built(draft: App, body: NewApp) -> App:
    words: Any = DIALECTS[body.dialect]
    kind = body.kind or words.KINDS[0]
    scopes = list(words.SCOPES[kind])
    return _changed(msgspec.structs.replace(draft, dialect=body.dialect, kind=kind, scopes=scopes), body)


def _changed(app: App, body: AppChange) -> App:
    """``app`` with what ``body`` says, checked. Raises Problem 422."""
    fields = {f.name for f in msgspec.structs.fields(AppChange)}
    given = {name: value for name in fields if (value := getattr(body, name)) is not UNSET}
    if isinstance(consent := given.get("consent"), AppConsent):
        _among(consent.mode, ("ask", "auto", "deny"), "consent.mode")
        given["consent"] = Consent(mode=consent.mode, user=consent.user)
    if isinstance(ttl := given.get("ttl"), AppTtl):
        if min(ttl.code, ttl.access, ttl.refresh) < 0:
            raise Problem(422, "a lifetime cannot be negative", field="ttl", fix="seconds, 0 for the default")
        given["ttl"] = Ttl(code=ttl.code, access=ttl.access, refresh=ttl.refresh)
    app = msgspec.structs.replace(app, **given)
    _among(app.fidelity, FIDELITIES, "fidelity")
    _among(app.token_endpoint_auth_method, ("", *AUTH_METHODS), "token_endpoint_auth_method")
    try:
        check_policies(app.dialect, app.policies)
    except ValueError as error:
        raise Problem(
            422, str(error), field="policies", fix="see the policies in /_mock/api/openapi.json"
        ) from None
    for uri in app.redirect_uris:
        _check_redirect_uri(uri)
    return app


def _check_redirect_uri(uri: str) -> None:
    """RFC 6749 §3.1.2: absolute, no fragment of its own; https in production (S0 §4.3)."""
    try:
        parts = urlsplit(uri)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or uri != uri.strip() or any(ord(c) < 33 for c in uri):
        raise Problem(422, f"{uri!r} is no http(s) address", field="redirect_uris", fix="https://host/path")
    if services().settings.production and parts.scheme != "https":
        raise Problem(422, f"{uri!r} has to be https in production", field="redirect_uris", fix="https://…")


def _among(value: str, allowed: tuple[str, ...], field: str) -> None:
    if value not in allowed:
        names = ", ".join(name or '""' for name in allowed)
        raise Problem(422, f"{field} is {value!r}; it can be {names}", field=field, fix=names)


def _fresh_appid(dialect: str) -> str:
    return ("wx" if dialect == "wechat" else "") + secrets.token_hex(8)


def _secret() -> str:
    return secrets.token_hex(16)
