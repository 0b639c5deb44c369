"""Programs for an app's own client, in the SDKs that fit it: what ``/_mock/connect`` shows, for other programs."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from flask import Response

from ..services import services
from .found import app_of
from .nearest import near
from .operation import Media, Operations
from .problem import Problem
from .query import Flag, Param, asked

QUERY = {"secret": Param("1: with the app's secret, which GET /apps/{appid} tells; else it is masked", Flag)}
TEXT = "text/plain; charset=utf-8"


class SnippetAnswer(TypedDict):
    """A program, but for its text."""

    sdk: str
    title: str
    language: str
    packages: dict[str, str]  # as their registry calls them: the version that our tests run, or ""
    tested: bool  # our tests log in with this very text
    way: Literal["base_url", "intercept"]
    file: str
    install: str  # a command, or Maven's coordinates line by line; "" where nothing has to be
    run: str  # lines for a shell
    opens: str  # what a browser opens then; "" where an App or a mini program brings the code
    redirect_uri: str  # what it sends


def register(operations: Operations) -> None:
    path = "/apps/{appid}/snippets"
    operations.add("GET", path, snippets, answer=list[SnippetAnswer])
    operations.add("GET", path + "/{sdk}", snippet, query=QUERY, answer=Media(TEXT))


def snippets(appid: str) -> Any:
    """The SDKs that fit an app: packages with the versions that were run, the way here, how to start the program."""
    from ..start import snippets as programs  # when somebody asks, like their page

    app = app_of(appid)
    return [programs.told(programs.for_app(app, sdk)) for sdk in programs.offered(app)]


def snippet(appid: str, sdk: str) -> Response:
    """One program as plain text, filled in with the app's own values."""
    from ..start import recipes
    from ..start import snippets as programs

    app = app_of(appid)
    fitting = {one.name: one for one in programs.offered(app)}
    if sdk not in fitting:
        fix = near(sdk, fitting) or "a browser logs in to no app of this kind"
        raise Problem(404, f"no program {sdk!r} fits {app.dialect} {app.kind} apps", field="sdk", fix=fix)
    secret = app.secret if asked("secret", False) else recipes.MASK
    text = programs.text(app, programs.for_app(app, fitting[sdk]), services().settings, secret)
    return Response(text, content_type=TEXT)
