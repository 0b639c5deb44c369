"""Which arrows a message is: one for each leg that is a step of its own, between the lanes that acted."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from .. import masking
from ..messages import Leg, Message
from ..vocabulary import BACK, BROWSER, LANES

PHONE = "phone"  # the second browser of a QR login: WeChat's own, on the phone
ON_THE_PHONE = re.compile(r"/connect/confirm(?:$|[/?])")
FIRST = (  # which of a leg's values are worth the room
    *("code", "client_secret", "basic_credentials", "access_token", "refresh_token", "token", "password"),
    *("session_key", "state", "openid", "code_verifier", "code_challenge", "login_token", "qr_uuid"),
    *("device_code", "user_code"),
)
MOST = 3
LONGEST = 34  # characters of a path


class Arrow(msgspec.Struct, kw_only=True, frozen=True):
    """``redirect`` is 1 for the way to the authorization server, 2 for the way back (S3 «第二次重定向»), else 0."""

    exchange: str
    sender: str
    receiver: str
    channel: str
    text: str  # POST /sns/oauth2/access_token, or a status
    fields: str  # code✱ client_secret✱
    redirect: int = 0
    again: bool = False


def lanes_of(messages: Iterable[Message]) -> list[str]:
    """The four, and who else acted."""
    acted = {
        end for message in messages for arrow in arrows(message) for end in (arrow.sender, arrow.receiver)
    }
    return [*([PHONE] if PHONE in acted else []), *LANES]


def arrows(message: Message) -> list[Arrow]:
    found, asked = [], set[str]()
    phone = any(leg.request and ON_THE_PHONE.match(_path(leg.request.url)) for leg in message.legs)
    again = any(note.rule in ("resent_from", "retried") for note in message.notes)
    for leg in message.legs:
        if leg.side == "response" and leg.exchange in asked and not _worth_an_arrow(leg):
            continue  # the page that a request got: it stands with its request
        asked.add(leg.exchange)
        sender, receiver = (_end(end, phone or _answers_phone(message)) for end in (leg.sender, leg.receiver))
        found.append(
            Arrow(
                exchange=leg.exchange,
                sender=sender,
                receiver=receiver,
                channel=leg.channel,
                text=_text(leg),
                fields=_fields(leg),
                redirect=_redirect(message, leg),
                again=again,
            )
        )
    return found


def _worth_an_arrow(answer: Leg) -> bool:
    return answer.channel == BACK or any(value.kind == "code" for value in answer.values)


def _answers_phone(message: Message) -> bool:
    """The answer to a consent that was given on the phone is a page there, and no redirect."""
    leg = message.legs[0]
    return message.step == 4 and leg.name == "consent.given" and leg.response is not None and _page(leg)


def _page(leg: Leg) -> bool:
    return leg.response is not None and leg.response.status == 200


def _end(lane: str, phone: bool) -> str:
    return PHONE if phone and lane == BROWSER else lane


def _text(leg: Leg) -> str:
    if leg.request is not None:
        return f"{leg.request.method} {_short(_path(leg.request.url))}"
    if leg.response is None:
        return leg.name
    place = next((value for name, value in leg.response.headers if name.lower() == "location"), "")
    if place:
        return f"{leg.response.status} → {_short(_path(place))}"
    return str(leg.response.status)


def _path(address: str) -> str:
    """Cut by hand: what a client registered need be no address that a parser takes."""
    rest = address.partition("://")[2] or address
    return "/" + rest.partition("/")[2].partition("?")[0].partition("#")[0]


def _short(path: str) -> str:
    return path if len(path) <= LONGEST else f"{path[: LONGEST // 2]}…{path[-LONGEST // 2 + 1 :]}"


def _fields(leg: Leg) -> str:
    """The one to three that matter; ✱ is on what is hidden."""
    kinds = {value.kind for value in leg.values}
    if "basic_credentials" in kinds:
        kinds.discard("client_secret")
    chosen = [kind for kind in FIRST if kind in kinds][:MOST]
    return "  ".join(kind if kind in masking.OPEN else f"{kind}✱" for kind in chosen)


def _redirect(message: Message, leg: Leg) -> int:
    if leg.name == "device.answered":
        return 0  # to a page of the same server: nothing leads back
    if leg.response is None or not 300 <= leg.response.status < 400:
        return 0
    return {2: 1, 4: 2}.get(message.step, 0)
