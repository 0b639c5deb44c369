"""A recorded login for people: ① to ⑨ with their names, who speaks to whom, how it went and which check failed.

The names are those of the theatre's picture; ``LC_ALL``, ``LC_MESSAGES`` or ``LANG`` choose the language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from .columns import printable, width

NUMBERS = "·①②③④⑤⑥⑦⑧⑨"
LANGUAGES = ("zh-CN", "en")
RED, GREEN, YELLOW, DIM, PLAIN = "\033[31m", "\033[32m", "\033[33m", "\033[2m", "\033[0m"
COLOURS = {"refused": YELLOW, "failed": RED, "bad": RED, "warn": YELLOW, "good": GREEN, "ok": GREEN}
WIDTHS = {"zh-CN": (26, 26), "en": (32, 41)}  # of a title and of «from → to», in cells

Message = Mapping[str, Any]


def language(environ: Mapping[str, str]) -> str:
    """As programs do it: the first of the three that is set."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    said = next((environ[name] for name in names if environ.get(name)), "")
    return "zh-CN" if said.lower().startswith("zh") else "en"


class Script:
    """Lines in one language, coloured or plain."""

    def __init__(self, language: str, *, colour: bool) -> None:
        folder = resources.files("ninestep").joinpath("words")
        self.words: dict[str, str] = {}
        for part in ("picture", "cli"):
            self.words |= json.loads(folder.joinpath(f"{part}.{language}.json").read_text("utf-8"))
        self.title_width, self.way_width = WIDTHS[language]
        self.chinese, self.colour = language.startswith("zh"), colour

    def message(self, message: Message, prefix: str = "") -> list[str]:
        """One line, and one for each check that failed."""
        outcome = message["outcome"]
        title = self.title(message)
        way = f"{self._lane(message['from'])} → {self._lane(message['to'])}"
        how = self._paint(self.words[f"cli.outcome.{outcome}"], outcome)
        error = f" {printable(message['error'])}" if message["error"] else ""
        first = (
            f"{prefix}{NUMBERS[message['step']]} {_filled(title, self.title_width)}{_filled(way, self.way_width)}"
            f"{self.words['cli.channel.' + message['channel']]}  {how}{error}"
        )
        if message.get("fault"):
            first += f" ({self.words['cli.fault']})"
        failed = [check for check in message["checks"] if not check["ok"]]
        return [first, *(f"{prefix}  {self.check(check)}" for check in failed)]

    def title(self, message: Message) -> str:
        step = f"picture.step.{message['step']}"
        step = own if (own := f"{step}.{message['name']}") in self.words else step
        otherwise = f"{step}.otherwise"
        if message["outcome"] != "ok" and otherwise in self.words:
            return self.words[otherwise]
        helper = f"picture.message.{message['name']}"
        return self.words.get(step) or self.words.get(helper) or printable(str(message["name"]))

    def check(self, check: Mapping[str, Any]) -> str:
        detail = f": {printable(check['detail'])}" if check.get("detail") else ""
        mark = self._paint("✓", "good") if check["ok"] else self._paint("✗", "bad")
        return f"{mark} {printable(check['name'])}{detail}"  # a flow that was read in has names of its own

    def head(self, flow: Mapping[str, Any]) -> str:
        """Which login it is, and how it ended."""
        outcome = flow["outcome"]
        how = self._paint(self.words[f"cli.outcome.{outcome}"], outcome) if outcome else ""
        names = [printable(flow[name]) for name in ("id", "app", "user")]
        parts = [*names, how or self.words["cli.flow.open"], printable(flow["error"])]
        return "  ".join(part for part in parts if part)

    def finding(self, finding: Mapping[str, Any]) -> list[str]:
        """What the doctor says, and what to do; nothing to do about what is done well."""
        tongue = "zh" if self.chinese else "en"
        severity = finding["severity"]
        name = self._paint(self.words[f"cli.severity.{severity}"], severity)
        place = NUMBERS[finding["step"]] if finding["step"] else " "
        said = f"{place} {name}  {printable(finding['said'][tongue])}"
        if severity == "good":
            return [said]
        return [said, "    " + self.words["cli.fix"].format(fix=printable(finding["fix"][tongue]))]

    def _lane(self, name: str) -> str:
        return self.words.get(f"picture.lane.{name}") or printable(name)

    def _paint(self, text: str, what: str) -> str:
        return f"{COLOURS[what]}{text}{PLAIN}" if self.colour and what in COLOURS else text


def _filled(text: str, cells: int) -> str:
    return text + " " * max(2, cells - width(text))
