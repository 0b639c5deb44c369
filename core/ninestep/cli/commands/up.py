"""``ninestep up``."""

from __future__ import annotations

import argparse
import os

from ..parsing import command


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        up,
        "Starts the town and stays with it until Ctrl-C or `ninestep down`. "
        "With --json, for tests and tools: one line when everything is ready; logs are in the state folder.",
        "ninestep up",
        "ninestep up --intercept",
        "ninestep up --seed town.yaml",
        "NINESTEP_STATE=/tmp/second NINESTEP_PROVIDER_PORT=0 NINESTEP_RESOURCE_PORT=0 NINESTEP_CLIENT_PORT=0 "
        "NINESTEP_GATEWAY_PORT=0 ninestep up --json",
    )
    parser.add_argument(
        "--intercept",
        action="store_true",
        help="also answer to the platforms' real host names, as an HTTPS proxy (NINESTEP_PROXY_PORT, 9004)",
    )
    parser.add_argument(
        "--seed",
        metavar="FILE",
        default="",
        help="apps, people, faults and time that the town begins with, as YAML or JSON (NINESTEP_SEED)",
    )


def up(options: argparse.Namespace) -> int:
    from ...launcher import verbs

    return verbs.up(os.environ, as_json=options.json, intercept=options.intercept, seed=options.seed)
