"""A client that registered itself (RFC 7591)."""

from __future__ import annotations

from typing import Any

import requests
from standard_client import CALLBACK, Client

WHO = {"redirect_uris": [CALLBACK], "client_name": "自己来的"}


def register(world: Any, body: Any = None, **changes: Any) -> requests.Response:
    sent = {**WHO, **changes} if body is None else body
    sent = (
        {name: value for name, value in sent.items() if value is not None} if isinstance(sent, dict) else sent
    )
    url = f"{world.town.provider}/oauth/register"
    return requests.post(url, json=sent, params={"world": world.name}, timeout=10)


class Registered(Client):
    """A client that knows of itself what the answer to its registration told."""

    def __init__(self, world: Any, **metadata: Any) -> None:
        self.town, self.world = world.town, world
        answer = register(world, **metadata)
        assert answer.status_code == 201, answer.text
        self.told: dict[str, Any] = answer.json()
        consent = {"consent": {"mode": "auto", "user": "zhangsan"}}
        self.app = {**self.town.api("PATCH", f"/apps/{self.told['client_id']}", consent), **self.told}
