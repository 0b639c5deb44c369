"""Tokens of an app: masked, with their age on the world's clock; made to expire or revoked."""

from __future__ import annotations

from typing import Any

from ninestep.records import Token, dead_because

from ..services import services
from .found import app_of
from .operation import Body, Operations
from .problem import Problem, missing


class TokenChange(Body):
    expire: bool = False
    revoke: bool = False


def register(operations: Operations) -> None:
    operations.add("GET", "/apps/{appid}/tokens", all)
    operations.add("POST", "/tokens/{id}", change, body=TokenChange)


def all(appid: str) -> Any:
    """An app's tokens, newest first; never the secrets themselves."""
    app = app_of(appid)
    store = services().store
    now = store.now(app.world)
    return [shown(app.world, tail, token, now) for tail, token in store.tokens(app.world, app.appid)]


def change(id: str, body: TokenChange) -> Any:
    """Let a token expire now, or revoke it."""
    if body.expire == body.revoke:
        raise Problem(422, "say expire or revoke", field="body", fix='{"expire": true}')
    world, _, tail = id.partition("~")
    store = services().store
    token = store.token(world, tail) if tail.startswith(("access:", "refresh:")) else None
    if token is None:
        raise missing("token", id)
    now = store.now(world)
    if body.expire:
        store.expire_token(world, tail, now)
    elif token.kind == "access":
        store.revoke_access(world, tail.removeprefix("access:"))
    else:
        store.revoke_authorization(world, token.authorization, now)
    return shown(world, tail, store.token(world, tail) or token, now)


def shown(world: str, tail: str, token: Token, now: float) -> dict[str, Any]:
    store = services().store
    batch = store.batch()
    authorization = store.read_authorization(batch, world, token.authorization)
    grant = store.read_grant(batch, world, token.appid, token.user)
    batch.run()
    dead = dead_because(token, authorization.value, grant.value)
    state = "revoked" if dead else "expired" if now >= token.expires_at else "active"
    return {
        "id": f"{world}~{tail}",
        "kind": token.kind,
        "masked": f"••••{token.hint}",
        "appid": token.appid,
        "user": token.user,
        "scopes": token.scopes,
        "state": state,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "age": now - token.issued_at,
        "authorization": token.authorization,
        "flow": token.flow,
    }
