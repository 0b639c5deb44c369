"""One file that replays a flow: for hand-outs, from a stick, without a town and without a network.

Style and script stand in the file, allowed by their hashes alone; both languages are in it; without scripts it is a
long page that reads from top to bottom. What it shows is what the trace recorded, masked as everywhere.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ...ledger import FORBIDDEN, KNOWS, NEVER, USELESS
from ...messages import Leg, Message
from ...parameters import MARKS
from ...picture import defs, lanes_of, row
from ...picture.shapes import LETTERS
from ...story import LANGUAGES, parties
from ...words import catalogue
from ..lesson import STATES
from ..subject import Subject

HERE = Path(__file__).resolve().parent
CORE = HERE.parents[2]
STYLES = (CORE / "static/tokens.css", CORE / "static/base.css", HERE / "replay.css")


def replay(subject: Subject) -> str:
    from markupsafe import Markup

    style, script = _style(), (HERE / "replay.js").read_text("utf-8")
    order = lanes_of(subject.messages)
    ledger = subject.ledger
    return _template().render(
        subject=subject,
        flow=subject.flow,
        language=subject.language,
        languages=LANGUAGES,
        t=lambda key, language: catalogue("exports", language)[f"exports.{key}"],
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'",
        style=Markup(style),
        script=Markup(script),
        defs=Markup(defs()),
        order=order,
        letters=LETTERS,
        names={
            language: parties(language, subject.app, subject.user, subject.dialect) for language in LANGUAGES
        },
        messages=[_shown(subject, message, order) for message in subject.messages],
        ledger=ledger,
        marks=MARKS,
        states=STATES,
        symbols={"knows": STATES[KNOWS], "useless": STATES[USELESS], "never": STATES[NEVER]}
        | {"forbidden": STATES[FORBIDDEN]},
    )


def _shown(subject: Subject, message: Message, order: list[str]) -> dict[str, Any]:
    from markupsafe import Markup

    return {
        "seq": message.seq,
        "step": message.step,
        "outcome": message.outcome,
        "channel": message.channel,
        "checks": message.checks,
        "caption": {language: subject.caption(message, language) for language in LANGUAGES},
        "story": {language: subject.story(message, language) for language in LANGUAGES},
        "row": {language: Markup(row(message, order, language)) for language in LANGUAGES},
        "raw": list(_raw(message.legs)),
    }


def _raw(legs: list[Leg]) -> Iterator[tuple[str, str]]:
    """(request or response, its text) of every leg."""
    for leg in legs:
        if leg.request is not None and leg.request.method:
            first, part = f"{leg.request.method} {leg.request.url}", leg.request
            yield "request", _text(first, part.headers, part.body)
        elif leg.response is not None and leg.response.status:
            yield (
                "response",
                _text(f"HTTP/1.1 {leg.response.status}", leg.response.headers, leg.response.body),
            )


def _text(first: str, headers: list[tuple[str, str]], body: str) -> str:
    return "\n".join([first, *(f"{name}: {value}" for name, value in headers), *(["", body] if body else [])])


@cache
def _style() -> str:
    return "\n".join(path.read_text("utf-8") for path in STYLES)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _template() -> Any:
    from jinja2 import Environment, FileSystemLoader

    loader = FileSystemLoader([HERE, CORE / "templates"])
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template(
        "replay.html"
    )
