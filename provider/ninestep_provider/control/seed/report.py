"""What became of each thing in a seed file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Report:
    """``town: app wx1`` …; ``kept`` is what a person changed."""

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def tell(self, what: str, world: str, name: str, times: int = 1) -> None:
        getattr(self, what).extend([f"{world}: {name}"] * times)
