"""What makes up the town, and the environment that each part is started with."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields

from ..settings import (
    PREFIX,
    ClientSettings,
    InterceptSettings,
    ProviderSettings,
    ResourceSettings,
    Settings,
)

SECRETS = frozenset({"trace_key"})  # of the common settings: for the services, not for the gateway

# What would let the caller's shell reach into gunicorn behind the settings' back.
FOREIGN = frozenset(
    {"GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS", "LISTEN_FDS", "LISTEN_PID", "SCRIPT_NAME"}
)


@dataclass(frozen=True)
class Service:
    """One gunicorn. ``key`` starts the names of its settings: ``<key>_url``, ``<key>_port``."""

    name: str
    key: str
    module: str
    ready: str  # the path that answers 200 once it can serve
    settings: type[Settings]
    workers: int = 1  # processes, where nobody asks for another number; each costs 10 to 25 MB
    has_secrets: bool = True
    arguments: tuple[str, ...] = ()  # further ones for its gunicorn

    def knows(self) -> set[str]:
        """The names of the settings that this service reads."""
        names = {field.name for field in fields(self.settings)}
        return names if self.has_secrets else names - SECRETS


PROVIDER = Service("provider", "provider", "ninestep_provider.app", "/readyz", ProviderSettings, workers=2)
RESOURCE_API = Service("resource_api", "resource", "ninestep_resource_api.app", "/readyz", ResourceSettings)
CLIENT_APP = Service("client_app", "client", "ninestep_client_app.app", "/readyz", ClientSettings)
GATEWAY = Service("gateway", "gateway", "ninestep.gateway", "/_gateway/readyz", Settings, has_secrets=False)

SERVICES = {service.name: service for service in (PROVIDER, RESOURCE_API, CLIENT_APP, GATEWAY)}


# With `ninestep up --intercept` only: nothing of its package is imported, and no port bound, without.
INTERCEPT = Service(
    *("intercept", "proxy", "ninestep.intercept.app", "/_gateway/readyz", InterceptSettings),
    has_secrets=False,
    # Its working folder is the state folder.
    arguments=("-k", "ninestep.intercept.worker.Worker", "--certfile", "intercept/server.pem"),
)


def command(service: Service, bind: str, workers: int) -> list[str]:
    """gunicorn for ``service``; ``bind`` is ``host:port``, or ``fd://N`` for a socket that is already bound.

    ``workers`` 0 is the service's own number.
    """
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:ninestep.gunicorn_conf"]
    sizes = ["-b", bind, "-w", str(workers or service.workers)]
    return [*gunicorn, *sizes, *service.arguments, f"{service.module}:create_app()"]


def environment(
    service: Service, environ: Mapping[str, str], root_secret: str, computed: Mapping[str, str]
) -> dict[str, str]:
    """``environ`` less what is not this service's business, plus its own secrets and ``computed`` settings.

    What a person set by name wins over a secret that follows from the root secret; ``computed`` wins over all.
    """
    known = {PREFIX + name.upper() for name in service.knows()}
    own = {
        name: value
        for name, value in environ.items()
        if name not in FOREIGN and (name in known or not name.startswith(PREFIX)) and name != "REDIS_URL"
    }
    secrets: dict[str, str] = {}
    if service.has_secrets:
        from ..keyring import service_environment  # imports cryptography: not before the engine was started

        secrets = service_environment(root_secret, service.name)
    computed = {name: value for name, value in computed.items() if name in known}
    return {**secrets, **own, **computed, "PYTHONUNBUFFERED": "1"}
