"""What a sample remembers for one browser between two pages: an hour, beside the session and not in it."""

from __future__ import annotations

from typing import TypeVar

import msgspec
from ninestep.records import decode, encode

from ..login.attempt import SCOPE
from ..login.browser import browser, known_browser
from ..services import services

T = TypeVar("T", bound=msgspec.Struct)

KEPT = 3600  # seconds


def keep(sample: str, value: msgspec.Struct) -> None:
    services().store.redis.set(_key(sample, browser()), encode(value), ex=KEPT)


def kept(sample: str, kind: type[T]) -> T | None:
    name = known_browser()
    return decode(kind, services().store.redis.get(_key(sample, name))) if name else None


def drop(sample: str) -> None:
    services().store.redis.delete(_key(sample, known_browser()))


def _key(sample: str, name: str) -> str:
    return services().store.keys.of(SCOPE, f"sample:{sample}:{name}")
