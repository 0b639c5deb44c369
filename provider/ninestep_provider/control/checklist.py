"""The seed's security checklist, computed for one app (M138)."""

from __future__ import annotations

from typing import Any

from ninestep.trace.checklist import Item
from ninestep.trace.checklist import checklist as examine

from ..services import services
from .found import app_of
from .operation import Operations


def register(operations: Operations) -> None:
    operations.add("GET", "/apps/{appid}/checklist", checklist, answer=list[Item])


def checklist(appid: str) -> Any:
    """The seven items of the seed's 安全检查清单: ok, not_ok or not_seen, each with the flows that show it."""
    return of(appid)


def of(appid: str) -> list[Item]:
    """As the page shows it. Raises Problem 404."""
    parts = services()
    return examine(parts.reader, app_of(appid), parts.settings)
