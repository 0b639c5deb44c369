"""The shared memory of the town: named verbs over Redis, each of them atomic where it has to be.

``Store`` knows keys, records and scripts; it knows nothing of HTTP or of OAuth's rules. Reads go through a ``Batch``
so that a request needs few round trips; what must not be divided is a Lua constant of ``scripts``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec
from redis.exceptions import RedisError

from ..clock import now
from ..digest import digest, fresh_id
from ..records import (
    TOWN,
    App,
    Authorization,
    AuthRequest,
    Clock,
    Code,
    Decision,
    Fault,
    Grant,
    Token,
    User,
    World,
    decode,
    encode,
)
from . import scripts
from .batch import Batch, Later, Script, pairs
from .connection import connect, lines_of
from .keys import Keys

__all__ = ["Batch", "Later", "RedisError", "Store", "Taken", "connect"]

R = TypeVar("R", bound=msgspec.Struct)

MEMORY = 7 * 86400  # Redis forgets this long after a lifetime ended; validity is the clock's business
OPEN_END = b'"grant":""}'  # how a code's JSON ends before its grant is known
REQUEST_LIFE = 15 * 60  # an authorization request waits this long for its answer
DECISION_LIFE = 10 * 60
MOST_REMEMBERED = 10_000


class Taken(msgspec.Struct, frozen=True):
    """What became of a try to take a single-use record: ``taken``, ``spent`` (its value is there) or ``unknown``."""

    outcome: str
    value: bytes = b""


class Store:
    def __init__(self, redis: Any, prefix: str) -> None:
        self.redis = redis
        self.keys = Keys(prefix)
        self._lines = lines_of(redis)
        self._worlds: dict[str, str] = {}
        self._take = Script(scripts.TAKE)
        self._issue = Script(scripts.ISSUE)
        self._renew = Script(scripts.RENEW)
        self._consent = Script(scripts.CONSENT)
        self._approve = Script(scripts.CONSENT + scripts.AND_CODE)
        self._next = Script(scripts.NEXT_DECISION)
        self._fire = Script(scripts.FIRE)
        self._release = Script(scripts.RELEASE)

    @classmethod
    def at(cls, url: str, prefix: str) -> Store:
        return cls(connect(url), prefix)

    def batch(self) -> Batch:
        return Batch(self.redis, self._lines)

    def ping(self) -> None:
        self.redis.ping()

    # -- finding things without their world -------------------------------------------------------------------

    def find_app(self, batch: Batch, appid: str) -> Later[str | None]:
        """The world an appid belongs to."""
        return batch.call("get", self.keys.pointer_app(appid), decode=_text)

    def world_of_app(self, appid: str, *, again: bool = False) -> str | None:
        """The same, remembered by this process: an app never moves, so a memory is only wrong once the app is gone
        (the reader finds no app there and asks ``again``)."""
        if not again and appid in self._worlds:
            return self._worlds[appid]
        world = _text(self.redis.get(self.keys.pointer_app(appid)))
        if len(self._worlds) >= MOST_REMEMBERED:
            self._worlds.clear()
        if world is None:
            self._worlds.pop(appid, None)
        else:
            self._worlds[appid] = world
        return world

    def find_token(self, batch: Batch, secret: str) -> Later[list[str] | None]:
        """[world, appid, user, authorization, grant] of an access token that arrived alone."""
        return batch.call("get", self.keys.pointer(digest(secret)), decode=_split)

    # -- clock ----------------------------------------------------------------------------------------------

    def read_clock(self, batch: Batch, world: str | None = None) -> Later[Clock | None]:
        """The town's clock, or with ``world`` that world's; ``clock.now`` joins the two."""
        key = self.keys.world_clock(world) if world else self.keys.clock
        return batch.call("get", key, decode=_record(Clock))

    def write_clock(self, clock: Clock, world: str | None = None) -> None:
        self.redis.set(self.keys.world_clock(world) if world else self.keys.clock, encode(clock))

    def now(self, world: str) -> float:
        batch = self.batch()
        town, own = self.read_clock(batch), self.read_clock(batch, world)
        batch.run()
        return now(town.value, own.value)

    # -- worlds, apps, users: the provider writes, all read ------------------------------------------------

    def read_world(self, batch: Batch, world: str) -> Later[World | None]:
        return batch.call("get", self.keys.world(world), decode=_record(World))

    def save_world(self, world: World) -> None:
        batch = self.batch()
        batch.call("set", self.keys.world(world.name), encode(world))
        batch.call("sadd", self.keys.worlds, world.name)
        batch.run()

    def worlds(self) -> list[World]:
        names = sorted(name.decode() for name in self.redis.smembers(self.keys.worlds))
        return self._all(World, [self.keys.world(name) for name in names])

    def delete_world(self, world: str) -> None:
        """Everything of a world, found by its lists and its index."""
        keys = self.keys
        own: list[str] = []
        gone: list[str] = []
        for appid in self._members(keys.apps(world)):
            own += [keys.app(world, appid), keys.decisions(world, appid), keys.faults(world, appid)]
            gone.append(keys.pointer_app(appid))
        own += [keys.user(world, uid) for uid in self._members(keys.users(world))]
        own += [keys.of(world, "grant:" + name) for name in self._members(keys.grants(world))]
        for tail in self.tails(world, ""):
            own.append(keys.of(world, tail))
            kind, _, name = tail.partition(":")
            own.append(keys.spent(world, kind, name))
            if kind == "access":
                gone.append(keys.pointer(name))
        for flow in self.redis.zrange(keys.flows(world), 0, -1):
            own += [keys.flow(world, flow.decode()), keys.exchanges(world, flow.decode())]
        own += [keys.apps(world), keys.users(world), keys.grants(world), keys.index(world), keys.flows(world)]
        own += [keys.stream(world), keys.world(world), keys.world_clock(world)]
        batch = self.batch()
        for key in gone + own:
            batch.call("del", key)
        batch.call("srem", keys.worlds, world)
        batch.run()

    def read_app(self, batch: Batch, world: str, appid: str) -> Later[App | None]:
        return batch.call("get", self.keys.app(world, appid), decode=_record(App))

    def app(self, appid: str) -> App | None:
        """One app by its id alone (two round trips)."""
        world = _text(self.redis.get(self.keys.pointer_app(appid)))
        return decode(App, self.redis.get(self.keys.app(world, appid))) if world else None

    def claim_appid(self, appid: str, world: str) -> str:
        """The world that owns ``appid``: ``world`` itself where it was free."""
        self.redis.set(self.keys.pointer_app(appid), world, nx=True)
        return _text(self.redis.get(self.keys.pointer_app(appid))) or world

    def save_app(self, app: App) -> None:
        """The appid must have been claimed for the app's world."""
        batch = self.batch()
        batch.call("set", self.keys.pointer_app(app.appid), app.world)
        batch.call("set", self.keys.app(app.world, app.appid), encode(app))
        batch.call("sadd", self.keys.apps(app.world), app.appid)
        batch.run()

    def apps(self, world: str) -> list[App]:
        return self._all(App, [self.keys.app(world, a) for a in sorted(self._members(self.keys.apps(world)))])

    def delete_app(self, app: App) -> None:
        """The app with its decisions, faults and consents; its tokens die with the consents."""
        keys, world = self.keys, app.world
        batch = self.batch()
        for name in self._members(keys.grants(world)):
            if name.startswith(app.appid + ":"):
                batch.call("del", keys.of(world, "grant:" + name))
                batch.call("srem", keys.grants(world), name)
        batch.call("del", keys.app(world, app.appid))
        batch.call("del", keys.decisions(world, app.appid))
        batch.call("del", keys.faults(world, app.appid))
        batch.call("srem", keys.apps(world), app.appid)
        batch.call("del", keys.pointer_app(app.appid))
        batch.run()

    def read_user(self, batch: Batch, world: str, uid: str) -> Later[User | None]:
        """One world's own user; every world also sees the town's (``see_user``)."""
        return batch.call("get", self.keys.user(world, uid), decode=_record(User))

    def user(self, world: str, uid: str) -> User | None:
        batch = self.batch()
        found = self.see_user(batch, world, uid)
        batch.run()
        return found()

    def see_user(self, batch: Batch, world: str, uid: str) -> Callable[[], User | None]:
        """The user whom a world sees under ``uid``, its own or the town's; call it once the batch ran."""
        own, town = self.read_user(batch, world, uid), self.read_user(batch, TOWN, uid)
        return lambda: own.value or town.value

    def save_user(self, user: User) -> None:
        batch = self.batch()
        batch.call("set", self.keys.user(user.world, user.uid), encode(user))
        batch.call("sadd", self.keys.users(user.world), user.uid)
        batch.run()

    def delete_user(self, world: str, uid: str) -> None:
        batch = self.batch()
        batch.call("del", self.keys.user(world, uid))
        batch.call("srem", self.keys.users(world), uid)
        batch.run()

    def users(self, world: str) -> list[User]:
        """The town's and the world's own, which win."""
        seen: dict[str, User] = {}
        for place in dict.fromkeys((TOWN, world)):
            uids = sorted(self._members(self.keys.users(place)))
            seen |= {user.uid: user for user in self._all(User, [self.keys.user(place, uid) for uid in uids])}
        return list(seen.values())

    # -- authorization requests ------------------------------------------------------------------------------

    def save_request(self, request: AuthRequest) -> None:
        key = self.keys.request(request.world, request.rid)
        batch = self.batch()
        batch.call("set", key, encode(request), ex=REQUEST_LIFE)
        batch.call("set", self.keys.pointer(digest("request:" + request.rid)), request.world, ex=REQUEST_LIFE)
        self._index(batch, request.world, f"request:{request.rid}", REQUEST_LIFE)
        self.put_once(batch, request.world, "answer", request.rid, b"1", REQUEST_LIFE - MEMORY)
        batch.run()

    def request(self, rid: str) -> AuthRequest | None:
        world = _text(self.redis.get(self.keys.pointer(digest("request:" + rid))))
        return decode(AuthRequest, self.redis.get(self.keys.request(world, rid))) if world else None

    # -- single use -------------------------------------------------------------------------------------------

    def put_once(self, batch: Batch, world: str, kind: str, secret: str, value: bytes, life: float) -> None:
        """Lay down a single-use record of ``kind`` (code, refresh, nonce, state) that lives ``life`` seconds."""
        name = digest(secret)
        batch.call("set", self.keys.once(world, kind, name), value, ex=_whole(life + MEMORY))
        self._index(batch, world, f"{kind}:{name}", life + MEMORY)

    def peek_once(self, batch: Batch, world: str, kind: str, secret: str) -> tuple[Later[Any], Later[Any]]:
        """The live value and the tombstone's value, as bytes or None, without taking."""
        name = digest(secret)
        live: Later[bytes | None] = batch.call("get", self.keys.once(world, kind, name))
        spent = batch.call("get", self.keys.spent(world, kind, name), decode=_after_bar)
        return live, spent

    def take(self, world: str, kind: str, secret: str, taker: str) -> Taken:
        """Take it, once. The same ``taker`` asking again (a lost reply) gets the same answer; so a taker's name is
        made fresh for each call and never comes from outside."""
        batch = self.batch()
        taken = self.take_later(batch, world, kind, secret, taker)
        batch.run()
        return taken.value

    def take_later(self, batch: Batch, world: str, kind: str, secret: str, taker: str) -> Later[Taken]:
        """``take``, in the round trip of ``batch``."""
        name = digest(secret)
        keys = [self.keys.once(world, kind, name), self.keys.spent(world, kind, name)]
        return batch.script(self._take, keys, [taker, MEMORY], decode=_taken)

    # -- grants -----------------------------------------------------------------------------------------------

    def consent(self, world: str, appid: str, user: str, scopes: Iterable[str], at: float) -> str:
        """Remember a consent; returns the grant's id, which a renewed consent keeps and a revoked one loses."""
        keys = [self.keys.grant(world, appid, user), self.keys.grants(world)]
        wanted = list(scopes)
        raw = self._consent.run(self.redis, keys, [fresh_id(), at, appid, user, len(wanted), *wanted])
        return str(raw.decode())

    def approve(self, world: str, code: str, record: Code, at: float, life: float) -> None:
        """Remember the consent and lay its code down, in one step; ``record.grant`` is filled in there."""
        name, seconds = digest(code), _whole(life + MEMORY)
        head = encode(msgspec.structs.replace(record, grant="")).removesuffix(OPEN_END)
        keys = [
            self.keys.grant(world, record.appid, record.user),
            self.keys.grants(world),
            self.keys.once(world, "code", name),
            self.keys.index(world),
        ]
        consent = [fresh_id(), at, record.appid, record.user, len(record.scopes), *record.scopes]
        batch = self.batch()
        args = [*consent, head, seconds, time.time() + seconds, f"code:{name}"]
        batch.script(self._approve, keys, args, decode=_text)
        batch.run()

    def read_grant(self, batch: Batch, world: str, appid: str, user: str) -> Later[Grant | None]:
        return batch.call("hgetall", self.keys.grant(world, appid, user), decode=_grant)

    def grants(self, world: str, *, user: str = "", appid: str = "") -> list[Grant]:
        names = [name.split(":", 1) for name in sorted(self._members(self.keys.grants(world)))]
        chosen = [(a, u) for a, u in names if user in ("", u) and appid in ("", a)]
        batch = self.batch()
        found = [self.read_grant(batch, world, a, u) for a, u in chosen]
        batch.run()
        return [grant.value for grant in found if grant.value]

    def revoke_grant(self, world: str, appid: str, user: str) -> bool:
        """One write: every token under the grant dies with it."""
        batch = self.batch()
        gone: Later[int] = batch.call("del", self.keys.grant(world, appid, user))
        batch.call("srem", self.keys.grants(world), f"{appid}:{user}")
        batch.run()
        return bool(gone.value)

    # -- authorizations and tokens ---------------------------------------------------------------------------

    def issue(
        self,
        world: str,
        authorization: Authorization,
        access_token: str,
        access: Token,
        refresh_token: str,
        refresh: Token | None,
        at: float,
    ) -> None:
        """Write one authorization with its tokens in one step, and the pointer that finds the access token."""
        keys, real = self.keys, time.time()
        access_life = _whole(access.expires_at - at + MEMORY)
        refresh_life = _whole((refresh.expires_at - at if refresh else 0) + MEMORY)
        names = digest(access_token), digest(refresh_token)
        batch = self.batch()
        batch.script(
            self._issue,
            [
                keys.authorization(world, authorization.id),
                keys.access(world, names[0]),
                keys.once(world, "refresh", names[1]),
                keys.index(world),
            ],
            [
                encode(authorization),
                encode(access),
                encode(refresh) if refresh else b"",
                max(access_life, refresh_life),
                access_life,
                refresh_life,
                real,
                f"authorization:{authorization.id}",
                f"access:{names[0]}",
                f"refresh:{names[1]}",
            ],
            decode=bool,
        )
        self._point(batch, world, names[0], access, access_life)
        batch.run()

    def renew(
        self,
        world: str,
        refresh_token: str,
        before: bytes,
        after: Token,
        access_token: str,
        access: Token,
        at: float,
    ) -> bool:
        """Give a kept refresh token its next access token, iff the refresh record is still ``before``."""
        life = _whole(access.expires_at - at + MEMORY)
        name = digest(access_token)
        keys = [
            self.keys.once(world, "refresh", digest(refresh_token)),
            self.keys.access(world, name),
            self.keys.index(world),
        ]
        args = [before, encode(after), encode(access), life, time.time(), f"access:{name}"]
        batch = self.batch()
        done = batch.script(self._renew, keys, args, decode=bool)
        self._point(batch, world, name, access, life)
        batch.run()
        return done.value

    def read_access(self, batch: Batch, world: str, secret: str) -> Later[Token | None]:
        return batch.call("get", self.keys.access(world, digest(secret)), decode=_record(Token))

    def read_authorization(self, batch: Batch, world: str, authorization: str) -> Later[Authorization | None]:
        """The authorization while it lives; None once revoked."""
        key = self.keys.authorization(world, authorization)
        return batch.call("hmget", key, ["record", "revoked"], decode=_authorization)

    def revoke_authorization(self, world: str, authorization: str, at: float) -> None:
        """One write kills every token under it, also those that a winner is just about to issue."""
        key = self.keys.authorization(world, authorization)
        batch = self.batch()
        batch.call("hset", key, "revoked", at)
        batch.call("expire", key, MEMORY, nx=True)
        batch.run()

    def revoke_access(self, world: str, name: str) -> None:
        """RFC 7009 on an access token; ``name`` is its digest."""
        self._edit_token(self.keys.access(world, name), revoked=True)

    def tokens(self, world: str, appid: str) -> list[tuple[str, Token]]:
        """(id, token) of an app, newest first; the id is ``access:<digest>`` or ``refresh:<digest>``."""
        tails = [t for kind in ("access:", "refresh:") for t in self.tails(world, kind)]
        batch = self.batch()
        found = [
            (tail, batch.call("get", self.keys.of(world, tail), decode=_record(Token))) for tail in tails
        ]
        batch.run()
        own = [(tail, later.value) for tail, later in found if later.value and later.value.appid == appid]
        return sorted(own, key=lambda pair: pair[1].issued_at, reverse=True)

    def token(self, world: str, tail: str) -> Token | None:
        return decode(Token, self.redis.get(self.keys.of(world, tail)))

    def expire_token(self, world: str, tail: str, at: float) -> None:
        """Let a token's life end now; it stays known and answers «expired»."""
        self._edit_token(self.keys.of(world, tail), expires_at=at)

    def tails(self, world: str, kind: str) -> list[str]:
        """Tails of the world's indexed keys that start with ``kind``."""
        found = self.redis.zrange(self.keys.index(world), 0, -1)
        return [tail for raw in found if (tail := raw.decode()).startswith(kind)]

    # -- armed decisions and faults ---------------------------------------------------------------------------

    def arm(self, world: str, appid: str, decision: Decision) -> None:
        key = self.keys.decisions(world, appid)
        batch = self.batch()
        batch.call("rpush", key, encode(decision))
        batch.call("expire", key, DECISION_LIFE)
        batch.run()

    def armed(self, world: str, appid: str) -> list[Decision]:
        raws = self.redis.lrange(self.keys.decisions(world, appid), 0, -1)
        alive = time.time() - DECISION_LIFE
        return [d for raw in raws if (d := decode(Decision, raw)) and d.armed_at >= alive]

    def count_armed(self, batch: Batch, world: str, appid: str) -> Later[int]:
        return batch.call("llen", self.keys.decisions(world, appid), decode=int)

    def next_decision(self, world: str, appid: str) -> Decision | None:
        raw = self._next.run(self.redis, [self.keys.decisions(world, appid)], [time.time() - DECISION_LIFE])
        return decode(Decision, raw) if raw else None

    def disarm(self, world: str, appid: str) -> None:
        self.redis.delete(self.keys.decisions(world, appid))

    def save_fault(self, world: str, appid: str, fault: Fault) -> None:
        self.redis.hset(self.keys.faults(world, appid), fault.id, encode(fault))

    def read_faults(self, batch: Batch, world: str, appid: str) -> Later[list[Fault]]:
        return batch.call("hvals", self.keys.faults(world, appid), decode=_faults)

    def faults(self, world: str, appid: str) -> list[Fault]:
        return _faults(self.redis.hvals(self.keys.faults(world, appid)))

    def fire(self, world: str, appid: str, fault: Fault) -> bool:
        """Count a hit; False when its times were used up by somebody faster."""
        return bool(self._fire.run(self.redis, [self.keys.faults(world, appid)], [fault.id]))

    def delete_faults(self, world: str, appid: str, fault: str = "") -> None:
        key = self.keys.faults(world, appid)
        if fault:
            self.redis.hdel(key, fault)
        else:
            self.redis.delete(key)

    def release(self, key: str, owner: str) -> None:
        """Give a lock back, if it is still ours."""
        self._release.run(self.redis, [key], [owner])

    # -- inside ------------------------------------------------------------------------------------------------

    def _all(self, kind: type[R], keys: list[str]) -> list[R]:
        batch = self.batch()
        found = [batch.call("get", key, decode=_record(kind)) for key in keys]
        batch.run()
        return [later.value for later in found if later.value is not None]

    def _members(self, key: str) -> set[str]:
        return {name.decode() for name in self.redis.smembers(key)}

    def _index(self, batch: Batch, world: str, tail: str, life: float) -> None:
        batch.call("zadd", self.keys.index(world), {tail: time.time() + life})

    def _point(self, batch: Batch, world: str, name: str, access: Token, life: int) -> None:
        place = "|".join((world, access.appid, access.user, access.authorization, access.grant))
        batch.call("set", self.keys.pointer(name), place, ex=life)

    def _edit_token(self, key: str, **changes: Any) -> None:
        raw = self.redis.get(key)
        token = decode(Token, raw)
        if token is not None:
            self.redis.set(key, encode(msgspec.structs.replace(token, **changes)), keepttl=True, xx=True)


