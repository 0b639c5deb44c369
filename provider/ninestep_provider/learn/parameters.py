"""``/_mock/learn/params``: the seed's table (M067), everyday words (M010), and what the newest flow really carried."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.trace import Exchange
from ninestep.trace.parameters import MARKS, PARAMETERS
from ninestep.trace.reader import Flow

from ..services import services
from .runs import flow_of

ANALOGIES = (  # S0 §1.1, §4.1–4.5, §5.1, §6.1–6.2
    *("client_id", "client_secret", "redirect_uri", "state"),
    *("code", "scope", "access_token", "refresh_token"),
)
IN_ADDRESS = ("redirect_uri", "scope")  # not secret, so the trace keeps them in the address alone


class Carried(NamedTuple):
    """A value as it was carried in a flow, masked where it is secret; ``first`` is the exchange that carried it."""

    shown: str
    first: str


def params() -> ResponseReturnValue:
    flow = _flow()
    carried = _carried(services().reader.exchanges(flow.world, flow.id), flow.app) if flow else {}
    return render_template(
        "learn/params.html",
        parameters=PARAMETERS,
        marks=MARKS,
        analogies=ANALOGIES,
        carried=carried,
        flow=flow,
    )


def _flow() -> Flow | None:
    """The named one, else the newest of the named world or the town."""
    if named := request.args.get("flow", ""):
        found = flow_of(named)
        if found is None:
            abort(404)
        return found
    world = request.args.get("world", TOWN)[:64]
    newest = services().reader.flows(world, limit=1)
    return newest[0] if newest else None


def _carried(exchanges: list[Exchange], appid: str) -> dict[str, Carried]:
    found: dict[str, Carried] = {}
    for e in exchanges:
        if appid:
            found.setdefault("client_id", Carried(appid, e.name))
        for value in e.values:
            found.setdefault(value.kind, Carried(value.masked, e.name))
        asked = parse_qs(urlsplit(e.request.url).query)
        for name in IN_ADDRESS:
            if name in asked:
                found.setdefault(name, Carried(asked[name][0], e.name))
    return found
