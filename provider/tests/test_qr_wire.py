"""The wire of WeChat's login on websites, byte by byte (wire.md B.1–B.4, A.1.2, §9), over HTTP."""

from __future__ import annotations

import importlib.util
import json
import re
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from browser import Browser
from ninestep.store import Store
from ninestep_provider.dialects.wechat.website.waiting import LOOK_EVERY

pytestmark = pytest.mark.launcher

CALLBACK = "http://127.0.0.1/callback"
ANSWER = re.compile(rb"window\.wx_errcode=(\d+);window\.wx_code='([^']*)';")
SCRAPED = re.compile(r"""/connect/qrcode/([^"'>\s]+)""")  # as programs that log in by QR look for it
linux = pytest.mark.skipif(
    not Path("/proc/net/tcp").exists(), reason="reads the kernel's table of connections"
)
HELD, LEFT = "01", "08"  # ESTABLISHED, CLOSE_WAIT
IDLE = b"window.wx_errcode=408;window.wx_code='';"


class Website:
    """A site with «login by WeChat», and whoever else takes part."""

    def __init__(self, town: Any, **fields: Any) -> None:
        self.town = town
        defaults: dict[str, Any] = {"name": "美团 PC", "dialect": "wechat", "kind": "website"}
        defaults |= {"redirect_uris": [CALLBACK], "open_platform": "p"}
        policies = {"qr_hold": 0, **fields.pop("policies", {})}
        self.app = town.api("POST", "/apps", {**defaults, "policies": policies, **fields})
        self.appid, self.world = self.app["appid"], self.app["world"]

    def query(self, **changes: Any) -> dict[str, str]:
        query = {"appid": self.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        query |= {"scope": "snsapi_login", "state": "s", **changes}
        return {name: value for name, value in query.items() if value is not None}

    def open(self, path: str = "/connect/qrconnect", **changes: Any) -> requests.Response:
        url = self.town.provider + path
        found: requests.Response = self.town.http.get(
            url, params=self.query(**changes), allow_redirects=False, timeout=10
        )
        return found

    def uuid(self, **changes: Any) -> str:
        return SCRAPED.findall(self.open(**changes).text)[0]

    def poll(self, uuid: str, **query: Any) -> requests.Response:
        url = f"{self.town.provider}/connect/l/qrconnect"
        return requests.get(url, params={"uuid": uuid, **query}, timeout=40)

    def number(self, uuid: str, **query: Any) -> int:
        return int(ANSWER.fullmatch(self.poll(uuid, **query).content)[1])  # type: ignore[index]

    def code(self, uuid: str) -> str:
        return ANSWER.fullmatch(self.poll(uuid).content)[2].decode()  # type: ignore[index]

    def act(self, uuid: str, action: str, user: str = "zhangsan", *, status: int = 200) -> Any:
        body = {"uuid": uuid, "user": user, "action": action}
        return self.town.api("POST", "/scan", body, status=status)

    def login(self, **changes: Any) -> str:
        """A code, confirmed as 张三."""
        uuid = self.uuid(**changes)
        self.act(uuid, "confirm")
        return self.code(uuid)

    def tokens(self, code: str) -> dict[str, Any]:
        query = {"appid": self.appid, "secret": self.app["secret"], "grant_type": "authorization_code"}
        return self.sns(self.town.provider + "/sns/oauth2/access_token", {**query, "code": code})

    def sns(self, url: str, query: dict[str, str]) -> dict[str, Any]:
        return dict(json.loads(self.town.http.get(url, params=query, timeout=10).content))

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.world}/clock", {"advance": by})

    def freeze(self) -> None:
        self.town.api("POST", f"/worlds/{self.world}/clock", {"freeze": True})

    def exchanges(self) -> list[dict[str, Any]]:
        """Of the newest flow."""
        newest = self.town.api("GET", "/flows", params={"world": self.world})[0]["id"]
        found: list[dict[str, Any]] = self.town.api("GET", f"/flows/{newest}/exchanges")
        return found


@pytest.fixture
def site(town: Any) -> Website:
    return Website(town)


def data(page: requests.Response, name: str) -> str:
    """What the page's script reads from an attribute."""
    return unescape(re.search(rf'data-{name}="([^"]*)"', page.text)[1])  # type: ignore[index]


def target(page: requests.Response, code: str) -> str:
    """Where the page's script goes with a code."""
    return data(page, "before") + code + data(page, "after")


# -- the page (B.1)


def test_the_page_shows_a_code_in_the_markup_that_programs_look_for(site: Website) -> None:
    page = site.open()

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    uuid = SCRAPED.findall(page.text)[0]
    assert re.fullmatch(r"[0-9A-Za-z]{16}", uuid)
    assert re.search(rf'<img class="qrcode lightBorder[^"]*" src="/connect/qrcode/{uuid}"', page.text)
    assert 'data-state="waiting"' in page.text
    assert "请使用微信扫描二维码登录" in page.text


def test_each_page_has_a_code_of_its_own(site: Website) -> None:
    assert len({site.uuid() for _ in range(5)}) == 5


@pytest.mark.parametrize("path", ["/connect/qrconnect", "/connect/qrConnect"])
def test_both_spellings_of_the_path_answer(site: Website, path: str) -> None:
    assert SCRAPED.search(site.open(path).text)


def test_f_xml_answers_the_uuid_in_xml(site: Website) -> None:
    answer = site.open(f="xml")

    uuid = re.search(r"<uuid><!\[CDATA\[([0-9A-Za-z]{16})\]\]></uuid>", answer.text)
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert uuid is not None
    assert site.number(uuid[1]) == 408


