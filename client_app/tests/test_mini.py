"""The mini program's server (S4, wire.md C): code2Session, our own token, open data, and a session_key nobody sees."""

from __future__ import annotations

import base64
import gc
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request
from joserfc import jws
from ninestep.dialects.wechat.mini_program import encrypt, new_iv, session_signature
from ninestep.settings import ClientSettings
from ninestep_client_app.login.attempt import SCOPE
from ninestep_client_app.mini import open_data
from werkzeug.serving import make_server

pytestmark = pytest.mark.thorough

APPID, SECRET = "wx0fedcba987654321", "76543210fedcba9876543210fedcba98"
FLOW = "flow-of-the-js-code"
TOKEN_LIFE = 7200
EXPIRED = "服务器上的 session_key 已经失效：请再调用一次 wx.login，把 code 交给服务器，然后重新获取数据"


@dataclass
class WeChat:
    """What the platform answers the server, and what it gives the page: ``log_in``, ``profile``, ``phone``."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    scripted: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    js_codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    phone_codes: dict[str, tuple[str, str]] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    # -- on the phone --------------------------------------------------------------------------------------

    def log_in(self, uid: str = "zhangsan", appid: str = APPID) -> str:
        code = "0" + secrets.token_hex(15) + "c"
        self.keys[uid] = base64.b64encode(secrets.token_bytes(16)).decode()
        self.js_codes[code] = (uid if appid == APPID else "", self.keys[uid])
        return code

    def profile(self, uid: str = "zhangsan", nickname: str = "张三", **changes: Any) -> dict[str, str]:
        shown = {"nickName": nickname, "gender": 1, "avatarUrl": f"http://127.0.0.1:9000/mmopen/{uid}/132"}
        raw, key = json.dumps(shown, ensure_ascii=False), self.keys[uid]
        full = {"openId": f"mini-{uid}", **shown, "watermark": {"timestamp": 1, "appid": APPID}, **changes}
        signature = hashlib.sha1((raw + key).encode()).hexdigest()
        return {"rawData": raw, "signature": signature, **self.sealed(uid, full)}

    def number(self, uid: str = "zhangsan", **changes: Any) -> dict[str, Any]:
        return {
            "phoneNumber": "13812345678",
            "purePhoneNumber": "13812345678",
            "countryCode": "86",
            "watermark": {"timestamp": 1, "appid": APPID},
            **changes,
        }

    def phone_code(self, uid: str = "zhangsan", appid: str = APPID) -> str:
        code = secrets.token_hex(32)
        self.phone_codes[code] = (uid, appid)
        return code

    def sealed(self, uid: str, data: dict[str, Any]) -> dict[str, str]:
        iv = new_iv()
        return {
            "encryptedData": encrypt(self.keys[uid], iv, json.dumps(data, ensure_ascii=False)),
            "iv": iv,
        }

    # -- for the server ------------------------------------------------------------------------------------

    def fail(self, path: str, answer: Any, *, status: int = 200, times: int = 1) -> None:
        self.scripted.setdefault(path, []).extend([(status, answer)] * times)

    def asked(self, path: str) -> list[dict[str, Any]]:
        return [sent for at, sent in self.calls if at == path]

    def answer(self, path: str) -> Response:
        sent = {**request.args.to_dict(), **(request.get_json(silent=True) or {})}
        with self.lock:
            self.calls.append((path, sent))
            if scripted := self.scripted.get(path):
                status, document = scripted.pop(0)
            else:
                status, document = 200, getattr(self, "_" + path.rpartition("/")[2])(sent)
        answer = jsonify(document)
        answer.status_code = status
        answer.headers["X-Ninestep-Flow"] = FLOW
        return answer

    def _jscode2session(self, sent: dict[str, Any]) -> dict[str, Any]:
        if (sent["appid"], sent["secret"]) != (APPID, SECRET):
            return {"errcode": 40125, "errmsg": "invalid appsecret"}
        if sent["js_code"] in self.used:
            return {"errcode": 40163, "errmsg": "code been used"}
        uid, key = self.js_codes.get(sent["js_code"], ("", ""))
        if not uid:
            return {"errcode": 40029, "errmsg": "invalid code"}
        self.used.add(sent["js_code"])
        return {"session_key": key, "openid": f"mini-{uid}", "unionid": f"union-{uid}"}

    def _stable_token(self, sent: dict[str, Any]) -> dict[str, Any]:
        assert sent == {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        self.tokens.append(f"83_{secrets.token_urlsafe(90)}")
        return {"access_token": self.tokens[-1], "expires_in": TOKEN_LIFE}

    def _checksession(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["access_token"] != self.tokens[-1]:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        assert sent["sig_method"] == "hmac_sha256"
        right = session_signature(self.keys[sent["openid"].removeprefix("mini-")])
        return {"errcode": 0, "errmsg": "ok"} if sent["signature"] == right else {"errcode": 87009}

    def _getuserphonenumber(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["access_token"] != self.tokens[-1]:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        uid, appid = self.phone_codes.get(sent["code"], ("", ""))
        if not uid:
            return {"errcode": 40029, "errmsg": "invalid code"}
        if appid != APPID:
            return {"errcode": 40013, "errmsg": "invalid appid"}
        if sent["openid"] != f"mini-{uid}":
            return {"errcode": 40003, "errmsg": "invalid openid"}
        del self.phone_codes[sent["code"]]
        return {"errcode": 0, "errmsg": "ok", "phone_info": self.number(uid)}


@pytest.fixture
def wechat() -> Iterator[WeChat]:
    platform, app = WeChat(), Flask("wechat")
    for path in (
        "/sns/jscode2session",
        "/cgi-bin/stable_token",
        "/wxa/checksession",
        "/wxa/business/getuserphonenumber",
    ):
        app.add_url_rule(path, path, lambda path=path: platform.answer(path), methods=["GET", "POST"])
    server = make_server("127.0.0.1", 0, app, threaded=True)
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield platform
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Program:
    """The mini program on somebody's phone: it keeps the token, as its page does."""

    visitor: Any
    wechat: WeChat
    uid: str = "zhangsan"
    token: str = ""
    bodies: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, document: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        url = self.visitor.client.settings.client_url
        more = {"json": document} if document is not None else {}
        answer = self.visitor.http.open(path, method=method, base_url=url, headers=headers, **more, **options)
        self.bodies.append(f"{answer.headers} {answer.text}")
        return answer

    def post(self, path: str, document: Any = None, **options: Any) -> Any:
        return self.send("POST", path, document, **options)

    def log_in(self) -> Any:
        answer = self.post("/mini/login", {"code": self.wechat.log_in(self.uid)})
        assert answer.status_code == 200, answer.text
        self.token = answer.get_json()["token"]
        return answer

    def me(self) -> dict[str, str]:
        found: dict[str, str] = self.send("GET", "/mini/me").get_json()["user"]
        return found


