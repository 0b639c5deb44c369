"""The pieces of the picture. Every x is a part of the width and every y a pixel, so that text keeps its size at any
width; the colours are those of a light page, for a file that stands alone, and a page overrules them by class."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from ..messages import Message
from .arrows import PHONE, Arrow
from .captions import words_of

WIDTH = 1080  # of a picture that stands alone
HEAD = 92
FONT = "-apple-system, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', monospace"
INK, INK_2, PAPER, BAD, EDGE = "#1b1f26", "#566070", "#fff", "#b3322f", "#8a94a3"
FORBIDDEN = re.compile("[^\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, and line ends
BAND = 12  # width of a lifeline

COLOURS = {
    PHONE: "#6b4bb8",
    "browser": "#4b5563",
    "client_app": "#8a5a00",
    "provider": "#05713a",
    "resource_api": "#2a5aa8",
}
LETTERS = {PHONE: "P", "browser": "A", "client_app": "B", "provider": "C", "resource_api": "D"}
PATTERNS = {  # drawn in 8 × 8: a lane is known without its colour
    PHONE: '<path d="M0 4q2-4 4 0t4 0" fill="none" stroke="{c}"/>',
    "browser": '<circle cx="2" cy="2" r="1.1" fill="{c}"/><circle cx="6" cy="6" r="1.1" fill="{c}"/>',
    "client_app": '<path d="M-2 2 2-2M0 8 8 0M6 10l4-4" stroke="{c}"/>',
    "provider": '<path d="M0 4h8M4 0v8" stroke="{c}"/>',
    "resource_api": '<path d="M0 2h8M0 6h8" stroke="{c}"/>',
}
ICONS = {  # 24 × 24, stroked
    PHONE: '<rect x="6.8" y="2.8" width="10.4" height="18.4" rx="2.4"/><path d="M10.8 18.2h2.4"/>',
    "browser": '<rect x="3" y="4.5" width="18" height="15" rx="2"/><path d="M3 9h18M6 6.8h.1M8.6 6.8h.1"/>',
    "client_app": '<path d="M4 10 5.5 4.5h13L20 10M5 10v9.5h14V10M9.5 19.5V14h5v5.5"/>',
    "provider": '<path d="M12 3 4.5 6v5.5c0 4.6 3.1 7.8 7.5 9.5 4.4-1.7 7.5-4.9 7.5-9.5V6z"/>'
    '<path d="m8.8 12 2.3 2.3 4.2-4.3"/>',
    "resource_api": '<ellipse cx="12" cy="6" rx="7.5" ry="2.8"/>'
    '<path d="M4.5 6v12c0 1.5 3.4 2.8 7.5 2.8s7.5-1.3 7.5-2.8V6"/>'
    '<path d="M4.5 12c0 1.5 3.4 2.8 7.5 2.8s7.5-1.3 7.5-2.8"/>',
}


def text_of(words: str) -> str:
    """Text from outside, as SVG takes it: characters that XML forbids are left out."""
    return escape(FORBIDDEN.sub("", words))


def own_name(lane: str, language: str) -> str:
    return said(f"lane.{lane}", language)


def said(key: str, language: str) -> str:
    return words_of(language)[f"picture.{key}"]


def place(lane: str, order: Sequence[str]) -> float:
    """The middle of a lane, in percent."""
    return round((order.index(lane) + 0.5) * 100 / len(order), 3)


def patterns() -> str:
    drawn = (
        f'<pattern id="pic-{lane}" class="pic__lane pic__lane--{lane}" width="8" height="8" '
        f'patternUnits="userSpaceOnUse" stroke-width="1.2">{shape.format(c=COLOURS[lane])}</pattern>'
        for lane, shape in PATTERNS.items()
    )
    return f"<defs>{''.join(drawn)}</defs>"


def lifelines(order: Sequence[str], top: float = 0, high: str = "100%") -> str:
    return "".join(
        f'<svg x="{place(lane, order)}%" overflow="visible"><rect x="{-BAND / 2:g}" y="{top}" width="{BAND}" '
        f'height="{high}" fill="url(#pic-{lane})" opacity=".5"/></svg>'
        for lane in order
    )


def heads(order: Sequence[str], names: Mapping[str, str]) -> str:
    return "".join(
        f'<svg x="{place(lane, order)}%" y="10" overflow="visible" fill="{COLOURS[lane]}">'
        f'<rect x="-30" width="60" height="34" rx="8" fill="none" stroke="{COLOURS[lane]}" stroke-width="2"/>'
        f'<svg x="-24" y="6" width="22" height="22" viewBox="0 0 24 24" fill="none" stroke="{COLOURS[lane]}" '
        f'stroke-width="1.8">{ICONS[lane]}</svg>'
        f'<text x="13" y="23" font-size="17" font-weight="700" text-anchor="middle">{LETTERS[lane]}</text>'
        f'<text y="56" font-size="14" font-weight="600" text-anchor="middle">{text_of(names[lane])}</text></svg>'
        for lane in order
    )


def captioned(message: Message, title: str) -> str:
    if not title:
        return ""
    weight = "600" if message.step else "400"
    return (
        f'<text x="14" y="16" font-size="13" font-weight="{weight}" fill="{INK if message.step else INK_2}">'
        f"{text_of(title)}</text>"
    )


def arrow(
    drawn: Arrow, order: Sequence[str], y: float, *, number: int = 0, bad: bool = False, mark: str = ""
) -> str:
    """``mark`` stands at the arrow's own end, after its fields."""
    start, end = place(drawn.sender, order), place(drawn.receiver, order)
    right = end > start
    colour = BAD if bad else COLOURS[drawn.sender]
    dashes = ' stroke-dasharray="7 5"' if drawn.channel == "front" else ""
    classes = f"pic__arrow pic__arrow--{drawn.sender}" + (" pic__arrow--bad" if bad else "")
    x, anchor, shift = _text_at(start, end, order)
    tip = "M-10-5 0 0-10 5" if right else "M10-5 0 0 10 5"
    after = "  ".join(part for part in (drawn.fields, mark) if part)
    parts = [
        f'<g class="{classes}" stroke="{colour}" fill="{colour}">',
        f'<line class="pic__line" x1="{start}%" x2="{end}%" y1="{y}" y2="{y}" stroke-width="2"{dashes}/>',
        f'<svg x="{end}%" y="{y}" overflow="visible"><path d="{tip}" fill="none" stroke-width="2.2"/></svg>',
    ]
    if bad:
        middle = (start + end) / 2
        parts.append(
            f'<svg x="{middle:g}%" y="{y}" overflow="visible"><circle r="8" class="pic__paper" fill="{PAPER}"/>'
            '<path d="m-4-4 8 8m0-8-8 8" fill="none" stroke-width="2.4"/></svg>'
        )
    parts.append("</g>")
    parts.append(_words(x, y - 9, anchor, shift, drawn.text, "pic__text", INK))
    if after:
        parts.append(_words(x, y + 17, anchor, shift, after, "pic__fields", BAD if bad else INK_2))
    if number:
        parts.append(
            f'<svg x="{start}%" y="{y}" overflow="visible" class="{classes}" fill="{colour}">'
            '<circle r="11" stroke="none"/>'
            f'<text y="4.5" class="pic__number" stroke="none" fill="{PAPER}" font-size="13" font-weight="700" '
            f'text-anchor="middle">{number}</text></svg>'
        )
    return "".join(parts)


def _text_at(start: float, end: float, order: Sequence[str]) -> tuple[float, str, int]:
    """Beside the first or the last lane text starts at the lane, so that it does not leave the picture."""
    left, right = min(start, end), max(start, end)
    first, last = place(order[0], order), place(order[-1], order)
    if left == first and right < last:
        return left, "start", 18
    if right == last and left > first:
        return right, "end", -18
    return (left + right) / 2, "middle", 0


def _words(x: float, y: float, anchor: str, shift: int, words: str, kind: str, colour: str) -> str:
    return (
        f'<svg x="{x:g}%" y="{y:g}" overflow="visible"><text x="{shift}" class="{kind}" text-anchor="{anchor}" '
        f'font-family="{MONO}" font-size="12" fill="{colour}" stroke="{PAPER}" stroke-width="4" '
        f'stroke-linejoin="round" paint-order="stroke">{text_of(words)}</text></svg>'
    )
