"""What a command says, to a person or to a pipe."""

from __future__ import annotations

import errno
import os
import sys
from typing import TextIO, cast

GONE = (errno.EPIPE, errno.EIO)  # a closed pipe, a hung-up terminal: who read it has enough


class Unwritten(Exception):
    """What was asked for did not get to where it should be kept; the text says why."""


def say(text: str) -> bool:
    """To stdout, at once; False when that has gone, or is full, which must keep nothing from being finished."""
    return _write("stdout", text + "\n") is None


def tell(text: str) -> bool:
    """The same of what was asked for: half a file is no answer. Raises Unwritten where there is no room for it."""
    wrong = _write("stdout", text + "\n")
    if wrong is not None and wrong.errno not in GONE:
        raise Unwritten(f"the answer cannot be written: {wrong.strerror}")
    return wrong is None


def flush() -> None:
    """Of what others wrote: a pipe that has closed meanwhile is no crash at the end of the process."""
    _write("stdout", "")


def complain(text: str) -> None:
    _write("stderr", text + "\n")


def _write(name: str, text: str) -> OSError | None:
    """What stood against it. A stream that was closed from the start (``>&-``) is as one that has gone."""
    stream = cast("TextIO | None", getattr(sys, name))
    if stream is None:
        return BrokenPipeError(errno.EPIPE, "closed")
    try:
        stream.write(text)
        stream.flush()
    except OSError as error:
        point_at_nothing(stream.fileno())
        return error
    return None


def point_at_nothing(descriptor: int) -> None:
    """Else the interpreter fails on the same stream once more when it exits."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)


def answer(as_json: bool, document: object, *lines: str) -> None:
    """What a verb found out: for programs the document in one line, for people ``lines``. Raises Unwritten."""
    if as_json:
        import json

        tell(json.dumps(document, ensure_ascii=False))
    elif lines:
        tell("\n".join(lines))


def coloured() -> bool:
    """https://no-color.org, and never into a pipe or a file."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout is not None and sys.stdout.isatty() and not plain
