"""Sending a recorded request again, as it was: a code, a state or a token used twice is one call.

It goes to the service of ours that had received it and to nobody else: of the recorded address only path and query are
used. The values are those that policy ``reveal`` sealed; without them there is nothing to send.
"""

from __future__ import annotations

from typing import Any, Required, TypedDict
from urllib.parse import urlsplit

import msgspec
from ninestep.digest import fresh_id
from ninestep.trace.exchange import Exchange
from ninestep.trace.masking import COOKIES, MASK, MOST_BODY
from ninestep.trace.messages import Leg, Message, merge, messages
from ninestep.trace.reader import Flow
from ninestep.trace.vocabulary import CLIENT, PROVIDER, RESOURCE

from ..services import services
from .flows import MessageAnswer, flow_named, opened
from .operation import Body, Operations
from .problem import Problem, missing
from .sealed import value_of

PATIENCE = 10.0
LEFT_OUT = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


class Resend(Body):
    """``name`` chooses among the requests of one step: callback.received or code.redeemed; the last when left out."""

    name: str = ""


class Sent(TypedDict):
    method: str
    to: str
    path: str


class Resent(TypedDict, total=False):
    """``message`` is what it became, as ``GET …/messages`` tells it; ``left_out`` names what nobody had kept."""

    flow: Required[str]
    exchange: Required[str]
    name: Required[str]
    sent: Required[Sent]
    left_out: Required[list[str]]
    status: Required[int]  # of the answer
    location: str  # without its query
    message: Required[MessageAnswer | None]


def register(operations: Operations) -> None:
    operations.add(
        "POST",
        "/flows/{flow}/messages/{seq}/resend",
        resend,
        body=Resend,
        answer=Resent,
        refuses=(409, 502),
        example={},
    )


def resend(flow: str, seq: str, body: Resend) -> Any:
    """Send the request of a message again, as it was; the answer, and the exchange that this made."""
    found = flow_named(flow)
    return again(found, int(seq), body.name)


def again(flow: Flow, seq: int, name: str = "") -> dict[str, Any]:
    """Raises Problem where the request cannot be sent again; nothing is sent then."""
    if flow.imported:
        raise Problem(409, "this flow was read in from a file: it never happened here", field="flow")
    exchanges = services().reader.exchanges(flow.world, flow.id)
    message = next((m for m in messages(exchanges) if m.seq == seq), None)
    if message is None:
        raise missing("message", str(seq))
    leg = _request_of(message, name)
    whole = next(e for e in merge(exchanges) if e.exchange == leg.exchange)
    sent, left_out = _whole(whole)
    exchange = fresh_id()
    status, location = _send(sent, exchange, flow, seq)
    return {
        "flow": flow.id,
        "exchange": exchange,
        "name": leg.name,
        "sent": {"method": sent.request.method, "to": leg.receiver, "path": urlsplit(sent.request.url).path},
        "left_out": left_out,
        "status": status,
        **({"location": location} if location else {}),
        "message": _recorded(flow, exchange),
    }


def _request_of(message: Message, name: str) -> Leg:
    requests = [leg for leg in message.legs if leg.side == "request" and leg.request and leg.request.method]
    if not requests:
        raise Problem(409, f"message {message.seq} is an answer; resend its request", field="seq")
    if not name:
        return requests[-1]
    found = next((leg for leg in requests if leg.name == name), None)
    if found is None:
        known = ", ".join(leg.name for leg in requests)
        raise Problem(422, f"message {message.seq} has no request {name[:80]!r}", field="name", fix=known)
    return found


def _whole(e: Exchange) -> tuple[Exchange, list[str]]:
    """The exchange with its values, and which cookies nobody kept: those a browser without them would not send."""
    from ninestep.trace.opening import opened

    found = opened(e, value_of)
    headers, left_out = [], []
    for name, text in found.request.headers:
        if name.lower() == "cookie":
            kept = [part.strip() for part in text.split(";") if MASK not in part]
            left_out += [f"cookie {p.partition('=')[0].strip()}" for p in text.split(";") if MASK in p]
            text = "; ".join(kept)
        if name.lower() == "referer" and MASK in text:
            left_out.append("referer")
            continue
        if text and name.lower() not in LEFT_OUT:
            headers.append((name, text))
    request = msgspec.structs.replace(found.request, headers=headers)
    hidden = MASK in request.url + request.body or any(MASK in text for _, text in headers)
    if hidden:
        masked = [v for v in e.values if v.where.startswith("request") and v.masked.startswith(MASK)]
        lost = {value.kind for value in masked if not value_of(value)} - set(COOKIES.values())
        why = f"the trace did not keep {', '.join(sorted(lost))}: only policy reveal of app {e.app!r} keeps values"
        fix = f'PATCH /apps/{e.app} {{"policies": {{"reveal": true}}}}, and log in again'
        raise Problem(409, why, field="seq", fix=fix)
    if len(request.body) >= MOST_BODY:
        raise Problem(
            409, f"the trace keeps {MOST_BODY} characters of a body, and this one has more", field="seq"
        )
    return msgspec.structs.replace(found, request=request), left_out


def _send(e: Exchange, exchange: str, flow: Flow, seq: int) -> tuple[int, str]:
    """Status and Location. Redirects are not followed: a callback may lead anywhere."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    from ninestep.trace import resent
    from ninestep.trace.http import EXCHANGE_HEADER

    settings = services().settings
    ours = {
        PROVIDER: settings.provider_internal_url,
        RESOURCE: settings.resource_internal_url,
        CLIENT: settings.client_internal_url,
    }
    base, address = urlsplit(ours[e.receiver]), urlsplit(e.request.url)
    target = "/" + address.path.lstrip("/") + (f"?{address.query}" if address.query else "")
    origin = resent.Origin(flow.world, flow.id, seq)
    mark = resent.mark(settings.trace_key, exchange, origin)
    connect = HTTPSConnection if base.scheme == "https" else HTTPConnection
    line = connect(base.hostname or "", base.port, timeout=PATIENCE)
    try:
        line.putrequest(e.request.method, base.path + _printable(target), skip_accept_encoding=True)
        for name, text in (*e.request.headers, (EXCHANGE_HEADER, exchange), (resent.HEADER, mark)):
            line.putheader(name, text.encode("utf-8"))
        body = e.request.body.encode()
        if body or e.request.method != "GET":
            line.putheader("Content-Length", str(len(body)))
        line.endheaders(body or None)
        answer = line.getresponse()
        answer.read()
    except (OSError, HTTPException, ValueError) as error:
        raise Problem(502, f"{e.receiver} did not answer ({type(error).__name__})", field="seq") from None
    finally:
        line.close()
    return answer.status, _where_to(answer.getheader("Location", ""))


def _printable(target: str) -> str:
    """As one word of a request line, whatever was recorded."""
    from urllib.parse import quote

    return (
        quote(target, safe="/?:@!$&'()*+,;=%-._~[]|\"<>^`{}\\")
        if not target.isascii() or " " in target
        else target
    )


def _where_to(location: str) -> str:
    """Without what it carries."""
    return location.partition("?")[0].partition("#")[0]


def _recorded(flow: Flow, exchange: str) -> dict[str, Any] | None:
    """The message that it became, as GET …/messages tells it."""
    found = services().reader.messages(flow.world, flow.id, helpers=True)
    made = next((m for m in found if any(leg.exchange == exchange for leg in m.legs)), None)
    return opened(msgspec.to_builtins(made)) if made else None
