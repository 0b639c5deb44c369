"""Where «Four ways to a token» waits for what it has pressed: the sample stands in a window of its own, and as soon as
its flow begins, this one is the theatre of it.

The page's script asks the sample's to press its button (``static/playing.js``), and speaks to the client's address
alone.
"""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf
from ninestep.records import TOWN
from ninestep.trace.reader import Flow

from ..services import services
from ..theatre.hall import hall
from .grants import way_of

NEWEST = 50  # flows among which one that has just begun is looked for
NONE = "none"  # before the first flow of a town


def playing(name: str) -> ResponseReturnValue:
    """``after`` is the newest flow before the press: what is newer, and the sample's, is what was pressed for."""
    way = way_of(name)
    if way is None:
        abort(404)
    before = request.args.get("after", "")[:64]
    found = _begun(way.app, before) if before else None
    if found:
        how, mark = (None, "#play") if way.alone else ("1", "#stay")  # static/theatre.js
        return redirect(url_for("theatre.stage", flow=found.id, live=how) + mark)
    generate_csrf()  # now: two windows that each begin a session at once would lose one of them, and its forms
    since = hall().newest(TOWN)  # before what it dates
    newest = services().reader.flows(TOWN, limit=1)
    before = before or (newest[0].id if newest else NONE)
    return render_template("learn/playing.html", way=way, before=before, since=since)


def _begun(app: str, before: str) -> Flow | None:
    """The first flow of ``app`` that is newer than ``before``."""
    found = None
    for flow in services().reader.flows(TOWN, limit=NEWEST):
        if flow.id == before:
            break
        if flow.app == app and not flow.imported:
            found = flow
    return found
