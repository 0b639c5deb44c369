"""A world put aside, to come back to: everything but the trace, in one step, as if no time had passed since."""

from __future__ import annotations

from typing import Any

from .control import Control


class Snapshot:
    """``data`` is what the control API tells of it: when it was taken, which apps it has, how large it is."""

    def __init__(self, control: Control, data: dict[str, Any]) -> None:
        self._control, self.data = control, data

    @property
    def id(self) -> str:
        return str(self.data["id"])

    @property
    def name(self) -> str:
        return str(self.data["name"])

    def restore(self) -> None:
        """Apps, people, consents, tokens, codes, sessions, decisions, faults and time as they were: a code that was
        spent since can be spent again. Flows that were recorded since stay. As often as you like."""
        self._control("POST", f"{self._path}/restore")

    def delete(self) -> None:
        self._control("DELETE", self._path)

    @property
    def _path(self) -> str:
        return f"/worlds/{self.data['world']}/snapshots/{self.id}"

    def __repr__(self) -> str:
        named = f" {self.name!r}" if self.name else ""
        return f"<Snapshot {self.id}{named} of world {self.data['world']}>"
