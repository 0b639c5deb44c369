"""Redis away, Redis hung, a worker killed: a sentence at once, and afterwards nothing is lost and nothing is there twice."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from ninestep.launcher import engine
from races import all_workers_of

pytestmark = pytest.mark.launcher

MEITUAN = "wx1234567890abcdef"
CALLBACK = "http://127.0.0.1/callback"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
AT_ONCE = 2  # seconds (issue: 503 within 2 s)


class Redis:
    """A server of this test's own, with its append-only file."""

    def __init__(self, folder: Path) -> None:
        self._socket, self._folder = folder / "redis.sock", folder
        self.url = engine.url(self._socket)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            engine.command(engine.find_binary(), self._socket, self._folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )
        while not engine.answers(self._socket):
            assert self.process.poll() is None, "the engine did not start"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)

    @contextmanager
    def away(self, how: str) -> Iterator[None]:
        if how == "hung":
            self.process.send_signal(signal.SIGSTOP)
            try:
                yield
            finally:
                self.process.send_signal(signal.SIGCONT)
        else:
            self.stop()
            try:
                yield
            finally:
                self.start()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    redis = Redis(tmp_path_factory.mktemp("redis"))
    yield redis
    redis.stop()


@pytest.fixture(scope="module")
def town(
    redis: Redis, tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any
) -> Iterator[Any]:
    town, process = start_town(tmp_path_factory.mktemp("bad"), NINESTEP_REDIS_URL=redis.url)
    town.api("PATCH", f"/apps/{MEITUAN}", {"consent": {"mode": "auto", "user": "zhangsan"}})
    yield town
    stop_town(town, process)


class Person:
    """A browser without scripts that is logged in at the client and at the provider."""

    def __init__(self, town: Any) -> None:
        self.town, self.http = town, requests.Session()
        self.http.trust_env = False
        self.http.headers["Accept"] = "text/html"
        assert "张三" in self.get(f"{town.client}/login/wechat").text
        settings = f"{town.provider}/settings/authorizations"
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', self.get(settings).text)
        assert csrf is not None
        form = {"persona": "zhangsan", "csrf_token": csrf[1]}
        self.http.post(settings, data=form, headers={"Origin": town.provider}, timeout=10)

    def get(self, url: str, **options: Any) -> requests.Response:
        return self.http.get(url, timeout=10, **options)


@pytest.fixture
def person(town: Any) -> Iterator[Person]:
    person = Person(town)
    with closing(person.http):
        yield person


def test_a_person_who_logged_in_is_at_both(person: Person) -> None:
    assert {"mt_session", "mt_login", "wx_session"} <= set(person.http.cookies.keys())
    assert "wx-grant-user" in person.get(f"{person.town.provider}/settings/authorizations").text


