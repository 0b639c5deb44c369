"""One flow: its list of messages with the picture beside it, and at the side one message, the ledger or the doctor."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.trace import picture
from ninestep.trace.messages import Message
from ninestep.trace.story import parties, story
from ninestep.web import language

from ..control import findings as doctor
from ..services import services
from . import drawer, facts, lanes, predict
from .hall import hall
from .listing import latest
from .look import OF_A_MESSAGE, OF_THE_FLOW, Look, look_at, transport
from .scene import Scene, flow_of, scene_of
from .shelf import shelf


def show(flow: str) -> ResponseReturnValue:
    """With ``part=live`` only what changes while the flow goes on or another message is looked at."""
    known = flow_of(flow)
    if request.args.get("part") == "live":
        scene = scene_of(known)
        return _live(scene, look_at(scene))
    since = hall().newest(known.world)  # before what it dates
    scene = scene_of(known)
    look = look_at(scene)
    live = _live(scene, look)
    return render_template(
        "theatre/stage.html",
        live=live,
        since=since,
        **_words(scene, look),
        flows=latest(known),
        apps={app.appid: app for app in services().store.apps(known.world)},
        ledger=scene.ledger,
        defs=picture.defs(),
    )


def _live(scene: Scene, look: Look) -> str:
    """Thirty who look at the same are served the same; what somebody has revealed is kept for nobody."""

    def render() -> str:
        shown = scene.revealed() if look.reveal and scene.can_reveal else scene
        return render_template("theatre/live.html", **_words(shown, look), **_parts(shown, look))

    if look.reveal:
        return render()
    return shelf().get(("live", *scene.version, scene.name, language.current(), look), render)


def _words(scene: Scene, look: Look) -> dict[str, Any]:
    names = parties(language.current(), scene.name, scene.person, scene.dialect)
    return {"scene": scene, "flow": scene.flow, "look": look, "names": names, "name": scene.name}


def _parts(scene: Scene, look: Look) -> dict[str, Any]:
    at = look.msg or scene.last
    message = scene.message(look.msg)
    tongue = language.current()
    order = picture.lanes_of(scene.messages)
    denied = picture.was_denied(scene.messages)

    def tell(each: Message, said_in: str = "") -> Any:
        return story(each, said_in or tongue, app=scene.name, user=scene.person, dialect=scene.dialect)

    def caption(each: Message, said_in: str = "") -> str:
        return picture.caption(each, said_in or tongue, denied=denied, dialect=scene.dialect)

    query = look.url().partition("?")[2]

    def action(name: str, **values: Any) -> str:
        return url_for(f"theatre.{name}", flow=look.flow, **values) + (f"?{query}" if query else "")

    return {
        "action": action,
        "lanes": lanes.lanes(scene, at),
        "message": message,
        "transport": transport(scene, look),
        "caption": caption,
        "tell": tell,
        "row": lambda each: picture.row(each, order, tongue),
        "arrows": lambda each: len(picture.arrows(each)),
        "ledger_at": scene.ledger.at(at),
        "tabs": (OF_A_MESSAGE, OF_THE_FLOW),
        "drawer": drawer.of(scene, message) if message else None,
        "facts": facts.of(scene),
        "findings": doctor.of(scene.flow) if look.tab == "doctor" else [],
        "tongue": "en" if tongue == "en" else "zh",
        "cards": predict.cards(scene),
    }
