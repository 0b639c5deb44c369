"""How the answer of an authorization travels (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post
Response Mode): ``query`` for a code, ``fragment`` with any token, unless the request asks for another."""

from __future__ import annotations

from collections.abc import Mapping

from ninestep.records import AuthRequest

from ...engine.authorization import require
from ...engine.server import Context

QUERY, FRAGMENT, FORM_POST = "query", "fragment", "form_post"
TOKENS = {"token", "id_token"}
MODES = (QUERY, FRAGMENT, FORM_POST)


def mode(params: Mapping[str, str]) -> str:
    """An error about the mode itself travels in the usual one."""
    asked = params.get("response_mode", "")
    return asked if asked in MODES and not _exposes(params) else _usual(params)


def check(context: Context, wanted: AuthRequest) -> None:
    """Raises Refused, towards the client: its redirect_uri is known to be good by now."""
    asked = wanted.params.get("response_mode", "")
    if not asked:
        return
    good = asked in MODES and not _exposes(wanted.params)
    detail, back = asked[:64], wanted.redirect_uri
    require(context, "response_mode understood", good, "response_mode", wanted.state, detail, back=back)


def _usual(params: Mapping[str, str]) -> str:
    return FRAGMENT if TOKENS & set(params.get("response_type", "").split()) else QUERY


def _exposes(params: Mapping[str, str]) -> bool:
    """A token in a query would stand in every log on its way (Multiple Response Types §3, RFC 9700 §4.3.2)."""
    return params.get("response_mode") == QUERY and _usual(params) == FRAGMENT