def requests_of_all_kinds(town: Any) -> list[tuple[str, str, dict[str, str] | None]]:
    asked = {"appid": MEITUAN, "redirect_uri": f"{town.client}/auth/wechat/callback", "response_type": "code"}
    authorize = urlencode({**asked, "scope": "snsapi_userinfo", "state": "s"})
    token = {"appid": MEITUAN, "secret": "x", "code": "x", "grant_type": "authorization_code"}
    pages = [
        f"{town.provider}/connect/oauth2/authorize?{authorize}",
        f"{town.provider}/connect/login?rid=x",
        f"{town.provider}/connect/consent?rid=x",
        f"{town.provider}/settings/authorizations",
        f"{town.provider}/_mock/theatre",
        f"{town.provider}/_mock/api/worlds",
        f"{town.provider}/metrics",
        f"{town.provider}/readyz",
        f"{town.resource}/sns/userinfo?access_token=x&openid=x",
        f"{town.resource}/sns/auth?access_token=x&openid=x",
        f"{town.resource}/userinfo?access_token=x",
        f"{town.resource}/articles?access_token=x",
        f"{town.provider}/oauth/authorize?client_id=zhihu&request_uri=urn:ietf:params:oauth:request_uri:x",
        f"{town.provider}/oauth/login?rid=x",
        f"{town.provider}/oauth/device/done?rid=x",
        f"{town.provider}/oauth/logout?client_id=zhihu",
        f"{town.provider}/oauth/jwks",
        f"{town.resource}/readyz",
        f"{town.client}/login",
        f"{town.client}/login/wechat",
        f"{town.client}/auth/wechat/callback?code=x&state=x",
        f"{town.client}/me",
        f"{town.client}/api/me",
        f"{town.client}/zhihu",
        f"{town.client}/metrics",
        f"{town.client}/readyz",
        f"{town.gateway}/sns/userinfo?access_token=x&openid=x",
    ]
    forms: list[tuple[str, str, dict[str, str] | None]] = [
        ("POST", f"{town.provider}/sns/oauth2/access_token", token),
        ("POST", f"{town.provider}/oauth/token", {"grant_type": "authorization_code", "client_id": "zhihu"}),
        ("POST", f"{town.provider}/oauth/revoke", {"token": "x", "client_id": "zhihu", "client_secret": "x"}),
    ]
    own = {"client_id": "zhihu", "client_secret": "x"}
    pushed = {**own, "response_type": "code"}
    polled = {**own, "grant_type": DEVICE, "device_code": "x"}
    forms += [
        ("POST", f"{town.provider}/oauth/par", pushed),
        ("POST", f"{town.provider}/oauth/device_authorization", own),
        ("POST", f"{town.provider}/oauth/token", polled),
        ("POST", f"{town.provider}/oauth/introspect", {**own, "token": "x"}),
    ]
    return [*(("GET", page, None) for page in pages), *forms]


@pytest.mark.parametrize("how", ["stopped", "hung"])
def test_without_redis_everything_answers_503_at_once(
    town: Any, redis: Redis, person: Person, how: str
) -> None:
    cookies, late, wrong = person.http.cookies.get_dict(), {}, {}

    def ask(method: str, url: str, form: dict[str, str] | None) -> None:
        began = time.monotonic()
        options = {"data": form, "cookies": cookies, "allow_redirects": False, "timeout": 30}
        answer = requests.request(method, url, headers={"Accept": "text/html"}, **options)
        if (spent := time.monotonic() - began) > AT_ONCE:
            late[url] = round(spent, 2)
        if (answer.status_code, bool(answer.headers.get("Retry-After"))) != (503, True):
            wrong[url] = (answer.status_code, answer.headers.get("Retry-After"))
        if "Traceback" in answer.text:
            wrong[url] = answer.text

    asked = requests_of_all_kinds(town)
    with redis.away(how):
        with ThreadPoolExecutor(4) as askers:  # a hung server costs each of them its patience
            list(askers.map(lambda each: ask(*each), asked))
        # Once more, alone: who waits for too long does so again, who waited for a busy machine does not.
        again = [each for each in asked if each[1] in late]
        late.clear()
        for each in again:
            ask(*each)
        for service in (town.provider, town.resource, town.client):
            assert person.get(f"{service}/healthz").json()["status"] == "alive", (
                "also to one who has a session"
            )

    assert (wrong, late) == ({}, {})
    assert "张三" in person.get(f"{town.client}/me").text


