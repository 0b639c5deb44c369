"""A flow to take along: ``/flows/{flow}/export.…``, one address per format, and two flows compared.

Secrets are masked. ``?reveal=1`` opens them where the app's policy ``reveal`` kept them; what can be read in again
never holds any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, TypedDict

from flask import Response
from ninestep.dialects import policy
from ninestep.trace.compare import Pair
from ninestep.trace.exchange import Exchange
from ninestep.trace.messages import merge
from ninestep.trace.reader import Flow
from ninestep.trace.vocabulary import CLIENT, PROVIDER, RESOURCE
from ninestep.web import language

from ..services import services
from .flows import WAIT, flow_named
from .operation import Media, Operations
from .problem import Problem
from .query import Flag, Param, asked
from .sealed import value_of

QUERY = {
    "lang": Param("zh-CN or en", Literal["zh-CN", "en", ""]),
    "reveal": Param("1: open what policy reveal kept", Flag),
    **WAIT,
}


class Comparison(TypedDict):
    left: str  # ids of the flows
    right: str
    same: bool
    pairs: list[Pair]


class Format(NamedTuple):
    ext: str
    content_type: str
    doc: str
    inline: bool = False  # shown by a browser; the others are saved
    opens: bool = True  # whether ?reveal=1 may open it
    query: dict[str, Param] = {}


FORMATS = (
    Format(
        "mmd",
        "text/vnd.mermaid",
        "A Mermaid sequence diagram: S0's nine arrows, or S1's.",
        True,
        False,
        {"style": Param("s0 or s1", Literal["s0", "s1", ""])},
    ),
    Format("svg", "image/svg+xml", "The picture of the theatre.", True, False),
    Format("har", "application/json", "HAR 1.2 of front and back channel."),
    Format("sh", "text/x-shellscript", "A curl script that replays the back channel."),
    Format("md", "text/markdown", "A lesson sheet: story, messages, picture, ledger."),
    Format("json", "application/json", "The whole flow, which POST /flows reads in again.", False, False),
    Format("html", "text/html", "One file that replays the flow without a network."),
    Format("py", "text/x-python", "A Playwright test of this flow.", False, False),
)


def register(operations: Operations) -> None:
    for form in FORMATS:
        query = QUERY | form.query
        if not form.opens:
            query["reveal"] = Param(f"0: a .{form.ext} file never holds secrets", Literal["0", "false", ""])
        operations.add(
            "GET",
            f"/flows/{{flow}}/export.{form.ext}",
            _view(form),
            query=query,
            answer=Media(form.content_type),
            refuses=(409,),
        )
    operations.add("GET", "/flows/{flow}/compare/{other}", compare, query=WAIT, answer=Comparison)


def compare(flow: str, other: str) -> Any:
    """Two flows message by message, with what differs and the first that does."""
    from ninestep.trace.compare import compare as pairs_of

    reader, sides = services().reader, [flow_named(flow), flow_named(other)]
    left, right = (reader.messages(found.world, found.id, helpers=True) for found in sides)
    pairs = pairs_of(left, right)
    first = next((pair for pair in pairs if pair.first), None)
    return {"left": sides[0].id, "right": sides[1].id, "same": first is None, "pairs": pairs}


def rendered(flow: Flow, ext: str, *, lang: str, reveal: bool = False, style: str = "s0") -> str:
    """The text of an export. Raises Problem where this flow cannot be had in this form."""
    from ninestep.trace.exports.subject import Subject

    parts, app = services(), services().store.app(flow.app)
    exchanges = parts.reader.exchanges(flow.world, flow.id)
    if reveal:
        if app is None or not policy(app, "reveal"):
            raise Problem(
                409, f"policy reveal of app {flow.app!r} is off, so its values are not shown", field="reveal"
            )
        exchanges = opened(exchanges)
    user = parts.store.user(flow.world, flow.user) if flow.user else None
    settings = parts.settings
    return _write(
        ext,
        Subject(
            flow=flow,
            exchanges=exchanges,
            language=lang,
            app=app.name if app else flow.app,
            user=user.name if user else flow.user,
            dialect=app.dialect if app else "",
            bases={
                CLIENT: settings.client_url,
                PROVIDER: settings.provider_url,
                RESOURCE: settings.resource_url,
            },
            now=parts.store.now(flow.world),
        ),
        style,
    )


def opened(exchanges: list[Exchange]) -> list[Exchange]:
    """With the values that were sealed in the place of their masks."""
    from ninestep.trace.opening import opened as with_values

    return [with_values(e, value_of) for e in merge(exchanges)]


def _view(form: Format) -> Callable[[str], Response]:
    def view(flow: str) -> Response:
        found, reveal = flow_named(flow), form.opens and asked("reveal", False)
        style = asked("style", "s0")
        text = rendered(found, form.ext, lang=language.current(), reveal=reveal, style=style)
        response = Response(text, content_type=f"{form.content_type}; charset=utf-8")
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"  # whatever a flow holds
        if not form.inline:
            response.headers["Content-Disposition"] = f'attachment; filename="ninestep-{found.id}.{form.ext}"'
        return response

    view.__name__, view.__doc__ = f"export_{form.ext}", form.doc
    return view


def _write(ext: str, subject: Any, style: str) -> str:
    """Each writer is imported where it is needed: a login needs none of them."""
    match ext:
        case "mmd":
            from ninestep.trace.exports.mermaid import diagram

            return diagram(subject, style)
        case "svg":
            from ninestep.trace.picture import draw

            return draw(
                subject.messages,
                lanes=subject.names,
                language=subject.language,
                dialect=subject.dialect,
                standalone=True,
            )
        case "har":
            from ninestep.trace.exports.har import har as write
        case "sh":
            from ninestep.trace.exports.script import script as write
        case "md":
            from ninestep.trace.exports.lesson import lesson as write
        case "json":
            from ninestep.trace.exports.document import document as write
        case "html":
            from ninestep.trace.exports.replay import replay as write
        case _:
            return _browser_test(subject)
    return write(subject)


def _browser_test(subject: Any) -> str:
    from ninestep.trace.exports.browser_test import NoBrowser, browser_test

    try:
        return browser_test(subject)
    except NoBrowser as problem:
        raise Problem(409, str(problem), field="flow") from None
