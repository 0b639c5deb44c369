"""Two flows side by side: my client and the reference, an attack and the normal case, before and after the fix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from ninestep.records import TOWN
from ninestep.trace import picture
from ninestep.trace.compare import compare
from ninestep.trace.messages import Message
from ninestep.web import language

from ..services import services
from .scene import Scene, flow_of, scene_of

OFFERED = 100  # flows to choose from


@dataclass(frozen=True)
class Side:
    scene: Scene
    denied: bool

    def message(self, seq: int) -> Message | None:
        return self.scene.message(seq)

    def caption(self, message: Message) -> str:
        return picture.caption(message, language.current(), denied=self.denied, dialect=self.scene.dialect)


def show() -> ResponseReturnValue:
    """Without two flows it asks for them."""
    names = [request.args.get(name, "")[:64] for name in ("left", "right")]
    sides = [_side(name) if name else None for name in names]
    left, right = sides
    world = next((s.scene.flow.world for s in sides if s), request.args.get("world", "")[:64] or TOWN)
    pairs: list[Any] = compare(left.scene.messages, right.scene.messages) if left and right else []
    return render_template(
        "theatre/compare.html",
        left=left,
        right=right,
        names=names,
        pairs=pairs,
        differing=sum(bool(pair.differences) for pair in pairs),
        flows=services().reader.flows(world, limit=OFFERED),
        apps={app.appid: app for app in services().store.apps(world)},
        world=world,
    )


def _side(name: str) -> Side:
    scene = scene_of(flow_of(name))
    return Side(scene, picture.was_denied(scene.messages))
