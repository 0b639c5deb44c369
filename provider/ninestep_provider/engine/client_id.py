"""Who is calling: the client_id of a token call, from the Basic header or from the body (RFC 6749 §2.3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749.util import extract_basic_authorization

UNREADABLE = "Basic credentials that cannot be read"


def client_id_of(headers: Any, params: Mapping[str, str]) -> tuple[str, str]:
    """(client_id or "", what is wrong with the way it was sent or "")."""
    if headers.get("Authorization", "").split(" ", 1)[0].lower() != "basic":
        return params.get("client_id", ""), ""
    try:
        basic_id, basic_secret = extract_basic_authorization(headers)
    except ValueError:  # no ASCII, or no UTF-8 behind the Base64
        basic_id, basic_secret = "", None
    if not basic_id or basic_secret is None:
        return params.get("client_id", ""), UNREADABLE
    if basic_secret and params.get("client_secret"):
        return basic_id, "two ways to authenticate"
    if params.get("client_id", basic_id) != basic_id:
        return basic_id, "two client_ids"
    return basic_id, ""
