"""``ninestep reset``."""

from __future__ import annotations

import argparse

from ...terminal import answer
from ..parsing import ask_where, command


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        reset,
        "Empties a world of codes, tokens, consents, flows, decisions, faults and moved time; "
        "the town gets its seeds back.",
        "ninestep reset",
        "ninestep reset --world w1",
    )
    ask_where(parser, world=True)


def reset(options: argparse.Namespace) -> int:
    from ..where import town

    told = town(options)("POST", "/reset", {"world": options.world})
    counts = ", ".join(f"{told[name]} {name}" for name in ("apps", "users", "flows", "tokens"))
    answer(options.json, told, f"Reset: {told['world']} ({counts})")
    return 0