def test_nothing_that_was_issued_is_lost_over_a_restart_of_redis(
    town: Any, redis: Redis, person: Person
) -> None:
    app = town.api("POST", "/apps", {"dialect": "wechat", "redirect_uris": [CALLBACK]})
    code, kept = (town.api("POST", f"/apps/{app['appid']}/codes", {"user": "lisi"})["code"] for _ in "12")
    tokens = redeem(town, app, code)

    with redis.away("stopped"):
        pass

    for service in (town.provider, town.resource, town.client):
        assert person.get(f"{service}/readyz").status_code == 200
    who = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    profile = person.get(f"{town.resource}/sns/userinfo", params=who)
    assert json.loads(profile.content)["nickname"] == "李四🌸"
    refresh = {"appid": app["appid"], "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    fresh = person.get(f"{town.provider}/sns/oauth2/refresh_token", params=refresh).json()
    assert fresh["access_token"] == tokens["access_token"]
    assert "access_token" in redeem(town, app, kept)
    assert redeem(town, app, code)["errcode"] == 40163  # spent stays spent
    assert "张三" in person.get(f"{town.client}/me").text
    assert "wx-grant-user" in person.get(f"{town.provider}/settings/authorizations").text


def test_a_login_that_was_under_way_when_redis_restarted_comes_to_its_end(town: Any, redis: Redis) -> None:
    browser = requests.Session()
    browser.trust_env = False
    with closing(browser):
        started = browser.get(f"{town.client}/login/wechat", allow_redirects=False)

        with redis.away("stopped"):
            pass

        page = browser.get(started.headers["Location"])
        assert page.url.partition("#")[0] == f"{town.client}/me"
        assert "张三" in page.text


def redeem(town: Any, app: dict[str, Any], code: str) -> dict[str, Any]:
    form = {"appid": app["appid"], "secret": app["secret"], "code": code, "grant_type": "authorization_code"}
    answer = requests.post(f"{town.provider}/sns/oauth2/access_token", data=form, timeout=10)
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def test_a_worker_killed_in_mid_request_spends_nothing(town: Any) -> None:
    app = town.api("POST", "/apps", {"dialect": "wechat", "redirect_uris": [CALLBACK]})
    code = town.api("POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan"})["code"]
    place = urlsplit(town.provider)
    before = all_workers_of(town, "provider", 2)
    assert len(before) == 2
    with socket.create_connection((place.hostname, place.port), timeout=10) as line:
        head = f"POST /sns/oauth2/access_token HTTP/1.1\r\nHost: {place.netloc}\r\nExpect: 100-continue\r\n"
        kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
        line.sendall((head + kind).encode())
        assert line.recv(100).startswith(b"HTTP/1.1 100")  # a worker has it, and waits for the body

        for pid in before:
            os.kill(pid, signal.SIGKILL)

        try:
            assert line.recv(100) == b""
        except ConnectionResetError:
            pass

    assert "access_token" in redeem(town, app, code)
    assert redeem(town, app, code)["errcode"] == 40163


def test_a_worker_killed_under_load_makes_nothing_twice(town: Any) -> None:
    app = town.api("POST", "/apps", {"dialect": "wechat", "redirect_uris": [CALLBACK]})
    codes = [
        town.api("POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan"})["code"] for _ in range(120)
    ]
    # Eight write to these at once: to append is one step, to count is not.
    waiting, answered, torn = list(codes), [], []
    under_way = threading.Semaphore(0)

    def work() -> None:
        while waiting:
            try:
                code = waiting.pop()
            except IndexError:
                return
            under_way.release()
            for _ in range(3):
                try:
                    answer = redeem(town, app, code)
                except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                    torn.append(code)  # as a client does that got no answer, or half of one: once more
                    continue
                answered.append(answer.get("errcode", "token"))
                break

    *_, newest = all_workers_of(town, "provider", 2)  # the other serves already
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(40):
        under_way.acquire()
    os.kill(newest, signal.SIGKILL)
    for thread in threads:
        thread.join()

    told = Counter(answered)
    assert told.total() == len(codes)
    assert told["token"] >= len(codes) - len(set(torn))
    assert set(told) <= {"token", 40163}  # spent by the request that was torn
    listed = town.api("GET", f"/apps/{app['appid']}/tokens")
    access = [token["authorization"] for token in listed if token["kind"] == "access"]
    assert len(access) == len(set(access)) <= len(codes)
    assert len(access) >= told["token"]


# -- the flows that take their time: a device that polls, a request that was pushed


