"""Pushing an authorization request, and going on with its name (RFC 9126)."""

from __future__ import annotations

from typing import Any

import requests
from standard_client import CALLBACK, Client


def push(client: Client, auth: Any = None, **changes: Any) -> requests.Response:
    asked = {
        "client_id": client.app["appid"],
        "client_secret": client.app["secret"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile",
        "state": "s",
        **changes,
    }
    if auth:
        asked.pop("client_secret")
    sent = {name: value for name, value in asked.items() if value not in (None, "")}
    return requests.post(f"{client.town.provider}/oauth/par", data=sent, auth=auth, timeout=10)


def pushed(client: Client, **changes: Any) -> str:
    answer = push(client, **changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["request_uri"])


def go(client: Client, request_uri: str, **more: Any) -> requests.Response:
    params = {"client_id": client.app["appid"], "request_uri": request_uri, **more}
    sent = {name: value for name, value in params.items() if value is not None}
    return requests.get(
        f"{client.town.provider}/oauth/authorize", params=sent, allow_redirects=False, timeout=10
    )
