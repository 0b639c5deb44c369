"""Pushed authorization requests (RFC 9126): what a client sent beforehand over the back channel, and the browser
carries only a name of.

The name is good for the client that pushed, for ``LIFE`` seconds of the world's time, and for one answer. A reload of a
page spends nothing (RFC 9126 §4 lets users do that); the answer is taken where the code is about to be made.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from ninestep.digest import fresh_id
from ninestep.records import AuthRequest

from .authorization import require
from .server import Context

PREFIX = "urn:ietf:params:oauth:request_uri:"  # RFC 9126 §2.2
LIFE = 90  # seconds


def push(context: Context, wanted: AuthRequest) -> str:
    """The request_uri of a request that was validated."""
    reference = fresh_id() + fresh_id()
    context.services.store.push_request(msgspec.structs.replace(wanted, pushed=True), reference, LIFE)
    return PREFIX + reference


def named(context: Context, params: Mapping[str, str]) -> AuthRequest | None:
    """The pushed request that ``params`` name; None where they name none. Raises Refused: without a redirect, as
    nothing in such a request says where to (RFC 9126 §4, RFC 9101 §6.3)."""
    name, app, store = params.get("request_uri", ""), context.app, context.services.store
    if not name.startswith(PREFIX) or app is None:
        return None
    # RFC 9101 §5: one of the two, never both
    require(context, "no request object", "request" not in params, "request_object", "")
    found = store.pushed_request(app.world, name.removeprefix(PREFIX))
    _require(context, "request_uri known", found is not None, "request_uri_unknown")
    assert found is not None
    _require(context, "request_uri belongs to the client", found.appid == app.appid, "request_uri_foreign")
    context.draft.flow = found.flow
    age = f"{context.now - found.created_at:.0f} s of {LIFE} s"
    _require(
        context, "request_uri not expired", context.now < found.created_at + LIFE, "request_uri_expired", age
    )
    live = store.unanswered(found.world, found.rid)
    _require(context, "request not answered before", live, "already_answered")
    return found


def check(context: Context, wanted: AuthRequest, pushed: AuthRequest | None) -> AuthRequest:
    """``wanted``, validated as any other, and one with what was pushed. Raises Refused, towards the client."""
    if pushed is not None:
        return msgspec.structs.replace(wanted, rid=pushed.rid, pushed=True, subjects=pushed.subjects)
    back, state = wanted.redirect_uri, wanted.state
    if "request_uri" in wanted.params:
        detail = wanted.params["request_uri"].partition(":")[0]
        error = "request_uri_not_supported"
        require(
            context, "request_uri is the town's", False, "request_uri", state, detail, back=back, error=error
        )
    if context.app is not None and context.dialect.wants_pushed(context.app):
        require(context, "request pushed before", False, "request_not_pushed", state, back=back)
    return wanted


def _require(context: Context, name: str, ok: bool, reason: str, detail: str = "") -> None:
    require(context, name, ok, reason, "", detail, error="invalid_request_uri")
