"""The mini program's own access_token for WeChat's server API (``stable_token``, wire.md C.6): one for all workers,
kept encrypted until shortly before its end, and fetched by one of them at a time."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from cryptography.fernet import InvalidToken, MultiFernet
from ninestep.records import encode
from ninestep.settings import ClientSettings
from ninestep.store import Store
from ninestep.trace import Draft

from ..errors import Unavailable
from ..login.attempt import SCOPE
from ..login.wire import refuse
from ..outgoing import Answer, Outgoing
from ..tokens.flight import Flight

EARLY = 60.0  # seconds before its end at which a token is not used any more
DEAD = frozenset({40001, 40014, 42001})  # what an API says to a token that does not hold
MEANINGS = {
    40001: "invalid_client",
    40013: "invalid_client",
    40125: "invalid_client",
    40164: "invalid_client",
}
BUSY = frozenset({-1, 45009, 45011})


class TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float


class Kept(msgspec.Struct, frozen=True):
    access_token: str
    expires_at: float  # of the world's clock


class CgiToken:
    def __init__(
        self, settings: ClientSettings, outgoing: Outgoing, store: Store, cipher: MultiFernet
    ) -> None:
        self._appid = settings.meituan_mini_appid
        self._secret = settings.meituan_mini_secret
        self._url = f"{settings.provider_internal_url}/cgi-bin/stable_token"
        self._outgoing = outgoing
        self._store = store
        self._cipher = cipher
        self._flight = Flight(store)

    def call(self, api: Callable[[str], Answer], *, world: str, flow: str, at: float) -> Answer:
        """``api`` with a token; where it finds the token dead: fetch once, try once more."""

        def fetch() -> Draft:
            return self._outgoing.draft("cgi_token.issued", world=world, app=self._appid, flow=flow, at=at)

        token = self._valid(fetch, at, "")
        answer = api(token)
        if answer.number("errcode") in DEAD:
            answer.draft.refuse("expired")
            answer = api(self._valid(fetch, at, token))
        return answer

    def _valid(self, draft: Callable[[], Draft], at: float, dead: str) -> str:
        def known() -> str | None:
            kept = self._read()
            good = kept is not None and kept.access_token != dead and kept.expires_at - at > EARLY
            return kept.access_token if kept and good else None

        def fetched() -> str:
            wanted = {"grant_type": "client_credential", "appid": self._appid, "secret": self._secret}
            answer = self._outgoing.post_json(draft(), self._url, {}, wanted)
            if (number := answer.number("errcode")) or answer.status != 200:
                meaning = MEANINGS.get(number, f"wechat_{number}")
                refuse(answer, "微信", number, meaning, busy=number in BUSY)
            found = answer.typed(TokenAnswer)
            self._keep(Kept(found.access_token, at + found.expires_in), found.expires_in)
            return found.access_token

        try:
            return known() or self._flight.do(f"cgi:{self._appid}", known, fetched)
        except TimeoutError:
            raise Unavailable("access_token没有取到") from None

    def _read(self) -> Kept | None:
        raw = self._store.redis.get(self._key)
        try:
            return msgspec.json.decode(self._cipher.decrypt(raw), type=Kept) if raw else None
        except InvalidToken:
            return None

    def _keep(self, kept: Kept, life: float) -> None:
        self._store.redis.set(self._key, self._cipher.encrypt(encode(kept)), ex=max(1, int(life)))

    @property
    def _key(self) -> str:
        return self._store.keys.of(SCOPE, f"cgi-token:{self._appid}")
