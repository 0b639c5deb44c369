"""«Four ways to a token» (S2 «四种方式», S4; M140–M143): each played on a sample client, with what to look at then."""

from __future__ import annotations

from typing import NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue
from ninestep.oauth import grant_types as words
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
    alone: bool = False  # nobody has to agree: over before one has looked, so the theatre plays it once more


WAYS = (
    Way("code", words.CODE, seeds.XIAOTU, "/xiaotu?play=1", ADVISED),
    Way("implicit", "response_type=token", seeds.SPA, "/spa?play=implicit", WEAK),
    Way("password", words.PASSWORD, seeds.MEITU, "/meitu?play=1", FORBIDDEN, alone=True),
    Way("machine", words.MACHINE, seeds.NIGHTLY, "/nightly?play=1", ADVISED, alone=True),
)
MORE = (
    Way("device", "device_code", seeds.TV, "/tv?play=1", ADVISED),
    Way("token_answer", "uid, info", seeds.SITE_A, "/site-a?play=1", ADVISED),
)


def grants() -> ResponseReturnValue:
    played = _newest()
    return render_template("learn/grants.html", ways=WAYS, more=MORE, played=played, looks=LOOKS)


def way_of(name: str) -> Way | None:
    return next((way for way in (*WAYS, *MORE) if way.name == name), None)


def _newest() -> dict[str, Flow]:
    """The newest flow of each sample."""
    found: dict[str, Flow] = {}
    for flow in services().reader.flows(TOWN, imported=False):
        found.setdefault(flow.app, flow)
    return found
