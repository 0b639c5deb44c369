"""Followers of an official account. Only they may authorize a 测试号 (wire.md D, page 10006)."""

from __future__ import annotations

from typing import Any

from ..services import services
from .found import app_of, user_of
from .operation import Operations
from .paging import PAGE
from .users import listed, shown
from .users.bodies import UserAnswer


def register(operations: Operations) -> None:
    operations.add("GET", "/apps/{appid}/followers", all, query=PAGE, answer=list[UserAnswer])
    operations.add("PUT", "/apps/{appid}/followers/{uid}", follow, status=201, answer=UserAnswer)
    operations.add("DELETE", "/apps/{appid}/followers/{uid}", unfollow, status=204)


def all(appid: str) -> Any:
    """Who follows: a persona does by habit (``follows``) unless it was said otherwise here."""
    app, store = app_of(appid), services().store
    return listed(store.followers(app.world, app.appid, store.users(app.world)))


def follow(appid: str, uid: str) -> Any:
    """Let a user follow the account, as by scanning its QR code."""
    app = app_of(appid)
    user = user_of(app.world, uid, "uid")
    services().store.follow(app.world, app.appid, uid, True)
    return shown(user)


def unfollow(appid: str, uid: str) -> None:
    """Let a user no longer follow it (取消关注)."""
    app = services().store.app(appid)
    if app is not None:
        services().store.follow(app.world, app.appid, uid, False)
