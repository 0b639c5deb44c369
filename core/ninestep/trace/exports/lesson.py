"""A lesson sheet in Markdown: the story of each message, the table of messages, the picture, and who knows what."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from ..ledger import FORBIDDEN, KNOWS, NEVER, USELESS, Ledger
from ..messages import Message
from ..parameters import MARKS
from ..words import catalogue
from .mermaid import diagram
from .subject import Subject

STATES = {KNOWS: "●", USELESS: "◐", NEVER: "○", FORBIDDEN: "⚠"}
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")


def lesson(subject: Subject) -> str:
    t = catalogue("exports", subject.language)
    app = plain(subject.app or subject.flow.app)
    parts = [
        f"# {t['exports.lesson.title'].format(app=app)}",
        t["exports.lesson.intro"].format(flow=subject.flow.id, world=plain(subject.flow.world)),
        _outcome(subject, t),
        f"## {t['exports.lesson.messages']}",
        _table(subject, t),
        f"## {t['exports.lesson.story']}",
        *[_told(subject, message, t) for message in subject.messages],
        f"## {t['exports.lesson.picture']}",
        f"```mermaid\n{diagram(subject)}```",
        f"## {t['exports.lesson.ledger']}",
        t["exports.lesson.legend"],
        ledger_table(subject.ledger, subject.names, t),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def plain(text: str) -> str:
    """Text from outside as Markdown takes it: on one line, and nothing but text."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    return f"`{' '.join(text.replace('`', '').split())}`"


def ledger_table(ledger: Ledger, names: dict[str, str], t: dict[str, str]) -> str:
    heads = [names.get(place) or t.get(f"exports.place.{place}", place) for place in ledger.places]
    lines = [_row([t["exports.lesson.value"], *map(plain, heads)]), _row(["---"] * (len(heads) + 1))]
    for row in ledger.rows:
        name = f"{MARKS[row.openness]} {plain(row.kind)} {code(row.masked)}"
        lines.append(_row([name, *[STATES[row.cells[place].state] for place in ledger.places]]))
    return "\n".join(lines)


def _outcome(subject: Subject, t: dict[str, str]) -> str:
    flow = subject.flow
    said = t[f"exports.outcome.{flow.outcome or 'open'}"]
    return f"**{said}**" + (f" {code(flow.error)}" if flow.error else "")


def _table(subject: Subject, t: dict[str, str]) -> str:
    lines = [
        _row([t[f"exports.lesson.{name}"] for name in ("step", "way", "channel", "what", "outcome")]),
        _row(["---"] * 5),
    ]
    for message in subject.messages:
        outcome = "✓" if message.outcome == "ok" else f"✗ {plain(message.error)}"
        way = " → ".join(plain(subject.names[lane]) for lane in _stations(message))
        channel = t[f"exports.channel.{message.channel}"]
        lines.append(_row([subject.caption(message), way, channel, plain(_on_the_wire(message)), outcome]))
    return "\n".join(lines)


def _stations(message: Message) -> list[str]:
    """Every lane that a message came by; the page that answers a request goes back and is no further station."""
    found = [message.sender]
    for leg in message.legs:
        if leg.sender == found[-1] and leg.receiver not in found:
            found.append(leg.receiver)
    return found


def _told(subject: Subject, message: Message, t: dict[str, str]) -> str:
    found = subject.story(message)
    lines = [
        f"### {subject.caption(message)}",
        plain(found.said),
        "> " + plain(found.dialogue),
        f"**{t['exports.lesson.why']}** {plain(found.why)}",
    ]
    if message.checks:
        marks = [
            f"- {'✓' if check.ok else '✗'} {' – '.join(map(plain, filter(None, (check.name, check.detail))))}"
            for check in message.checks
        ]
        lines.append("\n".join(marks))
    return "\n\n".join(lines)


def _on_the_wire(message: Message) -> str:
    """The last request of a message, or the status of an answer that is a message of its own."""
    request = next((leg.request for leg in reversed(message.legs) if leg.request), None)
    if request is not None and request.method:
        return f"{request.method} {urlsplit(request.url).path}"
    response = message.legs[-1].response
    return str(response.status) if response else message.name


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
