"""What an export is about: one flow, read once, with the names that its reader knows the parties by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ..exchange import Exchange
from ..ledger import Ledger, ledger
from ..messages import Message, messages
from ..picture.captions import caption, was_denied
from ..reader import Flow
from ..story import Story, parties, story

CIRCLED = "·①②③④⑤⑥⑦⑧⑨"


@dataclass(frozen=True)
class Subject:
    """``bases`` are the addresses under which people reach the services; ``now`` is the world's time."""

    flow: Flow
    exchanges: list[Exchange]
    language: str
    app: str = ""
    user: str = ""
    dialect: str = ""
    bases: dict[str, str] | None = None
    now: float = 0.0

    @cached_property
    def messages(self) -> list[Message]:
        """With helpers."""
        return messages(self.exchanges)

    @property
    def numbered(self) -> list[Message]:
        return [message for message in self.messages if message.step]

    @property
    def ledger(self) -> Ledger:
        return ledger(self.exchanges, now=self.now)

    @property
    def names(self) -> dict[str, str]:
        """Of the lanes."""
        return parties(self.language, self.app, self.user, self.dialect)

    def base(self, lane: str) -> str:
        return (self.bases or {}).get(lane, "")

    def caption(self, message: Message, language: str = "") -> str:
        """``⑤ 用授权码换Token``; a helper has a dot."""
        denied = was_denied(self.messages)
        said = caption(message, language or self.language, denied=denied, dialect=self.dialect)
        return f"{CIRCLED[message.step]} {said}"

    def story(self, message: Message, language: str = "") -> Story:
        return story(message, language or self.language, app=self.app, user=self.user, dialect=self.dialect)
