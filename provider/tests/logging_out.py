"""A login that can be ended, and its end as a client asks for it (OpenID Connect RP-Initiated Logout §2)."""

from __future__ import annotations

from typing import Any

import requests
from standard_client import Browser, Client

BYE = "http://127.0.0.1/bye?kept=1"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


def registered(world: Any, **fields: Any) -> Client:
    return Client(world, **{"post_logout_redirect_uris": [BYE], **fields})


def logged_in(client: Client, user: str = "zhangsan") -> tuple[Browser, dict[str, Any]]:
    browser = Browser(client, user)
    code = browser.agree(browser.log_in(browser.ask()))["code"]
    return browser, dict(client.token(code=code).json())


def out(browser: requests.Session, client: Client, **params: str) -> requests.Response:
    url = f"{client.town.provider}/oauth/logout"
    return browser.get(url, params=params, allow_redirects=False, timeout=10)


def there(browser: Browser) -> bool:
    """Whether somebody is still logged in."""
    return "login_required" not in browser.ask(prompt="none").headers["Location"]
