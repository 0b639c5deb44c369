"""The trace for programs: flows and their messages; waiting by long poll, so tests never sleep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Required, TypedDict

import msgspec
from flask import request
from msgspec import Meta
from ninestep.records import TOWN
from ninestep.trace.exchange import Check, Exchange, HttpRequest, HttpResponse, Note
from ninestep.trace.reader import Flow, reached

from ..services import services
from .found import app_of, world_of
from .operation import Operations
from .paging import LIMIT, MOST, PAGE, Paged, paged
from .problem import Problem, missing
from .query import Flag, Name, Param, Seconds, Until, asked
from .sealed import unsealed

LONGEST_WAIT = 30.0
WAIT = {
    "wait": Param("seconds to wait at most; none waits longer than 30", Seconds),
    "until": Param("ended, step=8 or messages=6", Until),
}
USUAL = 100  # flows of a page


STEP = Param("1 to 9", Annotated[int, Meta(ge=1, le=9)])


class ValueAnswer(TypedDict, total=False):
    """What somebody learnt, masked; ``value`` is the whole, under policy reveal alone."""

    kind: Required[str]
    hash: Required[str]
    masked: Required[str]
    where: Required[str]
    value: str


LegAnswer = TypedDict(
    "LegAnswer",
    {
        "exchange": str,
        "name": str,
        "side": Literal["request", "response"],
        "from": str,
        "to": str,
        "channel": Literal["front", "back"],
        "at": float,
        "at_real": float,
        "duration": float,
        "request": HttpRequest | None,
        "response": HttpResponse | None,
        "values": list[ValueAnswer],
    },
)
MessageAnswer = TypedDict(
    "MessageAnswer",
    {
        "seq": int,
        "step": int,
        "name": str,
        "from": str,
        "to": str,
        "via": str,
        "channel": Literal["front", "back"],
        "at": float,
        "outcome": Literal["ok", "refused", "failed"],
        "error": str,
        "fault": str,
        "checks": list[Check],
        "notes": list[Note],
        "legs": list[LegAnswer],
    },
)


def register(operations: Operations) -> None:
    filters = {
        "world": Param("the world; the app's or the town when left out", Name),
        "app": Param("only of this app", Name),
        "state": Param("only with this state, as it was sent"),
        **PAGE,
        "limit": LIMIT._replace(doc=f"rows at most, 1 to {MOST}; {USUAL} when left out"),
    }
    operations.add("GET", "/flows", all, query={**filters, **WAIT}, answer=list[Flow], refuses=(404,))
    operations.add("GET", "/flows/{flow}", one, query=WAIT, answer=Flow)
    which = {"step": STEP, "helpers": Param("1: also those without a number", Flag)}
    operations.add(
        "GET", "/flows/{flow}/messages", messages, query={**which, **WAIT, **PAGE}, answer=list[MessageAnswer]
    )
    operations.add("GET", "/flows/{flow}/exchanges", exchanges, query={**WAIT, **PAGE}, answer=list[Exchange])


def all() -> Any:
    """Flows of a world, newest first. With ``wait`` it answers as soon as one fits."""
    app, state = request.args.get("app", ""), request.args.get("state", "")
    named = request.args.get("world", "")
    world = app_of(app).world if app and not named else world_of(named or TOWN).name
    reader, until = services().reader, request.args.get("until", "")

    def page() -> Paged:
        found = reader.flows(world, app=app, state=state, limit=500)
        if until:
            found = [flow for flow in found if _reached(until, flow)]
        return paged(found, _places(world), show=_shown, newest_first=True, usual=USUAL)

    if _seconds():
        reader.wait(world, lambda: page().body, _seconds())
    return page()


def _shown(flows: list[Flow]) -> list[dict[str, Any]]:
    return [msgspec.structs.asdict(flow) for flow in flows]


def _places(world: str) -> Callable[[Flow], tuple[float, str]]:
    """Where each flow stands in its world's list: that of an imported one is not its own time."""
    store = services().store
    scores = {
        raw.decode(): score
        for raw, score in store.redis.zrange(store.keys.flows(world), 0, -1, withscores=True)
    }
    return lambda flow: (scores.get(flow.id, flow.at_real), flow.id)


def one(flow: str) -> Any:
    """One flow; with ``wait`` and ``until`` as soon as it is there."""
    return msgspec.structs.asdict(flow_named(flow))


def messages(flow: str) -> Any:
    """The nine numbered messages; ``helpers=1`` adds those without a number."""
    found = flow_named(flow)
    result = services().reader.messages(found.world, found.id, helpers=asked("helpers", False))
    step = asked("step")
    return paged(
        [message for message in result if step in (None, message.step)],
        lambda message: (message.seq,),
        show=lambda messages: [opened(msgspec.to_builtins(message)) for message in messages],
    )


def opened(message: dict[str, Any]) -> dict[str, Any]:
    """Under policy ``reveal`` a value stands beside its mask (design.md §7)."""
    for leg in message["legs"]:
        for value in leg["values"]:
            if whole := unsealed(value.pop("sealed", "")):
                value["value"] = whole
    return message


def exchanges(flow: str) -> Any:
    """The recorded exchanges, as their services saw them."""
    found = flow_named(flow)
    recorded = services().reader.exchanges(found.world, found.id)
    return paged(recorded, lambda exchange: (exchange.seq,), show=_unsealed)


def _unsealed(exchanges: list[Exchange]) -> Any:
    """Without what is of use to nobody who has no trace key."""
    told = msgspec.to_builtins(exchanges)
    for value in (value for exchange in told for value in exchange.get("values", ())):
        value.pop("sealed", None)
    return told


def flow_named(name: str) -> Flow:
    """The flow of this id; after ``?wait=`` for ``?until=``. Raises Problem (404, 422)."""
    reader = services().reader
    world = reader.world_of(name, [known.name for known in services().store.worlds()])
    found = reader.flow(world, name) if world else None
    if world is None or found is None:
        raise missing("flow", name, fix="GET /_mock/api/flows")
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
    return min(float(asked("wait", 0)), LONGEST_WAIT)
