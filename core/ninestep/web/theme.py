"""Light, dark, or the system's choice; remembered in a cookie and rendered as a class, so nothing flashes."""

from __future__ import annotations

from flask import Flask, request

from .choices import remembered

THEMES = ("auto", "light", "dark")
COOKIE = "ninestep_theme"


def current() -> str:
    wanted = request.args.get("theme") or request.cookies.get(COOKIE, "")
    return wanted if wanted in THEMES else "auto"


def init_app(app: Flask) -> None:
    remembered(app, "theme", COOKIE, THEMES)
    app.jinja_env.globals["theme"] = current
