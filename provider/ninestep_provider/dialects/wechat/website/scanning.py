"""What can be done with a QR code: begun by a page, scanned by one user, and answered by that user (wire.md B.2).

Each step is one compare-and-set in the store. Who confirms takes the code's place first and mints afterwards, so two
phones, or one that taps twice, never make two codes.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import msgspec
from cryptography.fernet import InvalidToken
from flask import current_app, request
from ninestep.dialects import policy
from ninestep.dialects.wechat import ids
from ninestep.digest import fresh_id
from ninestep.keyring import cipher
from ninestep.records import AuthRequest, Scan, User
from ninestep.trace.http import count, current

from ....engine import authorization
from ....engine.authorization import Outcome
from ....engine.reading import read
from ....engine.server import Context
from ....services import Services, services
from ..manners import DIALECT
from . import place
from .site import as_website


class NotYours(Exception):
    """Somebody else has scanned it (``foreign``), or its time is over (``expired``)."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def begin(context: Context, wanted: AuthRequest, outcome: Outcome | None) -> Scan:
    """A fresh code; born confirmed or denied where ``outcome`` says that nobody has to be asked."""
    app = context.app
    assert app is not None
    life = int(policy(app, "qr_life"))
    scan = Scan(
        uuid=ids.qr_uuid(),
        request=wanted,
        expires_at=context.now + life,
        hold=int(policy(app, "qr_hold")),
        page=f"{request.path}?{request.query_string.decode('utf-8', 'replace')}",
        address=request.remote_addr or "",
        browser=place.browser(request.headers.get("User-Agent", "")),
    )
    if outcome is not None and context.draft.outcome == "ok":
        code = _sealed(context.services, _code_in(outcome))
        scan = msgspec.structs.replace(scan, state="confirmed", user=context.draft.user, code=code)
    elif outcome is not None:
        scan = msgspec.structs.replace(scan, state="denied")
    context.services.store.save_scan(scan, life)
    return scan


def find(uuid: str) -> tuple[Context, Scan] | None:
    """The code, and the context of its app as it is now; None for a uuid that nobody knows, or an app that is gone."""
    parts, store = services(), services().store
    world = store.world_of_scan(uuid) if ids.is_qr_uuid(uuid) else None
    if world is None:
        return None
    batch = store.batch()
    found = store.read_scan(batch, world, uuid)
    batch.run()
    scan = found.value
    if scan is None:
        return None
    context = read(parts, DIALECT, current(), scan.request.appid)
    if context.app is None or context.app.disabled:
        return None
    context.app = as_website(context.app)
    current().learn("qr_uuid", uuid, "request")
    return context, scan


def scan(context: Context, uuid: str, user: User) -> Scan:
    """Scanned: from now on only ``user`` may answer. Raises NotYours."""

    def change(scan: Scan) -> Scan:
        return (
            scan
            if scan.state == "confirmed"
            else msgspec.structs.replace(scan, state="scanned", user=user.uid)
        )

    return _move(context, uuid, user, change)


def hand_over(context: Context, uuid: str, before: User, user: User) -> Scan:
    """The phone that scanned it is somebody else's now: what was ``before``'s to answer is ``user``'s."""

    def change(scan: Scan) -> Scan:
        theirs = scan.state == "scanned" and scan.user == before.uid
        return msgspec.structs.replace(scan, user=user.uid) if theirs else scan

    return _changed(context, uuid, change)


def deny(context: Context, uuid: str, user: User) -> Scan:
    """Refused; whoever likes may scan it again while it lives. Raises NotYours."""

    def change(scan: Scan) -> Scan:
        return (
            scan
            if scan.state == "confirmed"
            else msgspec.structs.replace(scan, state="denied", user=user.uid)
        )

    done = _move(context, uuid, user, change)
    if done.state == "denied":
        context.draft.refuse("access_denied")
        count("authorizations_denied")
    return done


def confirm(context: Context, uuid: str, user: User) -> Scan:
    """Confirmed, and the code for the page is made. Raises NotYours, and Refused where the app changed meanwhile: then
    the page gets a fresh QR code, whose request fails in its own words."""
    taker = fresh_id()

    def change(scan: Scan) -> Scan:
        if scan.state == "confirmed":
            return scan
        return msgspec.structs.replace(scan, state="confirmed", user=user.uid, taker=taker)

    done = _move(context, uuid, user, change)
    context.draft.user = user.uid
    if done.taker != taker:
        return done
    server = current_app.extensions["ninestep.server"]
    try:
        outcome = authorization.approve(server, context, done.request, user, done.request.scopes)
    except authorization.Refused:
        _replace(context, uuid, state="expired")
        raise
    count("authorizations_approved")
    return _replace(context, uuid, code=_sealed(context.services, _code_in(outcome)))


def expire(context: Context, uuid: str) -> Scan:
    """Its time is over, unless it was confirmed."""

    def change(scan: Scan) -> Scan:
        return scan if scan.state == "confirmed" else msgspec.structs.replace(scan, state="expired")

    return _changed(context, uuid, change)


def code_of(scan: Scan) -> str:
    """What the page gets; "" while it is being made, and where it was sealed with another key."""
    try:
        return (
            cipher(services().settings.session_key).decrypt(scan.code.encode()).decode() if scan.code else ""
        )
    except InvalidToken:
        return ""


def _move(context: Context, uuid: str, user: User, change: Callable[[Scan], Scan]) -> Scan:
    def allowed(scan: Scan) -> Scan:
        state = scan.state_at(context.now)
        taken = state in ("scanned", "confirmed") and scan.user != user.uid
        if state == "expired" or taken:
            raise NotYours("expired" if state == "expired" else "foreign")
        return change(scan)

    try:
        done = _changed(context, uuid, allowed)
    except NotYours as problem:
        context.checks.make("QR code not expired", problem.reason != "expired", problem.reason)
        if problem.reason == "foreign":
            context.checks.make("QR code scanned by this user", False, "foreign")
        raise
    context.checks.make("QR code not expired", True, "expired")
    context.checks.make("QR code scanned by this user", True, "foreign")
    return done


def _changed(context: Context, uuid: str, change: Callable[[Scan], Scan]) -> Scan:
    done = context.services.store.move_scan(context.world, uuid, change)
    if done is None:  # its world was emptied a moment ago
        raise NotYours("expired")
    return done


def _replace(context: Context, uuid: str, **changes: str) -> Scan:
    return _changed(context, uuid, lambda scan: msgspec.structs.replace(scan, **changes))


def _code_in(outcome: Outcome) -> str:
    return dict(parse_qsl(urlsplit(outcome.location).query))[
        "code"
    ]  # ours stands behind the redirect_uri's own


def _sealed(services: Services, code: str) -> str:
    return cipher(services.settings.session_key).encrypt(code.encode()).decode()