@pytest.mark.parametrize(
    "extra",
    [
        {"response_type": None},
        {"lang": "en"},
        {"lang": "cn"},
        {"login_type": "jssdk", "self_redirect": "default"},
        {"styletype": "", "sizetype": "", "bgcolor": "", "rst": ""},
        {"style": "white"},
        {"style": "black", "href": "https://far.example/x.css"},
        {"stylelite": "1", "fast_login": "0"},
        {"color_scheme": "dark"},
        {"client_id": "x", "nonce": "n", "code_challenge": "c", "code_challenge_method": "S256"},
        {"connect_redirect": "1"},
        {"state": None},
        {"state": ""},
    ],
    ids=str,
)
def test_optional_and_unknown_parameters_are_taken(site: Website, extra: dict[str, Any]) -> None:
    """wire.md B.1's table, §11.1: a login still succeeds with each of them."""
    code = site.login(**extra)

    assert site.tokens(code)["scope"] == "snsapi_login"


APPID, SCOPE, REDIRECT = "AppID 参数错误", "Scope 参数错误或没有 Scope 权限", "redirect_uri 参数错误"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"appid": None}, APPID),
        ({"appid": ""}, APPID),
        ({"appid": "wx0000000000000000"}, APPID),
        ({"scope": None}, SCOPE),
        ({"scope": ""}, SCOPE),
        ({"scope": "snsapi_userinfo"}, SCOPE),
        ({"scope": "snsapi_base"}, SCOPE),
        ({"scope": "snsapi_login,snsapi_userinfo"}, SCOPE),
        ({"redirect_uri": None}, REDIRECT),
        ({"redirect_uri": "https://evil.example/callback"}, REDIRECT),
        ({"redirect_uri": "javascript:alert(1)"}, REDIRECT),
        ({"response_type": "token"}, "response_type 参数错误"),
    ],
    ids=str,
)
def test_a_wrong_request_gets_the_platforms_page_and_no_redirect(
    site: Website, changes: dict[str, Any], text: str
) -> None:
    page = site.open(**changes)

    assert (page.status_code, "Location" in page.headers) == (200, False)
    assert re.search(r'class="weui_msg_title"[^>]*>([^<]+)<', page.text)[1] == text  # type: ignore[index]
    assert not SCRAPED.search(page.text)


def test_an_official_account_has_no_qr_page(town: Any) -> None:
    account = Website(town, kind="official_account")

    assert SCOPE in account.open().text


def test_a_disabled_app_has_no_qr_page(town: Any) -> None:
    assert APPID in Website(town, disabled=True).open().text


def test_a_website_appid_on_the_official_accounts_address_is_10016(site: Website) -> None:
    page = site.open("/connect/oauth2/authorize", scope="snsapi_userinfo")

    assert "不支持微信开放平台的Appid，请使用公众号Appid" in page.text
    assert ">10016<" in page.text


def test_snsapi_login_on_the_official_accounts_address_is_10005(town: Any) -> None:
    page = Website(town, kind="official_account").open("/connect/oauth2/authorize")

    assert "此公众号并没有这些scope的权限" in page.text
    assert ">10005<" in page.text


@pytest.mark.parametrize("kind", ["official_account", "website"])
def test_the_tutorial_leads_snsapi_login_to_the_qr_page_from_there_too(town: Any, kind: str) -> None:
    """S4 第一步: the seeds ask for the QR page on /connect/oauth2/authorize (design.md §4)."""
    site = Website(town, kind=kind, fidelity="tutorial")
    page = site.open("/connect/oauth2/authorize")
    uuid = SCRAPED.findall(page.text)[0]
    site.act(uuid, "confirm")

    tokens = site.tokens(site.code(uuid))

    assert tokens["scope"] == "snsapi_login"
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    assert site.sns(town.resource + "/sns/userinfo", query)["nickname"] == "张三"


@pytest.mark.parametrize(
    ("scope", "error"), [("snsapi_userinfo", "invalid_scope"), (None, "invalid_request")]
)
def test_the_tutorial_sends_errors_back_in_oauths_words(town: Any, scope: str | None, error: str) -> None:
    answer = Website(town, fidelity="tutorial").open(scope=scope)

    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"error": [error], "state": ["s"]}


def test_a_fault_on_authorize_sits_on_the_qr_page_too(site: Website) -> None:
    site.town.api("POST", f"/apps/{site.appid}/faults", {"endpoint": "authorize", "status": 502})

    assert site.open().status_code == 502
    assert SCRAPED.search(site.open().text)


# -- where it goes with the code (B.1, B.2)


@pytest.mark.parametrize(
    ("redirect_uri", "state", "expected"),
    [
        (CALLBACK, "s", CALLBACK + "?code=C&state=s"),
        (CALLBACK, None, CALLBACK + "?code=C&state="),
        (CALLBACK + "?a=1", "s", CALLBACK + "?a=1&code=C&state=s"),
        (CALLBACK + "#/route", "s", CALLBACK + "#/route?code=C&state=s"),
        (CALLBACK + "?a=1#/route", "s", CALLBACK + "?a=1#/route&code=C&state=s"),
        (CALLBACK + "?code=promo", "s", CALLBACK + "?code=promo&code=C&state=s"),
        (CALLBACK, "a&b=c|中", CALLBACK + "?code=C&state=a%26b%3Dc%7C%E4%B8%AD"),
    ],
)
def test_the_page_appends_to_the_text_of_the_redirect_uri(
    site: Website, redirect_uri: str, state: str | None, expected: str
) -> None:
    """Parameters of a ``#/route`` land in the fragment, as on the platform."""
    page = site.open(redirect_uri=redirect_uri, state=state)

    assert target(page, "C") == expected
    uuid = SCRAPED.findall(page.text)[0]
    site.act(uuid, "confirm")
    assert site.tokens(site.code(uuid))["openid"]


