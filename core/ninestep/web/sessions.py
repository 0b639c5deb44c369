"""Server-side sessions on the shared Redis; the cookie's value is kept only as a hash.

Each service has its own cookie name, because cookies ignore ports. Nothing single-use lives in a session.
"""

from __future__ import annotations

import time
import warnings
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, g, session
from flask_session.redis import RedisSessionInterface

from ..digest import digest
from ..store import RedisError, Store
from . import health

LIFE = timedelta(days=7)
FILES = "/assets/"


class HashedSessionInterface(RedisSessionInterface):
    """Flask-Session, with the session id hashed before it becomes a key."""

    def _get_store_id(self, sid: str) -> str:
        return str(self.key_prefix) + digest(sid)

    def open_session(self, app: Flask, request: Request) -> Any:
        """None where a browser's cookie may not make an answer wait for Redis: health, and the files of pages."""
        g.begun = time.time()
        without = request.path in health.PATHS or request.path.startswith(FILES)
        return None if without else super().open_session(app, request)

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        if session is None or g.get("session_lost"):  # the answer says so already
            return
        try:
            super().save_session(app, session, response)
        except RedisError:
            g.session_lost = True  # the page that tells of it shall not wait for the same
            raise


def init_app(app: Flask, store: Store, cookie: str, *, secure: bool) -> None:
    app.config.update(
        SESSION_COOKIE_NAME=cookie,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LIFE,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a cluster client is no redis.Redis, and works
        interface = HashedSessionInterface(
            app,
            store.redis,
            key_prefix=f"{store.keys.prefix}:session:{cookie}:",
            permanent=False,
            serialization_format="json",
        )
    interface.client = store.redis
    app.session_interface = interface


def write(app: Flask) -> None:
    """Before the answer is made, for what may not be seen in another request before the session is."""
    app.session_interface.save_session(app, session, app.response_class())


def renew(app: Flask) -> None:
    """A new session id, as after every login (session fixation)."""
    if session:
        app.session_interface.regenerate(session)  # type: ignore[attr-defined]
