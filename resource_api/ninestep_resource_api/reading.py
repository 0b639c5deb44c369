"""What a protected call needs from Redis, in two round trips: the token's whereabouts, then everything at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ninestep import faults
from ninestep.clock import now
from ninestep.dialects import policy
from ninestep.records import TOWN, App, Authorization, Fault, Grant, Token, User
from ninestep.store import Store
from ninestep.trace import Draft
from ninestep.trace.vocabulary import ENDPOINT_OF


@dataclass
class Call:
    """One protected call: the token that came, and what its validity depends on."""

    store: Store
    draft: Draft
    secret: str
    world: str = ""
    app: App | None = None
    user: User | None = None
    token: Token | None = None
    authorization: Authorization | None = None
    grant: Grant | None = None
    faulty: bool = False  # a fault is armed for what is asked
    now: float = 0.0


class Refused(Exception):
    """``reason``: the neutral one, which each dialect says in its own words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(store: Store, draft: Draft, secret: str) -> Call:
    call = Call(store, draft, secret)
    batch = store.batch()
    pointer, town = store.find_token(batch, secret), store.read_clock(batch)
    batch.run()
    call.now = now(town.value, None)
    if not secret or not pointer.value:
        draft.world = TOWN
        return call
    world, appid, uid, authorization_id, _ = pointer.value
    call.world = world
    batch = store.batch()
    app, clock = store.read_app(batch, world, appid), store.read_clock(batch, world)
    token = store.read_access(batch, world, secret)
    faulty = store.read_armed(batch, world, appid, ENDPOINT_OF[draft.name])
    authorization = store.read_authorization(batch, world, authorization_id)
    grant = store.read_grant(batch, world, appid, uid)
    user: Callable[[], User | None] = store.see_user(batch, world, uid)
    batch.run()
    call.app, call.token, call.user = app.value, token.value, user()
    call.authorization, call.grant, call.faulty = authorization.value, grant.value, faulty.value
    call.now = now(town.value, clock.value)
    draft.world, draft.app, draft.user, draft.at = world, appid, uid, call.now
    draft.flow = call.token.flow if call.token else ""
    if call.app is not None:
        draft.reveal = bool(policy(call.app, "reveal"))
    return call


def due(call: Call, dialect: str) -> Fault | None:
    """The fault to render instead of an answer, or None. Another dialect's call does not use it up."""
    app, endpoint = call.app, ENDPOINT_OF[call.draft.name]
    if app is None or app.dialect != dialect:
        return None
    return faults.due(call.store, call.draft, call.world, app.appid, endpoint, armed=call.faulty)
