"""A flow as a Mermaid sequence diagram, in the style of either seed: S0 §3.1 with nine numbered arrows, or S1's own
four participants, six numbers and the un-numbered «传递授权码» (M044). Words: ``words/mermaid.*.json``."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..messages import Message
from ..vocabulary import BACK, BROWSER, CLIENT, FRONT, PROVIDER, RESOURCE
from ..words import catalogue
from .subject import CIRCLED, Subject

SHORT = {BROWSER: "A", CLIENT: "B", PROVIDER: "C", RESOURCE: "D"}

S1_SHORT = {BROWSER: "User", CLIENT: "Client", PROVIDER: "AuthServer", RESOURCE: "ResourceServer"}
S1_ARROWS = {  # step -> sender, receiver; the callback of step 5 is an arrow of its own, and 9 is none
    1: (BROWSER, CLIENT),
    2: (CLIENT, BROWSER),
    3: (BROWSER, PROVIDER),
    4: (PROVIDER, BROWSER),
    5: (CLIENT, PROVIDER),
    6: (PROVIDER, CLIENT),
    7: (CLIENT, RESOURCE),
    8: (RESOURCE, CLIENT),
}

S1_OF_DEVICE = {2: (CLIENT, PROVIDER)}  # RFC 8628: no redirect leads to a device, nor back to it

Words = dict[str, str]


def diagram(subject: Subject, style: str = "s0") -> str:
    """The numbered messages as text; ``style`` is s0 or s1."""
    words = catalogue("mermaid", subject.language)
    if whose := words.get(f"mermaid.s0.step.1.{subject.dialect}"):  # the button says whose account it takes
        words = {**words, "mermaid.s0.step.1": whose}
    short, arrows = (S1_SHORT, _s1) if style == "s1" else (SHORT, _s0)
    lanes = _lanes(subject, style, words)
    lines = ["sequenceDiagram"]
    lines += [f"    participant {short[lane]} as {_line(lanes[lane])}" for lane in short]
    for message in subject.numbered:
        lines += [f"    {line}" for line in arrows(message, words)]
    return "\n".join(lines) + "\n"


def ends(message: Message) -> tuple[str, str]:
    """First sender and last receiver; a step whose legs pass through the browser reads as one arrow."""
    sender, receiver = message.sender, message.receiver
    if message.step == 5 and message.channel == BACK:
        sender = CLIENT
    return sender, receiver


def of_device(message: Message) -> bool:
    return message.name.startswith("device.")


def _lanes(subject: Subject, style: str, words: Words) -> Words:
    """S0 calls the servers by the names of the login's own parties, S1 by their roles."""
    if style == "s1":
        return {lane: words[f"mermaid.s1.lane.{lane}"] for lane in S1_SHORT}
    names = subject.names
    own = {lane: words[f"mermaid.s0.lane.{lane}"].format(app=names[CLIENT]) for lane in (BROWSER, CLIENT)}
    return names | own


def _s0(message: Message, words: Words) -> list[str]:
    arrow = "-->>" if message.channel == FRONT else "->>"
    if message.outcome != "ok":
        arrow = "--x" if message.channel == FRONT else "-x"
    sender, receiver = ends(message)
    return [f"{SHORT[sender]}{arrow}{SHORT[receiver]}: {_text(message, words)}"]


def _s1(message: Message, words: Words) -> list[str]:
    """S1 draws every arrow solid, and ends where the data is with the client."""
    if message.step not in S1_ARROWS:
        return []
    found = []
    if message.step == 5 and any(leg.channel == FRONT for leg in message.legs):
        found.append((BROWSER, CLIENT, words["mermaid.s1.handed_over"]))
    drawn = S1_ARROWS | S1_OF_DEVICE if of_device(message) else S1_ARROWS
    sender, receiver = drawn[message.step]
    if message.step == 2 and all(leg.sender != CLIENT for leg in message.legs):
        sender, receiver = BROWSER, PROVIDER  # somebody else's client: its redirect was not seen from here
    if message.step != 5 or message.channel == BACK:
        found.append((sender, receiver, _said("s1", message, words)))
    arrow = "-x" if message.outcome != "ok" else "->>"
    return [
        f"{S1_SHORT[start]}{arrow if n == len(found) - 1 else '->>'}{S1_SHORT[end]}: {_line(said)}"
        for n, (start, end, said) in enumerate(found)
    ]


def _text(message: Message, words: Words) -> str:
    request = next(
        (leg.request for leg in reversed(message.legs) if leg.request and leg.request.method), None
    )
    path = f" {request.method} {urlsplit(request.url).path}" if request else ""
    return _line(f"{CIRCLED[message.step]} {_said('s0', message, words, path)}")


def _said(style: str, message: Message, words: Words, path: str = "") -> str:
    """The step's words, or what it came to where it was refused or failed, and then the error."""
    said = words[f"mermaid.{style}.step.{message.step}"]
    if of_device(message):
        said = words.get(f"mermaid.{style}.device.{message.step}", said)
    if message.outcome == "ok":
        return said + path
    error = words["mermaid.error"].format(error=message.error) if message.error else ""
    return words.get(f"mermaid.otherwise.{message.step}", said) + path + error


def _line(text: str) -> str:
    """One line of the diagram: what would end it or start a comment is left out, and markup is written as entities."""
    line = " ".join(text.split()).replace(";", ",").replace("#", "").replace("%%", "%")
    return line.replace("<", "#lt;").replace(">", "#gt;")
