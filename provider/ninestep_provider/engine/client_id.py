"""Who is calling: the client_id of a token call, from the Basic header or from the body (RFC 6749 §2.3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from authlib.oauth2.rfc6749.util import extract_basic_authorization


def client_id_of(headers: Any, params: Mapping[str, str]) -> tuple[str, str]:
    """(client_id or "", what is wrong with the way it was sent or "")."""
    basic_id, basic_secret = extract_basic_authorization(headers)
    if not basic_id:
        return params.get("client_id", ""), ""
    if basic_secret and params.get("client_secret"):
        return basic_id, "two ways to authenticate"
    if params.get("client_id", basic_id) != basic_id:
        return basic_id, "two client_ids"
    return basic_id, ""
