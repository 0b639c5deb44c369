"""Access and refresh tokens: minted once per spent credential, renewed, revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from authlib.oauth2.rfc6749 import InvalidGrantError
from ninestep.dialects.lifetimes import lifetimes
from ninestep.digest import digest, fresh_id
from ninestep.records import Authorization, Code, Token, Ttl, User, dead_because, decode

from . import codes, dpop, logins
from .checks import refusal
from .codes import Approval
from .models import TokenCredential
from .scopes import understood

if TYPE_CHECKING:
    from .server import Context, Request

MOST_TRIES = 3  # of a kept refresh token that others are renewing at the same moment


def mint(request: Request) -> dict[str, Any]:
    """The token answer of a redeemed code (RFC 6749 §5.1). Writes nothing."""
    code: Code = request.authorization_code.record
    return _pair(request.context, code.user, code.scopes)


def issue(request: Request, token: dict[str, Any]) -> None:
    """Write what ``mint`` made, in one step."""
    context = request.context
    code: Code = request.authorization_code.record
    context.draft.flow, context.draft.user = code.flow, code.user
    _write(context, _authorization(code, context.now), token, code.scopes, code)
    request.members = _members(context, request.user, code.scopes, token, code)


def give(request: Request, approval: Approval) -> dict[str, Any]:
    """The token answer for a user who agreed in another way than by a code's redirect; written."""
    dpop.spend(request.context)
    request.authorization_code, request.user = codes.at_once(request.context, approval)
    token = mint(request)
    issue(request, token)
    return token


def give_machine(request: Request, scopes: list[str]) -> dict[str, Any]:
    """The token answer for an app that acts for itself (RFC 6749 §4.4); written. No user, no consent, no refresh."""
    context = request.context
    app = context.app
    assert app is not None
    dpop.spend(context)
    token = _pair(context, "", scopes, refreshed=False)
    authorization = Authorization(
        id=f"{app.appid}:{fresh_id()}",  # no consent leads to it: its app does
        appid=app.appid,
        user="",
        scopes=scopes,
        grant="",
        issued_at=context.now,
        flow=context.draft.flow,
    )
    _write(context, authorization, token, scopes)
    return token


def narrowed(request: Request, subject: TokenCredential, scopes: list[str]) -> dict[str, Any]:
    """An access token on the subject's own authorization, for the client that acts; written. It ends with the subject
    at the latest."""
    context, record = request.context, subject.record
    store = context.services.store
    batch = store.batch()
    authorization = store.read_authorization(batch, context.world, record.authorization)
    batch.run()
    if authorization.value is None:
        raise refusal(InvalidGrantError, "token_revoked")
    dpop.spend(context)
    life = int(min(_lifetimes(context).access, record.expires_at - context.now))
    actor = context.app.appid if context.app else ""
    secret = _secret(context, record.user or record.appid, scopes, life, actor=actor)
    access = msgspec.structs.replace(
        record,
        scopes=scopes,
        issued_at=context.now,
        expires_at=context.now + life,
        hint=secret[-4:],
        access="",
        actor=actor,
        jkt=dpop.jkt(context),
    )
    store.issue(context.world, authorization.value, secret, access, "", None, context.now)
    scope = " ".join(scopes)
    kind = dpop.token_type(context)
    return {"token_type": kind, "access_token": secret, "expires_in": life, "scope": scope}


def spend_refresh(request: Request, credential: TokenCredential) -> User:
    """Its user, if the token may still be used. A rotating one is taken here, once; a kept one stays."""
    context, record = request.context, credential.record
    assert context.app is not None
    store = context.services.store
    batch = store.batch()
    authorization = store.read_authorization(batch, context.world, record.authorization)
    grant = store.read_grant(batch, context.world, record.appid, record.user)
    user = store.see_user(batch, context.world, record.user)
    batch.run()
    dead = dead_because(record, authorization.value, grant.value)
    context.checks.require("consent still given", not dead, InvalidGrantError, "refresh_revoked", dead)
    dpop.require_key(context, record.jkt)
    dpop.spend(context)
    if context.dialect.rotates(context.app):
        taken = store.take(context.world, "refresh", credential.secret, fresh_id())
        if not context.checks.make(
            "refresh token spent by this request", taken.outcome == "taken", "refresh_used"
        ):
            context.revoke_authorization(record.authorization)
            raise refusal(InvalidGrantError, "refresh_used")
    owner = user()
    context.checks.require("user known", owner is not None, InvalidGrantError, "refresh_unknown")
    assert owner is not None
    return owner


def renew(request: Request, user: User, credential: TokenCredential) -> dict[str, Any]:
    """The next access token: with a new refresh token where it rotates, else the platform's «same one again»."""
    context, record = request.context, credential.record
    assert context.app is not None
    scopes = understood(request.payload.scope, context.dialect) or record.scopes
    if context.dialect.rotates(context.app):
        token = _pair(context, record.user, scopes)
        _write(context, _authorization(record, record.issued_at), token, scopes, record)
    else:
        token = _same_again(context, credential, scopes)
    request.members = _members(context, user, scopes, token, record)
    return token


