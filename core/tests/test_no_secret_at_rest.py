"""What a login leaves in Redis and on disk: digests and ciphers, never a secret that somebody could use.

The trace of the seeded apps reveals its values (design.md §7); so they can be had here, also those that no browser saw.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
import redis
from browser import Browser
from ninestep.store import Store

pytestmark = pytest.mark.launcher

MEITUAN = "wx1234567890abcdef"
USABLE = {  # kinds of the trace's values that open something; a state opens nothing and travels back to its client
    *("code", "access_token", "refresh_token", "client_secret", "code_verifier"),
    *("password", "provider_session", "client_session", "login_token", "consent_nonce"),
}
MAY_STAND_IN = {"client_secret": r"n9:\{town\}:app:[\w-]+", "password": r"n9:\{town\}:user:\w+"}


# -- looking


def values_of(client: Any) -> Iterator[tuple[str, bytes]]:
    """(key, value) of everything in a Redis, fields and names of members among the values."""
    readers: dict[bytes, Callable[[bytes], Any]] = {
        b"none": lambda key: [],  # its life has ended since the scan saw it
        b"string": lambda key: [value for value in (client.get(key),) if value is not None],
        b"hash": lambda key: [part for pair in client.hgetall(key).items() for part in pair],
        b"list": lambda key: client.lrange(key, 0, -1),
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": lambda key: [
            part for _, entry in client.xrange(key) for pair in entry.items() for part in pair
        ],
    }
    for key in client.scan_iter(count=1000):
        name = key.decode("utf-8", "replace")
        yield name, key
        yield from ((name, value) for value in readers[client.type(key)](key))


BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")


def readings(value: bytes, depth: int = 3) -> Iterator[bytes]:
    """A value as whoever steals it would read it: as it stands, and what its JSON, base64 and escapes say."""
    yield value
    if not depth:
        return
    found: list[bytes] = []
    try:
        document = json.loads(value)
        found += strings(document) if isinstance(document, (dict, list, str)) else []
    except ValueError:
        pass
    if b"%" in value:
        found.append(unquote_to_bytes(value))
    for word in BASE64.findall(value):
        bare = word.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        try:
            found.append(base64.b64decode(bare + b"=" * (-len(bare) % 4)))
        except binascii.Error:
            pass
    for each in found:
        if each != value:
            yield from readings(each, depth - 1)


def strings(document: Any) -> list[bytes]:
    if isinstance(document, dict):
        return [text for pair in document.items() for part in pair for text in strings(part)]
    if isinstance(document, list):
        return [text for part in document for text in strings(part)]
    return [document.encode("utf-8", "surrogatepass")] if isinstance(document, str) else []


def holding(client: Any, needles: dict[str, set[str]]) -> dict[str, set[str]]:
    """Kind of secret → the keys under which one of its values can be read."""
    found: dict[str, set[str]] = {}
    for key, value in values_of(client):
        texts = set(readings(value))
        for kind, wanted in needles.items():
            if any(needle.encode() in text for needle in wanted for text in texts):
                found.setdefault(kind, set()).add(key)
    return found


KINDS = ("key", "string", "hash", "list", "set", "zset", "stream")
COATS = ("plain", "json", "base64", "url", "base64 in json")


@pytest.mark.parametrize(
    ("kind", "coat"),
    [(kind, coat) for kind in KINDS for coat in COATS if kind != "key" or "json" not in coat],
)
def test_who_looks_finds_what_is_there(store: Store, kind: str, coat: str) -> None:
    needle = "/ä+" + secrets.token_hex(8)
    encoded = base64.urlsafe_b64encode(b"a:" + needle.encode()).decode().rstrip("=")
    value = {
        "plain": needle,
        "json": json.dumps({"a": [{"b": needle}]}),
        "base64": encoded,
        "url": f"x?{quote(needle, safe='')}",
        "base64 in json": json.dumps(["basic " + encoded]),
    }[coat]
    key, client = f"{store.keys.prefix}:planted", store.redis
    put: dict[str, Callable[[], Any]] = {
        "key": lambda: client.set(f"{key}:{value}", "1", ex=60),
        "string": lambda: client.set(key, value, ex=60),
        "hash": lambda: client.hset(key, value, "1"),
        "list": lambda: client.rpush(key, value),
        "set": lambda: client.sadd(key, value),
        "zset": lambda: client.zadd(key, {value: 1}),
        "stream": lambda: client.xadd(key, {"a": value}),
    }
    put[kind]()

    [(_, places)] = holding(client, {"needle": {needle}, "another": {"not there"}}).items()

    assert {place.startswith(key) for place in places} == {True}
    client.delete(*places)


# -- what a login leaves


@dataclass
class Logins:
    """A running town after a login at each site, and every secret that was used on the way, by its kind."""

    town: Any
    used: dict[str, set[str]]


def go_through(browser: Browser, address: str, account: dict[str, str], used: dict[str, set[str]]) -> Any:
    """Click and type until there is nothing more to do; notes the cookies that were had on the way."""
    page = browser.get(address)
    for _ in range(12):
        for cookie, kind in (("wx_session", "provider_session"), ("mt_session", "client_session")):
            if value := browser.http.cookies.get(cookie):
                used.setdefault(kind, set()).add(value)
        if page.status_code in (302, 303):
            page = browser.follow(page)
        elif 'name="password"' in page.text:
            page = browser.submit(page, **account)
        elif "wx-consent" in page.text:
            page = browser.submit(page, decision="approve")
        else:
            return page
    raise AssertionError(f"no end at {page.url}")


@pytest.fixture(scope="module")
def logins(tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any) -> Iterator[Logins]:
    """One person who types a password at WeChat's page and at the standard one, reads the profile again, refreshes, and
    uses a code twice."""
    town, process = start_town(tmp_path_factory.mktemp("rest"))
    account = {"username": "typist", "password": "pw-" + secrets.token_hex(12)}
    town.api("PUT", "/users/typist", {"password": account["password"], "nickname": "打字员"})
    used: dict[str, set[str]] = {"password": {account["password"]}}
    for start, appid in (("/login/wechat", MEITUAN), ("/zhihu/login", "zhihu")):
        browser = Browser()  # one each, so that each dialect's login page is met
        with closing(browser.http):
            page = go_through(browser, town.client + start, account, used)
            assert "打字员" in page.text
            if appid == MEITUAN:
                used["login_token"] = {browser.http.cookies["mt_login"]}
                town.api("POST", f"/apps/{appid}/faults", {"endpoint": "userinfo", "error": "token_expired"})
                reread = browser.submit(page, action="/me/refresh-profile")
                assert reread.headers["Location"] == "/me?refreshed="
            go_through(browser, town.client + start, account, used)
        for flow in town.api("GET", "/flows", params={"app": appid}):
            for message in town.api("GET", f"/flows/{flow['id']}/messages"):
                for value in (value for leg in message["legs"] for value in leg["values"]):
                    if "value" in value:
                        used.setdefault(value["kind"], set()).add(value["value"])
    apps = [town.api("GET", f"/apps/{appid}") for appid in (MEITUAN, "zhihu")]
    assert used["client_secret"] == {app["secret"] for app in apps}
    yield Logins(town, {kind: used[kind] for kind in USABLE})
    stop_town(town, process)


def test_every_kind_of_secret_was_used(logins: Logins) -> None:
    """Else finding none of them would say nothing."""
    least = {"code": 4, "access_token": 4, "refresh_token": 3, "provider_session": 4, "client_session": 2}

    assert {kind for kind, values in logins.used.items() if not values} == set()
    assert {k: len(logins.used[k]) for k, n in least.items() if len(logins.used[k]) < n} == {}
    assert min(len(value) for values in logins.used.values() for value in values) >= 16


def test_redis_holds_no_secret_but_the_apps_and_the_users_own(logins: Logins) -> None:
    with closing(redis.Redis.from_url(logins.town.redis_url)) as client:
        found = holding(client, logins.used)

    assert set(found) == set(MAY_STAND_IN), "the two that a mock tells whoever asks"
    for kind, places in found.items():
        assert [place for place in places if not re.fullmatch(MAY_STAND_IN[kind], place)] == []


def test_neither_does_the_state_folder(logins: Logins) -> None:
    """Its append-only file remembers also what was deleted since."""
    folder = Path(logins.town.state)
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found: dict[str, set[str]] = {}
    for path, raw in files.items():
        for kind, values in logins.used.items():
            if any(value.encode() in raw for value in values):
                found.setdefault(kind, set()).add(path.relative_to(folder).parts[0])

    assert found == {kind: {"redis"} for kind in MAY_STAND_IN}
