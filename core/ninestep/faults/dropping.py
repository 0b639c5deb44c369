"""A connection that ends where an answer should be, or in the middle of one."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from flask import Response, request


class Dropped(Exception):
    """No answer. Under a server without a socket of its own, as in a test client, this is what the caller gets."""


def drop(response: Response) -> Response:
    """The record tells status 0 and nothing else."""
    response.headers.clear()
    response.status_code = 503  # which nobody gets to see
    response.told_status = 0  # type: ignore[attr-defined]
    response.response = _end_after(b"")
    return response


def cut(response: Response, kept: bytes, length: int) -> Response:
    """An answer of ``length`` bytes, of which only ``kept`` arrive."""
    response.headers["Content-Length"] = str(length)
    response.response = _end_after(kept)
    response.told = kept  # type: ignore[attr-defined] # for the record, which cannot read what is yet to be sent
    return response


def _end_after(kept: bytes) -> Iterator[bytes]:
    connection = request.environ.get("gunicorn.socket")

    def end() -> Iterator[bytes]:
        if kept:
            yield kept
        if connection is None:
            raise Dropped
        with contextlib.suppress(OSError):  # the client may have gone first
            connection.shutdown(socket.SHUT_RDWR)

    return end()
