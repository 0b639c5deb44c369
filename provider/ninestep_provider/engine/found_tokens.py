"""A token by its secret alone, with everything its validity depends on."""

from __future__ import annotations

from authlib.oauth2.rfc6749 import InvalidRequestError
from ninestep.clock import now
from ninestep.records import App, Token, dead_because, decode
from ninestep.trace.vocabulary import ENDPOINT_OF

from .models import TokenCredential
from .server import Context, Request


def require(request: Request) -> None:
    """The token has to be there. Its hint may say anything: we look everywhere anyway (RFC 7009 §2.1)."""
    context = request.context
    context.checks.require("token given", "token" in request.form, InvalidRequestError, "token_missing")


def find(context: Context, secret: str) -> TokenCredential | None:
    """An access token of any world, or a refresh token of the caller's own."""
    store = context.services.store
    batch = store.batch()
    pointer, town = store.find_token(batch, secret), store.read_clock(batch)
    refresh = store.peek_once(batch, context.world, "refresh", secret)[0] if context.world else None
    batch.run()
    if pointer.value:
        world, appid, user, authorization, _ = pointer.value
        batch = store.batch()
        token = store.read_access(batch, world, secret)
    else:
        record = decode(Token, refresh.value) if refresh else None
        if record is None:
            return None
        world, appid, user, authorization = context.world, record.appid, record.user, record.authorization
        batch = store.batch()
        token = None
    alive = store.read_authorization(batch, world, authorization)
    grant, clock = store.read_grant(batch, world, appid, user), store.read_clock(batch, world)
    app = store.read_app(batch, world, appid)
    faulty = store.read_armed(batch, world, appid, ENDPOINT_OF.get(context.draft.name, ""))
    batch.run()
    context.faulty = faulty.value
    found = token.value if token else record
    if found is None:
        return None
    credential = TokenCredential(secret, found, now=now(town.value, clock.value), world=world)
    credential.dead = dead_because(found, alive.value, grant.value) or _closed(
        context, app.value, found.actor
    )
    return credential


def _closed(context: Context, app: App | None, actor: str) -> str:
    """Why its app gets nothing, or the one that got it in exchange; "" for nothing, and for a token of another dialect,
    which judges it where it is used."""
    if app is None or app.dialect != context.dialect.name or not context.dialect.closes_tokens:
        return ""
    other = context.services.store.app(actor) if actor else app
    return context.dialect.closed(app) or (context.dialect.closed(other) if other else "token_unknown")
