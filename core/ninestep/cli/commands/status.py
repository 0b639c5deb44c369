"""``ninestep status``."""

from __future__ import annotations

import argparse
import os

from ..parsing import command


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        status,
        "Says what runs from this state folder (NINESTEP_STATE, ./.ninestep), with process ids and addresses.",
        "ninestep status",
        "NINESTEP_STATE=/tmp/second ninestep status --json",
    )


def status(options: argparse.Namespace) -> int:
    from ...launcher import verbs

    return verbs.status(os.environ, as_json=options.json)