@pytest.fixture
def settings(settings: ClientSettings, wechat: WeChat) -> ClientSettings:
    return replace(settings, provider_internal_url=wechat.url)


@pytest.fixture
def program(client: Any, wechat: WeChat) -> Program:
    return Program(client.visitor(), wechat)


@pytest.fixture
def logged_in(program: Program) -> Program:
    program.log_in()
    return program


def refused(answer: Any) -> tuple[int, str]:
    told = answer.get_json()
    assert set(told) == {"error", "message"}, told
    assert told["message"]
    return answer.status_code, told["error"]


# -- wx.login, and the code to the server ------------------------------------------------------------------


def test_the_server_redeems_the_code_with_appid_and_secret(program: Program, wechat: WeChat) -> None:
    code = wechat.log_in()

    answer = program.post("/mini/login", {"code": code})

    assert answer.status_code == 200
    assert wechat.calls == [
        (
            "/sns/jscode2session",
            {"appid": APPID, "secret": SECRET, "js_code": code, "grant_type": "authorization_code"},
        )
    ]


def test_the_token_is_our_own_and_holds_the_user_alone(program: Program, client: Any) -> None:
    told = program.log_in().get_json()

    assert set(told) == {"token", "user"}
    assert set(told["user"]) == {"id", "nickname", "avatar", "phone"}
    payload = json.loads(jws.extract_compact(told["token"].encode()).payload)
    assert payload == {"userId": told["user"]["id"]}


