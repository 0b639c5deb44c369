"""Who is calling: the client_id of a token call, from the Basic header, the body or an assertion (RFC 6749 §2.3.1, RFC
7521 §4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .client_authentication import basic, private_key_jwt

UNREADABLE = "Basic credentials that cannot be read"


def client_id_of(headers: Any, params: Mapping[str, str]) -> tuple[str, str]:
    """(client_id or "", what is wrong with the way it was sent or "")."""
    asserted = private_key_jwt.sent(params)
    try:
        sent = basic.credentials(headers)
    except basic.Unreadable:
        return params.get("client_id", ""), UNREADABLE
    ways = [sent is not None and bool(sent[1]), bool(params.get("client_secret")), asserted]
    name = sent[0] if sent else params.get("client_id", "")
    if asserted and not name:
        name = private_key_jwt.named(params)
    if sum(ways) > 1:
        return name, "two ways to authenticate"
    if params.get("client_id", name) != name:
        return name, "two client_ids"
    return name, ""
