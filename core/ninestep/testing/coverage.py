"""Which checks the logins of an app have exercised so far (docs/coverage.md)."""

from __future__ import annotations

from typing import Any

from .missed import NotSeen


class Coverage:
    """``data`` as the control API tells it. ``made``, ``refused`` and ``all`` are numbers of checks."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.rows: list[dict[str, Any]] = data["checks"]

    @property
    def percent(self) -> int:
        """Of the checks that provider and resource API can make for the app, those that have refused something."""
        return int(self.data["percent"])

    @property
    def never_made(self) -> list[str]:
        return list(self.data["never_made"])

    @property
    def never_refused(self) -> list[str]:
        """A suite that only logs in has every check here."""
        return list(self.data["never_refused"])

    def refused(self, name: str) -> bool:
        """Whether a check, by its name or a part of it, has ever refused anything. Raises NotSeen where none is
        called so."""
        __tracebackhide__ = True
        wanted = name.casefold()
        found = [row for row in self.rows if wanted in row["name"].casefold()]
        if not found:
            names = ", ".join(row["name"] for row in self.rows)
            raise NotSeen(
                f"no check «{name}» can be made for app {self.data['app']}; those that can: {names}"
            )
        exact = [row for row in found if row["name"].casefold() == wanted]
        return any(row["refused"] for row in exact or found)

    def __repr__(self) -> str:
        told = self.data
        counts = f"{told['refused']} of {told['all']} checks refused something, {told['made']} were made"
        return f"<Coverage of {told['app']}: {counts}>"