def test_neither_key_nor_openid_nor_secret_reaches_the_phone_and_the_key_lies_encrypted(
    logged_in: Program, client: Any, wechat: WeChat
) -> None:
    logged_in.post("/mini/profile", wechat.profile())
    logged_in.post("/mini/phone", {"code": wechat.phone_code()})
    logged_in.me()

    told, dump = "\n".join(logged_in.bodies), client.everything_in_redis()
    hidden = (wechat.keys["zhangsan"], SECRET, wechat.tokens[-1])
    assert [secret for secret in (*hidden, "mini-zhangsan", "13812345678") if secret in told] == []
    assert [secret for secret in hidden if secret in dump] == []
    assert (
        "13812345678"
        not in client.store.redis.hgetall(
            client.store.keys.of(SCOPE, f"user:{logged_in.me()['id']}")
        ).values()
    )


def test_two_logins_are_one_user_and_another_person_is_another(
    logged_in: Program, client: Any, wechat: WeChat
) -> None:
    first = logged_in.me()["id"]
    logged_in.log_in()
    other = Program(client.visitor(), wechat, "lisi")
    other.log_in()

    assert logged_in.me()["id"] == first != other.me()["id"]
    assert client.parts.accounts.count() == 2


def test_a_login_is_counted(logged_in: Program, client: Any) -> None:
    logged_in.post("/mini/login", {"code": "0unknown"})

    found = client.metrics()
    assert (found["authAttempts"], found["authSuccess"], found["authFailures"]) == (2, 1, 1)
    assert found["errors"] == {"invalid_grant": 1}


@pytest.mark.parametrize(
    ("errcode", "error"),
    [
        (40029, "invalid_grant"),
        (40163, "invalid_grant"),
        (40226, "access_denied"),
        (40013, "invalid_client"),
        (40125, "invalid_client"),
        (41008, "invalid_grant"),
        (12345, "wechat_12345"),
    ],
)
def test_what_the_platform_refuses_is_a_400_and_makes_nobody(
    program: Program, client: Any, wechat: WeChat, errcode: int, error: str
) -> None:
    wechat.fail("/sns/jscode2session", {"errcode": errcode, "errmsg": "no"})

    assert refused(program.post("/mini/login", {"code": wechat.log_in()})) == (400, error)
    assert client.parts.accounts.count() == 0


def test_a_used_code_is_refused_and_the_login_before_stays(logged_in: Program, wechat: WeChat) -> None:
    code = wechat.log_in()
    assert logged_in.post("/mini/login", {"code": code}).status_code == 200

    assert refused(logged_in.post("/mini/login", {"code": code})) == (400, "invalid_grant")
    assert logged_in.post("/mini/profile", wechat.profile()).status_code == 200


def test_another_apps_code_is_refused(program: Program, wechat: WeChat) -> None:
    code = wechat.log_in(appid="wx-another")

    assert refused(program.post("/mini/login", {"code": code})) == (400, "invalid_grant")


@pytest.mark.parametrize("answer", [{"errcode": -1}, {"errcode": 45011}, {"openid": "x"}, [], "busy"])
def test_a_platform_that_cannot_answer_is_a_503_with_a_time(
    program: Program, client: Any, wechat: WeChat, answer: Any
) -> None:
    wechat.fail("/sns/jscode2session", answer)

    told = program.post("/mini/login", {"code": wechat.log_in()})

    assert refused(told) == (503, "server_error")
    assert told.headers["Retry-After"] == "3"
    assert client.parts.accounts.count() == 0


