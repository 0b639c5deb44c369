"""Reading a flow in again: ``POST /flows`` takes what ``export.json`` gave, here or in another town."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request
from ninestep.records import TOWN
from ninestep.trace.exchange import Exchange
from ninestep.trace.reader import Flow
from ninestep.web import limits

from ..services import services
from .found import world_of
from .operation import Body, Operations
from .problem import Problem
from .query import WORLD

MOST_BODY = 1024 * 1024


class FlowDocument(Body):
    """``export.json``. The exchanges are the flow; the rest says where they came from."""

    format: str
    version: int
    exchanges: list[Exchange]
    exporter: str = ""
    flow: dict[str, str] = {}


def register(operations: Operations) -> None:
    operations.add(
        "POST",
        "/flows",
        add,
        body=FlowDocument,
        status=201,
        query={"world": WORLD},
        answer=Flow,
        refuses=(404,),
    )
    operations.blueprint.record(
        lambda state: limits.allow(state.app, f"{operations.name}.imports_add", MOST_BODY)
    )


def add(body: FlowDocument) -> Any:
    """Read a flow in. It has an id of its own, is marked as imported, and no running login meets it."""
    from ninestep.trace import imported
    from ninestep.trace.exports import document

    if body.format != document.FORMAT:
        raise Problem(422, f"format is {body.format[:80]!r}", field="format", fix=document.FORMAT)
    if body.version != document.VERSION:
        fix = f"version {document.VERSION}, as export.json of this town has it"
        raise Problem(422, f"version is {body.version}", field="version", fix=fix)
    world = world_of(request.args.get("world") or TOWN).name
    try:
        exchanges = document.read(body.exchanges, world=world, flow=imported.new_id())
    except document.Wrong as wrong:
        raise Problem(422, str(wrong), field=wrong.field, fix="GET /flows/{flow}/export.json") from None
    parts = services()
    imported.write(parts.recorder, exchanges)
    found = parts.reader.flow(world, exchanges[0].flow)
    assert found is not None
    return msgspec.structs.asdict(found)
