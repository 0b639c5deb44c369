"""The provider in this process over a real Redis, spoken to by Flask's test client: ``control`` for the control API."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import documented
import pytest
from flask import Flask
from flask.testing import FlaskClient
from logout_listener import Listener
from ninestep.settings import ProviderSettings
from ninestep.store import Store
from ninestep_provider import seeds
from ninestep_provider.app import create_app
from redis.connection import AbstractConnection
from werkzeug.test import TestResponse

CALLBACK = "http://127.0.0.1/callback"


@dataclass
class Control:
    """A client of the control API, and as much of a client of the platform as its tests need."""

    app: Flask
    store: Store

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """The answer, which has to be one that the OpenAPI document tells of."""
        sent, address = {} if body is None else {"json": body}, "/_mock/api" + path
        answer = self.client.open(address, method=method, **sent, **options)
        if self.app.extensions.get("ninestep.control"):
            documented.document(self.app).check(method, answer.request.path, answer)
        return answer

    def __call__(self, method: str, path: str, body: Any = None, *, status: int = 0, **query: Any) -> Any:
        """The call's JSON (None for 204); ``status`` is what it has to answer, 2xx when left out."""
        response = self.ask(method, path, body, query_string=query)
        good = response.status_code == status if status else response.status_code < 300
        assert good, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.get_json() if response.data else None

    def refused(self, method: str, path: str, body: Any = None, *, status: int = 422, **query: Any) -> Any:
        """The first wrong field of a refusal, whose shape is checked on the way."""
        response = self.ask(method, path, body, query_string=query)
        assert response.status_code == status, (
            f"{method} {path}: {response.status_code} {response.text[:500]}"
        )
        assert response.content_type == "application/problem+json"
        problem = response.get_json()
        assert problem["status"] == status
        assert problem["title"]
        assert problem["detail"]
        return (problem["errors"] or [{"field": ""}])[0]

    def wechat(self, **fields: Any) -> dict[str, Any]:
        """An official account in a world of its own that approves as 张三 at once."""
        defaults = {
            "dialect": "wechat",
            "redirect_uris": [CALLBACK],
            "consent": {"mode": "auto", "user": "zhangsan"},
        }
        made: dict[str, Any] = self("POST", "/apps", {**defaults, **fields})
        return made

    def stage(self, path: str, query: dict[str, str]) -> TestResponse:
        """A GET as gunicorn hands it on: the test client's own RAW_URI has no query, and the trace reads it there."""
        address = f"{path}?{urlencode(query)}"
        return self.client.get(address, environ_overrides={"RAW_URI": address})

    def authorize(self, app: dict[str, Any], **params: str) -> TestResponse:
        query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
        query |= {"scope": "snsapi_userinfo", "state": "s", **params}
        return self.stage("/connect/oauth2/authorize", query)

    def redeem(self, app: dict[str, Any], code: str) -> dict[str, Any]:
        query = {"appid": app["appid"], "secret": app["secret"], "code": code}
        query |= {"grant_type": "authorization_code"}
        return dict(self.stage("/sns/oauth2/access_token", query).get_json(force=True))

    def login(self, app: dict[str, Any], **params: str) -> dict[str, Any]:
        """The token answer of a whole login."""
        location = self.authorize(app, **params).headers["Location"]
        return self.redeem(app, parse_qs(urlsplit(location).query)["code"][0])

    def refresh(self, app: dict[str, Any], refresh_token: str) -> dict[str, Any]:
        query = {"appid": app["appid"], "grant_type": "refresh_token", "refresh_token": refresh_token}
        return dict(self.stage("/sns/oauth2/refresh_token", query).get_json(force=True))


def provider_settings(redis_url: str, store: Store, **changes: Any) -> ProviderSettings:
    return ProviderSettings(
        redis_url=redis_url,
        redis_prefix=store.keys.prefix,
        trace_patience=3000,
        **{"seed_key": "k", **changes},
    )


@pytest.fixture(scope="session")
def usual_app(redis_url: str) -> Iterator[Flask]:
    """Built once: Werkzeug compiles its routes for 60 ms, and hundreds of tests want no other provider."""
    app = create_app(provider_settings(redis_url, Store.at(redis_url, "t")))
    yield app
    parts = app.extensions["ninestep"]
    parts.recorder.close()
    parts.store.close()


@pytest.fixture
def control(usual_app: Flask, store: Store) -> Control:
    """The usual provider, moved into the test's own keys."""
    parts = usual_app.extensions["ninestep"]
    parts.store.keys = store.keys
    seeds.seed(parts)
    return Control(usual_app, store)


@pytest.fixture
def start(redis_url: str, store: Store, hanging_up: Any) -> Callable[..., Control]:
    """Start a provider with other settings on the same Redis."""

    def start(**changes: Any) -> Control:
        app = create_app(provider_settings(redis_url, store, **changes), store=store)
        return Control(hanging_up(app), store)

    return start


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


class Trips:
    """Counts what goes out to Redis between ``start`` and ``count``, but for the greetings of a new connection: a busy
    machine may have lost one."""

    def __init__(self) -> None:
        self.count = 0

    def start(self) -> None:
        self.count = 0


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> Trips:
    trips, send = Trips(), AbstractConnection.send_packed_command
    greet = AbstractConnection.on_connect_check_health
    greeting: set[int] = set()

    def counted(self: AbstractConnection, command: object, check_health: bool = True) -> None:
        trips.count += id(self) not in greeting
        send(self, command, check_health=check_health)

    def uncounted(self: AbstractConnection, check_health: bool = True) -> None:
        greeting.add(id(self))
        try:
            greet(self, check_health=check_health)
        finally:
            greeting.discard(id(self))

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted)
    monkeypatch.setattr(AbstractConnection, "on_connect_check_health", uncounted)
    return trips
