"""OpenID Connect Back-Channel Logout 1.0: who knows of a login is told that it has ended, server to server.

A browser does not wait for it. Each message is an exchange of its own, in the flow of the login that it ends; a client
that does not take it is told there, and nobody tries again (§2.8 leaves it to the server).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from urllib.parse import urlencode

from ninestep.dialects import policy
from ninestep.digest import fresh_id
from ninestep.records import App
from ninestep.store.logins import Told
from ninestep.trace import Draft
from ninestep.trace.http import EXCHANGE_HEADER

from ...jose.logout_token import logout_token
from ...services import Services
from . import posting

FORM = "application/x-www-form-urlencoded"
AT_ONCE = 4


def tell_later(services: Services, app: App, told: Told, sid: str) -> None:
    """Nobody has to wait for the client's answer."""
    if app.backchannel_logout_uri:
        _pool().submit(tell, services, app, told, sid)


def tell(services: Services, app: App, told: Told, sid: str = "") -> int:
    """The client's HTTP status, 0 for none; recorded."""
    draft = services.recorder.draft()
    flow = told.flow or fresh_id()
    draft.begin("logout.told", world=app.world, app=app.appid, flow=flow, user=told.user)
    draft.at, draft.reveal = services.store.now(app.world), bool(policy(app, "reveal"))
    body = urlencode({"logout_token": logout_token(services, app, told.user, sid)})
    status = _post(draft, app.backchannel_logout_uri, body)
    services.recorder.write(draft)
    return status


def _post(draft: Draft, url: str, body: str) -> int:
    from http.client import HTTPException

    headers = {"Content-Type": FORM, EXCHANGE_HEADER: draft.exchange}
    draft.asked("POST", url, list(headers.items()), body)
    try:
        status, told = posting.post(url, body, headers)
    except (OSError, HTTPException, ValueError):
        draft.fail("server_error")
        return 0
    finally:
        draft.stop()
    draft.answered(status, told, "")  # what it says beside its status is nobody's business
    if status not in (200, 204):  # §2.8
        draft.refuse("not_taken")
    return status


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="backchannel-logout")
