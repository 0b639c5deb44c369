"""Devices that wait (RFC 8628): begun by their client, answered once by a user at a browser of their own."""

from __future__ import annotations

import secrets
import unicodedata
from typing import TYPE_CHECKING

import msgspec
from ninestep.digest import digest, fresh_id
from ninestep.records import AuthRequest, Device, User

from . import logins

if TYPE_CHECKING:
    from .server import Context

LIFE, INTERVAL = 600, 5  # seconds
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # RFC 8628 §6.1: no vowels, so no words, and no digits to take them for
LENGTH = 8


def start(context: Context, scopes: list[str]) -> tuple[str, Device]:
    """A device that waits from now on, and the device_code that is its client's alone."""
    app = context.app
    assert app is not None
    device_code = secrets.token_urlsafe(32)
    while True:
        device = Device(
            appid=app.appid,
            user_code="".join(secrets.choice(LETTERS) for _ in range(LENGTH)),
            scopes=scopes,
            started_at=context.now,
            expires_at=context.now + LIFE,
            flow=context.draft.flow,
            authorization=fresh_id(),
            interval=INTERVAL,
            grant="",
        )
        if context.services.store.save_device(app.world, device_code, device, LIFE):
            return device_code, device


def request_of(context: Context, name: str, device: Device) -> AuthRequest:
    """The question that a device puts to its user, as the login and consent pages know it. Nothing of it comes from the
    browser, and no redirect answers it."""
    return AuthRequest(
        rid=fresh_id(),
        world=context.world,
        appid=device.appid,
        dialect=context.dialect.name,
        params={"client_id": device.appid, "user_code": shown(device.user_code)},
        redirect_uri="",
        scopes=device.scopes,
        flow=device.flow,
        created_at=context.now,
        device=name,
    )


def approve(context: Context, request: AuthRequest, user: User, scopes: list[str]) -> None:
    """The user's yes, remembered as a consent; nothing but a record of it where somebody answered before."""

    def change(device: Device) -> Device:
        if device.state_at(context.now) != "pending":
            return device
        since = context.auth_time or context.now
        answer = {"user": user.uid, "answer": request.rid, "auth_time": since, "sid": context.sid}
        after = msgspec.structs.replace(device, state="approved", scopes=scopes, **answer)
        if logins.ends(context, after):
            batch = store.batch()
            store.tie_to_login(batch, request.world, after.sid, after.authorization, context.draft.begun)
            batch.run()
        return after

    store = context.services.store
    context.draft.user = user.uid
    done = store.approve_device(request.world, request.device, change, context.now)
    _first(context, request, done)


def deny(context: Context, request: AuthRequest) -> None:
    """The user's no."""

    def change(device: Device) -> Device:
        if device.state_at(context.now) != "pending":
            return device
        return msgspec.structs.replace(device, state="denied", user=context.draft.user, answer=request.rid)

    _first(context, request, context.services.store.change_device(request.world, request.device, change))


def _first(context: Context, request: AuthRequest, done: Device | None) -> None:
    draft = context.draft
    first = done is not None and done.answer == request.rid
    if not context.checks.make("device not answered before", first, "device_answered"):
        draft.steps = (0, 0)
        draft.refuse("device_answered")
    elif draft.name in ("device.entered", "login.submitted"):
        draft.steps = (3, 4)  # an answer that needed no page of its own


def name_of(device_code: str) -> str:
    """How its record is called."""
    return digest(device_code)


def shown(user_code: str) -> str:
    """WDJB-MJHT: as a screen has it."""
    return f"{user_code[: LENGTH // 2]}-{user_code[LENGTH // 2 :]}"


def typed(text: str) -> str:
    """What somebody typed, as it is kept: in any case and width, with or without hyphen and blanks (RFC 8628 §6.1)."""
    return "".join(c for c in unicodedata.normalize("NFKC", text[:64]).upper() if c.isalnum())
