"""Which security checks the logins so far have exercised: of an app, and of a world with all its apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ninestep.records import App
from ninestep.trace import counters

from ..services import services
from .found import app_of, world_of
from .operation import Operations

if TYPE_CHECKING:
    from ninestep.trace.coverage import Coverage


def register(operations: Operations) -> None:
    operations.add("GET", "/apps/{appid}/coverage", one, answer=_coverage)
    operations.add("DELETE", "/apps/{appid}/coverage", forget, status=204)
    operations.add("GET", "/worlds/{world}/coverage", all, answer=_of_world)


def _coverage() -> type[Coverage]:
    from ninestep.trace.coverage import Coverage

    return Coverage


def _of_world() -> type:
    from ninestep.trace.coverage import WorldCoverage

    return WorldCoverage


def one(appid: str) -> Any:
    """Each check that can be made for an app: how often it passed, how often it refused, and in which flow last."""
    return of(app_of(appid))


def forget(appid: str) -> None:
    """Count from nothing again."""
    app = services().store.app(appid)
    if app is not None:
        counters.forget(services().store, app.world, appid)


def all(world: str) -> Any:
    """The same of every app of a world."""
    from ninestep.trace.coverage import WorldCoverage

    return WorldCoverage(world=world, apps=_told(world, services().store.apps(world_of(world).name)))


def of(app: App) -> Coverage:
    """As the console shows it."""
    return _told(app.world, [app])[0]


def _told(world: str, apps: list[App]) -> list[Coverage]:
    from ninestep.trace.coverage import coverage

    counts = counters.read(services().store, world, [app.appid for app in apps])
    return [coverage(app, counts[app.appid]) for app in apps]