@pytest.mark.parametrize("key", ["", "no base64", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_session_key_that_is_none_makes_nobody(
    program: Program, client: Any, wechat: WeChat, key: str
) -> None:
    wechat.fail("/sns/jscode2session", {"session_key": key, "openid": "o"})

    assert refused(program.post("/mini/login", {"code": "x"})) == (503, "server_error")
    assert client.parts.accounts.count() == 0


# -- our own token -----------------------------------------------------------------------------------------


def test_the_token_opens_what_needs_a_login(logged_in: Program) -> None:
    answer = logged_in.send("GET", "/mini/me")

    assert (answer.status_code, set(answer.get_json())) == (200, {"user"})


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ("", "Bearer"),
        ("Basic abc", "Bearer"),
        ("Bearer", "Bearer"),
        ("Bearer no-token", 'Bearer error="invalid_token"'),
        ("Bearer a.b.c", 'Bearer error="invalid_token"'),
        (
            "Bearer eyJhbGciOiJub25lIn0.eyJ1c2VySWQiOiJ1MSJ9.",
            'Bearer error="invalid_token"',
        ),
    ],
)
@pytest.mark.parametrize("path", ["/mini/me", "/mini/profile", "/mini/phone"])
def test_without_a_good_token_it_is_a_401(logged_in: Program, path: str, header: str, challenge: str) -> None:
    url, http = logged_in.visitor.client.settings.client_url, logged_in.visitor.http
    method = "GET" if path == "/mini/me" else "POST"

    answer = http.open(
        path, method=method, base_url=url, headers={"Authorization": header} if header else {}, json={}
    )

    assert refused(answer) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == challenge


def test_a_token_of_somebody_who_does_not_exist_is_a_401(program: Program, client: Any) -> None:
    program.token = client.parts.login_tokens.sign("u0000000000000000")

    assert refused(program.send("GET", "/mini/me")) == (401, "unauthorized")


# -- profile -----------------------------------------------------------------------------------------------


def test_a_signed_and_encrypted_profile_is_stored(logged_in: Program, wechat: WeChat) -> None:
    answer = logged_in.post("/mini/profile", wechat.profile())

    assert answer.status_code == 200
    assert (answer.get_json()["user"]["nickname"], logged_in.me()["nickname"]) == ("张三", "张三")
    assert logged_in.me()["avatar"].endswith("/zhangsan/132")
    assert wechat.asked("/wxa/checksession") == []  # nobody needs to ask about a key that works


def test_a_name_that_is_known_is_not_lost_to_the_one_that_everybody_has(
    logged_in: Program, wechat: WeChat
) -> None:
    logged_in.post("/mini/profile", wechat.profile())
    assert logged_in.post("/mini/profile", wechat.profile(nickname="微信用户")).status_code == 200

    assert logged_in.me()["nickname"] == "张三"


def flipped(text: str, at: int) -> str:
    """base64 with one bit of byte ``at`` changed."""
    raw = bytearray(base64.b64decode(text))
    raw[at] ^= 1
    return base64.b64encode(raw).decode()


TAMPERED: list[tuple[str, Callable[[dict[str, str]], dict[str, str]], str]] = [
    ("signature", lambda d: {"signature": "0" * 40}, "bad_signature"),
    ("upper-case signature", lambda d: {"signature": d["signature"].upper()}, "bad_signature"),
    ("signature that is not ASCII", lambda d: {"signature": "签名"}, "bad_signature"),
    ("rawData", lambda d: {"rawData": d["rawData"].replace("张三", "李四")}, "bad_signature"),
    ("iv", lambda d: {"iv": flipped(d["iv"], 3)}, "bad_data"),
    ("short iv", lambda d: {"iv": base64.b64encode(b"short").decode()}, "bad_data"),
    ("iv that is no base64", lambda d: {"iv": "!" * 24}, "bad_data"),
    ("first byte", lambda d: {"encryptedData": flipped(d["encryptedData"], 0)}, "bad_data"),
    ("padding", lambda d: {"encryptedData": flipped(d["encryptedData"], -17)}, "bad_data"),
    ("length", lambda d: {"encryptedData": d["encryptedData"][:-4]}, "bad_data"),
    ("a whole block", lambda d: {"encryptedData": base64.b64encode(base64.b64decode(d["encryptedData"])[:-16]).decode()}, "bad_data"),
    ("no base64", lambda d: {"encryptedData": "不是base64"}, "bad_data"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "change", "error"), TAMPERED, ids=[name for name, *_ in TAMPERED])
