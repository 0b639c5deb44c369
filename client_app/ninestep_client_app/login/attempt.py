"""One try to log in, as a value that can rest in Redis between two pages.

It rests under its state (until the callback takes it, once) and under a handle (until the retry page starts
it again). Neither name is kept: both places are found by a digest. What is secret in it is sealed with the
token keys.
"""

from __future__ import annotations

import time

import msgspec
from cryptography.fernet import MultiFernet
from ninestep.digest import digest, fresh_id
from ninestep.records import decode, encode
from ninestep.store import Store

from ..tokens.values import Tokens

SCOPE = "@client"  # the hash tag of everything that the client owns; no world can be named so
STATE = "oauth-state"
STATE_LIFE = 3600.0  # a late callback is answered by what became of its code, not by its state
RESTING_LIFE = 3600
NEWEST_LIFE = 3600


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the platform tells of a user."""

    openid: str
    nickname: str = ""
    avatar: str = ""
    unionid: str = ""  # the same in all apps of one open platform account, where there is one


class LoginAttempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    way: str  # which login of ours: the provider's own name, or one of several at that provider
    provider: str
    appid: str
    world: str
    flow: str
    browser: str  # digest of the browser that started it
    scope: str
    number: int = 1  # which try of this login: 1 to 3
    due: float = 0.0  # not started again before this time of the world's clock
    next: str = "check_state"  # the step that comes next; empty at the end
    code: str = ""  # sealed
    verifier: str = ""  # sealed
    tokens: str = ""  # sealed
    redeemed_at: float = 0.0  # of the world's clock: the tokens' lifetime counts from here
    openid: str = ""
    unionid: str = ""
    profile: Profile | None = None  # None after a silent login
    user: str = ""  # id of the local user
    stepping: bool = False  # it stops at every hop, unless somebody lets it run
    bind: str = ""  # the local user who was logged in and wants this identity too; empty for a login


class Seen(msgspec.Struct, frozen=True):
    """What lies under a state: the attempt, and whether it still waits for its callback."""

    attempt: LoginAttempt
    waiting: bool


class Attempts:
    def __init__(self, store: Store, cipher: MultiFernet) -> None:
        self._store = store
        self._cipher = cipher

    # -- under its state -----------------------------------------------------------------------------------

    def begin(self, state: str, attempt: LoginAttempt) -> None:
        batch = self._store.batch()
        keys = self._store.keys
        self._store.put_once(batch, SCOPE, STATE, state, encode(attempt), STATE_LIFE)
        batch.call("set", self._newest(attempt.way, attempt.browser), encode(attempt), ex=NEWEST_LIFE)
        batch.call("zremrangebyscore", keys.index(SCOPE), "-inf", time.time())
        batch.run()

    def look(self, state: str) -> Seen | None:
        batch = self._store.batch()
        live, spent = self._store.peek_once(batch, SCOPE, STATE, state)
        batch.run()
        attempt = decode(LoginAttempt, live.value or spent.value)
        return Seen(attempt, waiting=live.value is not None) if attempt else None

    def take(self, state: str) -> bool:
        """Spend the state; False for everybody but the first."""
        return self._store.take(SCOPE, STATE, state, fresh_id()).outcome == "taken"

    def newest(self, way: str, browser: str) -> LoginAttempt | None:
        """This browser's last attempt: a callback with a wrong state is told in its flow."""
        return decode(LoginAttempt, self._store.redis.get(self._newest(way, browser)))

    # -- under a handle ------------------------------------------------------------------------------------

    def rest(self, attempt: LoginAttempt) -> str:
        handle = fresh_id()
        self._store.redis.set(self._resting(handle), encode(attempt), ex=RESTING_LIFE)
        return handle

    def resting(self, handle: str, browser: str) -> LoginAttempt | None:
        attempt = decode(LoginAttempt, self._store.redis.get(self._resting(handle)))
        return attempt if attempt and browser and attempt.browser == browser else None

    # -- secrets in it -------------------------------------------------------------------------------------

    def seal(self, secret: str) -> str:
        return self._cipher.encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        return self._cipher.decrypt(sealed).decode() if sealed else ""

    def seal_tokens(self, tokens: Tokens) -> str:
        return self.seal(encode(tokens).decode())

    def unseal_tokens(self, attempt: LoginAttempt) -> Tokens:
        return msgspec.json.decode(self.unseal(attempt.tokens), type=Tokens)

    def _newest(self, way: str, browser: str) -> str:
        return self._store.keys.of(SCOPE, f"newest:{way}:{browser}")

    def _resting(self, handle: str) -> str:
        return self._store.keys.of(SCOPE, f"resting:{digest(handle)}")
