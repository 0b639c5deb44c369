"""What a command says, to a person or to a pipe."""

from __future__ import annotations

import os
import sys


def say(text: str) -> bool:
    """To stdout, at once; False when that has gone (a closed pipe, a hung-up terminal), which must keep nothing from
    being finished."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        point_at_nothing(sys.stdout.fileno())
        return False
    return True


def flush() -> None:
    """Of what others wrote: a pipe that has closed meanwhile is no crash at the end of the process."""
    try:
        sys.stdout.flush()
    except OSError:
        point_at_nothing(sys.stdout.fileno())


def complain(text: str) -> None:
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        point_at_nothing(sys.stderr.fileno())


def point_at_nothing(descriptor: int) -> None:
    """Else the interpreter fails on the same stream once more when it exits."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)


def answer(as_json: bool, document: object, *lines: str) -> None:
    """What a verb found out: for programs the document in one line, for people ``lines``."""
    if as_json:
        import json

        say(json.dumps(document, ensure_ascii=False))
    elif lines:
        say("\n".join(lines))


def coloured() -> bool:
    """https://no-color.org, and never into a pipe or a file."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not plain
