"""The seeded town (design.md §9): its people and its apps, there at every start.

What is missing is made; what settings decide (secrets, addresses) is written anew; what a person edited stays.
Several workers start at once, so one of them does it under a lock and the others find nothing left to do.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

import msgspec
from ninestep.counterfactual import DELIVERY, REDIRECT
from ninestep.dialects import DIALECTS, RESOURCE_CLIENT
from ninestep.digest import digest, fresh_id
from ninestep.keyring import app_secret
from ninestep.oauth import grant_types as grants
from ninestep.records import TOWN, App, Ttl, User, World, decode, encode
from ninestep.settings import ProviderSettings, host_of
from ninestep.store import Later, Store

from .services import Services

PASSWORD = "ninestep"
OPEN_PLATFORM = "town"
MEITUAN, ZHIHU, MINE = "wx1234567890abcdef", "zhihu", "wxc0ffee0123456789"
MEITUAN_PC = "wxfedcba0987654321"
MEITUAN_MINI = "wx0fedcba987654321"
MEITUAN_APP, MEITUAN_OLD_APP = "wx00112233445566ff", "wxff66554433221100"
QQ, WEIBO = "101234567", "1357924680"
XIAOTU, SITE_A, SPA, NIGHTLY, MEITU, TV = "xiaotu", "site-a", "spa", "nightly", "meitu", "tv"
DECIDED: dict[
    str, tuple[str, ...]
] = {  # by settings, at every start; nothing of 我的应用, which is the reader's own
    MEITUAN: ("secret", "redirect_uris", "callback_domain"),
    MEITUAN_PC: ("secret", "redirect_uris", "callback_domain"),
    MEITUAN_MINI: ("secret", "page"),
    MEITUAN_APP: ("secret", "page"),
    MEITUAN_OLD_APP: ("secret", "page"),
    ZHIHU: ("secret", "redirect_uris"),
    XIAOTU: ("secret", "redirect_uris"),
    SITE_A: ("secret", "redirect_uris"),
    SPA: ("redirect_uris",),
    NIGHTLY: ("secret",),
    MEITU: ("secret",),
    QQ: ("secret", "redirect_uris"),
    WEIBO: ("secret", "redirect_uris"),
    RESOURCE_CLIENT: ("secret",),
}
LOCK_SECONDS = 10


def _person(uid: str, nickname: str, sex: int, province: str = "", city: str = "", **more: Any) -> User:
    country = "中国" if province else ""
    profile = {"sex": sex, "province": province, "city": city, "country": country}
    return User(uid=uid, world=TOWN, nickname=nickname, password=PASSWORD, profile=profile, **more)


USERS = (
    _person("zhangsan", "张三", 1, "广东", "深圳"),
    _person("lisi", "李四🌸", 2, "浙江", "杭州"),
    _person("wangwu", "王五", 1, "四川", "成都", follows=False),
    _person("zhaoliu", "赵六", 1, "北京", always_denies=True),
    _person("mallory", "Mallory", 0),
)


def seed(services: Services) -> None:
    """Make the town what it should be. Two round trips when it is already."""
    store, wanted = services.store, _wanted(services.settings)
    if not _changes(store, wanted):
        store.redis.set(store.keys.seeded, "1")
        return
    owner = fresh_id()
    if not store.redis.set(store.keys.seed_lock, owner, nx=True, ex=LOCK_SECONDS):
        return  # another worker is at it; /readyz waits for its mark
    try:
        for record in _changes(store, wanted):
            _save(store, record)
        store.redis.set(store.keys.seeded, "1")
    finally:
        store.release(store.keys.seed_lock, owner)


def missing(services: Services) -> str:
    """Why the town is not ready, or "". A Redis that was emptied is seeded again on the way."""
    if not services.store.redis.exists(services.store.keys.seeded):
        seed(services)
    return "" if services.store.redis.exists(services.store.keys.seeded) else "the town is not seeded yet"


def restore(services: Services) -> None:
    """The town as it was at first: what somebody added goes, what was edited or deleted is written anew."""
    store, wanted = services.store, _wanted(services.settings)
    known = {_key(store, record) for record in wanted}
    for app in store.apps(TOWN):
        if store.keys.app(TOWN, app.appid) not in known:
            store.delete_app(app)
    for user in store.users(TOWN):
        if store.keys.user(TOWN, user.uid) not in known:
            store.delete_user(TOWN, user.uid)
    for record in wanted:
        _save(store, record)


def _changes(store: Store, wanted: list[World | User | App]) -> list[World | User | App]:
    """What has to be written: the missing, and apps whose decided fields moved."""
    batch = store.batch()
    found: list[Later[bytes | None]] = [batch.call("get", _key(store, record)) for record in wanted]
    batch.run()
    changes: list[World | User | App] = []
    for record, later in zip(wanted, found, strict=True):
        if later.value is None:
            changes.append(record)
        elif isinstance(record, App) and (known := decode(App, later.value)) is not None:
            merged = _merged(known, record)
            if merged != known:
                changes.append(merged)
    return changes


def _merged(known: App, record: App) -> App:
    """A person's edit stays; an untouched app follows the seeds; settings decide their part in either case."""
    decided = {name: getattr(record, name) for name in DECIDED.get(record.appid, ())}
    if "redirect_uris" in decided:
        ours = {
            urlsplit(uri).path for uri in record.redirect_uris
        }  # the port may have moved: the old one goes
        added = [uri for uri in known.redirect_uris if urlsplit(uri).path not in ours]
        decided["redirect_uris"] = [*record.redirect_uris, *added]
    if fingerprint(known) == known.seed:
        decided = {**msgspec.structs.asdict(record), **decided, "created_at": known.created_at}
    return msgspec.structs.replace(known, **decided)


