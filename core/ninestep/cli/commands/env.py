"""``ninestep env``."""

from __future__ import annotations

import argparse
import os

from ..parsing import command


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        env,
        "Shell lines that lead a program with fixed hosts to the town of this state folder, "
        "which was started with `ninestep up --intercept`.",
        'eval "$(ninestep env)"',
        'eval "$(ninestep env --node)"',
    )
    languages = parser.add_mutually_exclusive_group()
    for name, what in (("node", "also Node, its fetch included"), ("java", "also Java"), ("go", "Go")):
        languages.add_argument(f"--{name}", dest="language", action="store_const", const=name, help=what)
    parser.set_defaults(language="")


def env(options: argparse.Namespace) -> int:
    from ...launcher import verbs

    return verbs.env(os.environ, options.language, as_json=options.json)
