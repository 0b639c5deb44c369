"""How somebody looks at a flow: at which message, by which tab, in which manner. All of it stands in the address, so
that every control is a link, works without a script, and can be sent to somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import request, url_for
from ninestep.trace.messages import Message

from .scene import Scene

OF_A_MESSAGE = ("story", "fields", "checks", "raw", "code", "resend")
OF_THE_FLOW = ("ledger", "doctor")
SWITCHES = ("present", "dialogue", "reveal", "live", "all")
ADDRESS = frozenset({"world", "msg", "tab", *SWITCHES})  # what an address may say


@dataclass(frozen=True)
class Look:
    flow: str
    world: str
    msg: int  # 0: the flow as a whole
    tab: str
    present: bool = False  # for a projector
    dialogue: bool = False  # the seed's dialogues beside the sentences
    reveal: bool = False
    live: bool = False  # stays with the newest message, and goes along to the next flow
    all: bool = True  # with helpers

    def url(self, **changes: Any) -> str:
        """The address of this look with something changed; ``part`` is for scripts."""
        part = changes.pop("part", None)
        to = replace(self, **changes)
        query: dict[str, Any] = {"world": None if to.world == "town" else to.world}
        query |= {"msg": to.msg or None, "tab": None if to.tab == "story" else to.tab}
        query |= {name: "1" for name in SWITCHES[:-1] if getattr(to, name)}
        query |= {"all": None if to.all else "0", "part": part}
        return url_for("theatre.stage", flow=to.flow, **query)

    def shows(self, message: Message) -> bool:
        return self.all or bool(message.step)


def look_at(scene: Scene) -> Look:
    """What the address says, as far as the flow has it."""
    flags = {name: request.args.get(name) == "1" for name in SWITCHES[:-1]}
    tab = request.args.get("tab", "")
    raw = request.args.get("msg", "")
    msg = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 5 else 0
    found = Look(
        flow=scene.flow.id,
        world=scene.flow.world,
        msg=min(msg, scene.last),
        tab=tab if tab in (*OF_A_MESSAGE, *OF_THE_FLOW) else OF_A_MESSAGE[0],
        all=request.args.get("all") != "0",
        **flags,
    )
    if found.live:
        found = replace(found, msg=next((m.seq for m in reversed(scene.messages) if found.shows(m)), 0))
    return found


@dataclass(frozen=True)
class Transport:
    """Where the buttons of the bar lead: seqs, 0 where there is nothing."""

    first: int
    back: int
    forward: int
    last: int
    step: int  # the newest of the nine that has been reached
    done: bool


def transport(scene: Scene, look: Look) -> Transport:
    seqs = [message.seq for message in scene.messages if look.shows(message)]
    at = look.msg or (scene.last + 1)
    reached = [message.step for message in scene.messages if message.seq <= at]
    return Transport(
        first=seqs[0] if seqs else 0,
        back=max((seq for seq in seqs if seq < at), default=0),
        forward=min((seq for seq in seqs if seq > look.msg), default=0),
        last=seqs[-1] if seqs else 0,
        step=max(reached, default=0),
        done=not look.msg or (bool(seqs) and look.msg >= seqs[-1]),
    )
