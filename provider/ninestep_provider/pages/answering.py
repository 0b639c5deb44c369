"""How an answer leaves for the client: a redirect, or a page that posts it (OAuth 2.0 Form Post Response Mode)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import redirect, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.trace import Draft
from ninestep.trace.masking import KINDS
from ninestep.web import policy as csp

from ..engine.location import source
from ..engine.server import Context

FORM_POST = "form_post"


def send(context: Context, params: Mapping[str, str], location: str) -> ResponseReturnValue:
    """``location`` is where the engine wants the browser to go; ``params`` of the request say how. 302 answers a GET,
    303 a POST, so that no password is ever posted on."""
    if context.dialect.response_mode(params) == FORM_POST:
        return post(context.draft, location, context.app.name if context.app else "")
    return redirect(location, 302 if request.method == "GET" else 303)


def post(draft: Draft, location: str, app_name: str) -> str:
    """The page that posts what stands in the fragment of ``location``."""
    action, _, answer = location.partition("#")
    pairs = parse_qsl(answer, keep_blank_values=True)
    for name, value in pairs:  # a page's text is no part of the record, but who reads this one learns them
        if kind := KINDS.get(name):
            draft.learn(kind, value, "response.body")
    csp.allow("form-action", source(action))
    return render_template("provider/form_post.html", action=action, pairs=pairs, app_name=app_name)
