"""Tokens of an app: masked, with their age on the world's clock; made to expire or revoked."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from ninestep.clock import now
from ninestep.records import Token, dead_because, decode
from ninestep.store import Later

from ..services import services
from .codes import after_bar
from .found import app_of
from .operation import Body, Operations
from .paging import PAGE, paged
from .problem import Problem, missing
from .query import Flag, Param, asked


class TokenChange(Body):
    expire: bool = False
    revoke: bool = False


class TokenAnswer(TypedDict):
    """A token by its name, masked. Times are seconds of the world's clock."""

    id: str
    kind: Literal["access", "refresh"]
    masked: str
    appid: str
    user: str
    scopes: list[str]
    state: Literal["active", "expired", "revoked", "spent"]
    issued_at: float
    expires_at: float
    age: float
    authorization: str
    refreshed_by: str  # id of an access token's refresh token
    flow: str


def register(operations: Operations) -> None:
    query = {"spent": Param("1: rotated refresh tokens too", Flag), **PAGE}
    operations.add("GET", "/apps/{appid}/tokens", all, query=query, answer=list[TokenAnswer])
    operations.add(
        "POST", "/tokens/{id}", change, body=TokenChange, answer=TokenAnswer, example={"expire": True}
    )


def all(appid: str) -> Any:
    """An app's tokens, newest first; never the secrets themselves."""
    app = app_of(appid)
    found = in_world(app.world, app.appid) if asked("spent") else of_app(appid)
    return paged(sorted(found, key=_age, reverse=True), _age, newest_first=True)


def of_app(appid: str) -> list[dict[str, Any]]:
    """All that are in use. Raises Problem 404."""
    app = app_of(appid)
    return shown(app.world, services().store.tokens(app.world, app.appid))


def _age(token: dict[str, Any]) -> tuple[float, str]:
    return token["issued_at"], token["id"]


def in_world(world: str, appid: str = "", most: int = 0) -> list[dict[str, Any]]:
    """Tokens of one app or of a whole world, newest first, and refresh tokens that a rotation took out of use
    (RFC 9700 §4.14.2) as long as their tombstones stand; with ``most`` only the latest so many of each kind."""
    store, batch = services().store, services().store.batch()
    index = store.tails(world, "")
    tails = [
        tail
        for kind in ("access:", "refresh:")
        for tail in [known for known in index if known.startswith(kind)][-most:]
    ]
    raws: list[tuple[str, Later[bytes | None], Later[bytes | None]]] = [
        (
            tail,
            batch.call("get", store.keys.of(world, tail)),
            batch.call("get", store.keys.spent(world, "refresh", tail.partition(":")[2])),
        )
        for tail in tails
    ]
    batch.run()

    def told(place: int) -> list[dict[str, Any]]:
        found = [(raw[0], decode(Token, after_bar(raw[2].value) if place else raw[1].value)) for raw in raws]
        return shown(world, [(tail, token) for tail, token in found if token and appid in ("", token.appid)])

    spent = [{**token, "state": "spent"} for token in told(1)]
    return sorted([*told(0), *spent], key=lambda token: token["issued_at"], reverse=True)


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
        "refreshed_by": f"{world}~refresh:{token.access}" if token.kind == "access" and token.access else "",
        "flow": token.flow,
    }
