"""«Four ways to a token» (S2 «四种方式», S4; M140–M143): each played on a sample client, with what to look at then."""

from __future__ import annotations

from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue
from ninestep.dialects.standard import grants as words
from ninestep.records import TOWN
from ninestep.trace.reader import Flow

from .. import seeds
from ..services import services

LOOKS = 3  # things to look at
ADVISED, WEAK, FORBIDDEN = "ok", "warn", "bad"


class Way(NamedTuple):
    """One grant: which sample plays it, where its button is, and how it is thought of today (RFC 9700)."""

    name: str
    grant: str
    app: str
    path: str
    advice: str


WAYS = (
    Way("code", words.CODE, seeds.XIAOTU, "/xiaotu", ADVISED),
    Way("implicit", "response_type=token", seeds.SPA, "/spa", WEAK),
    Way("password", words.PASSWORD, seeds.MEITU, "/meitu", FORBIDDEN),
    Way("machine", words.MACHINE, seeds.NIGHTLY, "/nightly", ADVISED),
)
MORE = (
    Way("device", "device_code", seeds.TV, "/tv", ADVISED),
    Way("token_answer", "uid, info", seeds.SITE_A, "/site-a", ADVISED),
)


def grants() -> ResponseReturnValue:
    played = _newest()
    return render_template("learn/grants.html", ways=WAYS, more=MORE, played=played, looks=LOOKS)


def _newest() -> dict[str, Flow]:
    """The newest flow of each sample."""
    found: dict[str, Flow] = {}
    for flow in services().reader.flows(TOWN, imported=False):
        found.setdefault(flow.app, flow)
    return found
