"""«With OAuth» (M009, S0 §1.2 «优势»): four advantages, each ticked by what one flow really did."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN, Token
from ninestep.trace import Exchange
from ninestep.trace.json_body import json_object
from ninestep.trace.ledger import ledger
from ninestep.trace.messages import Message, messages
from ninestep.trace.reader import Flow
from ninestep.trace.vocabulary import BROWSER, PROVIDER

from ..services import services
from .runs import flow_of

YES, NO, OPEN = "yes", "no", "open"  # open: the flow has not come so far
CONSENT = ("consent.given", "login.submitted", "qr.answered", "js_code.given", "authorize.requested")
REDEEMED = ("code.redeemed",)


class Fact(NamedTuple):
    """``message`` (Message.seq, helpers counted) is where it can be seen; ``detail`` is what was found there."""

    name: str
    state: str
    message: int = 0
    why: str = ""  # the last part of a word's key
    detail: str = ""


def newest() -> ResponseReturnValue:
    """The town's newest flow, or an invitation to make one."""
    known = services().reader.flows(TOWN, limit=1)
    return render_template(
        "learn/with_oauth.html", flow=known[0] if known else None, facts=facts(known[0]) if known else []
    )


def with_oauth(flow: str) -> ResponseReturnValue:
    found = flow_of(flow)
    if found is None:
        abort(404)
    return render_template("learn/with_oauth.html", flow=found, facts=facts(found))


def facts(flow: Flow) -> list[Fact]:
    """The four, in the seed's order."""
    parts = services()
    exchanges = parts.reader.exchanges(flow.world, flow.id)
    told = messages(exchanges)
    answer = _answer(exchanges)
    tokens = [t for _, t in parts.store.tokens(flow.world, flow.app) if t.flow == flow.id]
    return [
        _password(exchanges, told),
        _scope(told, answer),
        _revocable(flow, told, tokens),
        _expires(told, answer),
    ]


def _password(exchanges: list[Exchange], told: list[Message]) -> Fact:
    """By the ledger: nobody but the browser that typed it and the provider was ever told a password."""
    found = ledger(exchanges)
    elsewhere = [place for place in found.places if place not in (BROWSER, PROVIDER)]
    for place in elsewhere:
        if cells := found.cells(place, "password"):
            return Fact("password", NO, cells[0].learned, "told", place)
    if cells := found.cells(PROVIDER, "password"):
        return Fact("password", YES, cells[0].learned, "typed")
    consent = _seq(told, CONSENT)
    return Fact("password", YES if consent else OPEN, consent, "not_typed" if consent else "waiting")


def _scope(told: list[Message], answer: dict[str, Any]) -> Fact:
    seq, scope = _seq(told, REDEEMED), str(answer.get("scope", ""))
    if not answer:
        return Fact("scope", OPEN, why="waiting")
    return Fact("scope", YES if scope else NO, seq, "named" if scope else "unnamed", scope)


def _revocable(flow: Flow, told: list[Message], tokens: list[Token]) -> Fact:
    """The consent is a record of its own, that its user can take back; every token hangs on it."""
    parts, seq = services(), _seq(told, CONSENT)
    if not tokens:
        return Fact("revocable", OPEN, why="waiting")
    living = {g.id for g in parts.store.grants(flow.world, user=flow.user, appid=flow.app)}
    hanging = all(token.grant in living for token in tokens)
    return Fact("revocable", YES, seq, "can_be" if hanging else "was")


def _expires(told: list[Message], answer: dict[str, Any]) -> Fact:
    seq, seconds = _seq(told, REDEEMED), str(answer.get("expires_in", ""))
    if not answer:
        return Fact("expires", OPEN, why="waiting")
    ends = seconds.isdigit()
    return Fact("expires", YES if ends else NO, seq, "ends" if ends else "endless", seconds)


def _seq(told: list[Message], names: tuple[str, ...]) -> int:
    """The last message of the first of these names that was said at all."""
    for name in names:
        found = [m.seq for m in told if any(leg.name == name for leg in m.legs)]
        if found:
            return found[-1]
    return 0


def _answer(exchanges: list[Exchange]) -> dict[str, Any]:
    """The token answer, secrets masked; {} before there is one."""
    for e in exchanges:
        if e.name in REDEEMED and e.outcome == "ok":
            return json_object(e.response.body) or dict(
                parse_qsl(e.response.body)
            )  # QQ answers a query string
    return {}
