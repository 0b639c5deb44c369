"""The time of one world: all services see a move at their next request, other worlds never."""

from __future__ import annotations

from typing import Any

from .control import Control


class Clock:
    def __init__(self, control: Control, world: Any) -> None:
        self._control, self._world = control, world  # the world is asked for its name only when time matters

    def advance(self, by: str | float) -> float:
        """``"2h"``, ``"1h55m"`` or seconds; the new time."""
        return self._move(advance=by)

    def freeze(self) -> float:
        """From now on only ``advance`` and ``set`` move it."""
        return self._move(freeze=True)

    def unfreeze(self) -> float:
        return self._move(freeze=False)

    def set(self, to: str | float) -> float:
        """``"2030-01-01T00:00:00Z"`` or seconds since 1970."""
        return self._move(set=to)

    def reset(self) -> float:
        """The town's own time again."""
        return self._move(reset=True)

    @property
    def now(self) -> float:
        return float(self._told()["now"])

    @property
    def frozen(self) -> bool:
        return bool(self._told()["frozen"])

    def _told(self) -> Any:
        return self._control("GET", f"/worlds/{self._world.name}/clock")

    def _move(self, **change: Any) -> float:
        return float(self._control("POST", f"/worlds/{self._world.name}/clock", change)["now"])

    def __repr__(self) -> str:
        told = self._told()
        frozen = ", frozen" if told["frozen"] else ""
        return f"<Clock {told['iso']}, {told['ahead']:+.0f} s{frozen}>"
