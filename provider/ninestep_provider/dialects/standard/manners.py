"""Where the standard dialect is a matter of an app's policies."""

from __future__ import annotations

from typing import Any

from ninestep.dialects import policy
from ninestep.records import App, AuthRequest, Grant

from ...engine.dialect import Dialect


class Standard(Dialect):
    def rotates(self, app: App) -> bool:
        return bool(policy(app, "rotate_refresh"))

    def consent_items(self, app: App, scopes: list[str]) -> list[dict[str, Any]]:
        optional = bool(policy(app, "scope_items"))
        return [{**item, "optional": optional} for item in super().consent_items(app, scopes)]

    def remembered(self, app: App, grant: Grant | None, request: AuthRequest) -> bool:
        return bool(policy(app, "remember_consent")) and super().remembered(app, grant, request)


DIALECT = Standard()
