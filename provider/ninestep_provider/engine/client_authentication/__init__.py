"""How a client proves itself (RFC 6749 §2.3, OpenID Connect Core §9): one way per request, and the one it registered.

``basic``            client_id and secret in the Authorization header
``private_key_jwt``  an assertion that the client signed (RFC 7523 §2.2)
``unproven``         no proof at all: a public client

The secret in the body is Authlib's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc6749.authenticate_client import ClientAuthentication

from . import basic, private_key_jwt, unproven

if TYPE_CHECKING:
    from ..models import Client
    from ..server import Request

STRANGERS = ("client_unknown", "client_disabled", "client_banned")


def authenticate(
    query_client: Callable[[str], Client | None], request: Request, methods: list[str], endpoint: str
) -> Client:
    """The client, by the way that it took if that is among ``methods``. Raises InvalidClientError."""
    way = _taken(request)
    # who knows no such way looks at what else there is; an assertion was seen already
    allowed = [way] if way in methods else [method for method in methods if method != private_key_jwt.METHOD]
    ways: Any = ClientAuthentication(query_client)
    ways.register("client_secret_basic", basic.authenticate)
    ways.register("none", unproven.authenticate)
    ways.register(private_key_jwt.METHOD, private_key_jwt.authenticate)
    try:
        client: Client = ways(request, allowed, endpoint)
    except InvalidClientError as error:
        if not request.context.checks.failed:  # Authlib found nothing to look at
            if request.form.get("client_id"):
                request.context.checks.make("client authentication method", False, "secret_missing")
            else:
                request.context.checks.make("client_id given", False, "client_missing")
        known = request.context.checks.failed not in STRANGERS
        if known and "client_secret_basic" in methods:
            error.status_code = 401  # RFC 6749 §5.2: a must with the header, and so with the other ways too
        raise
    return client


def _taken(request: Request) -> str:
    """The way that the request takes: who sends a proof that does not hold is not let in without one."""
    try:
        header = basic.credentials(request.headers)
    except basic.Unreadable:
        header = None
    if private_key_jwt.sent(request.form):
        return private_key_jwt.METHOD
    if header and header[1]:
        return "client_secret_basic"
    return "client_secret_post" if request.form.get("client_secret") else "none"
