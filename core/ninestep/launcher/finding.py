"""What ``ninestep doctor`` says: one line for each thing that it looked at, in English and Chinese."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line. ``good`` None is a remark: it concerns only some programs."""

    good: bool | None
    subject: str
    english: str
    chinese: str

    @property
    def bad(self) -> bool:
        return self.good is False

    @property
    def mark(self) -> str:
        return {True: "ok", False: "BAD", None: "note"}[self.good]

    def told(self) -> dict[str, str]:
        """For programs."""
        said = {"en": self.english, "zh": self.chinese}
        return {"level": self.mark.lower(), "subject": self.subject, **said}

    def __str__(self) -> str:
        return f"{self.mark:4}  {self.subject:24}  {self.english} · {self.chinese}"


class Trouble(Exception):
    """English and Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.english, self.chinese = english, chinese
