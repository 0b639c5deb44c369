"""Light, dark, or the system's choice; remembered in a cookie and rendered as a class, so nothing flashes."""

from __future__ import annotations

from flask import Flask, Response, request

THEMES = ("auto", "light", "dark")
COOKIE = "ninestep_theme"


def current() -> str:
    wanted = request.args.get("theme") or request.cookies.get(COOKIE, "")
    return wanted if wanted in THEMES else "auto"


def init_app(app: Flask) -> None:
    @app.after_request
    def remember(response: Response) -> Response:
        if "html" in (response.content_type or "") and request.args.get("theme") in THEMES:
            response.set_cookie(
                COOKIE,
                request.args["theme"],
                max_age=31536000,
                samesite="Lax",
                httponly=True,
                secure=request.is_secure,
            )
        return response

    app.jinja_env.globals["theme"] = current
