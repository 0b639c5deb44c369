"""Which browser is WeChat's own: by its User-Agent, or because the phone opened it.

A window cannot be given another User-Agent, so what the phone opens is remembered in the browser's session.
"""

from __future__ import annotations

from flask import request, session

INSIDE = "wechat_browser"


def inside() -> bool:
    return "MicroMessenger" in request.headers.get("User-Agent", "") or bool(session.get(INSIDE))


def enter() -> None:
    session[INSIDE] = True


def leave() -> None:
    session.pop(INSIDE, None)
