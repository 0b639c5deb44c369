"""The bytes of QQ's answers: JSON alone, JSON in a callback, and a query string (wire.md E.2, E.3, §8.2)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

HTML = "text/html"  # the OAuth endpoints: one client parses nothing else as text
JSON = "application/json; charset=utf-8"  # the API

PROFILE_FIELDS = (
    *("ret", "msg", "is_lost", "nickname", "gender", "gender_type", "province", "city", "year"),
    *("constellation", "figureurl", "figureurl_1", "figureurl_2", "figureurl_qq_1", "figureurl_qq_2"),
    *("figureurl_qq", "figureurl_type", "is_yellow_vip", "vip", "yellow_vip_level", "level"),
    "is_yellow_year_vip",
)


def bare(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def callback(document: dict[str, Any]) -> bytes:
    """To the byte: clients cut ten characters from the front and three from the end (wire.md §0.3 fact 6)."""
    return b"callback( " + bare(document) + b" );\n"


def query(document: dict[str, Any]) -> bytes:
    """In the order given: clients take items by position (wire.md §0.3 fact 7)."""
    return urlencode(document).encode()
