"""How a ``scope`` is read (RFC 6749 §3.3): names with spaces between them. A tab or a wide blank parts nothing, but
belongs to a name that nobody has."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .dialect import Dialect


def names(scope: str | None) -> list[str]:
    return [name for name in (scope or "").split(" ") if name]


def understood(scope: str | None, dialect: Dialect) -> list[str]:
    """Without those that the dialect passes over: who asked for them once says so again at each refresh."""
    wanted = names(scope)
    ignored = dialect.passed_over(wanted)
    return [name for name in wanted if name not in ignored]