def fingerprint(app: App) -> str:
    """Digest of what the seeds wrote and settings do not decide."""
    left = {"secret": "", "redirect_uris": [], "callback_domain": "", "page": ""}
    plain: dict[str, Any] = {name: left[name] for name in DECIDED.get(app.appid, ())}
    return digest(encode(msgspec.structs.replace(app, seed="", created_at=0.0, **plain)).decode())


def _save(store: Store, record: World | User | App) -> None:
    if isinstance(record, World):
        store.save_world(record)
    elif isinstance(record, User):
        store.save_user(record)
    elif store.claim_appid(record.appid, TOWN) == TOWN:
        store.save_app(record)


def _key(store: Store, record: World | User | App) -> str:
    if isinstance(record, World):
        return store.keys.world(TOWN)
    if isinstance(record, User):
        return store.keys.user(TOWN, record.uid)
    return store.keys.app(TOWN, record.appid)


def _wanted(settings: ProviderSettings) -> list[World | User | App]:
    now = time.time()
    return [World(name=TOWN, created_at=now, last_used=now, pinned=True), *USERS, *_apps(settings, now)]


def _apps(settings: ProviderSettings, now: float) -> list[App]:
    client = settings.client_url
    drafts: tuple[dict[str, Any], ...] = (
        {
            "appid": MEITUAN,
            "name": "美团",
            "dialect": "wechat",
            "kind": "official_account",
            "fidelity": "tutorial",
            "open_platform": OPEN_PLATFORM,
            "redirect_uris": [f"{client}/auth/wechat/callback"],
            "callback_domain": host_of(client),
        },
        {
            "appid": MEITUAN_PC,
            "name": "美团 PC",
            "dialect": "wechat",
            "kind": "website",
            "fidelity": "tutorial",
            "open_platform": OPEN_PLATFORM,
            "redirect_uris": [f"{client}/auth/wechat_pc/callback"],
            "callback_domain": host_of(client),
        },
        {
            "appid": MINE,
            "name": "我的应用",
            "dialect": "wechat",
            "kind": "official_account",
            "open_platform": OPEN_PLATFORM,
        },
        {
            "appid": ZHIHU,
            "name": "知乎",
            "dialect": "standard",
            "kind": "web",
            "redirect_uris": [f"{client}/auth/zhihu/callback"],
        },
        {
            "appid": XIAOTU,
            "name": "小兔排版",
            "dialect": "standard",
            "kind": "web",
            "redirect_uris": [f"{client}/auth/xiaotu/callback"],
        },
        {
            "appid": SITE_A,
            "name": "A 网站",
            "dialect": "standard",
            "kind": "web",
            "redirect_uris": [f"{client}/auth/site-a/callback"],
            "policies": {"token_answer": "ab_site"},
            "ttl": Ttl(access=2592000),
        },
        {
            "appid": SPA,
            "name": "单页应用",
            "dialect": "standard",
            "kind": "spa",
            "grant_types": [grants.CODE, grants.REFRESH, grants.IMPLICIT],
            "redirect_uris": [f"{client}/spa/callback"],
        },
        {
            "appid": NIGHTLY,
            "name": "夜间任务",
            "dialect": "standard",
            "kind": "machine",
        },
        {
            "appid": MEITU,
            "name": "美图秀秀",
            "dialect": "standard",
            "kind": "web",
            "grant_types": [grants.PASSWORD],
        },
        {
            "appid": TV,
            "name": "电视",
            "dialect": "standard",
            "kind": "native",
            "grant_types": [grants.DEVICE, grants.REFRESH],
        },
        {
            "appid": MEITUAN_MINI,
            "name": "美团小程序",
            "dialect": "wechat",
            "kind": "mini_program",
            "open_platform": OPEN_PLATFORM,
            "page": f"{client}/mini",
        },
        {
            "appid": MEITUAN_APP,
            "name": "美团 App",
            "dialect": "wechat",
            "kind": "mobile",
            "fidelity": "tutorial",
            "open_platform": OPEN_PLATFORM,
            "page": f"{client}/app",
        },
        {
            "appid": MEITUAN_OLD_APP,
            "name": "美团 App 旧版",
            "dialect": "wechat",
            "kind": "mobile",
            "fidelity": "tutorial",
            "open_platform": OPEN_PLATFORM,
            "page": f"{client}/app/old",
        },
        {
            "appid": QQ,
            "name": "美团",
            "dialect": "qq",
            "kind": "web",
            "open_platform": OPEN_PLATFORM,
            "redirect_uris": [f"{client}{path}" for path in ("/auth/qq/callback", REDIRECT, DELIVERY)],
        },
        {
            "appid": WEIBO,
            "name": "美团",
            "dialect": "weibo",
            "kind": "web",
            "redirect_uris": [f"{client}/auth/weibo/callback"],
        },
    )
    apps = [
        _app(settings, now, {**draft, "policies": {"reveal": True, **draft.get("policies", {})}})
        for draft in drafts
    ]
    own = {"appid": RESOURCE_CLIENT, "name": "resource_api", "dialect": "standard", "kind": "web"}
    return [*apps, _app(settings, now, {**own, "secret": settings.introspection_secret})]


def _app(settings: ProviderSettings, now: float, fields: dict[str, Any]) -> App:
    words: Any = DIALECTS[fields["dialect"]]
    defaults = {
        "secret": app_secret(settings.seed_key, fields["appid"]),
        "world": TOWN,
        "scopes": list(words.SCOPES[fields["kind"]]),
        "created_at": now,
    }
    app = App(**{**defaults, **fields})
    return msgspec.structs.replace(app, seed=fingerprint(app))
