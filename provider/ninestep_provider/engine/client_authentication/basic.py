"""client_secret_basic (RFC 6749 §2.3.1): both halves are form-urlencoded before they are joined."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError

if TYPE_CHECKING:
    from ..models import Client
    from ..server import Request


class Unreadable(ValueError):
    """A Basic header that nobody can take apart."""


def credentials(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """(client_id, secret) of a Basic header, None where there is none. Raises Unreadable."""
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        joined = base64.b64decode(rest.strip(), validate=True).decode("utf-8")
        name, colon, secret = joined.partition(":")
        name, secret = unquote_plus(name, errors="strict"), unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError):  # no Base64, no ASCII, or no UTF-8 behind it
        raise Unreadable from None
    if not name or not colon:
        raise Unreadable
    return name, secret


def authenticate(query_client: Callable[[str], Client | None], request: Request) -> Client | None:
    try:
        sent = credentials(request.headers)
    except Unreadable:
        return None
    if sent is None or not sent[1]:
        return None
    client = query_client(sent[0])
    if client is None:
        raise InvalidClientError(status_code=401)
    return client if client.check_client_secret(sent[1]) else None
