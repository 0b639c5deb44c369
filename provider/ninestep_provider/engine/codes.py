"""Authorization codes: written when a user said yes, spent by the first redeemer and by nobody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidGrantError
from ninestep.dialects.lifetimes import lifetimes
from ninestep.digest import fresh_id
from ninestep.records import App, Code, User, decode

from . import dpop, logins
from .checks import refusal
from .models import CodeCredential

if TYPE_CHECKING:
    from ..services import Services
    from .dialect import Dialect
    from .server import Context


@dataclass
class Approval:
    """A user's yes: to which scopes, and what travels beside the code in the redirect."""

    user: User
    scopes: list[str]
    params: dict[str, str] = field(default_factory=dict)
    beside: list[tuple[str, str]] = field(default_factory=list)
    auth_time: float = 0.0  # when the user logged in, in the world's time; 0: now
    sid: str = ""  # of which login; "" where there was no browser


def write(context: Context, approval: Approval, *, carried: bool = True) -> str:
    """Remember the consent and lay down a fresh code for it; returns the code."""
    app = context.app
    assert app is not None
    dialect, store = context.dialect, context.services.store
    life = lifetimes(app, context.services.settings).code
    code = dialect.new_code()
    record = Code(
        appid=app.appid,
        user=approval.user.uid,
        scopes=approval.scopes,
        redirect_uri=approval.params.get("redirect_uri", ""),
        issued_at=context.now,
        expires_at=context.now + life,
        flow=context.draft.flow,
        authorization=fresh_id(),
        code_challenge=approval.params.get("code_challenge", ""),
        code_challenge_method=approval.params.get("code_challenge_method", ""),
        nonce=approval.params.get("nonce", ""),
        auth_time=approval.auth_time or context.now,
        sid=approval.sid,
        jkt=approval.params.get("dpop_jkt", "") if dialect.binds_keys and carried else "",
        claims=dialect.asked_claims(app, approval.params),
        carried=carried,
        grant="",
    )
    begun = context.draft.begun if logins.ends(context, record) else 0.0
    store.approve(app.world, code, record, context.now, life, begun=begun)
    context.draft.user = approval.user.uid
    return code


def spend(context: Context, credential: CodeCredential) -> User:
    """Take the code. Whoever comes second is told that it was used; what the first got is revoked (RFC 6749 §4.1.2).
    Where it ends with a login, it is taken only while that lasts."""
    record, store = credential.record, context.services.store
    dpop.require_key(context, record.jkt)
    dpop.spend(context)
    batch = store.batch()
    bound = logins.bound(context, record)
    taken = store.take_later(batch, context.world, "code", credential.secret, fresh_id(), authorization=bound)
    user = store.see_user(batch, context.world, record.user)
    batch.run()
    logins.require_lasting(context, bound, taken.value)
    if not context.checks.make("code spent by this request", taken.value.outcome == "taken", "code_used"):
        if taken.value.outcome == "spent" and context.dialect.revokes_on_replay:
            context.revoke_authorization(record.authorization)
        raise refusal(InvalidGrantError, "code_used" if taken.value.outcome == "spent" else "code_unknown")
    owner = user()
    context.checks.require("user known", owner is not None, InvalidGrantError, "code_unknown")
    assert owner is not None
    return owner


def at_once(context: Context, approval: Approval) -> tuple[CodeCredential, User]:
    """A code that nobody carries, spent as it is laid down: what hangs on it has its authorization and its consent like
    any other."""
    credential = written(context, write(context, approval, carried=False))
    return credential, spend(context, credential)


def written(context: Context, code: str) -> CodeCredential:
    """A code that was just laid down, as the store completed it."""
    batch = context.services.store.batch()
    live, _ = context.services.store.peek_once(batch, context.world, "code", code)
    batch.run()
    record = decode(Code, live.value)
    assert record is not None
    return CodeCredential(code, record, context.dialect)


def mint(
    services: Services, dialect: Dialect, app: App, user: User, scopes: list[str], *, redirect_uri: str = ""
) -> tuple[str, int]:
    """A code without a browser, as the control API gives it: (code, seconds it lives)."""
    from .server import Context

    draft = services.recorder.draft()
    draft.flow = fresh_id()
    context = Context(services, dialect, draft, app, services.store.now(app.world))
    scopes = dialect.with_items(app, scopes)
    code = write(context, Approval(user, scopes, {"redirect_uri": redirect_uri}))
    return code, lifetimes(app, services.settings).code
