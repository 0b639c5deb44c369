"""A flow as SVG, drawn from its messages alone: lanes, and an arrow for each time something was on the wire.

Through the browser (间接通信) is dashed, between servers (直接通信) solid; a message that passes the browser is two
half-arrows, and both of the login's redirects say so (M039). Only presentation attributes, which a strict CSP allows;
the classes let a page put its own colours over them. The page's ordered list says the same in words, so here all is
``aria-hidden``; ``standalone`` makes a file that carries its ground, its lanes' heads and a title.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..messages import Message
from . import shapes
from .arrows import Arrow, arrows, lanes_of
from .captions import caption, was_denied
from .shapes import HEAD, WIDTH

__all__ = ["Arrow", "arrows", "caption", "defs", "draw", "height", "lanes_of", "row", "was_denied"]

TOP = 26  # above the first arrow of a row, for its text
APART = 46  # from one arrow of a row to the next
BOTTOM = 20
CIRCLED = "·①②③④⑤⑥⑦⑧⑨"


def draw(
    messages: Sequence[Message],
    *,
    lanes: Mapping[str, str],
    language: str,
    standalone: bool = False,
    dialect: str = "",
) -> str:
    """The whole flow. ``lanes`` are the names to show: ``{"client_app": "美团后端", …}``; lanes that nobody
    mentioned have their own names. ``dialect`` is the app's."""
    order = lanes_of(messages)
    denied = was_denied(messages)
    parts, y = [], HEAD
    for message in messages:
        drawn = arrows(message)
        said = caption(message, language, denied=denied, dialect=dialect)
        title = f"{CIRCLED[message.step]} {said}" if standalone else ""
        above = 22 if title else 0
        parts.append(
            f'<svg y="{y}" width="100%" height="{above + height(drawn)}" overflow="visible">'
            + shapes.captioned(message, title)
            + f'<svg y="{above}" overflow="visible">{_arrows(message, drawn, order, language)}</svg></svg>'
        )
        y += above + height(drawn)
    names = {lane: lanes.get(lane) or shapes.own_name(lane, language) for lane in order}
    body = shapes.lifelines(order, HEAD - 6, str(y - HEAD + 6)) + shapes.heads(order, names) + "".join(parts)
    if not standalone:
        return f'<svg class="pic" width="100%" height="{y}" aria-hidden="true" focusable="false">{body}</svg>'
    title = " → ".join(names.values())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" '
        f'role="img" font-family="{shapes.FONT}"><title>{shapes.text_of(title)}</title>'
        f'{defs()}<rect width="100%" height="100%" fill="#fff"/>{body}</svg>'
    )


def row(message: Message, order: Sequence[str], language: str) -> str:
    """One message, for a page that puts it beside its words: as wide and high as the page lets it be, and at least
    ``height(arrows(message))`` high."""
    drawn = arrows(message)
    high = height(drawn)
    return (
        f'<svg class="pic" width="100%" height="{high}" aria-hidden="true" focusable="false">'
        f"{shapes.lifelines(order)}{_arrows(message, drawn, order, language)}</svg>"
    )


def height(drawn: Sequence[Arrow]) -> int:
    return TOP + APART * (len(drawn) - 1) + BOTTOM if drawn else TOP + BOTTOM


def defs() -> str:
    """The lanes' patterns: once in each document."""
    return shapes.patterns()


def _arrows(message: Message, drawn: Sequence[Arrow], order: Sequence[str], language: str) -> str:
    return "".join(
        shapes.arrow(
            arrow,
            order,
            TOP + APART * place,
            number=message.step if place == 0 else 0,
            bad=message.outcome != "ok" and place == len(drawn) - 1,
            mark=_mark(arrow, language),
        )
        for place, arrow in enumerate(drawn)
    )


def _mark(arrow: Arrow, language: str) -> str:
    words = [f"↪ {shapes.said(f'redirect.{arrow.redirect}', language)}"] if arrow.redirect else []
    return "  ".join([*words, *(["↻"] if arrow.again else [])])
