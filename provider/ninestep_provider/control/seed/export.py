"""A world as a seed file that makes the same world again: what differs from the defaults, and nothing that follows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from ninestep.dialects import DIALECTS
from ninestep.records import TOWN, App, Clock, Decision, Fault, User, decode

from ... import seeds
from ...services import services
from ..apps.bodies import AppChange
from ..users import PASSWORD
from ..users.bodies import OWN

IN_THEIR_WAY = ("name", "scopes", "consent", "ttl")
APP_FIELDS = tuple(name for name in AppChange.__struct_fields__ if name not in IN_THEIR_WAY)
FAULT_FIELDS = ("endpoint", "kind", "error", "status", "seconds", "field", "value", "when", "after", "times")


def exported(world: str, *, secrets: bool) -> dict[str, Any]:
    """``secrets`` tells the apps' secrets and the people's passwords; without them, new ones are made."""
    store = services().store
    seen = store.users(world)
    people = [user for user in seen if user.world == world and not user.virtual]
    apps = store.apps(world)
    if world == TOWN:  # its own are made anyway
        people = [user for user in people if user not in seeds.USERS]
        apps = [app for app in apps if not app.seed or seeds.fingerprint(app) != app.seed]
    told: dict[str, Any] = {
        "users": [_user(user, secrets) for user in people],
        "apps": [_app(app, {user.uid for user in seen if not user.deleted}, secrets) for app in apps],
    }
    if (clock := decode(Clock, store.redis.get(store.keys.world_clock(world)))) is not None:
        told["clock"] = _clock(clock)
    told = {name: value for name, value in told.items() if value}
    return told if world == TOWN else {"worlds": {world: told}}


def _user(user: User, secrets: bool) -> dict[str, Any]:
    plain = User(uid=user.uid, world=user.world, nickname=user.uid, password=PASSWORD)
    own = {name: getattr(user, name) for name in OWN if getattr(user, name) != getattr(plain, name)}
    if not secrets:
        own.pop("password", None)
    return {"uid": user.uid, **own, **user.profile}


def _app(app: App, seen: set[str], secrets: bool) -> dict[str, Any]:
    words = DIALECTS[app.dialect]
    plain = App(appid=app.appid, secret="", world=app.world, name=app.appid)
    decided = seeds.DECIDED.get(app.appid, ()) if app.world == TOWN else ()
    told: dict[str, Any] = {"appid": app.appid, "name": app.name, "dialect": app.dialect, "kind": app.kind}
    if secrets and not app.public and "secret" not in decided:
        told["secret"] = app.secret
    for name in APP_FIELDS:
        if getattr(app, name) != getattr(plain, name) and name not in decided:
            told[name] = getattr(app, name)
    if app.scopes != list(words.SCOPES[app.kind]):
        told["scopes"] = app.scopes
    if app.consent != plain.consent:
        told["consent"] = {"mode": app.consent.mode, "user": app.consent.user}
    if app.ttl != plain.ttl:
        told["ttl"] = {name: life for name, life in msgspec.structs.asdict(app.ttl).items() if life}
    return told | {name: value for name, value in _around(app, seen).items() if value}


def _around(app: App, seen: set[str]) -> dict[str, Any]:
    """Without people who are no more: nobody could take such a file."""
    store, keys = services().store, services().store.keys
    followers = store.redis.hgetall(keys.followers(app.world, app.appid))
    testers = store.redis.smembers(keys.testers(app.world, app.appid))
    return {
        "followers": {
            uid.decode(): bool(int(raw)) for uid, raw in sorted(followers.items()) if uid.decode() in seen
        },
        "testers": sorted(seen & {uid.decode() for uid in testers}),
        "next": [_decision(each) for each in store.armed(app.world, app.appid) if each.user in seen],
        "faults": [_fault(fault) for fault in store.faults(app.world, app.appid)],
    }


def _decision(armed: Decision) -> dict[str, Any]:
    scope = {"scope": armed.scopes} if armed.scopes is not None else {}
    return {"user": armed.user, "decision": armed.decision, **scope}


def _fault(fault: Fault) -> dict[str, Any]:
    plain = Fault(id="", endpoint="", kind="")
    usual = {name: getattr(plain, name) for name in FAULT_FIELDS}
    return {name: getattr(fault, name) for name in FAULT_FIELDS if getattr(fault, name) != usual[name]}


def _clock(clock: Clock) -> dict[str, Any]:
    if clock.frozen is not None:
        return {
            "set": datetime.fromtimestamp(clock.frozen, UTC).isoformat().replace("+00:00", "Z"),
            "freeze": True,
        }
    return {"advance": clock.offset} if clock.offset else {}
