"""An app on somebody's own machine (RFC 8252)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from standard_client import PKCE, VERIFIER, Client

LOOPBACK = "http://127.0.0.1/cb"
SIX = "http://[::1]/cb"
SCHEME = "com.example.app:/cb"


class Native(Client):
    """An app on somebody's own machine: public, so with PKCE."""

    def __init__(self, world: Any, *uris: str, **fields: Any) -> None:
        super().__init__(world, **{"kind": "native", **fields})
        change = {"redirect_uris": list(uris or (LOOPBACK, SIX, SCHEME))}
        self.app = self.town.api("PATCH", f"/apps/{self.app['appid']}", change)

    def back_at(self, uri: str, **asked: Any) -> dict[str, str]:
        """What comes back at ``uri``; {} where nothing does."""
        answer = self.authorize(redirect_uri=uri, **{**PKCE, **asked})
        location = answer.headers.get("Location", "")
        if answer.status_code != 302:
            assert (answer.status_code, location) == (400, "")
            return {}
        assert location.startswith(uri + ("&" if "?" in uri else "?"))
        return dict(parse_qsl(urlsplit(location).query))

    def redeem(self, code: str, uri: str) -> requests.Response:
        return self.token(code=code, redirect_uri=uri, client_secret=None, code_verifier=VERIFIER)
