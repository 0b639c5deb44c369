"""What the town issued: found by a value's digest, in whichever world it belongs to."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from ninestep.clock import now
from ninestep.digest import digest
from ninestep.records import App, Code, JsCode, Token, decode
from ninestep.store import Later
from ninestep.store.mini import JS_CODE

from ...services import services
from .. import codes, tokens

HINT = 4  # characters of a value that an answer may end in
LONG_ENOUGH = 12


def read(value: str, world: str) -> dict[str, Any]:
    """What ``value`` is; ``kind`` is "unknown" where the town never saw it."""
    found = next((told for look in LOOKS for told in look(value, world)), None)
    return {"kind": "unknown", "warnings": [], "masked": masked(value), **(found or {})}


def masked(value: str) -> str:
    """Never the whole: the last four of what is long enough to keep a secret without them."""
    return "••••" + (value[-HINT:] if len(value) >= LONG_ENOUGH else "")


def _app(value: str, _: str) -> Iterator[dict[str, Any]]:
    app = services().store.app(value) if len(value) <= 64 else None
    if app is not None:
        yield {"kind": "appid", "masked": value, **_of(app)}


def _access(value: str, _: str) -> Iterator[dict[str, Any]]:
    store = services().store
    batch = store.batch()
    pointer = store.find_token(batch, value)
    batch.run()
    if pointer.value:
        yield from _token(pointer.value[0], f"access:{digest(value)}")


def _refresh(value: str, _: str) -> Iterator[dict[str, Any]]:
    store, name = services().store, digest(value)
    for world, live, dead in _everywhere("refresh", name):
        if live is not None:
            yield from _token(world, f"refresh:{name}")
        elif (token := decode(Token, dead)) is not None:
            [told] = tokens.shown(world, [(f"refresh:{name}", token)])
            yield {
                **told,
                "kind": "refresh_token",
                "state": "spent",
                "world": world,
                **_of(store.app(token.appid)),
            }


def _token(world: str, tail: str) -> Iterator[dict[str, Any]]:
    store = services().store
    token = store.token(world, tail)
    if token is not None:
        [told] = tokens.shown(world, [(tail, token)])
        yield {**told, "kind": f"{token.kind}_token", "world": world, **_of(store.app(token.appid))}


def _code(value: str, _: str) -> Iterator[dict[str, Any]]:
    store, name = services().store, digest(value)
    for world, live, dead in _everywhere("code", name):
        record = decode(Code, live if live is not None else dead)
        if record is None:
            continue
        batch = store.batch()
        town, own = store.read_clock(batch), store.read_clock(batch, world)
        grant = store.read_grant(batch, world, record.appid, record.user)
        batch.run()
        moment = now(town.value, own.value)
        told = codes.told(world, name, record, live is None, grant.value, moment)
        yield {**told, "kind": "code", "world": world, **_of(store.app(record.appid))}


def _js_code(value: str, _: str) -> Iterator[dict[str, Any]]:
    store = services().store
    for world, live, dead in _everywhere(JS_CODE, digest(value)):
        record = decode(JsCode, live if live is not None else dead)
        if record is None:
            continue
        ended = store.now(world) >= record.expires_at
        state = "spent" if live is None else "expired" if ended else "active"
        told = {"state": state, "user": record.user, "expires_at": record.expires_at, "flow": record.flow}
        yield {"kind": "js_code", "world": world, **told, **_of(store.app(record.appid))}


def _qr(value: str, _: str) -> Iterator[dict[str, Any]]:
    store = services().store
    world = store.world_of_scan(value)
    if world is None:
        return
    batch = store.batch()
    scan = store.read_scan(batch, world, value)
    batch.run()
    if scan.value is not None:
        wanted = scan.value.request
        state = scan.value.state_at(store.now(world))
        told = {"state": state, "expires_at": scan.value.expires_at, "flow": wanted.flow}
        yield {"kind": "qr", "world": world, **told, **_of(store.app(wanted.appid))}


def _secret(value: str, _: str) -> Iterator[dict[str, Any]]:
    """No digest of a secret is kept, so it is compared with every app's."""
    if len(value) < LONG_ENOUGH:
        return
    sent = value.encode("utf-8", "surrogatepass")
    for world in services().store.worlds():
        for app in services().store.apps(world.name):
            if app.secret and secrets.compare_digest(app.secret.encode(), sent):
                yield {"kind": "secret", **_of(app)}


def _state(value: str, world: str) -> Iterator[dict[str, Any]]:
    for flow in services().reader.flows(world, state=value, limit=500)[:1]:
        yield {"kind": "state", "world": world, "flow": flow.id, "appid": flow.app, "issued_at": flow.at}


def _flow(value: str, _: str) -> Iterator[dict[str, Any]]:
    reader, store = services().reader, services().store
    world = reader.world_of(value, [known.name for known in store.worlds()])
    flow = reader.flow(world, value) if world else None
    if flow is not None:
        yield {"kind": "flow", "masked": value, "world": flow.world, "flow": flow.id, "appid": flow.app}


LOOKS: tuple[Callable[[str, str], Iterator[dict[str, Any]]], ...] = (
    *(_app, _access, _refresh, _code, _js_code, _qr, _flow, _state, _secret),
)


def _everywhere(kind: str, name: str) -> list[tuple[str, bytes | None, bytes | None]]:
    """(world, live, spent) where a single-use record of ``kind`` stands or stood: it arrived without its world."""
    store, batch = services().store, services().store.batch()
    asked: list[tuple[str, Later[bytes | None], Later[bytes | None]]] = [
        (
            world.name,
            batch.call("get", store.keys.once(world.name, kind, name)),
            batch.call("get", store.keys.spent(world.name, kind, name)),
        )
        for world in store.worlds()
    ]
    batch.run()
    found = [(world, live.value, codes.after_bar(spent.value)) for world, live, spent in asked]
    return [(world, live, spent) for world, live, spent in found if live is not None or spent is not None]


def _of(app: App | None) -> dict[str, Any]:
    """Who issued it, and to whom."""
    if app is None:
        return {"name": "", "dialect": ""}
    return {"appid": app.appid, "name": app.name, "dialect": app.dialect, "world": app.world}