def test_what_was_altered_is_refused_and_nothing_is_stored(
    logged_in: Program, wechat: WeChat, what: str, change: Any, error: str
) -> None:
    good = wechat.profile()
    if what == "upper-case signature" and good["signature"].isdigit():
        return

    assert refused(logged_in.post("/mini/profile", {**good, **change(good)})) == (400, error)
    assert logged_in.me()["nickname"] == ""
    assert logged_in.post("/mini/profile", good).status_code == 200  # the session is as good as before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"watermark": {"timestamp": 1, "appid": "wx-another"}}, "foreign_appid"),
        ({"watermark": {"timestamp": 1}}, "bad_data"),
        ({"openId": "mini-lisi"}, "foreign_data"),
        ({"openId": 5}, "bad_data"),
        ({"nickName": "李四"}, "bad_data"),
        ({"avatarUrl": "http://127.0.0.1/else"}, "bad_data"),
    ],
)
def test_what_is_inside_has_to_be_ours_and_the_same_as_rawdata(
    logged_in: Program, wechat: WeChat, changes: Any, error: str
) -> None:
    assert refused(logged_in.post("/mini/profile", wechat.profile(**changes))) == (400, error)
    assert logged_in.me()["nickname"] == ""


def test_another_users_data_is_refused(logged_in: Program, client: Any, wechat: WeChat) -> None:
    other = Program(client.visitor(), wechat, "lisi")
    other.log_in()

    assert refused(logged_in.post("/mini/profile", wechat.profile("lisi", "李四"))) == (400, "bad_signature")


# -- the session_key changes -------------------------------------------------------------------------------


def test_after_a_wx_login_that_the_server_was_not_told_of_it_says_what_to_do(
    logged_in: Program, wechat: WeChat
) -> None:
    wechat.log_in()

    answer = logged_in.post("/mini/profile", wechat.profile())

    assert refused(answer) == (400, "session_key_expired")
    assert answer.get_json()["message"] == EXPIRED
    phone = wechat.sealed("zhangsan", wechat.number())
    assert refused(logged_in.post("/mini/phone", phone)) == (400, "session_key_expired")
    logged_in.log_in()
    assert logged_in.post("/mini/profile", wechat.profile()).status_code == 200


def test_data_under_the_key_before_does_not_open_with_the_one_that_is_valid(
    logged_in: Program, wechat: WeChat
) -> None:
    old, number = wechat.profile(), wechat.sealed("zhangsan", wechat.number())
    logged_in.log_in()

    assert refused(logged_in.post("/mini/profile", old)) == (400, "bad_signature")
    assert refused(logged_in.post("/mini/phone", number)) == (400, "bad_data")
    assert logged_in.me()["nickname"] == ""


def test_without_a_session_the_answer_is_the_same(logged_in: Program, client: Any, wechat: WeChat) -> None:
    client.parts.mini.sessions.forget(logged_in.me()["id"])

    assert refused(logged_in.post("/mini/profile", wechat.profile())) == (400, "session_key_expired")


def test_a_server_with_another_token_key_asks_for_a_new_login(
    logged_in: Program, client: Any, wechat: WeChat
) -> None:
    other = client.variant(token_keys=("another key for tests, long enough",))
    there = Program(other.visitor(), wechat, token=logged_in.token)

    assert refused(there.post("/mini/profile", wechat.profile())) == (400, "session_key_expired")


# -- phone number ------------------------------------------------------------------------------------------


def test_the_buttons_code_is_the_number(logged_in: Program, wechat: WeChat) -> None:
    code = wechat.phone_code()

    answer = logged_in.post("/mini/phone", {"code": code})

    assert answer.get_json()["user"]["phone"] == "138****5678"
    [sent] = wechat.asked("/wxa/business/getuserphonenumber")
    assert sent == {"access_token": wechat.tokens[0], "code": code, "openid": "mini-zhangsan"}


def test_the_old_way_decrypts_it(logged_in: Program, wechat: WeChat) -> None:
    answer = logged_in.post("/mini/phone", wechat.sealed("zhangsan", wechat.number()))

    assert answer.get_json()["user"]["phone"] == "138****5678"
    assert wechat.asked("/wxa/business/getuserphonenumber") == []


def test_a_number_from_abroad_has_its_country_in_front(logged_in: Program, wechat: WeChat) -> None:
    abroad = {"phoneNumber": "85261234567", "purePhoneNumber": "61234567", "countryCode": "852"}

    answer = logged_in.post("/mini/phone", wechat.sealed("zhangsan", wechat.number(**abroad)))

    assert answer.get_json()["user"]["phone"] == "852****4567"


