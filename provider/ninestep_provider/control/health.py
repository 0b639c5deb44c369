"""How the town is: each service and the gateway asked for ``/readyz`` at its internal address, and Redis."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from ninestep import __version__
from ninestep.settings import LOOPBACK_NAMES, Settings, host_of

from ..services import services
from .operation import Operations

PATIENCE = 0.6  # seconds; a page waits for the slowest

READY, WAITING, AWAY, UNSEEN = "ready", "waiting", "away", "unseen"


class Part(TypedDict):
    name: str
    state: Literal["ready", "waiting", "away", "unseen"]
    url: str


class HealthAnswer(TypedDict):
    version: str
    parts: list[Part]


def register(operations: Operations) -> None:
    operations.add("GET", "/health", health, answer=HealthAnswer)


def health() -> Any:
    """The services, the gateway and Redis, each asked now."""
    return {"version": __version__, "parts": parts()}


def parts() -> list[dict[str, str]]:
    """``state`` is ready, waiting, away, or unseen: cannot be reached from where the provider runs. Without Redis there
    is no answer at all but 503, as everywhere."""
    from concurrent.futures import ThreadPoolExecutor  # a login needs none of it, as below

    services().store.ping()
    settings = services().settings
    places = {
        "resource_api": (settings.resource_internal_url, "/readyz"),
        "client_app": (settings.client_internal_url, "/readyz"),
        "gateway": (settings.gateway_url, "/_gateway/readyz"),
    }
    with ThreadPoolExecutor(len(places)) as askers:
        states = list(askers.map(lambda place: _asked(*place), places.values()))
    told = dict(zip(places, states, strict=True))
    if told["gateway"] == AWAY and _in_a_container(settings):
        told["gateway"] = UNSEEN
    urls = {
        "provider": settings.provider_url,
        "resource_api": settings.resource_url,
        "client_app": settings.client_url,
        "gateway": settings.gateway_url,
    }
    told = {"provider": READY, **told}
    return [
        *({"name": name, "state": state, "url": urls[name]} for name, state in told.items()),
        {"name": "redis", "state": READY, "url": ""},
    ]


def _asked(base: str, path: str) -> str:
    import urllib3

    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(PATIENCE)) as pool:
        try:
            status = pool.request("GET", base + path, redirect=False).status
        except urllib3.exceptions.HTTPError:
            return AWAY
    return READY if status == 200 else WAITING


def _in_a_container(settings: Settings) -> bool:
    """The gateway has one address, the public one; in a container that is somebody else's loopback."""
    return settings.bind not in LOOPBACK_NAMES and host_of(settings.gateway_url) in LOOPBACK_NAMES
