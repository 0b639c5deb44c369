"""The access token of a call that names nothing else: with its app and whatever its validity depends on."""

from __future__ import annotations

from flask import request
from ninestep.trace.http import current

from ...engine import found_tokens
from ...engine.models import TokenCredential
from ...engine.reading import read
from ...engine.server import Context
from ...services import services
from .manners import DIALECT
from .speech import sent


class Refused(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def live_token(context: Context) -> TokenCredential:
    """A token that may still be used. Raises Refused with the neutral reason."""
    secret = request.args.get("access_token") or sent().get("access_token", "")
    draft = context.draft
    if not draft.check("access_token given", bool(secret)):
        raise Refused("parameter_missing")
    found = found_tokens.find(context, secret)
    app = context.services.store.app(found.record.appid) if found is not None else None
    ours = app is not None and app.dialect == DIALECT.name
    if not draft.check("token known", ours) or found is None:
        raise Refused("token_unknown")
    draft.world, draft.app, draft.at = found.world, found.record.appid, found.now
    draft.flow, draft.user = found.record.flow, found.record.user
    left = f"{found.record.expires_at - found.now:.0f} s left"
    if not draft.check("token not expired", not found.is_expired(), left):
        raise Refused("token_expired")
    if not draft.check("token and consent live", not found.dead, found.dead):
        raise Refused(found.dead)
    return found


def nobody() -> Context:
    """The context of a call that names no app."""
    return read(services(), DIALECT, current(), "")
