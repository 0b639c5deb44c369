"""``GET /connect/l/qrconnect`` (wire.md B.2): held while nothing changes, answered in exact bytes.

``last`` is the number that the page has seen: the same one is held, another is told at once.
"""

from __future__ import annotations

import threading
import time

from flask import Response, jsonify, request
from ninestep import faults
from ninestep.dialects.wechat import ids
from ninestep.trace.http import current

from ....services import services
from . import scanning
from .waiting import Seen, look, waiting_room

WAITING, SCANNED, CONFIRMED, REFUSED, EXPIRED, BROKEN = 408, 404, 405, 403, 402, 500
NUMBERS = {"waiting": WAITING, "scanned": SCANNED, "denied": REFUSED, "expired": EXPIRED}
UNCHANGED = 0  # never told
CONTENT_TYPE = "text/javascript"
GATE = threading.BoundedSemaphore(8)  # hundreds that come at once would need a connection to Redis each


def poll() -> Response:
    uuid = request.args.get("uuid", "")
    store = services().store
    with GATE:
        world = store.world_of_scan(uuid) if ids.is_qr_uuid(uuid) else None
        seen = look(store, world, uuid) if world is not None else None
    if world is None or seen is None:
        return _answer(uuid, EXPIRED)
    number, code = _number(seen)
    if not _held(number) or seen.scan is None:
        return _answer(uuid, number, code, seen)
    if not seen.scan.hold:
        return _answer(uuid, WAITING)
    deadline = time.monotonic() + seen.scan.hold
    with waiting_room().seat(seen, request.environ.get("gunicorn.socket")) as seat:
        with GATE:
            seen = look(store, world, uuid)  # once more, now that no change can be missed
        while _held(_number(seen)[0]):
            if not seat.wait(deadline - time.monotonic()):
                return _answer(uuid, WAITING)
            seen = seat.news() or look(store, world, uuid)
    number, code = _number(seen)
    return _answer(uuid, number, code, seen)


def _number(seen: Seen) -> tuple[int, str]:
    """wx_errcode and wx_code."""
    if seen.scan is None:
        return EXPIRED, ""
    state = seen.scan.state_at(seen.at)
    if state != "confirmed":
        return NUMBERS[state], ""
    if not seen.scan.code:
        return UNCHANGED, ""  # confirmed, and the code is being made: a moment more
    code = scanning.code_of(seen.scan)
    return (CONFIRMED, code) if code else (BROKEN, "")


def _held(number: int) -> bool:
    last = request.args.get("last") or str(WAITING)
    return number == UNCHANGED or (number in (WAITING, SCANNED, REFUSED) and last == str(number))


def _answer(uuid: str, number: int, code: str = "", seen: Seen | None = None) -> Response:
    if number == CONFIRMED and seen is not None and seen.scan is not None:
        # idle polls are no messages (design.md §7), and meet no faults
        wanted = seen.scan.request
        draft = current().begin(
            "qr.answered", world=wanted.world, app=wanted.appid, flow=wanted.flow, user=seen.scan.user
        )
        store, appid = services().store, wanted.appid
        if fault := faults.due(store, draft, wanted.world, appid, "qr_poll", armed=seen.faulty):
            return Response(b"", fault.status, content_type=CONTENT_TYPE)
        draft.learn("code", code, "response.body")
    if request.args.get("f") == "json":
        state = next((name for name, told in NUMBERS.items() if told == number), "")
        state = {CONFIRMED: "confirmed", BROKEN: "failed"}.get(number, state)
        return jsonify(uuid=uuid, state=state, wx_errcode=number, wx_code=code)
    return Response(f"window.wx_errcode={number};window.wx_code='{code}';", content_type=CONTENT_TYPE)
