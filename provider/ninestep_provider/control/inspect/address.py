"""A URL, taken apart: which parameter is what, and what should not stand in an address at all (RFC 9700 §4.3)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import jwt, known

PLAIN = frozenset(  # values that are said in the open at every login
    {
        *("appid", "client_id", "response_type", "scope", "lang", "grant_type", "openid", "forcePopup"),
        *(
            "connect_redirect",
            "component_appid",
            "code_challenge_method",
            "error",
            "display",
            "prompt",
            "bizType",
        ),
    }
)
SECRETS = frozenset({"secret", "client_secret", "password", "code_verifier", "session_key"})
TOKENS = frozenset({"access_token", "refresh_token", "id_token", "token"})
MOST = 50  # parameters that are looked up


def read(value: str, world: str) -> dict[str, Any] | None:
    """None for what is no http(s) address, and no query either."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    absolute = parts.scheme in ("http", "https") and bool(parts.netloc)
    if not absolute and not value.startswith("/"):
        return None
    places = (("query", parts.query), ("fragment", parts.fragment))
    found = [
        _parameter(name, text, place, world)
        for place, raw in places
        for name, text in parse_qsl(raw, keep_blank_values=True, max_num_fields=None)[:MOST]
    ]
    return {
        "kind": "url",
        "address": f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        if absolute
        else parts.path,
        "parameters": found,
        "warnings": sorted({f"{told['name']}_in_url" for told in found if told["warn"]}),
    }


def _parameter(name: str, value: str, place: str, world: str) -> dict[str, Any]:
    warn = name in SECRETS or name in TOKENS
    found = {} if name in PLAIN or name == "redirect_uri" else jwt.read(value) or known.read(value, world)
    return {
        "name": name[:64],
        "where": place,
        "shown": _shown(name, value),
        "warn": warn,
        "found": found if found.get("kind", "unknown") != "unknown" else {},
    }


def _shown(name: str, value: str) -> str:
    if name in PLAIN:
        return value[:200]
    if name != "redirect_uri":
        return known.masked(value)
    try:
        parts = urlsplit(value)
    except ValueError:
        return known.masked(value)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:400]
