"""An official account of the tutorial that sends browsers to log in."""

from __future__ import annotations

from typing import Any

import requests
from browser import Browser

CALLBACK = "http://127.0.0.1/callback"


class Site:
    """A tutorial app that asks, and a way to start at it."""

    def __init__(self, world: Any, **fields: Any) -> None:
        self.town, self.world = world.town, world
        defaults: dict[str, Any] = {
            "name": "美团",
            "dialect": "wechat",
            "kind": "official_account",
            "fidelity": "tutorial",
        }
        self.app = world.new_app(**{**defaults, "redirect_uris": [CALLBACK], **fields})

    def start(self, browser: Browser, scope: str = "snsapi_userinfo", state: str = "s") -> requests.Response:
        return browser.get(
            f"{self.town.provider}/connect/oauth2/authorize",
            appid=self.app["appid"],
            redirect_uri=CALLBACK,
            response_type="code",
            scope=scope,
            state=state,
        )

    def login_page(self, browser: Browser, **options: str) -> requests.Response:
        return browser.follow(self.start(browser, **options))

    def consent_page(self, browser: Browser, persona: str = "zhangsan", **options: str) -> requests.Response:
        page = self.login_page(browser, **options)
        return browser.follow(browser.submit(page, persona=persona))