def _record(kind: type[R]) -> Callable[[Any], R | None]:
    return lambda raw: decode(kind, raw)


def _taken(raw: list[Any]) -> Taken:
    return Taken({1: "taken", 2: "spent", 0: "unknown"}[raw[0]], raw[1])


def _text(raw: bytes | None) -> str | None:
    return raw.decode() if raw is not None else None


def _split(raw: bytes | None) -> list[str] | None:
    return raw.decode().split("|") if raw is not None else None


def _after_bar(raw: bytes | None) -> bytes | None:
    return raw.split(b"|", 1)[1] if raw is not None else None


def _whole(seconds: float) -> int:
    return max(1, int(seconds))


def _grant(reply: Any) -> Grant | None:
    raw = pairs(reply)
    if b"id" not in raw:
        return None
    scopes = sorted(k.decode().removeprefix("scope:") for k in raw if k.startswith(b"scope:"))
    return Grant(
        id=raw[b"id"].decode(),
        appid=raw[b"appid"].decode(),
        user=raw[b"user"].decode(),
        scopes=scopes,
        since=float(raw[b"since"]),
        last_used=float(raw[b"last_used"]),
    )


def _authorization(raw: list[bytes | None]) -> Authorization | None:
    record, revoked = raw
    return None if revoked else decode(Authorization, record)


def _faults(raws: list[bytes]) -> list[Fault]:
    return [fault for raw in raws if (fault := decode(Fault, raw)) is not None]
