"""The trace for programs: flows and their messages; waiting by long poll, so tests never sleep."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from cryptography.fernet import InvalidToken
from flask import request
from ninestep.keyring import cipher
from ninestep.records import TOWN
from ninestep.trace.reader import Flow, reached

from ..services import services
from .found import app_of, world_of
from .operation import Operations
from .problem import Problem, missing

LONGEST_WAIT = 30.0
WAIT = {"wait": "seconds to wait at most", "until": "ended, step=8 or messages=6"}


def register(operations: Operations) -> None:
    filters = {
        "world": "town when left out",
        "app": "appid",
        "state": "the state that was sent",
        "limit": "most",
    }
    operations.add("GET", "/flows", all, query={**filters, **WAIT})
    operations.add("GET", "/flows/{flow}", one, query=WAIT)
    operations.add(
        "GET", "/flows/{flow}/messages", messages, query={"step": "1 to 9", "helpers": "1", **WAIT}
    )
    operations.add("GET", "/flows/{flow}/exchanges", exchanges, query=WAIT)


def all() -> Any:
    """Flows of a world, newest first; with ``wait`` until one fits."""
    app, state = request.args.get("app", ""), request.args.get("state", "")
    named = request.args.get("world", "")
    world = app_of(app).world if app and not named else world_of(named or TOWN).name
    reader, until = services().reader, request.args.get("until", "")
    limit = number("limit", 100)

    def fitting() -> list[Flow]:
        found = reader.flows(world, app=app, state=state, limit=500)
        if until:
            found = [flow for flow in found if _reached(until, flow)]
        return found[: int(limit)]

    found = reader.wait(world, fitting, _seconds()) if _seconds() else fitting()
    return [msgspec.structs.asdict(flow) for flow in found]


def one(flow: str) -> Any:
    """One flow; with ``wait`` and ``until`` as soon as it is there."""
    return msgspec.structs.asdict(flow_named(flow))


def messages(flow: str) -> Any:
    """The nine numbered messages; ``helpers=1`` adds those without a number."""
    found = flow_named(flow)
    result = services().reader.messages(found.world, found.id, helpers=request.args.get("helpers") == "1")
    step = request.args.get("step", "")
    chosen = [message for message in result if step in ("", str(message.step))]
    return [opened(msgspec.to_builtins(message)) for message in chosen]


def opened(message: dict[str, Any]) -> dict[str, Any]:
    """Under policy ``reveal`` a value stands beside its mask (design.md §7)."""
    opener = cipher(services().settings.trace_key)
    for leg in message["legs"]:
        for value in leg["values"]:
            if sealed := value.pop("sealed", ""):
                with suppress(InvalidToken):  # sealed by a town whose key is gone
                    value["value"] = opener.decrypt(sealed).decode()
    return message


def exchanges(flow: str) -> Any:
    """The recorded exchanges, as their services saw them."""
    found = flow_named(flow)
    recorded = msgspec.to_builtins(services().reader.exchanges(found.world, found.id))
    for value in (value for exchange in recorded for value in exchange.get("values", ())):
        value.pop("sealed", None)  # of use to nobody without the trace key
    return recorded


def flow_named(name: str) -> Flow:
    """The flow of this id; after ``?wait=`` for ``?until=``. Raises Problem (404, 422)."""
    reader = services().reader
    world = reader.world_of(name, [known.name for known in services().store.worlds()])
    found = reader.flow(world, name) if world else None
    if world is None or found is None:
        raise missing("flow", name)
    until = request.args.get("until", "ended" if _seconds() else "")
    if until:

        def there() -> bool:
            return _reached(until, reader.flow(world, name))

        if _seconds():
            reader.wait(world, there, _seconds())
        else:
            there()
        found = reader.flow(world, name) or found
    return found


def _reached(until: str, flow: Flow | None) -> bool:
    def count() -> int:
        return len(services().reader.messages(flow.world, flow.id)) if flow else 0

    try:
        return reached(until, flow, count)
    except ValueError as error:
        raise Problem(422, str(error), field="until", fix="ended, step=8 or messages=6") from None


def _seconds() -> float:
    return min(number("wait", 0), LONGEST_WAIT)


def number(name: str, default: float) -> float:
    """The query parameter ``name``. Raises Problem."""
    raw = request.args.get(name, "")
    try:
        value = float(raw) if raw else default
    except ValueError:
        value = -1
    if not 0 <= value < 1e9:
        raise Problem(422, f"{name} is {raw!r}", field=name, fix="a number, 0 or more")
    return value
