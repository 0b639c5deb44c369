"""RFC 8628 §3.4, §3.5: a device asks again and again, until its user has answered. Its code is spent once."""

from __future__ import annotations

from typing import Any

import msgspec
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.errors import AccessDeniedError
from authlib.oauth2.rfc8628 import (
    AuthorizationPendingError,
    DeviceCodeGrant,
    ExpiredTokenError,
    SlowDownError,
)
from ninestep.digest import fresh_id
from ninestep.oauth.grant_types import DEVICE
from ninestep.records import Code, Device, User, decode
from ninestep.store.devices import DEVICE_CODE

from .. import devices, dpop, logins, tokens
from ..checks import refusal
from ..models import CodeCredential
from ..server import Request
from .proving import ByDialect

PENDING, SLOW_DOWN = "authorization_pending", "slow_down"
MORE = 5  # seconds by which the interval grows (§3.5)
LEEWAY = 0.5  # seconds: a timer of the client that keeps its pace, on a network that does not


class DeviceGrant(ByDialect, DeviceCodeGrant):
    GRANT_TYPE = DEVICE
    request: Request

    def validate_token_request(self) -> None:
        form, checks = self.request.form, self.request.context.checks
        checks.require("device_code given", "device_code" in form, InvalidRequestError, "device_code_missing")
        self.secret = form["device_code"]
        super().validate_token_request()

    def query_device_credential(self, device_code: str) -> _Waiting:
        context = self.request.context
        checks, (live, spent) = context.checks, context.sent(DEVICE_CODE)
        appid = context.app.appid if context.app else ""
        used = decode(Device, spent) if live is None else None
        if used is not None and used.appid == appid:
            context.draft.steps = (5, 6)
            checks.make("device code not used", False, "code_used")
            raise self._used(used)
        device = decode(Device, live)
        checks.require("device code known", device is not None, InvalidGrantError, "code_unknown")
        assert device is not None
        own = device.appid == appid
        checks.require("device code belongs to the client", own, InvalidGrantError, "code_foreign")
        checks.make("device code not used", True, "code_used")
        return _Waiting(device)

    def validate_device_credential(self, credential: _Waiting) -> User:
        context, device = self.request.context, credential.device
        checks, draft = context.checks, context.draft
        draft.steps = (5, 6)
        age = f"{context.now - device.started_at:.0f} s"
        alive = context.now < device.expires_at
        checks.require("device code not expired", alive, ExpiredTokenError, "device_expired", age)
        if device.state == "pending":
            device = credential.device = self._polled(device)
        checks.require("user agreed", device.state == "approved", AccessDeniedError, "user_denied")
        return self._user(device)

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        """Everything was checked: here the code is spent, and what is minted afterwards is its only token."""
        context, store = self.request.context, self.request.context.services.store
        device: Device = self.request.credential.device
        dpop.spend(context)
        bound = logins.bound(context, device)
        taken = store.take(context.world, DEVICE_CODE, self.secret, fresh_id(), authorization=bound)
        logins.require_lasting(context, bound, taken)
        if not context.checks.make(
            "device code spent by this request", taken.outcome == "taken", "code_used"
        ):
            raise self._used(device)
        self.request.authorization_code = CodeCredential(self.secret, _as_code(device), context.dialect)
        token = tokens.mint(self.request)
        tokens.issue(self.request, token)
        return 200, token, self.TOKEN_RESPONSE_HEADER

    def _polled(self, before: Device) -> Device:
        """The device as this poll finds it. Raises where it has to go on waiting; of many such polls only those are
        recorded that are told something new."""
        context = self.request.context

        def change(device: Device) -> Device:
            if device.state != "pending":
                return device
            hasty = device.polled_at is not None and context.now < device.polled_at + device.interval - LEEWAY
            interval = device.interval + MORE * hasty
            told = SLOW_DOWN if hasty else PENDING
            return msgspec.structs.replace(device, polled_at=context.now, interval=interval, told=told)

        name, raw = devices.name_of(self.secret), context.sent(DEVICE_CODE)[0]
        after = context.services.store.change_device(context.world, name, change, raw)
        if after is None:  # another poll of the same device was faster, and has its token
            context.checks.make("device code not used", False, "code_used")
            raise self._used(before)
        if after.state != "pending":
            return after
        context.draft.steps = (0, 0)
        if after.told == before.told:
            context.draft.name = ""
        hasty = after.told == SLOW_DOWN
        detail = f"{after.interval} s from now on" if hasty else f"{after.interval} s"
        context.checks.require("device keeps its interval", not hasty, SlowDownError, SLOW_DOWN, detail)
        raise refusal(AuthorizationPendingError, PENDING)

    def _user(self, device: Device) -> User:
        """Who agreed, if they are still there and have not taken it back meanwhile."""
        context = self.request.context
        batch = context.services.store.batch()
        grant = context.services.store.read_grant(batch, context.world, device.appid, device.user)
        seen = context.services.store.see_user(batch, context.world, device.user)
        batch.run()
        kept = grant.value is not None and grant.value.id == device.grant
        context.checks.require("consent still given", kept, InvalidGrantError, "consent_withdrawn")
        user = seen()
        known = user is not None and not user.deleted
        context.checks.require("user known", known, InvalidGrantError, "code_unknown")
        assert user is not None
        return user

    def _used(self, device: Device) -> Exception:
        """As with a code (RFC 6749 §4.1.2): what the first one got is revoked."""
        context = self.request.context
        if context.dialect.revokes_on_replay:
            context.revoke_authorization(device.authorization)
        return refusal(InvalidGrantError, "code_used")


class _Waiting:
    """A device that was found, as Authlib asks for it."""

    def __init__(self, device: Device) -> None:
        self.device = device

    def get_client_id(self) -> str:
        return self.device.appid


def _as_code(device: Device) -> Code:
    """What an answered device stands for: the same as a code that was never carried."""
    return Code(
        appid=device.appid,
        user=device.user,
        scopes=device.scopes,
        redirect_uri="",
        issued_at=device.started_at,
        expires_at=device.expires_at,
        flow=device.flow,
        authorization=device.authorization,
        auth_time=device.auth_time,
        sid=device.sid,
        grant=device.grant,
    )
