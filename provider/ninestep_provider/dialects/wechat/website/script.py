"""``/connect/zh_CN/htmledition/js/wxLogin.js`` (wire.md B.3): our own script with the documented interface."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Response

SOURCE = Path(__file__).parents[3] / "static" / "wxLogin.js"


def script() -> Response:
    response = Response(_text(), content_type="application/javascript")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # sites load it from their own pages
    return response


@cache
def _text() -> bytes:
    return SOURCE.read_bytes()