def test_without_scripts_a_button_goes_on_once_the_phone_said_yes(site: Website) -> None:
    page = site.open()
    uuid, browser = SCRAPED.findall(page.text)[0], Browser()

    before = browser.get(site.town.provider + "/connect/qrcontinue", uuid=uuid)
    site.act(uuid, "scan")
    between = browser.get(site.town.provider + "/connect/qrcontinue", uuid=uuid)
    site.act(uuid, "confirm")
    after = browser.get(site.town.provider + "/connect/qrcontinue", uuid=uuid)

    assert [data(before, "state"), data(between, "state")] == ["waiting", "scanned"]
    assert uuid in before.text
    assert (after.status_code, after.headers["Location"]) == (302, target(page, site.code(uuid)))


# -- the picture (B.2)


def test_the_picture_is_a_jpeg_of_the_address_to_confirm_at(site: Website) -> None:
    import segno

    uuid = site.uuid()
    answer = requests.get(f"{site.town.provider}/connect/qrcode/{uuid}", timeout=10)

    assert answer.headers["Content-Type"] == "image/jpeg"
    assert (answer.content[:2], answer.content[-2:]) == (b"\xff\xd8", b"\xff\xd9")
    address = f"{site.town.provider}/connect/confirm?uuid={uuid}"
    modules = [[bool(m) for m in row] for row in segno.make_qr(address, error="m").matrix_iter(border=4)]
    assert blocks(answer.content) == modules


