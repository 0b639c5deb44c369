"""A fault that a test armed: how often it was met, and its end."""

from __future__ import annotations

from typing import Any

from .control import Control


class Fault:
    def __init__(self, control: Control, appid: str, data: dict[str, Any]) -> None:
        self._control, self.appid, self.data = control, appid, data

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def hits(self) -> int:
        """How often it fired up to now."""
        faults = self._control.all(f"/apps/{self.appid}/faults")
        return next((int(fault["hits"]) for fault in faults if fault["id"] == self.id), 0)

    @property
    def fired(self) -> bool:
        return self.hits > 0

    def delete(self) -> None:
        self._control("DELETE", f"/apps/{self.appid}/faults/{self.id}")

    def __repr__(self) -> str:
        what = next((self.data[name] for name in ("error", "status", "kind") if self.data.get(name)), "fault")
        return f"<Fault {what} at {self.data['endpoint']} of {self.appid}: fired {self.hits} times>"