def test_the_whole_number_can_be_read_with_the_servers_key(
    logged_in: Program, client: Any, wechat: WeChat
) -> None:
    logged_in.post("/mini/phone", {"code": wechat.phone_code()})

    key = client.store.keys.of(SCOPE, f"user:{logged_in.me()['id']}")
    assert (
        client.parts.attempts.unseal(client.store.redis.hget(key, "phone_sealed").decode()) == "13812345678"
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"watermark": {"timestamp": 1, "appid": "wx-another"}}, "foreign_appid"),
        ({"phoneNumber": "13900000000"}, "bad_data"),
        ({"phoneNumber": None}, "bad_data"),
        ({"purePhoneNumber": 13812345678}, "bad_data"),
    ],
)
def test_a_number_that_is_not_whole_is_not_stored(
    logged_in: Program, wechat: WeChat, changes: Any, error: str
) -> None:
    sealed = wechat.sealed("zhangsan", wechat.number(**changes))

    assert refused(logged_in.post("/mini/phone", sealed)) == (400, error)
    assert logged_in.me()["phone"] == ""


def test_an_iv_that_was_changed_anywhere_is_noticed_in_a_phone_number(
    logged_in: Program, wechat: WeChat
) -> None:
    """Nothing is signed in the old way, and what changes in the iv changes in the first sixteen characters."""
    good = wechat.sealed("zhangsan", wechat.number())

    for at in range(16):
        told = {**good, "iv": flipped(good["iv"], at)}
        assert refused(logged_in.post("/mini/phone", told)) == (400, "bad_data"), at

    assert logged_in.me()["phone"] == ""


def test_somebody_elses_code_is_refused_and_stays_theirs(
    logged_in: Program, client: Any, wechat: WeChat
) -> None:
    other = Program(client.visitor(), wechat, "lisi")
    other.log_in()
    code = wechat.phone_code("lisi")

    assert refused(logged_in.post("/mini/phone", {"code": code})) == (400, "foreign_code")
    assert other.post("/mini/phone", {"code": code}).status_code == 200


def test_a_code_of_another_app_or_a_used_or_made_up_one_is_refused(
    logged_in: Program, wechat: WeChat
) -> None:
    used = wechat.phone_code()
    logged_in.post("/mini/phone", {"code": used})

    for code, error in (
        (used, "phone_code"),
        ("made up", "phone_code"),
        (wechat.phone_code(appid="wx-another"), "foreign_code"),
    ):
        assert refused(logged_in.post("/mini/phone", {"code": code})) == (400, error)
    assert logged_in.me()["phone"] == "138****5678"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"code": ""},
        {"code": 5},
        {"iv": "x"},
        {"encryptedData": "x"},
        {"code": "x", "encryptedData": "x", "iv": "x"},
        {"code": "x", "iv": "x"},
    ],
)
def test_one_way_or_the_other_and_whole(logged_in: Program, wechat: WeChat, told: Any) -> None:
    assert refused(logged_in.post("/mini/phone", told)) == (400, "invalid_request")
    assert wechat.asked("/cgi-bin/stable_token") == []


# -- the server's own access_token -------------------------------------------------------------------------


def test_it_is_fetched_once_and_used_until_shortly_before_its_end(
    logged_in: Program, client: Any, wechat: WeChat
) -> None:
    client.advance(0)
    for _ in range(3):
        assert logged_in.post("/mini/phone", {"code": wechat.phone_code()}).status_code == 200
    assert len(wechat.tokens) == 1

    client.advance(TOKEN_LIFE - 61)
    logged_in.post("/mini/phone", {"code": wechat.phone_code()})
    assert len(wechat.tokens) == 1
    client.advance(1)
    logged_in.post("/mini/phone", {"code": wechat.phone_code()})
    assert len(wechat.tokens) == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_one_that_died_early_is_fetched_once_more_and_the_call_made_once_more(
    logged_in: Program, wechat: WeChat, errcode: int
) -> None:
    logged_in.post("/mini/phone", {"code": wechat.phone_code()})
    wechat.fail("/wxa/business/getuserphonenumber", {"errcode": errcode, "errmsg": "no"})

    assert logged_in.post("/mini/phone", {"code": wechat.phone_code()}).status_code == 200
    assert (len(wechat.tokens), len(wechat.asked("/wxa/business/getuserphonenumber"))) == (2, 3)


