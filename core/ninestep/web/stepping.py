"""The page of a stop in step mode, which provider and client show alike: what happened, what comes next, one button.

Nothing waits: the page is an answer like any other, and what comes next lies in the store until its button is pressed.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from ..store.stepping import Pause, Resting
from ..trace.exchange import Exchange
from ..trace.reader import Flow
from ..trace.stepping import Address, calls, told
from ..trace.story import story
from . import language

SENT = {
    5: ("code", "client_secret"),
    7: ("access_token",),
    9: ("client_session",),
}  # what a back-channel stop holds
BEFORE = {5: (4, 5), 7: (5, 6), 9: (7, 8)}  # the steps that a stop looks back on
SHOWN = {  # and the exchanges that they are; ⑤ is answered in ⑥
    5: ("callback.received",),
    7: ("code.redeemed", "token.inspected"),
    9: ("profile.read",),
}
STEPS = range(1, 10)


def wants_page() -> bool:
    """Only somebody who reads pages can press a button: programs are never stopped."""
    return "text/html" in request.headers.get("Accept", "")


def page(pause: Pause, *, live: bool, elsewhere: Resting | None, flow: Flow | None, **more: Any) -> str:
    """``elsewhere`` is where the flow rests by now; ``more`` is what only the service knows: ``app`` (its name),
    ``dialect``, ``action``, ``home``, ``frozen``."""
    return render_template(
        "ninestep/step.html",
        pause=pause,
        step=pause.step,
        state="waiting" if live else "done",
        elsewhere=elsewhere.address if elsewhere else "",
        done=flow.steps if flow else [],
        steps=STEPS,
        ours=flow is None or 1 in flow.steps or pause.step == 2,
        **more,
    )


def gone() -> tuple[str, int]:
    """Nobody's stop, or another browser's: who asks is not told which."""
    return render_template("ninestep/step.html", pause=None, state="gone", step=0, home="/"), 404


def going(address: Address) -> dict[str, Any]:
    """A stop before the browser goes somewhere."""
    return {"address": address, "calls": [], "stories": [], "sent": ()}


def between(
    exchanges: list[Exchange], pause: Pause, *, app: str, dialect: str, pkce: bool = False
) -> dict[str, Any]:
    """A stop between two calls of the back channel: the last one as it was recorded, and what the next one carries."""
    names, sent = SHOWN[pause.step], SENT[pause.step]
    if pause.error:
        sent = ()
        names = ("code.redeemed", "token.inspected", "profile.read", "token.refreshed")
    elif pause.step == 9 and not any(each.name == "profile.read" for each in exchanges):
        names = SHOWN[7]  # a silent login: ⑦ and ⑧ were not needed
    stories = [
        story(message, language.current(), app=app, dialect=dialect)
        for message in told(exchanges, BEFORE[pause.step])
    ]
    return {
        "address": None,
        "calls": calls(exchanges, names),
        "stories": stories,
        "sent": (*sent, "code_verifier") if pkce and pause.step == 5 else sent,
    }
