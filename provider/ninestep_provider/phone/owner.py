"""Whose phone it is: the user who is logged in in this browser's WeChat, one per world. Plain forms."""

from __future__ import annotations

import re

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN

from ..pages import interaction, people
from ..services import services

OURS = re.compile(
    r"/_mock/phone(?:[/?][!-\[\]-~]*)?"
)  # on this phone; a backslash counts as a slash to browsers


def show() -> ResponseReturnValue:
    world = _world(request.args.get("world", TOWN))
    return render_template(
        "phone/owner.html",
        world=world,
        present=interaction.present(world),
        personas=people.personas(services(), world),
        back_to=_back(request.args.get("back", ""), world),
    )


def choose() -> ResponseReturnValue:
    """Log in, and go back to where the choice was missing. 303: nothing is posted on."""
    world = _world(request.form.get("world", TOWN))
    user = services().store.user(world, request.form.get("owner", "")[:64])
    if user is None or user.deleted or user.virtual:
        abort(400)
    interaction.log_in(world, user)
    return redirect(_back(request.form.get("back", ""), world), 303)


def _world(name: str) -> str:
    """One that there is, so that nobody logs in to a world that may come later."""
    store = services().store
    batch = store.batch()
    found = store.read_world(batch, name[:64])
    batch.run()
    if found.value is None:
        abort(404)
    return found.value.name


def _back(wanted: str, world: str) -> str:
    """``wanted``, if it is a page of this phone; else the home screen."""
    if len(wanted) <= 1024 and OURS.fullmatch(wanted):
        return wanted
    return url_for("phone.home") if world == TOWN else url_for("phone.home", world=world)