def test_a_second_refusal_is_told(logged_in: Program, wechat: WeChat) -> None:
    wechat.fail("/wxa/business/getuserphonenumber", {"errcode": 42001, "errmsg": "no"}, times=2)
    code = wechat.phone_code()

    assert refused(logged_in.post("/mini/phone", {"code": code})) == (400, "wechat_42001")
    assert logged_in.post("/mini/phone", {"code": code}).status_code == 200  # nothing was spent


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ({"errcode": 40125, "errmsg": "no"}, 400, "invalid_client"),
        ({"errcode": 40164, "errmsg": "no"}, 400, "invalid_client"),
        ({"errcode": 45009, "errmsg": "no"}, 503, "server_error"),
        ({"expires_in": 7200}, 503, "server_error"),
    ],
)
def test_without_one_nothing_is_asked(
    logged_in: Program, wechat: WeChat, answer: Any, status: int, error: str
) -> None:
    wechat.fail("/cgi-bin/stable_token", answer)

    assert refused(logged_in.post("/mini/phone", {"code": wechat.phone_code()})) == (status, error)
    assert wechat.asked("/wxa/business/getuserphonenumber") == []


def test_twelve_that_need_it_at_once_fetch_it_once(logged_in: Program, client: Any, wechat: WeChat) -> None:
    codes = [wechat.phone_code() for _ in range(12)]
    barrier, statuses = threading.Barrier(len(codes)), []

    def send(code: str) -> None:
        there = Program(client.visitor(), wechat, token=logged_in.token)
        barrier.wait()
        statuses.append(there.post("/mini/phone", {"code": code}).status_code)

    threads = [threading.Thread(target=send, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 12
    assert len(wechat.tokens) == 1


# -- bad input ---------------------------------------------------------------------------------------------

BODIES = {
    "nothing": b"",
    "no JSON": b"code=x",
    "half of it": b'{"code": "x"',
    "a list": b'["x"]',
    "a text": b'"x"',
    "null": b"null",
    "deep": b"[" * 30000,
    "deep inside": b'{"code": ' + b"[" * 30000,
    "no text": b"\xff\xfe",
    "a number": b'{"code": 5}',
    "half a surrogate": b'{"code": "\\ud800"}',
    "empty": b'{"code": ""}',
    "another field": b'{"js_code": "x"}',
}


@pytest.fixture
def uncollected() -> Iterator[None]:
    """At the bottom of a deep recursion some other test's finalizer would find no room to run in."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("path", ["/mini/login", "/mini/profile", "/mini/phone", "/app/login"])
@pytest.mark.parametrize("name", BODIES)
def test_what_is_no_request_is_a_400(logged_in: Program, wechat: WeChat, path: str, name: str) -> None:
    before = len(wechat.calls)

    answer = logged_in.post(path, data=BODIES[name], content_type="application/json")

    assert refused(answer) == (400, "invalid_request")
    assert len(wechat.calls) == before


def test_json_that_does_not_say_so_is_none(logged_in: Program, wechat: WeChat) -> None:
    """So no form of another site can send it."""
    body = json.dumps({"code": wechat.log_in()}).encode()

    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert refused(logged_in.post("/mini/login", data=body, content_type=kind)) == (
            400,
            "invalid_request",
        )


@pytest.mark.parametrize("path", ["/mini/login", "/mini/profile", "/mini/phone", "/app/login"])
def test_more_than_64_kib_is_a_413(logged_in: Program, path: str) -> None:
    told = dict.fromkeys(("code", "state", "rawData", "encryptedData", "iv", "signature"), "A" * 17000)

    answer = logged_in.post(path, told)

    assert (answer.status_code, answer.get_json()["error"]) == (413, "http_413")


def test_64_kib_of_a_code_is_a_code_like_any_other(program: Program, wechat: WeChat) -> None:
    wechat.fail("/sns/jscode2session", "", status=414)

    answer = program.post("/mini/login", {"code": "x" * 60000})

    assert answer.status_code in (400, 503)


@pytest.mark.parametrize("missing", ["rawData", "signature", "encryptedData", "iv"])
def test_each_part_of_a_profile_is_needed(logged_in: Program, wechat: WeChat, missing: str) -> None:
    told = {name: value for name, value in wechat.profile().items() if name != missing}

    assert refused(logged_in.post("/mini/profile", told)) == (400, "invalid_request")


def test_the_sentence_is_in_the_readers_language(logged_in: Program) -> None:
    answer = logged_in.visitor.http.post(
        "/mini/login",
        base_url=logged_in.visitor.client.settings.client_url,
        headers={"Accept-Language": "en"},
        json={},
    )

    assert answer.get_json()["message"].startswith("The request has to be a JSON object")


# -- the trace ---------------------------------------------------------------------------------------------


def test_the_login_is_one_flow_and_names_no_secret(logged_in: Program, client: Any, wechat: WeChat) -> None:
    logged_in.post("/mini/phone", {"code": wechat.phone_code()})
    logged_in.me()

    exchanges = {exchange.name: exchange for exchange in client.exchanges(FLOW)}
    assert list(exchanges) == [
        *("js_code.redeemed", "code.posted"),
        *("cgi_token.issued", "phone.read", "open_data.posted", "session.read"),
    ]
    posted = exchanges["code.posted"]
    assert (posted.steps.request, posted.steps.response, posted.channel) == (5, 9, "front")
    assert (posted.sender, posted.receiver) == ("browser", "client_app")
    whole = str(list(exchanges.values()))
    hidden = [wechat.keys["zhangsan"], SECRET, logged_in.token, *wechat.tokens, *wechat.js_codes]
    assert [secret for secret in hidden if secret in whole] == []


def test_a_refused_login_is_told_in_the_flow_of_its_code(
    program: Program, client: Any, wechat: WeChat
) -> None:
    code = wechat.log_in()
    program.post("/mini/login", {"code": code})
    program.post("/mini/login", {"code": code})

    *_, redeemed, posted = client.exchanges(FLOW)
    assert (redeemed.name, redeemed.outcome, redeemed.error) == (
        "js_code.redeemed",
        "refused",
        "invalid_grant",
    )
    assert (posted.name, posted.outcome, posted.error) == ("code.posted", "refused", "invalid_grant")


def test_where_nobody_answered_call_and_login_are_told_in_one_flow(client: Any, wechat: WeChat) -> None:
    away = client.variant(provider_internal_url="http://127.0.0.1:1")
    program = Program(away.visitor(), wechat)

    answer = program.post("/mini/login", {"code": "x"})

    assert refused(answer) == (503, "server_error")
    told = away.exchanges(answer.headers["X-Ninestep-Flow"])
    assert [(e.name, e.outcome) for e in told] == [("js_code.redeemed", "failed"), ("code.posted", "failed")]


def test_a_key_that_is_too_old_is_a_failed_check(logged_in: Program, client: Any, wechat: WeChat) -> None:
    wechat.log_in()
    logged_in.post("/mini/profile", wechat.profile())

    posted = client.exchanges(FLOW)[-1]
    assert (posted.name, posted.error) == ("open_data.posted", "session_key_expired")
    assert [check.name for check in posted.checks if not check.ok] == [
        "signature is sha1(rawData + session_key)",
        "session_key is the user's newest",
    ]


# -- the platform's own sample (wire.md C.4) ---------------------------------------------------------------

SAMPLE = (
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz"
    "6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz"
    "/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1p"
    "JAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO"
    "0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
)


def test_the_platforms_sample_opens() -> None:
    found = open_data.opened("tiihtNczf5v6AKRyjwEUhQ==", SAMPLE, "r7BXXKkLb8qrSNn05n0qiA==")

    assert (
        " ".join(found) == "openId nickName gender language city province country avatarUrl unionId watermark"
    )
    assert (found["nickName"], found["watermark"]["appid"]) == ("Band", "wx4f4bc4dec97d474b")


def test_it_opens_with_nothing_else() -> None:
    with pytest.raises(open_data.Unreadable):
        open_data.opened("tiihtNczf5v6AKRyjwEUhA==", SAMPLE, "r7BXXKkLb8qrSNn05n0qiA==")
