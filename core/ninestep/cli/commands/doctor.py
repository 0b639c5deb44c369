"""``ninestep doctor``."""

from __future__ import annotations

import argparse
import os

from ..parsing import command


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        doctor,
        "Where each of the platforms' hosts leads from this shell, and whether TLS is trusted; and whether the town is "
        "reached by the issuer and the addresses that it tells.",
        "ninestep doctor",
        "ninestep doctor --issuer http://localhost:9000",
    )
    parser.add_argument(
        "--issuer",
        default="",
        metavar="URL",
        help="look at this alone: the issuer that a client was given, or the address at which it reads the metadata",
    )


def doctor(options: argparse.Namespace) -> int:
    from ...launcher import verbs

    return verbs.doctor(os.environ, issuer=options.issuer, as_json=options.json)
