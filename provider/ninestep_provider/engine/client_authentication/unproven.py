"""none: a public client only says who it is (RFC 6749 §3.2.1), in the body, or in a Basic header with an empty secret.

An empty secret may be left out (§2.3.1), so one that was sent proves as little: ``curl -u client:`` and oidc-agent do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from authlib.oauth2.rfc6749 import InvalidClientError
from authlib.oauth2.rfc6749.authenticate_client import authenticate_none

from . import basic

if TYPE_CHECKING:
    from ..models import Client
    from ..server import Request


def authenticate(query_client: Callable[[str], Client | None], request: Request) -> Client | None:
    try:
        sent = basic.credentials(request.headers)
    except basic.Unreadable:
        sent = None
    if sent is None or sent[1] or request.form.get("client_secret"):
        named: Client | None = authenticate_none(query_client, request)
        return named
    client = query_client(sent[0])
    if client is None:
        raise InvalidClientError(status_code=401)
    return client
