"""``ninestep down``."""

from __future__ import annotations

import argparse
import os

from ..parsing import command


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        down,
        "Ends the town of this state folder (NINESTEP_STATE, ./.ninestep), and what a killed one left.",
        "ninestep down",
        "NINESTEP_STATE=/tmp/second ninestep down --json",
    )


def down(options: argparse.Namespace) -> int:
    from ...launcher import verbs

    return verbs.down(os.environ, as_json=options.json)
