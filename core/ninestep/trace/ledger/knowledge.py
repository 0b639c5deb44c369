"""Who learns what from a message: its sender and its receiver everything, and whoever looks over their shoulder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from .. import address
from ..exchange import Exchange, Value
from ..messages import Leg, Message
from ..parameters import ACCESS_LOG, HISTORY, REFERER, SECRET, openness
from ..vocabulary import BACK, BROWSER, CLIENT, FRONT, PROVIDER, RESOURCE
from .records import KINDS, Why

OWNERS = {"provider_session": PROVIDER, "client_session": CLIENT, "login_token": CLIENT}
SAID_BY_BROWSERS = ("origin", "sec-fetch-site")  # Fetch Metadata; a server sends neither
SCANS = frozenset({"qr.scanned", "qr.answered"})  # what they call state is how far the scan is
LEAKED: dict[str, Why] = {HISTORY: "in_history", REFERER: "in_referer", ACCESS_LOG: "in_access_log"}
BY_SCRIPT = frozenset(  # what a page or a program asks for itself: no address that a history keeps
    {"qr.shown", "qr.scanned", "qr.answered", "js_code.given", "profile.given", "phone.given"}
    | {"code.posted", "open_data.posted", "session.read"}
)
# where WeChat, Weibo and QQ document the token in the query (wire.md A.4, C, E, F)
TOKEN_IN_QUERY = ("/sns/", "/2/", "/oauth2.0/", "/user/", "/cgi-bin/", "/wxa/")


class Fact(NamedTuple):
    """``place`` knows the value from message ``seq`` on."""

    place: str
    kind: str
    hash: str
    masked: str
    seq: int
    where: str
    by_browser: bool = False  # a page made the back-channel call
    allowed: bool = False  # by the platform's own documentation, whatever the table says

    def why(self, allowed: bool) -> Why:
        """The key of what has to be said about it, "" where nothing has to."""
        if self.allowed:
            return "platform_query"
        if allowed:
            return ""
        if self.place in (BROWSER, HISTORY) and self.where.endswith("fragment"):
            return "implicit"
        if self.place in LEAKED:
            return LEAKED[self.place]
        if self.place == BROWSER:
            return "front_end" if self.by_browser else "handed_out"
        return "password_shared" if self.kind == "password" else "told"


def learnt(messages: Iterable[Message], exchanges: Mapping[str, Exchange]) -> Iterator[Fact]:
    """Every fact in the order in which it came to be; a later one tells nothing new to the same place."""
    kinds: dict[str, str] = {}
    for e in exchanges.values():
        for value in e.values:
            kind = _kind(value, e)
            if kind in KINDS and kinds.get(value.hash) in (None, "access_token"):
                kinds[value.hash] = kind
    for message in messages:
        for leg in message.legs:
            by_browser = leg.channel == BACK and from_browser(exchanges[leg.exchange])
            for value in leg.values:
                kind = kinds.get(value.hash, "")
                if _kind(value, exchanges[leg.exchange]) not in KINDS:
                    continue
                for place in _places(leg, value, kind, by_browser):
                    allowed = place == ACCESS_LOG and kind == "access_token" and _documented(leg)
                    yield Fact(
                        place, kind, value.hash, value.masked, message.seq, value.where, by_browser, allowed
                    )


def from_browser(e: Exchange) -> bool:
    """Whether a page sent it: browsers alone say where a request comes from."""
    return any(name.lower() in SAID_BY_BROWSERS for name, _ in e.request.headers)


def _kind(value: Value, e: Exchange) -> str:
    if value.kind == "token":  # asked about, or revoked: its own kind is known where it was issued
        return "access_token"
    if value.kind == "state" and e.name in SCANS:
        return ""
    if value.kind == "client_secret" and e.sender == RESOURCE:
        return "resource_server_secret"
    return value.kind


def _places(leg: Leg, value: Value, kind: str, by_browser: bool) -> Iterator[str]:
    if owner := OWNERS.get(kind):
        holder = BROWSER if by_browser else leg.sender if leg.side == "request" else leg.receiver
        # a browser that takes one machine's four ports for one site sends everybody's cookies along; on hosts of
        # their own it would not
        yield from (holder, owner)
        return
    yield from (leg.sender, leg.receiver)
    if by_browser:
        yield BROWSER
    if value.where.endswith("referer"):
        yield REFERER
        return
    in_address = value.where.startswith(("request.query", "response.location"))
    if leg.name == "authorize.requested" and leg.side == "request" and in_address:
        yield CLIENT  # it wrote the address that the browser was sent to
    if leg.channel == FRONT and in_address and leg.name not in BY_SCRIPT:
        yield HISTORY
    if value.where == "request.query" and openness(kind) == SECRET:
        yield ACCESS_LOG


def _documented(leg: Leg) -> bool:
    return leg.request is not None and address.path(leg.request.url).startswith(TOKEN_IN_QUERY)
