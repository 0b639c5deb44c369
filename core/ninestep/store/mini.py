"""What a mini program's users and its own server hold: sessions, cgi tokens, codes. Of each secret only a digest, or
the nonce that it is derived from."""

from __future__ import annotations

from collections.abc import Callable

from ..digest import digest
from ..records import CgiTokens, JsCode, MiniSession, PhoneCode, decode, encode
from .base import MEMORY, SWAP, Base, R, record_of, whole
from .batch import Batch, Later

SPACES = ("token", "stable_token")  # of cgi tokens
JS_CODE, PHONE_CODE = "js_code", "phone_code"


class Mini(Base):
    def read_mini_session(
        self, batch: Batch, world: str, appid: str, openid: str
    ) -> Later[MiniSession | None]:
        key = self.keys.mini_session(world, appid, openid)
        return batch.call("get", key, decode=record_of(MiniSession))

    def change_mini_session(
        self,
        world: str,
        appid: str,
        openid: str,
        change: Callable[[MiniSession | None], MiniSession],
        life: float,
    ) -> MiniSession:
        """What ``change`` made of the session; it is asked again where somebody was faster."""
        return self._change(world, f"mini-session:{appid}:{openid}", MiniSession, change, life)

    def delete_mini_session(self, world: str, appid: str, openid: str) -> None:
        self.redis.delete(self.keys.mini_session(world, appid, openid))

    def read_cgi_tokens(self, batch: Batch, world: str, appid: str, space: str) -> Later[CgiTokens | None]:
        return batch.call("get", self.keys.cgi_tokens(world, appid, space), decode=record_of(CgiTokens))

    def change_cgi_tokens(
        self,
        world: str,
        appid: str,
        space: str,
        change: Callable[[CgiTokens | None], CgiTokens],
        life: float,
    ) -> CgiTokens:
        """The tokens of one space (``token`` or ``stable_token``) after ``change``."""
        return self._change(world, f"cgi:{space}:{appid}", CgiTokens, change, life)

    def end_cgi_tokens(self, world: str, appid: str) -> None:
        """Both spaces at once, as when the secret is a new one."""
        batch = self.batch()
        for space in SPACES:
            batch.call("del", self.keys.cgi_tokens(world, appid, space))
        batch.run()

    def end_mini_program(self, world: str, appid: str) -> None:
        """Its sessions and tokens, as when the app is deleted."""
        batch = self.batch()
        for tail in self.tails(world, f"mini-session:{appid}:"):
            batch.call("del", self.keys.of(world, tail))
        batch.run()
        self.end_cgi_tokens(world, appid)

    def point_cgi_token(self, token: str, world: str, appid: str, space: str, expires_at: float) -> None:
        """How the token alone is found. Not the name of an sns token's pointer: each is nothing to the other's API."""
        place, life = "|".join((world, appid, space, repr(expires_at))), MEMORY + 86400
        name = digest("cgi:" + token)
        batch = self.batch()
        batch.call("set", self.keys.pointer(name), place, ex=whole(life))
        self._index(batch, world, f"pointer:{name}", life)
        batch.run()

    def find_cgi_token(self, batch: Batch, token: str) -> Later[list[str] | None]:
        """[world, appid, space, when it ends unless replaced]."""
        return batch.call(
            "get", self._cgi_pointer(token), decode=lambda raw: raw.decode().split("|") if raw else None
        )

    def save_js_code(self, batch: Batch, world: str, js_code: str, record: JsCode, life: float) -> None:
        self._put(batch, world, JS_CODE, js_code, record, life)

    def save_phone_code(self, batch: Batch, world: str, code: str, record: PhoneCode, life: float) -> None:
        self._put(batch, world, PHONE_CODE, code, record, life)

    def _put(
        self, batch: Batch, world: str, kind: str, secret: str, record: JsCode | PhoneCode, life: float
    ) -> None:
        name, seconds = digest(secret), life + MEMORY
        batch.call("set", self.keys.once(world, kind, name), encode(record), ex=whole(seconds))
        self._index(batch, world, f"{kind}:{name}", seconds)

    def _change(
        self, world: str, tail: str, kind: type[R], change: Callable[[R | None], R], life: float
    ) -> R:
        key, seconds = self.keys.of(world, tail), whole(life + MEMORY)
        while True:
            raw = self.redis.get(key)
            before = decode(kind, raw)
            after = change(before)
            if raw is not None and after == before:
                return after
            if raw is None:
                done = self.redis.set(key, encode(after), nx=True, ex=seconds)
            else:
                done = SWAP.run(self.redis, [key], [raw, encode(after)])
            if done:
                batch = self.batch()
                batch.call("expire", key, seconds)
                self._index(batch, world, tail, seconds)
                batch.run()
                return after

    def _cgi_pointer(self, token: str) -> str:
        return self.keys.pointer(digest("cgi:" + token))
