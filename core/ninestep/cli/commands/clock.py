"""``ninestep clock``: time, of the town with all its worlds or of one world."""

from __future__ import annotations

import argparse
import re
from typing import Any

from ...terminal import answer
from ..parsing import group, world_name


def declare(parser: argparse.ArgumentParser) -> None:
    says = (
        "Time: tokens expire by it, and no test sleeps. Without --world it is the town's, and with it that of "
        "every world that is not frozen."
    )
    add = group(parser, says)
    for name, run, sentence, example in (
        ("show", show, "What time it is there.", ""),
        ("advance", advance, "Let time pass: 90, 10m, 1h55m, 30d.", " 2h"),
        ("freeze", freeze, "Stop it: from now on only advance and set move it.", ""),
        ("unfreeze", unfreeze, "Let it go on from where it stands.", ""),
        ("set", put, "Set it to an instant (ISO 8601, UTC unless it says otherwise) or to seconds since 1970.",
         " 2030-01-01T00:00:00Z"),
        ("reset", reset, "Back to real time; a world's, to the town's.", ""),
    ):  # fmt: skip
        own = add(
            name,
            run,
            sentence,
            f"ninestep clock {name}{example}",
            f"ninestep clock {name}{example} --world w1",
        )
        own.add_argument(
            "--world", type=world_name, help="a world of it; the town with all its worlds when left out"
        )
        if name == "advance":
            own.add_argument("by", metavar="BY", help="2h, 1h55m, 30d or seconds; back with a minus: -- -2h")
        if name == "set":
            own.add_argument("to", metavar="INSTANT", help="2030-01-01T00:00:00Z or seconds since 1970")


def show(options: argparse.Namespace) -> int:
    return _told(options, "GET")


def advance(options: argparse.Namespace) -> int:
    return _told(options, "POST", {"advance": options.by})


def freeze(options: argparse.Namespace) -> int:
    return _told(options, "POST", {"freeze": True})


def unfreeze(options: argparse.Namespace) -> int:
    return _told(options, "POST", {"freeze": False})


def put(options: argparse.Namespace) -> int:
    return _told(options, "POST", {"set": _number(options.to)})


def reset(options: argparse.Namespace) -> int:
    return _told(options, "POST", {"reset": True})


def _told(options: argparse.Namespace, method: str, body: Any = None) -> int:
    from ..where import part, town

    path = f"/worlds/{part(options.world)}/clock" if options.world else "/clock"
    clock = town(options)(method, path, body)
    ahead = f"{clock['ahead']:+.0f} s from real time" if abs(clock["ahead"]) >= 1 else "real time"
    answer(options.json, clock, f"{clock['iso']}  {ahead}{', frozen' if clock['frozen'] else ''}")
    return 0


def _number(text: str) -> str | float:
    """What is too large for a number goes as it was typed: the town's refusal says what would be right."""
    return float(text) if re.fullmatch(r"-?\d{1,300}(\.\d+)?", text, re.ASCII) else text