def _members(
    context: Context, user: User, scopes: list[str], token: dict[str, Any], record: Code | Token
) -> dict[str, Any]:
    """Those of the answer that the dialect adds; ``record`` is what was redeemed or renewed."""
    assert context.app is not None
    return {
        **context.dialect.token_members(context.services, context.app, user, scopes),
        **context.dialect.identity(context, user, scopes, token, record),
    }


def _pair(context: Context, user: str, scopes: list[str], *, refreshed: bool = True) -> dict[str, Any]:
    """A refresh token comes along whenever the app may use one."""
    assert context.app is not None
    life, dialect = _lifetimes(context).access, context.dialect
    refresh = dialect.new_refresh_token() if refreshed and dialect.refreshes(context.app) else ""
    return {
        "token_type": dpop.token_type(context),
        "access_token": _secret(context, user, scopes, life, refresh),
        "expires_in": life,
        **({"refresh_token": refresh} if refresh else {}),
        "scope": " ".join(scopes),
    }


def _secret(
    context: Context,
    user: str,
    scopes: list[str],
    life: int,
    refresh: str = "",
    counter: int = 0,
    actor: str = "",
) -> str:
    """An access token's: what it says, or nothing but a secret."""
    told = context.dialect.readable_token(context, user, scopes, life, actor)
    return told or context.dialect.new_access_token(refresh, counter)


def _authorization(record: Code | Token, issued_at: float) -> Authorization:
    return Authorization(
        id=record.authorization,
        appid=record.appid,
        user=record.user,
        scopes=record.scopes,
        grant=record.grant,
        issued_at=issued_at,
        flow=record.flow,
        claims=record.claims.get("userinfo", []) if isinstance(record, Code) else record.claims,
    )


def _write(
    context: Context,
    authorization: Authorization,
    token: dict[str, Any],
    scopes: list[str],
    login: Code | Token | None = None,
) -> None:
    """What ``_pair`` made: the access token with ``scopes``, the refresh token with all that was authorized. ``login``
    knows when and where the user logged in."""
    life, secret = _lifetimes(context), str(token.get("refresh_token", ""))
    access = _token(context, authorization, "access", token["access_token"], life.access, scopes)
    access.jkt = dpop.jkt(context)
    refresh = None
    if secret:
        access.access = digest(secret)
        refresh = _token(context, authorization, "refresh", secret, life.refresh, authorization.scopes)
        refresh.access = digest(token["access_token"])
        refresh.access_expires_at = access.expires_at
        refresh.claims = authorization.claims
        if context.app is not None and context.app.public:
            refresh.jkt = access.jkt  # others prove themselves (RFC 9449 §5)
        if login is not None:
            refresh.auth_time, refresh.sid = login.auth_time, login.sid
    ends_with = login.sid if login is not None and logins.ends(context, login) else ""
    context.services.store.issue(
        context.world,
        authorization,
        token["access_token"],
        access,
        secret,
        refresh,
        context.now,
        ends_with,
        context.draft.begun,
    )


def _lifetimes(context: Context) -> Ttl:
    assert context.app is not None
    return lifetimes(context.app, context.services.settings)


def _token(
    context: Context, authorization: Authorization, kind: str, secret: str, life: int, scopes: list[str]
) -> Token:
    return Token(
        kind=kind,
        appid=authorization.appid,
        user=authorization.user,
        scopes=scopes,
        authorization=authorization.id,
        grant=authorization.grant,
        issued_at=context.now,
        expires_at=context.now + life,
        flow=authorization.flow,
        hint=secret[-4:],
    )


def _same_again(context: Context, credential: TokenCredential, scopes: list[str]) -> dict[str, Any]:
    """WeChat: while the access token lives, the same one with its time set anew; afterwards the next one."""
    store, record, raw = context.services.store, credential.record, credential.raw
    life = _lifetimes(context).access
    counter = record.counter if context.now < record.access_expires_at else record.counter + 1
    for _ in range(MOST_TRIES):
        secret = _secret(context, record.user, scopes, life, credential.secret, counter)
        access = msgspec.structs.replace(
            record,
            kind="access",
            scopes=scopes,
            issued_at=context.now,
            expires_at=context.now + life,
            hint=secret[-4:],
            counter=0,
            access=digest(credential.secret),
            access_expires_at=0.0,
            jkt=dpop.jkt(context),
        )
        after = msgspec.structs.replace(
            record, counter=counter, access=digest(secret), access_expires_at=access.expires_at
        )
        outcome = store.renew(context.world, credential.secret, raw, after, secret, access, context.now)
        if outcome == "renewed":
            break
        if outcome == "revoked":
            counter += 1
            continue
        batch = store.batch()
        live, _spent = store.peek_once(batch, context.world, "refresh", credential.secret)
        batch.run()
        fresh = decode(Token, live.value)
        if fresh is None:
            raise refusal(InvalidGrantError, "refresh_unknown")
        raw, record, counter = live.value, fresh, fresh.counter
        if fresh.access == digest(secret):
            break  # somebody else renewed to the very same token a moment ago
    return {
        "token_type": dpop.token_type(context),
        "access_token": secret,
        "expires_in": life,
        "refresh_token": credential.secret,
        "scope": " ".join(scopes),
    }