class Site:
    """A standard app whose user agrees at once, or is asked for by a device; it may prove a key."""

    def __init__(self, town: Any, **fields: Any) -> None:
        self.town = town
        grants = ["authorization_code", "refresh_token", DEVICE]
        body = {"dialect": "standard", "redirect_uris": [CALLBACK], "grant_types": grants, **fields}
        self.app = town.api("POST", "/apps", body)

    def post(self, path: str, headers: dict[str, str] | None = None, **form: str) -> requests.Response:
        own = {"client_id": self.app["appid"], "client_secret": self.app["secret"]}
        return requests.post(f"{self.town.provider}{path}", data={**own, **form}, headers=headers, timeout=10)

    def poll(self, device: dict[str, Any]) -> requests.Response:
        return self.post("/oauth/token", grant_type=DEVICE, device_code=device["device_code"])

    def go(self, request_uri: str) -> requests.Response:
        params = {"client_id": self.app["appid"], "request_uri": request_uri}
        address = f"{self.town.provider}/oauth/authorize"
        return requests.get(address, params=params, allow_redirects=False, timeout=10)

    def code(self) -> str:
        body = {"user": "lisi", "scope": "openid", "redirect_uri": CALLBACK}
        return str(self.town.api("POST", f"/apps/{self.app['appid']}/codes", body)["code"])

    def redeem(self, code: str, headers: dict[str, str] | None = None) -> requests.Response:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.post("/oauth/token", headers, **form)


def is_away(answer: requests.Response) -> bool:
    return answer.status_code == 503 and bool(answer.headers.get("Retry-After"))


def test_a_device_waits_for_redis_as_it_waits_for_its_user(town: Any, redis: Redis) -> None:
    site = Site(town)
    device = site.post("/oauth/device_authorization", scope="openid").json()
    assert site.poll(device).json()["error"] == "authorization_pending"

    with redis.away("stopped"):
        assert is_away(site.poll(device))

    town.api("POST", f"/devices/{device['user_code']}", {"user": "lisi"})
    with redis.away("stopped"):
        assert is_away(site.poll(device))

    tokens = site.poll(device).json()
    assert tokens["id_token"]
    assert site.poll(device).json()["error"] == "invalid_grant"


def test_a_pushed_request_is_answered_once_over_restarts(town: Any, redis: Redis) -> None:
    site = Site(town, consent={"mode": "auto", "user": "lisi"})
    form = {"redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
    uri = site.post("/oauth/par", **form).json()["request_uri"]

    with redis.away("stopped"):
        assert is_away(site.go(uri))
        assert is_away(site.post("/oauth/par", **form))

    code = site.go(uri).headers["Location"].partition("code=")[2].partition("&")[0]
    with redis.away("stopped"):
        assert is_away(site.redeem(code))
    assert site.redeem(code).json()["id_token"]
    again = site.go(uri)
    assert (again.status_code, again.headers.get("Location")) == (400, None)


def test_a_proof_that_met_no_redis_is_not_spent_and_one_that_did_stays_so(town: Any, redis: Redis) -> None:
    site, key = Site(town, dpop=True), ECKey.generate_key("P-256")
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    claims = {"jti": secrets.token_hex(8), "htm": "POST", "htu": f"{town.provider}/oauth/token"}
    proof = {"DPoP": jwt.encode(header, {**claims, "iat": int(time.time())}, key)}
    first, second = site.code(), site.code()

    with redis.away("stopped"):
        assert is_away(site.redeem(first, proof))

    assert site.redeem(first, proof).json()["token_type"] == "DPoP"
    with redis.away("stopped"):
        pass
    assert site.redeem(second, proof).json()["error"] == "invalid_dpop_proof"


def test_the_keys_are_the_same_after_a_restart(town: Any, redis: Redis) -> None:
    site = Site(town)
    before = site.redeem(site.code()).json()["id_token"]

    with redis.away("stopped"):
        assert is_away(requests.get(f"{town.provider}/oauth/jwks", timeout=10))

    keys = KeySet.import_key_set(requests.get(f"{town.provider}/oauth/jwks", timeout=10).json())
    after = site.redeem(site.code()).json()["id_token"]
    kids = {jwt.decode(token, keys, algorithms=["RS256"]).header["kid"] for token in (before, after)}
    assert len(kids) == 1
