"""The device authorization endpoint (RFC 8628 §3.1, §3.2): a client without a browser asks for a code to show."""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint as Base
from ninestep.digest import fresh_id
from ninestep.oauth.grant_types import DEVICE
from ninestep.records import Device
from ninestep.trace.vocabulary import OK

from . import authorization, devices
from .server import Context, Request, Server

PLACE = "/device"  # behind the dialect's prefix: where its user types the code
HEADERS = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]


class DeviceAuthorizationEndpoint(Base):
    server: Server

    def create_endpoint_response(self, request: Request) -> tuple[int, dict[str, Any], Any]:
        context = request.context
        context.draft.flow = fresh_id()
        self.CLIENT_AUTH_METHODS = context.dialect.auth_methods
        client = self.authenticate_client(request)
        if not client.check_grant_type(DEVICE):
            raise UnauthorizedClientError()
        scope = client.get_allowed_scope(request.payload.scope)
        if scope is None:
            raise InvalidScopeError()
        device_code, device = devices.start(context, scope.split())
        _answer_beforehand(self.server, context, devices.name_of(device_code), device)
        place = context.services.settings.provider_url + context.dialect.prefix + PLACE
        user_code = devices.shown(device.user_code)
        answer = {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": place,
            "verification_uri_complete": f"{place}?user_code={user_code}",
            "expires_in": devices.LIFE,
            "interval": device.interval,
        }
        return 200, answer, HEADERS


def _answer_beforehand(server: Server, context: Context, name: str, device: Device) -> None:
    """What was armed, or what the app's consent mode gives, is the device's answer at its birth."""
    wanted, draft = devices.request_of(context, name, device), context.draft
    try:
        authorization.beforehand(server, context, wanted)
    except authorization.Refused:  # a user whom nobody knows, or who may not: its check tells why
        devices.deny(context, wanted)
    # Whatever the answer: what was asked for here was codes.
    draft.outcome, draft.error, draft.steps = OK, "", None
