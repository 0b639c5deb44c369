"""How a page looks is chosen by a query parameter and remembered in a cookie, for a year."""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, Response, request

YEAR = 31_536_000  # seconds


def remembered(app: Flask, parameter: str, cookie: str, known: Collection[str]) -> None:
    """Pages of ``app`` that were asked for with a known value of ``parameter`` set ``cookie``."""

    @app.after_request
    def remember(response: Response) -> Response:
        chosen = request.args.get(parameter, "")
        if chosen in known and "html" in (response.content_type or ""):
            response.set_cookie(
                cookie, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure
            )
        return response
