"""From which message on a value opens nothing any more: a code that was redeemed, a token that ran out, a state that
came back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qs

from ..exchange import Exchange, HttpResponse
from ..json_body import json_object
from ..messages import Leg, Message
from .records import Ended

REDEMPTIONS = frozenset({"code.redeemed", "js_code.redeemed", "phone.read"})
CALLBACKS = frozenset({"callback.received", "code.posted"})
TOKENS = frozenset({"access_token", "refresh_token", "token"})
DEAD_CODE: dict[str, Ended] = {"code_used": "redeemed", "code_expired": "expired"}
DEAD_TOKEN: dict[str, Ended] = {
    "token_expired": "expired",
    "refresh_expired": "expired",
    "token_revoked": "revoked",
    "refresh_revoked": "revoked",
    "consent_withdrawn": "revoked",
    "refresh_used": "rotated",
}


class End(NamedTuple):
    seq: int
    reason: Ended


def ends(messages: Iterable[Message], exchanges: Mapping[str, Exchange], now: float) -> dict[str, End]:
    """The end of each value that has one, by its hash. What ended first stays ended."""
    story = _Story()
    last = 0
    for message in messages:
        last = message.seq
        story.time(message.at, message.seq)
        for leg in message.legs:
            story.read(leg, exchanges[leg.exchange], message.seq)
    if now:
        story.time(now, last + 1)
    return story.ended


class _Story:
    def __init__(self) -> None:
        self.ended: dict[str, End] = {}
        self._alive: dict[str, dict[str, None]] = {}  # kind -> hashes, oldest first
        self._deadlines: dict[str, float] = {}

    def time(self, at: float, seq: int) -> None:
        for name, deadline in self._deadlines.items():
            if at >= deadline:
                self._end([name], seq, "expired")

    def read(self, leg: Leg, e: Exchange, seq: int) -> None:
        told = [value.hash for value in leg.values if value.kind == "session_key"]
        if leg.side == "response" and told:  # the platform keeps one per user and app
            self._end([old for old in self._alive.get("session_key", {}) if old not in told], seq, "replaced")
        for value in leg.values:
            self._alive.setdefault(value.kind, {})[value.hash] = None
        if leg.side == "request":
            self._asked(leg, e, seq)
        else:
            self._answered(leg, e, seq)

    def _asked(self, leg: Leg, e: Exchange, seq: int) -> None:
        mismatch = any(check.name == "state matches" and not check.ok for check in e.checks)
        if e.name in CALLBACKS and not mismatch:
            self._end(_of(leg, "state"), seq, "returned")

    def _answered(self, leg: Leg, e: Exchange, seq: int) -> None:
        sent = [value for value in e.values if value.where.startswith("request")]
        codes = [value.hash for value in sent if value.kind == "code"]
        if e.outcome == "ok":
            if life := life_of(e.response):
                self._deadlines |= dict.fromkeys(_of(leg, "access_token"), leg.at + life)
            if e.name in REDEMPTIONS:
                self._end(codes, seq, "redeemed")
                self._end([value.hash for value in sent if value.kind == "code_verifier"], seq, "redeemed")
                self._end(self._alive.get("state", {}), seq, "returned")
            elif e.name == "device.polled" and e.steps.response:  # the poll that brought the token
                self._end(self._device(), seq, "redeemed")
            elif e.name == "token.refreshed":
                kept = _of(leg, "refresh_token")
                self._end(
                    [v.hash for v in sent if v.kind == "refresh_token" and v.hash not in kept], seq, "rotated"
                )
            elif e.name == "token.revoked":
                self._end([value.hash for value in sent if value.kind in TOKENS], seq, "revoked")
                if not {value.hash for value in sent} & self._alive.get("access_token", {}).keys():
                    self._end(
                        self._tokens(), seq, "revoked"
                    )  # a refresh token takes all with it (RFC 7009 §2.1)
            elif e.name == "grant.revoked":
                self._end(self._tokens(), seq, "revoked")
            elif e.name == "login.submitted":  # a login renews the session
                self._end([v.hash for v in sent if v.kind == "provider_session"], seq, "replaced")
            elif e.name == "logout.requested":
                self._end([value.hash for value in sent if value.kind == "login_token"], seq, "logged_out")
        elif e.name == "device.polled" and e.error == "device_expired":
            self._end(self._device(), seq, "expired")
        elif e.name in REDEMPTIONS and e.error in DEAD_CODE:
            self._end(codes, seq, DEAD_CODE[e.error])
        elif e.error in DEAD_TOKEN:
            self._end([value.hash for value in sent if value.kind in TOKENS], seq, DEAD_TOKEN[e.error])
        if any(note.rule == "authorization_revoked" for note in e.notes):
            self._end(self._tokens(), seq, "revoked")

    def _tokens(self) -> Iterator[str]:
        for kind in TOKENS:
            yield from self._alive.get(kind, {})

    def _device(self) -> Iterator[str]:
        for kind in ("device_code", "user_code"):
            yield from self._alive.get(kind, {})

    def _end(self, names: Iterable[str], seq: int, reason: Ended) -> None:
        for name in names:
            self.ended.setdefault(name, End(seq, reason))


def _of(leg: Leg, kind: str) -> list[str]:
    return [value.hash for value in leg.values if value.kind == kind]


def life_of(response: HttpResponse) -> float:
    """Seconds that an answer gives its access token; 0 where it says nothing."""
    body = response.body
    location = next((v for name, v in response.headers if name.lower() == "location"), "")
    said: object = None
    if body.startswith("{"):
        said = json_object(body).get("expires_in")
    elif "expires_in=" in body:
        said = parse_qs(body).get("expires_in", [""])[0]
    elif "#" in location:
        said = parse_qs(location.partition("#")[2]).get("expires_in", [""])[0]
    try:
        return max(0.0, float(str(said))) if said else 0.0
    except ValueError:
        return 0.0
