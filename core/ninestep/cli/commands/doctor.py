"""``ninestep doctor``."""

from __future__ import annotations

import argparse
import os

from ..parsing import command


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        doctor,
        "Where each of the platforms' hosts leads from this shell, and whether TLS is trusted.",
        "ninestep doctor",
    )


def doctor(options: argparse.Namespace) -> int:
    from ...launcher import verbs

    return verbs.doctor(os.environ, as_json=options.json)
