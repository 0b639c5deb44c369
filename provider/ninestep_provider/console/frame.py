"""What all tabs have alike: the world they look at, and how they say what was done or what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN

from ..control.found import world_of
from ..control.problem import Problem
from ..offered_worlds import offered
from ..services import services
from .plainly import helpful, plainly

DONE = frozenset(
    {
        *("made", "saved", "deleted", "rotated", "expired", "revoked", "armed", "disarmed", "moved", "reset"),
        *("followed", "unfollowed", "keys", "answered"),
    }
)


def world() -> str:
    """The world that the page looks at: named in its address, else the town. Raises Problem 404."""
    return world_of(request.args.get("world") or TOWN).name


def show(tab: str, page: str = "", *, problem: Problem | None = None, **values: Any) -> ResponseReturnValue:
    """One page of a tab. With a ``problem`` it says so at the field, and answers the problem's status."""
    here = values.pop("world", "") or world()
    done = request.args.get("done", "")
    body = render_template(
        f"console/{page or tab}.html",
        tab=tab,
        world=here,
        worlds=offered(here),
        done=done if done in DONE and problem is None else "",
        problem=problem,
        plain=plainly(problem.detail) if problem else "",
        fix=helpful(problem.errors[0].fix) if problem and problem.errors else "",
        wrong=problem.errors[0].field if problem and problem.errors else "",
        **values,
    )
    return body, problem.status if problem else 200


def done(endpoint: str, word: str, **names: Any) -> ResponseReturnValue:
    """To the page that shows it, so that a reload does nothing twice."""
    return redirect(
        url_for(endpoint, **{"world": request.args.get("world") or None, "done": word, **names}), 303
    )


def tried(do: Callable[[], Any]) -> tuple[Any, Problem | None]:
    """(what a control call answered, None), or (None, why it refused)."""
    try:
        return do(), None
    except Problem as problem:
        return None, problem


def app_names(here: str) -> Mapping[str, str]:
    return {app.appid: app.name for app in services().store.apps(here)}
