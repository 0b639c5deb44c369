"""A call with a cgi-bin access_token: whose it is, and whether it holds (wire.md C.3, C.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ninestep.clock import now
from ninestep.dialects import policy
from ninestep.digest import digest
from ninestep.records import TOWN, App, CgiTokens, Fault
from ninestep.trace.http import current
from ninestep.trace.vocabulary import ENDPOINT_OF

from ....engine import faults
from ....engine.server import Context
from ....services import services
from ..manners import DIALECT
from .manner import require


@dataclass
class Call:
    """What was read with the token; ``more`` is what the endpoint wanted from the same round trip."""

    secret: str
    app: App | None = None
    tokens: CgiTokens | None = None
    ends: float = 0.0  # unless the token is replaced before
    now: float = 0.0
    faulty: bool = False
    more: Any = None


def read(secret: str, more: Any = None) -> Call:
    """Two round trips; ``more(batch, world, appid)`` reads on in the second."""
    store, draft, call = services().store, current(), Call(secret)
    draft.world = TOWN
    batch = store.batch()
    place, town = store.find_cgi_token(batch, secret), store.read_clock(batch)
    batch.run()
    call.now = now(town.value, None)
    if not secret or place.value is None:
        return call
    world, appid, space, ends = place.value
    batch = store.batch()
    app, clock = store.read_app(batch, world, appid), store.read_clock(batch, world)
    tokens = store.read_cgi_tokens(batch, world, appid, space)
    faulty = store.read_armed(batch, world, appid, ENDPOINT_OF.get(draft.name, ""))
    call.more = more(batch, world, appid) if more else None
    batch.run()
    call.app, call.tokens, call.ends, call.faulty = app.value, tokens.value, float(ends), faulty.value
    call.now = now(town.value, clock.value)
    draft.world, draft.app, draft.at = world, appid, call.now
    draft.flow = call.tokens.flow if call.tokens else ""
    draft.reveal = call.app is not None and bool(policy(call.app, "reveal"))
    return call


def due(call: Call, endpoint: str) -> Fault | None:
    context = Context(services(), DIALECT, current(), call.app, call.now, call.faulty)
    return faults.due(context, endpoint)


def verified(call: Call) -> App:
    """The mini program that the token speaks for. Refuses in the platform's order."""
    require("access_token given", bool(call.secret), "token_missing")
    app, tokens = call.app, call.tokens
    known = app is not None and not app.disabled and tokens is not None
    require("access_token known", known, "token_unknown")
    assert app is not None
    assert tokens is not None
    ends = tokens.ends(digest(call.secret))
    require("access_token not expired", call.now < call.ends, "token_expired")
    require("access_token is the latest", ends is not None and call.now < ends, "token_revoked")
    require("access_token of a mini program", app.kind == "mini_program", "token_foreign_kind")
    return app
