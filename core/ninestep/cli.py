"""The ``ninestep`` command. Each verb imports what it needs, and nothing else: a start is measured in milliseconds."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from . import __version__
from .launcher import LaunchError
from .settings import SettingsError


def main(argv: Sequence[str] | None = None) -> int:
    """0: done; 1: it did not work out; 2: it was asked wrongly."""
    options = parser().parse_args(argv)
    from .launcher import verbs

    try:
        if options.verb == "up":
            return verbs.up(os.environ, as_json=options.json, intercept=options.intercept)
        if options.verb == "down":
            return verbs.down(os.environ)
        if options.verb == "env":
            return verbs.env(os.environ, options.language)
        if options.verb == "doctor":
            return verbs.doctor(os.environ)
        return verbs.status(os.environ)
    except SettingsError as error:
        print(f"ninestep: {error}", file=sys.stderr)
        return 2
    except LaunchError as error:
        print(f"ninestep: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # in the moment before the town's own handlers
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="ninestep",
        description="九步: an offline town for OAuth 2.0. Settings come from the environment, as NINESTEP_<NAME>.",
    )
    top.add_argument("--version", action="version", version=f"ninestep {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    up = verbs.add_parser("up", help="start Redis, the three services and the gateway; Ctrl-C ends them")
    up.add_argument(
        "--json",
        action="store_true",
        help="for tests and tools: one line of JSON when ready, and nothing else on stdout (logs: the state folder)",
    )
    up.add_argument(
        "--intercept",
        action="store_true",
        help="also answer to the platforms' real host names, as an HTTPS proxy (NINESTEP_PROXY_PORT, 9004)",
    )
    verbs.add_parser("down", help="end the town of this state folder (NINESTEP_STATE, ./.ninestep)")
    verbs.add_parser("status", help="say what runs from this state folder")
    env = verbs.add_parser("env", help='for a shell: eval "$(ninestep env)" leads its programs to the town')
    languages = env.add_mutually_exclusive_group()
    for name, what in (("node", "also Node, its fetch included"), ("java", "also Java"), ("go", "Go")):
        languages.add_argument(f"--{name}", dest="language", action="store_const", const=name, help=what)
    env.set_defaults(language="")
    verbs.add_parser(
        "doctor", help="where each of the platforms' hosts leads from this shell, and whether TLS is trusted"
    )
    return top


if __name__ == "__main__":
    sys.exit(main())
