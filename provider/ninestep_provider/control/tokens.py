"""Tokens of an app: masked, with their age on the world's clock; made to expire or revoked."""

from __future__ import annotations

from typing import Any

from ninestep.clock import now
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
    return shown(app.world, store.tokens(app.world, app.appid))


def change(id: str, body: TokenChange) -> Any:
    """Let a token expire now, or revoke it."""
    if body.expire == body.revoke:
        raise Problem(422, "say expire or revoke", field="body", fix='{"expire": true}')
    world, _, tail = id.partition("~")
    store = services().store
    token = store.token(world, tail) if tail.startswith(("access:", "refresh:")) else None
    if token is None:
        raise missing("token", id)
    if body.expire:
        store.expire_token(world, tail, store.now(world))
    elif token.kind == "access":
        store.revoke_access(world, tail.removeprefix("access:"))
    else:
        store.revoke_authorization(world, token.authorization, store.now(world))
    return shown(world, [(tail, store.token(world, tail) or token)])[0]


def shown(world: str, tokens: list[tuple[str, Token]]) -> list[dict[str, Any]]:
    """Tokens as the API tells them, in one round trip."""
    store, batch = services().store, services().store.batch()
    town, own = store.read_clock(batch), store.read_clock(batch, world)
    above = [
        (
            store.read_authorization(batch, world, token.authorization),
            store.read_grant(batch, world, token.appid, token.user),
        )
        for _, token in tokens
    ]
    batch.run()
    moment = now(town.value, own.value)
    return [
        _told(world, tail, token, dead_because(token, authorization.value, grant.value), moment)
        for (tail, token), (authorization, grant) in zip(tokens, above, strict=True)
    ]


def _told(world: str, tail: str, token: Token, dead: str, moment: float) -> dict[str, Any]:
    state = "revoked" if dead else "expired" if moment >= token.expires_at else "active"
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
        "age": moment - token.issued_at,
        "authorization": token.authorization,
        "flow": token.flow,
    }
