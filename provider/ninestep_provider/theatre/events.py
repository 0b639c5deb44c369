"""Server-Sent Events: tells an open page that something was recorded. What it is, the page fetches.

An event's id is its entry's in the stream of the world, so a browser that comes back says where it was
(``Last-Event-ID``); a page that is new says where the stream was when it was made (``?after=``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from flask import Response, request
from ninestep.records import TOWN
from ninestep.store import RedisError

from .hall import Entry, Full, Viewer, hall
from .scene import flow_of

PING = 15.0  # seconds
RETRY = 1000  # milliseconds after which a browser comes back
ID = re.compile(r"[0-9]{1,16}-[0-9]{1,16}")


def of_world() -> Response:
    """Every record of a world; the data is the flow's id."""
    return _stream(request.args.get("world", "")[:64] or TOWN, "")


def of_flow(flow: str) -> Response:
    """Every record of one flow; ``begun`` says that another has just begun in its world."""
    found = flow_of(flow)
    return _stream(found.world, found.id)


def _stream(world: str, flow: str) -> Response:
    room = hall()
    room.newest(world)  # without Redis this is no stream but an answer that says so
    try:
        viewer = room.enter(world, request.environ.get("gunicorn.socket"))
    except Full:
        return Response("too many viewers\n", 503, {"Retry-After": "10"}, content_type="text/plain")
    said = request.headers.get("Last-Event-ID", "") or request.args.get("after", "")
    try:
        missed = room.since(world, said) if ID.fullmatch(said) else []
    except RedisError:
        room.leave(viewer)
        raise
    response = Response(_told(viewer, flow, missed), content_type="text/event-stream")
    response.call_on_close(lambda: room.leave(viewer))
    return response


def _told(viewer: Viewer, flow: str, missed: list[Entry]) -> Iterator[str]:
    yield f"retry: {RETRY}\n: here\n\n"
    last = _place("")
    for entry in missed:
        last = _place(entry.id)
        yield _event(entry, flow)
    while not viewer.over:
        heard = viewer.wait(PING)
        for entry in heard:
            if _place(entry.id) > last:
                last = _place(entry.id)
                yield _event(entry, flow)
        if not heard and not viewer.over:
            yield ": ping\n\n"


def _event(entry: Entry, flow: str) -> str:
    """Also an entry that does not concern the page moves the id on which it comes back."""
    if flow and entry.flow != flow:
        if not entry.begins:
            return f"id: {entry.id}\n\n"
        return f"id: {entry.id}\nevent: begun\ndata: {json.dumps({'flow': entry.flow})}\n\n"
    return f"id: {entry.id}\ndata: {json.dumps({'flow': entry.flow})}\n\n"


def _place(entry: str) -> tuple[int, int]:
    """Ids are numbers, and compare as such."""
    milliseconds, _, count = (entry or "0-0").partition("-")
    return int(milliseconds), int(count)