def blocks(jpeg: bytes) -> list[list[bool]]:
    """The 8 × 8 blocks of a baseline JPEG of one component, True for black: a reader written from ITU T.81, which
    knows only as much of it as a QR code needs."""
    tables: dict[int, dict[str, int]] = {}
    at, quantizer, height, width, scan = 2, 0, 0, 0, b""
    while not scan:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4])
        body = jpeg[at + 4 : at + 2 + length]
        if marker == 0xDB:
            quantizer = body[1]
        elif marker == 0xC0:
            height, width = int.from_bytes(body[1:3]), int.from_bytes(body[3:5])
        elif marker == 0xC4:
            word, symbols, tables[body[0]] = 0, iter(body[17:]), {}
            for size, many in enumerate(body[1:17], 1):
                for _ in range(many):
                    tables[body[0]][f"{word:0{size}b}"] = next(symbols)
                    word += 1
                word <<= 1
        elif marker == 0xDA:
            scan = jpeg[at + 2 + length : -2].replace(b"\xff\0", b"\xff")
        at += 2 + length
    bits = iter(f"{int.from_bytes(scan):0{8 * len(scan)}b}")

    def symbol(table: int) -> int:
        word = ""
        while word not in tables[table]:
            word += next(bits)
        return tables[table][word]

    level, rows = 0, []
    for _ in range(height // 8):
        row = []
        for _ in range(width // 8):
            if size := symbol(0x00):
                value = int("".join(next(bits) for _ in range(size)), 2)
                level += value if value >> (size - 1) else value - 2**size + 1
            assert symbol(0x10) == 0
            row.append(level * quantizer / 8 < 0)
        rows.append(row)
    return rows


def test_a_phone_on_the_network_gets_an_address_that_it_can_reach(control: Any, start: Any) -> None:
    """A provider that was bound there on purpose shows its own name, not 127.0.0.1."""
    from ninestep_provider.dialects.wechat.website.image import content

    lan = start(allowed_hosts=("192.168.1.5",))
    for base, expected in [
        ("http://192.168.1.5:9000", "http://192.168.1.5:9000"),
        ("http://localhost:9000", "http://127.0.0.1:9000"),
        ("https://open.weixin.qq.com", "http://127.0.0.1:9000"),
    ]:
        with lan.app.test_request_context("/", base_url=base):
            address = content(lan.app.extensions["ninestep"].settings, "U")
        assert address == f"{expected}/connect/confirm?uuid=U"


@pytest.mark.parametrize("uuid", ["A" * 16, "x", "ü" * 16, "%00", "a/b"])
def test_an_unknown_uuid_has_no_picture(site: Website, uuid: str) -> None:
    assert requests.get(f"{site.town.provider}/connect/qrcode/{uuid}", timeout=10).status_code == 404


# -- the poll (B.2)


def test_idle_answer_has_the_platforms_forty_bytes(site: Website) -> None:
    answer = site.poll(site.uuid())

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/javascript"
    assert (answer.content, len(answer.content)) == (IDLE, 40)


def test_confirmed_answer_has_the_platforms_bytes(site: Website) -> None:
    uuid = site.uuid()
    site.act(uuid, "confirm")

    answer = site.poll(uuid)

    assert answer.headers["Content-Type"] == "text/javascript"
    assert re.fullmatch(rb"window\.wx_errcode=405;window\.wx_code='0\d\d[0-9A-Za-z]{29}';", answer.content)
    assert site.poll(uuid).content == answer.content


@pytest.mark.parametrize(
    ("actions", "last", "expected"),
    [
        ([], "", 408),
        ([], "408", 408),
        ([], "404", 408),
        (["scan"], "", 404),
        (["scan"], "404", 408),
        (["scan"], "403", 404),
        (["scan", "confirm"], "", 405),
        (["confirm"], "404", 405),
        (["scan", "deny"], "", 403),
        (["scan", "deny"], "404", 403),
        (["scan", "deny"], "403", 408),
        (["scan", "deny", "scan"], "403", 404),
        (["scan", "deny", "scan", "confirm"], "404", 405),
        (["expire"], "", 402),
        (["scan", "expire"], "404", 402),
        (["scan", "deny", "expire"], "403", 402),
    ],
)
def test_each_state_has_its_number(site: Website, actions: list[str], last: str, expected: int) -> None:
    """A number that the page has seen already is held; here for 0 s, and then it is idle (408)."""
    uuid = site.uuid()
    for action in actions:
        site.act(uuid, action)

    answer = site.poll(uuid, **({"last": last} if last else {}), _="1")

    number, code = ANSWER.fullmatch(answer.content).groups()  # type: ignore[union-attr]
    assert int(number) == expected
    assert bool(code) == (expected == 405)


@pytest.mark.parametrize("uuid", ["", "A" * 16, "x" * 500, "é" * 16, "a'b;\n"])
def test_a_uuid_that_nobody_knows_has_expired(site: Website, uuid: str) -> None:
    assert site.poll(uuid).content == b"window.wx_errcode=402;window.wx_code='';"


def test_the_json_twin_says_the_same(site: Website) -> None:
    uuid = site.uuid()
    waiting = site.poll(uuid, f="json")
    site.act(uuid, "confirm")
    confirmed = site.poll(uuid, f="json").json()

    assert waiting.headers["Content-Type"] == "application/json"
    assert waiting.json() == {"uuid": uuid, "state": "waiting", "wx_errcode": 408, "wx_code": ""}
    assert confirmed == {"uuid": uuid, "state": "confirmed", "wx_errcode": 405, "wx_code": site.code(uuid)}


def test_a_code_expires_by_the_worlds_clock(site: Website) -> None:
    site.freeze()
    uuid, scanned, confirmed = (site.uuid() for _ in range(3))
    site.act(scanned, "scan")
    site.act(confirmed, "confirm")

    site.advance("299s")
    assert [site.number(uuid), site.number(scanned)] == [408, 404]
    site.advance("1s")

    assert [site.number(uuid), site.number(scanned), site.number(confirmed)] == [402, 402, 405]
    for action in ("scan", "confirm", "deny"):
        site.act(uuid, action, status=409)
    assert site.number(uuid) == 402
    assert site.act(uuid, "expire") == {"state": "expired"}


def test_the_life_of_a_code_is_a_policy(town: Any) -> None:
    site = Website(town, policies={"qr_life": 30})
    uuid = site.uuid()

    site.advance("30s")

    assert site.number(uuid) == 402


# -- the poll is held


@pytest.fixture
def held(town: Any) -> Website:
    return Website(town, policies={"qr_hold": 25})


def in_background(task: Any) -> tuple[threading.Thread, list[Any]]:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(task()), daemon=True)
    thread.start()
    return thread, found


@pytest.mark.parametrize(
    ("action", "expected"), [("scan", 404), ("confirm", 405), ("deny", 403), ("expire", 402)]
)
def test_a_held_poll_hears_what_the_phone_does(held: Website, action: str, expected: int) -> None:
    uuid = held.uuid()
    started = time.monotonic()
    thread, found = in_background(lambda: held.number(uuid))

    thread.join(0.3)
    assert found == []
    held.act(uuid, action)
    thread.join(20)

    assert found == [expected]
    assert time.monotonic() - started < 20  # held to its end it would take 25


def test_a_held_poll_hears_that_the_clock_was_moved(held: Website) -> None:
    uuid = held.uuid()
    thread, found = in_background(lambda: held.number(uuid))
    thread.join(0.3)

    held.advance("301s")
    thread.join(20)

    assert found == [402]


def test_a_poll_is_held_as_long_as_the_policy_says(town: Any) -> None:
    site = Website(town, policies={"qr_hold": 1})
    uuid = site.uuid()
    started = time.monotonic()

    assert site.poll(uuid).content == IDLE
    assert 0.9 < time.monotonic() - started < 5


@linux
def test_two_hundred_polls_leave_the_provider_to_others(held: Website) -> None:
    """One subscription per worker hears for all of them, and nobody else has to wait."""
    town, uuid = held.town, held.uuid()
    alone = usual_time(town)
    lines = [hold_open(town.provider, uuid) for _ in range(200)]
    try:
        until(lambda: in_state(town, ports_of(lines), HELD) == 200, 30)
        beside = usual_time(town)
        listeners = subscriptions(town)
        held.act(uuid, "confirm")
        answers = {read_all(line).partition(b"\r\n\r\n")[2] for line in lines}
    finally:
        for line in lines:
            line.close()
    assert answers == {held.poll(uuid).content}
    assert ANSWER.fullmatch(answers.pop())[1] == b"405"  # type: ignore[index]
    assert listeners <= 2  # the provider's workers
    assert beside < alone * 4 + 0.1  # and not what is left of 25 s


@linux
@pytest.mark.parametrize("through", ["provider", "gateway"])
def test_a_poll_whose_browser_has_gone_frees_its_thread_within_a_second(held: Website, through: str) -> None:
    """The gateway's thread as well, which waits for the provider's."""
    town, uuid, url = held.town, held.uuid(), getattr(held.town, through)
    before = established(town.provider)
    lines = [hold_open(url, uuid) for _ in range(20)]
    ports = ports_of(lines)
    until(lambda: in_state(town, ports, HELD, url) == 20 and established(town.provider) >= 20, 30)

    for line in lines:
        line.close()
    until(lambda: in_state(town, ports, LEFT, url) == 0 and established(town.provider) <= before)

    assert LOOK_EVERY <= 0.5  # a busy machine may take longer, yet not the 25 s of a hold
    held.act(uuid, "confirm")
    assert held.number(uuid) == 405


def usual_time(town: Any) -> float:
    """Of a call that waits for nothing: the median, for a busy machine has its moments."""
    times = []
    with requests.Session() as session:
        for _ in range(41):
            started = time.perf_counter()
            assert session.get(f"{town.provider}/sns/oauth2/access_token", timeout=10).status_code == 200
            times.append(time.perf_counter() - started)
    return statistics.median(times)


def hold_open(url: str, uuid: str) -> socket.socket:
    place = urlsplit(url)
    line = socket.create_connection((place.hostname, place.port), timeout=30)
    query = (
        f"GET /connect/l/qrconnect?uuid={uuid} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n"
    )
    line.sendall(query.encode())
    return line


def read_all(line: socket.socket) -> bytes:
    return b"".join(iter(lambda: line.recv(65536), b""))


def until(true: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        threading.Event().wait(0.02)


def subscriptions(town: Any) -> int:
    """How many connections to Redis listen for QR codes."""
    with closing(Store.at(town.redis_url, "n9")) as store:
        return sum(int(many) for _, many in store.redis.pubsub_numsub(store.keys.scans))


def ports_of(lines: list[socket.socket]) -> set[int]:
    return {line.getsockname()[1] for line in lines}


def in_state(town: Any, ports: set[int], wanted: str, url: str = "") -> int:
    """How many of the provider's (or ``url``'s) connections from ``ports`` are HELD (the request was read, no answer
    has come) or LEFT (the other side has closed, the service has not yet)."""
    return sum(
        state == wanted and (wanted == LEFT or not unread)
        for port, state, unread in connections(url or town.provider)
        if port in ports
    )


def established(url: str) -> int:
    """How many connections there are whose two ends both stand, or whose other end alone has gone."""
    return sum(state in (HELD, LEFT) for _, state, _ in connections(url))


def connections(url: str) -> Iterator[tuple[int, str, int]]:
    """Of a service: the other side's port, the state, and how many bytes it has not read."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, queues, *_ = line.split()
        if int(local.split(":")[1], 16) == urlsplit(url).port:
            yield int(remote.split(":")[1], 16), state, int(queues.split(":")[1], 16)


# -- who may answer (design.md §8)


def test_scanning_again_by_the_same_user_changes_nothing(site: Website) -> None:
    uuid = site.uuid()

    assert [site.act(uuid, "scan") for _ in range(3)] == [{"state": "scanned"}] * 3
    assert [site.act(uuid, "confirm") for _ in range(3)] == [{"state": "confirmed"}] * 3
    code = site.code(uuid)
    for action in ("scan", "confirm", "deny", "expire"):
        assert site.act(uuid, action) == {"state": "confirmed"}
    assert site.code(uuid) == code
    assert site.tokens(code)["openid"]


@pytest.mark.parametrize("action", ["scan", "confirm", "deny"])
@pytest.mark.parametrize("state", ["scan", "confirm"])
def test_another_user_than_the_one_who_scanned_is_refused_and_nothing_is_lost(
    site: Website, state: str, action: str
) -> None:
    uuid = site.uuid()
    site.act(uuid, state)
    before = site.number(uuid)

    problem = site.act(uuid, action, "lisi", status=409)

    assert problem["errors"][0]["field"] == "user"
    assert site.number(uuid) == before
    assert site.act(uuid, "confirm") == {"state": "confirmed"}
    tokens = site.tokens(site.code(uuid))
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    assert site.sns(site.town.resource + "/sns/userinfo", query)["nickname"] == "张三"


def test_after_a_refusal_anybody_may_scan_again(site: Website) -> None:
    uuid = site.uuid()

    assert site.act(uuid, "deny") == {"state": "denied"}
    assert site.act(uuid, "scan", "lisi") == {"state": "scanned"}
    assert site.act(uuid, "confirm", "lisi") == {"state": "confirmed"}
    assert site.number(uuid) == 405


def test_many_phones_at_once_make_one_code_for_one_user(site: Website) -> None:
    uuid, users = site.uuid(), ("zhangsan", "lisi", "wangwu", "mallory") * 4
    barrier = threading.Barrier(len(users))

    def confirm(user: str) -> tuple[str, int]:
        body = {"uuid": uuid, "user": user, "action": "confirm"}
        barrier.wait()
        answer = requests.post(f"{site.town.provider}/_mock/api/scan", json=body, timeout=10)
        return user, answer.status_code

    with ThreadPoolExecutor(len(users)) as pool:
        answers = list(pool.map(confirm, users))

    winners = {user for user, status in answers if status == 200}
    assert len(winners) == 1
    assert sorted(status for _, status in answers) == [200] * 4 + [409] * 12
    code = site.code(uuid)
    assert site.tokens(code)["openid"]
    assert site.tokens(code)["errcode"] == 40163
    grants = site.town.api("GET", "/grants", params={"world": site.world})
    assert {grant["user"] for grant in grants} == winners


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"uuid": "A" * 16}, 404, "QR code"),
        ({"uuid": "ü'; DROP"}, 404, "QR code"),
        ({"action": "eat"}, 422, "action"),
        ({"user": "nobody"}, 422, "user"),
        ({"person": "zhangsan"}, 422, "person"),
        ({"uuid": 5}, 422, "uuid"),
    ],
)
def test_a_wrong_call_is_refused_in_words(
    site: Website, body: dict[str, Any], status: int, field: str
) -> None:
    uuid = site.uuid()

    problem = site.town.api("POST", "/scan", {"uuid": uuid, **body}, status=status)

    assert problem["errors"][0]["field"] == field
    assert site.number(uuid) == 408


def test_the_api_lists_who_waits(site: Website) -> None:
    uuid, gone, done = (site.uuid() for _ in range(3))
    site.act(gone, "expire")
    site.act(done, "confirm")

    listed = site.town.api("GET", "/scan", params={"world": site.world})

    assert [(row["uuid"], row["state"], row["name"]) for row in listed] == [(uuid, "waiting", "美团 PC")]
    assert (listed[0]["address"], listed[0]["browser"]) == ("127.0.0.1", "python-requests")


def test_worlds_do_not_see_each_others_codes(site: Website, town: Any) -> None:
    other, uuid = Website(town), site.uuid()

    assert town.api("GET", "/scan", params={"world": other.world}) == []
    other.advance("1h")
    assert site.number(uuid) == 408


# -- born answered (design.md §8)


def test_under_consent_auto_the_page_is_born_confirmed(town: Any) -> None:
    site = Website(town, consent={"mode": "auto", "user": "lisi"})

    page = site.open()
    uuid = SCRAPED.findall(page.text)[0]

    assert page.status_code == 200
    assert site.number(uuid) == 405
    tokens = site.tokens(site.code(uuid))
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    assert site.sns(town.resource + "/sns/userinfo", query)["nickname"] == "李四🌸"


def test_an_armed_decision_answers_one_page(site: Website) -> None:
    for decision in ("approve", "deny"):
        site.town.api("POST", f"/apps/{site.appid}/next", {"user": "lisi", "decision": decision})

    assert [site.number(site.uuid()) for _ in range(3)] == [405, 403, 408]


def test_a_refused_request_spends_no_armed_decision(site: Website) -> None:
    site.town.api("POST", f"/apps/{site.appid}/next", {"user": "lisi"})

    site.open(scope="snsapi_base")

    assert site.number(site.uuid()) == 405


def test_under_consent_deny_the_page_is_born_refused(town: Any) -> None:
    site = Website(town, consent={"mode": "deny"})

    assert site.number(site.uuid()) == 403


# -- refusals (B.1)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ""),
        ({"policies": {"refusal": "state-only"}}, CALLBACK + "?state=s"),
        ({"policies": {"refusal": "authdeny"}}, CALLBACK + "?code=authdeny&state=s"),
        ({"policies": {"refusal": "none"}}, ""),
        ({"fidelity": "tutorial"}, CALLBACK + "?error=access_denied&state=s"),
    ],
    ids=str,
)
def test_a_refusal_stays_on_the_page_unless_a_policy_says_otherwise(
    town: Any, fields: dict[str, Any], expected: str
) -> None:
    site = Website(town, **fields)
    page = site.open()
    site.act(SCRAPED.findall(page.text)[0], "deny")

    assert site.number(SCRAPED.findall(page.text)[0]) == 403
    assert data(page, "refused") == expected


# -- the frame and its script (B.3)


def test_only_a_page_that_was_asked_for_by_the_script_can_be_framed(site: Website) -> None:
    framed, whole = site.open(login_type="jssdk"), site.open()

    assert "frame-ancestors http: https:" in framed.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed.headers
    assert "frame-ancestors 'none'" in whole.headers["Content-Security-Policy"]
    assert whole.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("sent", "told"),
    [("true", "true"), ("false", "false"), ("default", "default"), ("", "default"), ("x", "default")],
)
def test_the_page_knows_which_window_goes_on(site: Website, sent: str, told: str) -> None:
    assert data(site.open(login_type="jssdk", self_redirect=sent), "self-redirect") == told


@pytest.mark.parametrize(
    ("changes", "marks"),
    [
        ({}, []),
        ({"style": "white"}, ["qr-page--white"]),
        ({"stylelite": "1"}, ["qr-page--lite"]),
        ({"color_scheme": "light"}, ["qr-page--light"]),
        ({"color_scheme": "dark"}, ["qr-page--dark"]),
        ({"color_scheme": "auto"}, ["qr-page--auto"]),
        ({"color_scheme": '"><script>'}, []),
    ],
    ids=str,
)
def test_the_page_takes_its_looks_from_the_query(
    site: Website, changes: dict[str, str], marks: list[str]
) -> None:
    page = site.open(login_type="jssdk", **changes)

    body = re.search(r'<body class="([^"]*)"', page.text)[1].split()  # type: ignore[index]
    assert body == ["skin-weixin", "qr-page", "qr-page--framed", *marks]


@pytest.mark.parametrize(
    ("href", "allowed"),
    [
        ("data:text/css;base64,LnRpdGxle30=", "data:"),
        ("http://127.0.0.1:9002/login.css", "http://127.0.0.1:9002"),
        ("http://localhost/x.css", "http://localhost"),
        ("https://far.example/x.css", ""),
        ("data:text/html,x", ""),
        ("javascript:x", ""),
    ],
)
def test_a_sites_stylesheet_is_loaded_unless_it_is_far_away(site: Website, href: str, allowed: str) -> None:
    page = site.open(login_type="jssdk", href=href)

    assert (f'<link rel="stylesheet" href="{href}">' in page.text) == bool(allowed)
    policy = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))
    assert policy["style-src"] == f"'self' {allowed}".strip()
    assert 'rel="stylesheet" href="http' not in site.open(href=href, stylelite="1").text


@pytest.mark.parametrize(("lang", "text"), [("en", "Scan with WeChat"), ("cn", "请使用微信扫描二维码登录")])
def test_lang_chooses_the_words(site: Website, lang: str, text: str) -> None:
    assert text in site.open(lang=lang).text


def test_our_own_wxlogin_script_is_served_on_the_platforms_path(site: Website) -> None:
    answer = requests.get(f"{site.town.provider}/connect/zh_CN/htmledition/js/wxLogin.js", timeout=10)

    assert answer.status_code == 200
    assert "javascript" in answer.headers["Content-Type"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "window.WxLogin = WxLogin" in answer.text
    through = requests.get(
        f"{site.town.gateway}/res.wx.qq.com/connect/zh_CN/htmledition/js/wxLogin.js", timeout=10
    )
    assert through.content == answer.content


@pytest.mark.parametrize("host", ["lp.open.weixin.qq.com", "long.open.weixin.qq.com", "open.weixin.qq.com"])
def test_the_platforms_hosts_answer_the_poll(site: Website, host: str) -> None:
    answer = requests.get(
        f"{site.town.gateway}/connect/l/qrconnect",
        params={"uuid": site.uuid()},
        headers={"Host": host},
        timeout=10,
    )

    assert answer.content == IDLE


# -- tokens (B.4)


def test_a_websites_token_answer_names_snsapi_login_and_a_unionid(site: Website) -> None:
    tokens = site.tokens(site.login())

    assert list(tokens) == ["access_token", "expires_in", "refresh_token", "openid", "scope", "unionid"]
    assert (tokens["scope"], tokens["expires_in"]) == ("snsapi_login", 7200)


def test_apps_of_one_account_share_the_unionid_and_not_the_openid(site: Website, town: Any) -> None:
    account = {"dialect": "wechat", "kind": "official_account", "world": site.world, "open_platform": "p"}
    account |= {"redirect_uris": [CALLBACK], "consent": {"mode": "auto"}}
    other = town.api("POST", "/apps", account)
    code = town.api(
        "POST", f"/apps/{other['appid']}/codes", {"user": "zhangsan", "scope": "snsapi_userinfo"}
    )["code"]
    query = {
        "appid": other["appid"],
        "secret": other["secret"],
        "grant_type": "authorization_code",
        "code": code,
    }
    theirs, ours = site.sns(town.provider + "/sns/oauth2/access_token", query), site.tokens(site.login())

    assert theirs["unionid"] == ours["unionid"]
    assert theirs["openid"] != ours["openid"]


def test_a_websites_code_lives_ten_minutes(site: Website) -> None:
    site.freeze()
    early, late = site.login(), site.login()

    site.advance("599s")
    assert site.tokens(early)["openid"]
    site.advance("1s")
    assert site.tokens(late)["errcode"] == 40029


# -- the phone's page


class Phone(Browser):
    def __init__(self, town: Any) -> None:
        super().__init__()
        self.town = town

    def open(self, uuid: str) -> requests.Response:
        return self.get(f"{self.town.provider}/connect/confirm", uuid=uuid)

    def scan(self, uuid: str, user: str = "zhangsan") -> requests.Response:
        """Through the login page; the sheet that asks."""
        return self.follow(self.submit(self.open(uuid), persona=user))


def outcome(page: requests.Response) -> str:
    assert 'data-testid="wx-answered"' in page.text
    return data(page, "state")


def test_the_phone_logs_in_sees_who_asks_and_confirms(site: Website) -> None:
    uuid, phone = site.uuid(), Phone(site.town)
    site.advance("75s")
    login = phone.open(uuid)
    assert 'data-testid="wx-login"' in login.text
    assert site.number(uuid) == 408

    sheet = phone.follow(phone.submit(login, persona="lisi"))
    text = re.sub(r"<[^>]+>", "", sheet.text)
    assert site.number(uuid) == 404
    for told in ("美团 PC", "http://127.0.0.1", "127.0.0.1 · python-requests", "1 分钟前", "李四🌸"):
        assert told in text

    assert outcome(phone.submit(sheet, decision="approve")) == "confirmed"
    tokens = site.tokens(site.code(uuid))
    query = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    assert site.sns(site.town.resource + "/sns/userinfo", query)["nickname"] == "李四🌸"


def test_no_and_yes_on_the_phone_are_one_click_each(site: Website) -> None:
    uuid, phone = site.uuid(), Phone(site.town)

    sheet = phone.scan(uuid)
    assert outcome(phone.submit(sheet, decision="deny")) == "denied"
    assert site.number(uuid) == 403
    again = phone.open(uuid)
    assert site.number(uuid) == 404
    assert outcome(phone.submit(again, decision="approve")) == "confirmed"
    code = site.code(uuid)
    assert outcome(phone.submit(again, decision="approve")) == "confirmed"
    assert outcome(phone.submit(again, decision="deny")) == "confirmed"
    assert site.code(uuid) == code


def test_a_second_phone_is_told_that_somebody_else_has_scanned(site: Website) -> None:
    uuid, first, second = site.uuid(), Phone(site.town), Phone(site.town)
    sheet = first.scan(uuid)

    late = second.scan(uuid, "lisi")

    assert (late.status_code, outcome(late)) == (409, "foreign")
    assert outcome(first.submit(sheet, decision="approve")) == "confirmed"


def test_somebody_who_always_refuses_is_not_even_asked(site: Website) -> None:
    uuid = site.uuid()

    assert outcome(Phone(site.town).scan(uuid, "zhaoliu")) == "denied"
    assert site.number(uuid) == 403


def test_a_phone_that_comes_too_late_is_told_so(site: Website) -> None:
    uuid, phone = site.uuid(), Phone(site.town)
    sheet = phone.scan(uuid)
    site.advance("301s")

    for page in (phone.submit(sheet, decision="approve"), phone.open(uuid), phone.open("A" * 16)):
        assert (page.status_code, outcome(page)) == (410, "expired")
    assert site.number(uuid) == 402


def test_a_sheet_that_was_shown_to_another_user_answers_nothing(site: Website) -> None:
    """Another logged in meanwhile in another tab of the same phone."""
    uuid, other, phone = site.uuid(), site.uuid(), Phone(site.town)
    sheet = phone.scan(uuid)

    response = phone.submit(sheet, decision="approve", user="lisi")

    assert response.status_code == 303
    assert [site.number(uuid), site.number(other)] == [404, 408]


@pytest.mark.parametrize(
    "fields", [{"csrf_token": "x"}, {"csrf_token": ""}, {"decision": "maybe"}, {"decision": ""}]
)
def test_a_forged_or_broken_answer_changes_nothing(site: Website, fields: dict[str, str]) -> None:
    uuid, phone = site.uuid(), Phone(site.town)
    sheet = phone.scan(uuid)

    assert phone.submit(sheet, **{"decision": "approve", **fields}).status_code == 400
    assert site.number(uuid) == 404


def test_a_wrong_password_on_the_phone_scans_nothing(town: Any) -> None:
    site = Website(town, fidelity="tutorial")
    uuid, phone = site.uuid(), Phone(town)
    login = phone.open(uuid)

    assert phone.submit(login, username="zhangsan", password="x").status_code == 401
    assert site.number(uuid) == 408
    assert phone.submit(login, username="zhangsan", password="ninestep").status_code == 303


def test_an_app_that_was_banned_meanwhile_gets_no_code(site: Website) -> None:
    uuid = site.uuid()
    site.act(uuid, "scan")
    site.town.api(
        "PATCH",
        f"/apps/{site.appid}",
        {
            "redirect_uris": ["http://elsewhere.test/"],
            "callback_domain": "elsewhere.test",
            "policies": {"redirect_match": "strict"},
        },
    )

    site.act(uuid, "confirm", status=409)

    assert site.number(uuid) == 402


# -- the trace (design.md §7)


def test_a_flow_by_qr_is_told_with_its_helpers(site: Website) -> None:
    uuid, phone = site.uuid(), Phone(site.town)
    requests.get(f"{site.town.provider}/connect/qrcode/{uuid}", timeout=10)
    sheet = phone.scan(uuid)
    phone.submit(sheet, decision="approve")
    code = site.code(uuid)
    site.tokens(code)

    exchanges = site.exchanges()

    names = [exchange["name"] for exchange in exchanges]
    assert names == [
        "authorize.requested",
        "qr.shown",
        "login.shown",
        "login.submitted",
        "qr.scanned",
        "consent.given",
        "qr.answered",
        "code.redeemed",
    ]
    steps = [tuple(exchange["steps"].values()) for exchange in exchanges]
    assert [step for step in steps if any(step)] == [(2, 0), (3, 4), (5, 6)]
    told = json.dumps(exchanges)
    assert code not in told
    assert uuid not in told


def test_what_the_api_does_stands_in_the_flow_too(site: Website) -> None:
    site.tokens(site.login())

    exchanges = site.exchanges()

    steps = [(e["name"], *e["steps"].values()) for e in exchanges]
    assert steps == [
        ("authorize.requested", 2, 0),
        ("consent.given", 3, 4),
        ("qr.answered", 0, 0),
        ("code.redeemed", 5, 6),
    ]


def test_idle_polls_are_not_recorded(site: Website) -> None:
    uuid = site.uuid()
    for _ in range(3):
        site.poll(uuid)

    exchanges = site.exchanges()

    assert [exchange["name"] for exchange in exchanges] == ["authorize.requested"]


@pytest.mark.slow
@pytest.mark.launcher
def test_a_held_poll_hears_the_phone_on_a_redis_cluster(
    tmp_path: Path, start_town: Any, stop_town: Any
) -> None:
    """Each world lives on one node; the news reaches every provider from any."""
    spec = importlib.util.spec_from_file_location(
        "c", Path(__file__).parents[2] / "core/tests/local_cluster.py"
    )
    assert spec is not None and spec.loader is not None
    cluster = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(cluster)
    (tmp_path / "c").mkdir()
    with cluster.three_masters(tmp_path / "c") as url:
        town, process = start_town(tmp_path / "town", NINESTEP_REDIS_URL=url)
        try:
            for _ in range(3):
                site = Website(town, policies={"qr_hold": 25})
                uuid = site.uuid()
                thread, found = in_background(lambda site=site, uuid=uuid: site.number(uuid))
                thread.join(0.5)
                assert found == []
                site.act(uuid, "confirm")
                thread.join(20)
                assert found == [405]
        finally:
            stop_town(town, process)
