"""Codes: one without a browser, for tests that start at the token endpoint; and what became of an app's codes."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from ninestep.clock import now
from ninestep.records import Code, Grant, decode
from ninestep.store import Later

from ..dialects import DIALECTS
from ..engine import codes as engine
from ..services import services
from .found import app_of, user_of
from .nearest import near
from .operation import Body, Operations
from .paging import PAGE, paged
from .problem import Problem


class NewCode(Body):
    user: str = "zhangsan"
    scope: str | list[str] | None = None
    redirect_uri: str = ""


class CodeAnswer(TypedDict):
    """A code by its name, which redeems nothing. Times are seconds of the world's clock."""

    id: str
    kind: Literal["code"]
    appid: str
    user: str
    scopes: list[str]
    redirect_uri: str
    pkce: bool
    state: Literal["active", "expired", "revoked", "spent"]
    issued_at: float
    expires_at: float
    age: float
    authorization: str
    flow: str


class MintedCode(TypedDict):
    code: str
    expires_in: int  # seconds


def register(operations: Operations) -> None:
    path, example = "/apps/{appid}/codes", {"user": "lisi"}
    operations.add("GET", path, all, query=PAGE, answer=list[CodeAnswer])
    operations.add("POST", path, mint, body=NewCode, status=201, answer=MintedCode, example=example)


def all(appid: str) -> Any:
    """An app's authorization codes, newest first, by name alone: of a code nothing but its digest is kept."""
    app = app_of(appid)
    return paged(
        in_world(app.world, app.appid), lambda code: (code["issued_at"], code["id"]), newest_first=True
    )


def in_world(world: str, appid: str = "", most: int = 0) -> list[dict[str, Any]]:
    """Codes of one app or of a whole world, alive or spent; with ``most`` only of the latest so many."""
    store = services().store
    names = [tail.partition(":")[2] for tail in store.tails(world, "code:")][-most:]
    batch = store.batch()
    town, own = store.read_clock(batch), store.read_clock(batch, world)
    raws: list[tuple[str, Later[bytes | None], Later[bytes | None]]] = [
        (
            name,
            batch.call("get", store.keys.once(world, "code", name)),
            batch.call("get", store.keys.spent(world, "code", name)),
        )
        for name in names
    ]
    batch.run()
    found = [
        (name, spent, record)
        for name, live, dead in raws
        for spent, raw in ((False, live.value), (True, after_bar(dead.value)))
        if (record := decode(Code, raw)) is not None and record.carried and appid in ("", record.appid)
    ]
    grants = [store.read_grant(batch, world, record.appid, record.user) for _, _, record in found]
    batch.run()
    moment = now(town.value, own.value)
    shown = [
        told(world, name, record, spent, grant.value, moment)
        for (name, spent, record), grant in zip(found, grants, strict=True)
    ]
    return sorted(shown, key=lambda code: (code["issued_at"], code["id"]), reverse=True)


def told(
    world: str, name: str, record: Code, spent: bool, grant: Grant | None, moment: float
) -> dict[str, Any]:
    """A code as the API tells it; ``name`` is its digest, which redeems nothing."""
    return {
        "id": f"{world}~code:{name}",
        "kind": "code",
        "appid": record.appid,
        "user": record.user,
        "scopes": record.scopes,
        "redirect_uri": record.redirect_uri,
        "pkce": bool(record.code_challenge),
        "state": "spent" if spent else _state(record, grant, moment),
        "issued_at": record.issued_at,
        "expires_at": record.expires_at,
        "age": moment - record.issued_at,
        "authorization": record.authorization,
        "flow": record.flow,
    }


def _state(record: Code, grant: Grant | None, moment: float) -> str:
    if grant is None or grant.id != record.grant:
        return "revoked"
    return "expired" if moment >= record.expires_at else "active"


def after_bar(raw: bytes | None) -> bytes | None:
    """The record in a tombstone, behind the name of who took it."""
    return raw.split(b"|", 1)[1] if raw is not None else None


def mint(appid: str, body: NewCode) -> Any:
    """A code as the user's approval would have given it."""
    app = app_of(appid)
    scopes = body.scope.replace(",", " ").split() if isinstance(body.scope, str) else body.scope
    unknown = [scope for scope in scopes or () if scope not in app.scopes]
    if unknown:
        raise Problem(
            422,
            f"the app has no scope {unknown[0]!r}",
            field="scope",
            fix=near(unknown[0], app.scopes) or "leave it out",
        )
    user = user_of(app.world, body.user)
    dialect = DIALECTS[app.dialect]
    production = services().settings.production
    if body.redirect_uri and not dialect.may_receive(app, body.redirect_uri, production=production):
        raise Problem(
            422, "the app has no such redirect_uri", field="redirect_uri", fix=", ".join(app.redirect_uris)
        )
    code, seconds = engine.mint(
        services(),
        dialect,
        app,
        user,
        scopes or list(app.scopes),
        redirect_uri=body.redirect_uri,
    )
    return {"code": code, "expires_in": seconds}
