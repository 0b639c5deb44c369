"""Testers of an app that Weibo has not approved yet: under its policy ``unaudited`` only they may authorize (21321)."""

from __future__ import annotations

from typing import Any

from ..services import services
from .found import app_of, user_of
from .operation import Operations
from .paging import PAGE
from .users import listed, shown
from .users.bodies import UserAnswer


def register(operations: Operations) -> None:
    operations.add("GET", "/apps/{appid}/testers", testers, query=PAGE, answer=list[UserAnswer])
    operations.add("PUT", "/apps/{appid}/testers/{uid}", add_tester, status=201, answer=UserAnswer)
    operations.add("DELETE", "/apps/{appid}/testers/{uid}", remove_tester, status=204)


def testers(appid: str) -> Any:
    """Who tests; nobody until it is said."""
    app, store = app_of(appid), services().store
    return listed(store.testers(app.world, app.appid, store.users(app.world)))


def add_tester(appid: str, uid: str) -> Any:
    """Make a user a tester (测试用户), who may authorize the app while it waits for its approval."""
    app = app_of(appid)
    user = user_of(app.world, uid, "uid")
    services().store.set_tester(app.world, app.appid, uid, True)
    return shown(user)


def remove_tester(appid: str, uid: str) -> None:
    """No longer one; tokens that the app has of this user answer 21321 from now on."""
    app = services().store.app(appid)
    if app is not None:
        services().store.set_tester(app.world, app.appid, uid, False)
