"""A client app over a real Redis, and a stand-in for its neighbours that speaks wire.md A.2 to A.4 and counts calls."""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import structlog
from flask import Flask, Response, request
from flask.testing import FlaskClient
from ninestep.records import App, Clock
from ninestep.settings import ClientSettings
from ninestep.store import Store
from ninestep.trace.exchange import Exchange
from ninestep.trace.reader import Reader
from ninestep.trace.recorder import Recorder
from ninestep_client_app.app import create_app
from ninestep_client_app.services import Services
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

WORLD = "w-test"
APPID, SECRET = "wx1234567890abcdef", "0123456789abcdef0123456789abcdef"
ZHIHU, ZHIHU_SECRET = "zhihu", "fedcba9876543210fedcba9876543210"
QQ, QQ_SECRET = "101234567", "00112233445566778899aabbccddeeff"
WEIBO, WEIBO_SECRET = "1357924680", "ffeeddccbbaa99887766554433221100"
PC, PC_SECRET = "wxfedcba0987654321", "89abcdef0123456789abcdef01234567"
MINI, MINI_SECRET = "wx0fedcba987654321", "76543210fedcba9876543210fedcba98"
PHONE_APP, PHONE_APP_SECRET = "wx00112233445566ff", "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OLD_APP, OLD_APP_SECRET = "wxff66554433221100", "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3"
PROVIDER = "http://127.0.0.1:9000"
CALLBACK = "/auth/wechat/callback"
WECHAT_APPS = {APPID: ("o", SECRET), PC: ("pc", PC_SECRET), PHONE_APP: ("app", PHONE_APP_SECRET)}
NAMES = {"zhangsan": "张三", "lisi": "李四🌸"}
WEIBO_UIDS = {"zhangsan": "1000000001", "lisi": "1000000002"}
CONTENT_TYPES = {  # wire.md 0.3, E and F; application/json for what is not named
    "/sns/": "text/plain",
    "/oauth2.0/": "text/html",
    "/user/get_user_info": "application/json; charset=utf-8",
    "/oauth2/": "text/plain;charset=UTF-8",
    "/2/": "application/json;charset=UTF-8",
}


@dataclass
class Call:
    path: str
    method: str
    query: dict[str, str]
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class Neighbours:
    """Provider and resource API in one. ``fail`` scripts the coming answers of a path; ``calls`` is what was asked."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    expires_in: int = 7200
    rotates: bool = False
    issuer: str = PROVIDER
    open_platform: bool = False  # whether WeChat's apps share one, and so a unionid
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _access: dict[str, dict[str, str]] = field(default_factory=dict)
    _refresh: dict[str, dict[str, str]] = field(default_factory=dict)
    _scripted: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def code(self, uid: str = "zhangsan", scope: str = "snsapi_userinfo", **more: str) -> str:
        """A code as the provider would have put it into the redirect."""
        code = "0" + secrets.token_hex(15) + "c"
        self._codes[code] = {"uid": uid, "scope": scope, **more}
        return code

    def fail(self, path: str, answer: Any, *, status: int = 200, times: int = 1) -> None:
        self._scripted.setdefault(path, []).extend([(status, answer)] * times)

    def expire_access_tokens(self) -> None:
        self._access.clear()

    def kill_refresh_tokens(self) -> None:
        self._refresh.clear()

    def asked(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def secrets(self) -> list[str]:
        """Tokens, and the secret of each app; not that of the old App, which gives it away."""
        apps = (SECRET, PC_SECRET, MINI_SECRET, PHONE_APP_SECRET, ZHIHU_SECRET, QQ_SECRET, WEIBO_SECRET)
        return [*self._access, *self._refresh, *apps]

    # -- what it answers -----------------------------------------------------------------------------------

    def answer(self, path: str) -> Response:
        with self._lock:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.calls.append(
                Call(path, request.method, request.args.to_dict(), request.form.to_dict(), headers)
            )
            if scripted := self._scripted.get(path):
                status, document = scripted.pop(0)
            else:
                name = "_" + path.strip("/").replace("/", "_").replace(".", "_")
                status, document = getattr(self, name, lambda: (404, ""))()
        text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
        kind = next(
            (kind for start, kind in CONTENT_TYPES.items() if path.startswith(start)), "application/json"
        )
        return Response(text, status, content_type=kind)

    def _mint(self, grant: dict[str, str]) -> dict[str, Any]:
        access, refresh = f"83_{secrets.token_urlsafe(40)}", f"83_{secrets.token_urlsafe(40)}"
        self._access[access] = self._refresh[refresh] = grant
        return {
            "access_token": access,
            "expires_in": self.expires_in,
            "refresh_token": refresh,
            "scope": grant["scope"],
        }

    def _sns_oauth2_access_token(self) -> tuple[int, Any]:
        start, secret = WECHAT_APPS[request.form["appid"]]
        if request.form["secret"] != secret:
            return 200, {"errcode": 40001, "errmsg": "invalid credential"}
        grant = self._codes.pop(request.form["code"], None)
        if grant is None:
            return 200, {"errcode": 40029, "errmsg": "invalid code"}
        grant = {**grant, "openid": f"{start}-{grant['uid']}"}
        silent = grant["scope"] == "snsapi_base"
        return 200, {**self._mint(grant), "openid": grant["openid"], **({} if silent else self.union(grant))}

    def union(self, grant: dict[str, str]) -> dict[str, str]:
        return {"unionid": f"union-{grant['uid']}"} if self.open_platform else {}

    def _sns_jscode2session(self) -> tuple[int, Any]:
        return 200, {"errcode": 40029, "errmsg": "invalid code"}  # tests of the mini program bring their own

    def _sns_oauth2_refresh_token(self) -> tuple[int, Any]:
        grant = self._refresh.get(request.form["refresh_token"])
        if grant is None:
            return 200, {"errcode": 40030, "errmsg": "invalid refresh_token"}
        minted = self._mint(grant)
        if self.rotates:
            del self._refresh[request.form["refresh_token"]]
        else:
            del self._refresh[minted["refresh_token"]]
            minted["refresh_token"] = request.form["refresh_token"]
        return 200, {**minted, "openid": grant["openid"]}

    def _sns_userinfo(self) -> tuple[int, Any]:
        grant = self._access.get(request.args.get("access_token", ""))
        if grant is None:
            return 200, {"errcode": 42001, "errmsg": "access_token expired"}
        if grant["scope"] not in ("snsapi_userinfo", "snsapi_login"):
            return 200, {"errcode": 50001, "errmsg": "user unauthorized"}
        return 200, {
            "openid": grant["openid"],
            "nickname": NAMES.get(grant["uid"], grant["uid"]),
            "sex": 1,
            "headimgurl": f"{PROVIDER}/mmopen/vi_32/{grant['uid']}/132",
            "privilege": [],
            **self.union(grant),
        }

    def _oauth_token(self) -> tuple[int, Any]:
        if request.form.get("client_secret") != ZHIHU_SECRET:
            return 401, {"error": "invalid_client"}
        grant = self._codes.pop(request.form.get("code", ""), None)
        if grant is None:
            return 400, {"error": "invalid_grant"}
        return 200, {**self._mint(grant), "token_type": "Bearer", "expires_in": 3600}

    def _userinfo(self) -> tuple[int, Any]:
        grant = self._access.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if grant is None:
            return 401, {"error": "invalid_token"}
        return 200, {"id": "123456", "name": "张三", "avatar": f"{PROVIDER}/mmopen/vi_32/{grant['uid']}/132"}

    # -- QQ (wire.md E): query strings, callbacks and HTTP 200 -----------------------------------------------

    def _oauth2_0_token(self) -> tuple[int, Any]:
        if request.form["client_secret"] != QQ_SECRET:
            return 200, jsonp({"error": 100009, "error_description": "client secret is illegal"})
        if request.form["grant_type"] == "refresh_token":
            grant = self._refresh.pop(request.form["refresh_token"], None)
            problem = {"error": 100021, "error_description": "get access token error"}
        else:
            grant = self._codes.pop(request.form["code"], None)
            problem = {"error": 100020, "error_description": "code is reused error"}
        if grant is None:
            return 200, jsonp(problem)
        minted = self._mint(grant)
        return 200, urlencode(
            {name: minted[name] for name in ("access_token", "expires_in", "refresh_token")}
        )

    def _oauth2_0_me(self) -> tuple[int, Any]:
        grant = self._access.get(request.args.get("access_token", ""))
        if grant is None:
            return 200, jsonp({"error": 100016, "error_description": "access token check failed"})
        return 200, jsonp({"client_id": QQ, "openid": f"Q-{grant['uid']}"})

    def _user_get_user_info(self) -> tuple[int, Any]:
        grant = self._access.get(request.args.get("access_token", ""))
        if grant is None:
            return 200, {"ret": 100014, "msg": "access token expired"}
        return 200, {
            "ret": 0,
            "msg": "",
            "is_lost": 0,
            "nickname": f"{NAMES[grant['uid']]}在QQ",
            "figureurl_qq_1": f"{PROVIDER}/mmopen/vi_32/{grant['uid']}/40",
            "figureurl_qq_2": "",
            "gender_type": 1,
        }

    # -- Weibo (wire.md F): JSON as text, and real HTTP statuses ---------------------------------------------

    def _oauth2_access_token(self) -> tuple[int, Any]:
        at = {"request": "/oauth2/access_token", "error_uri": "/oauth2/access_token"}
        if request.form["client_secret"] != WEIBO_SECRET:
            return 400, {"error": "invalid_client", "error_code": 21324, **at}
        code = request.form["code"]
        grant = self._codes.pop(code, None)
        if grant is None:
            words = f"invalid authorization code:{code}"
            return 400, {"error": "invalid_grant", "error_code": 21325, **at, "error_description": words}
        life = self.expires_in
        return 200, {
            "access_token": self._mint(grant)["access_token"],
            "remind_in": str(life),
            "expires_in": life,
            "uid": WEIBO_UIDS[grant["uid"]],
            "isRealName": "true",
        }

    def _2_users_show_json(self) -> tuple[int, Any]:
        grant = self._access.get(request.args.get("access_token", ""))
        if grant is None:
            return 400, {"error": "expired_token", "error_code": 21327, "request": "/2/users/show.json"}
        uid = WEIBO_UIDS[grant["uid"]]
        return 200, {
            "id": int(uid),
            "idstr": uid,
            "screen_name": f"{NAMES[grant['uid']]}的微博",
            "avatar_large": f"{PROVIDER}/mmopen/vi_32/{grant['uid']}/180",
        }


def jsonp(document: dict[str, Any]) -> str:
    """Golden bytes (wire.md §8.2)."""
    return f"callback( {json.dumps(document, separators=(',', ':'))} );\n"


class Street:
    """One server for a whole run; who lives there changes with each test."""

    def __init__(self) -> None:
        self.residents = Neighbours()
        app = Flask("neighbours")
        app.add_url_rule("/<path:path>", "any", self._ask, methods=["GET", "POST"])
        self.server = make_server("127.0.0.1", 0, app, threaded=True)

    def _ask(self, path: str) -> Response:
        return self.residents.answer(f"/{path}")


@pytest.fixture(scope="session")
def street() -> Iterator[Street]:
    street = Street()
    thread = threading.Thread(target=street.server.serve_forever, args=(0.01,))
    thread.start()
    yield street
    street.server.shutdown()
    thread.join()
    street.server.server_close()


@pytest.fixture
def neighbours(street: Street) -> Neighbours:
    street.residents = Neighbours(url=f"http://127.0.0.1:{street.server.server_port}")
    return street.residents


@pytest.fixture
def settings(store: Store, redis_url: str, neighbours: Neighbours) -> ClientSettings:
    return ClientSettings(
        redis_url=redis_url,
        redis_prefix=store.keys.prefix,
        provider_internal_url=neighbours.url,
        resource_internal_url=neighbours.url,
        meituan_secret=SECRET,
        meituan_pc_secret=PC_SECRET,
        meituan_mini_secret=MINI_SECRET,
        meituan_app_secret=PHONE_APP_SECRET,
        meituan_old_app_secret=OLD_APP_SECRET,
        zhihu_client_secret=ZHIHU_SECRET,
        qq_secret=QQ_SECRET,
        weibo_secret=WEIBO_SECRET,
        session_key="a session key for tests and only for them",
        login_key="a login key for tests and only for them",
        token_keys=("a token key for tests and only for them",),
        trace_key="a trace key for tests and only for them",
        trace_patience=3000,
    )


@dataclass
class Client:
    """The client app under test, with what a test wants to look at behind it."""

    app: Flask
    settings: ClientSettings
    store: Store
    neighbours: Neighbours
    hanging_up: Callable[[Flask], Flask]

    @property
    def parts(self) -> Services:
        found: Services = self.app.extensions["ninestep"]
        return found

    def visitor(self) -> Visitor:
        return Visitor(self.app.test_client(), self)

    def variant(self, **changes: Any) -> Client:
        """The same town, another deployment."""
        settings = replace(self.settings, **changes)
        app = self.hanging_up(create_app(settings, store=self.store))
        return replace(self, app=app, settings=settings)

    def advance(self, seconds: float) -> None:
        """Move the clock of the world that the apps live in; it stands still otherwise."""
        now = self.store.now(WORLD)
        self.store.move_clock(lambda clock: Clock(frozen=now + seconds), WORLD)

    def now(self) -> float:
        return self.store.now(WORLD)

    def metrics(self) -> dict[str, Any]:
        answer = self.app.test_client().get("/metrics", headers={"Accept": "application/json"})
        found: dict[str, Any] = answer.get_json()
        return found

    def exchanges(self, flow: str) -> list[Exchange]:
        return Reader(self.store, lambda state: state).exchanges(WORLD, flow)

    def names(self, flow: str) -> Counter[str]:
        return Counter(exchange.name for exchange in self.exchanges(flow))

    def everything_in_redis(self) -> str:
        redis, texts = self.store.redis, []
        for key in redis.scan_iter(match=f"{self.store.keys.prefix}:*", count=1000):
            kind = redis.type(key).decode()
            value: Any = {
                "none": lambda: "",  # its life has ended since the scan saw it
                "string": lambda key=key: redis.get(key),
                "hash": lambda key=key: redis.hgetall(key),
                "list": lambda key=key: redis.lrange(key, 0, -1),
                "set": lambda key=key: redis.smembers(key),
                "zset": lambda key=key: redis.zrange(key, 0, -1),
                "stream": lambda key=key: redis.xrange(key),
            }[kind]()
            texts.append(f"{key!r} {value!r}")
        return "\n".join(texts)


@dataclass
class Started:
    """What ② carried."""

    location: str
    query: dict[str, str]
    flow: str

    @property
    def state(self) -> str:
        return self.query["state"]


@dataclass
class Visitor:
    http: FlaskClient
    client: Client

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.http.get(path, base_url=self.client.settings.client_url, **options)

    def post(self, path: str, **options: Any) -> TestResponse:
        return self.http.post(path, base_url=self.client.settings.client_url, **options)

    def start(self, path: str = "/login/wechat") -> Started:
        answer = self.get(path)
        assert answer.status_code == 302, answer.text
        query = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
        return Started(answer.location, query, answer.headers["X-Ninestep-Flow"])

    def come_back(
        self, started: Started, path: str = CALLBACK, *, accept: str = "text/html", **query: str
    ) -> TestResponse:
        """The standard's answers name their issuer (RFC 9207)."""
        named = {"iss": self.client.settings.provider_url} if "code_challenge" in started.query else {}
        sent = {"state": started.state, **named, **query}
        return self.get(path, query_string=sent, headers={"Accept": accept})

    def log_in(self, uid: str = "zhangsan", scope: str = "snsapi_userinfo") -> Started:
        started = self.start(f"/login/wechat?scope={scope}")
        answer = self.come_back(started, code=self.client.neighbours.code(uid, scope))
        assert (answer.status_code, answer.location) == (303, "/me"), answer.text
        return started

    def log_in_with(self, provider: str, uid: str = "zhangsan") -> Started:
        started = self.start(f"/login/{provider}")
        scope = "snsapi_login" if provider == "wechat_pc" else ""
        answer = self.come_back(
            started, f"/auth/{provider}/callback", code=self.client.neighbours.code(uid, scope)
        )
        assert (answer.status_code, answer.location) == (303, "/me"), answer.text
        return started

    def user(self) -> str:
        """The local user that this browser is logged in as."""
        found: str = self.get("/api/me").get_json()["user"]["id"]
        return found

    def start_binding(self, provider: str) -> Started:
        answer = self.press("/me", f"/login/{provider}?bind=")
        assert answer.status_code == 303, answer.text
        query = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
        return Started(answer.location, query, answer.headers["X-Ninestep-Flow"])

    def bind(self, provider: str, uid: str = "zhangsan") -> TestResponse:
        """The whole way, up to the answer of the callback."""
        scope = "snsapi_userinfo" if provider == "wechat" else ""
        started, code = self.start_binding(provider), self.client.neighbours.code(uid, scope)
        return self.come_back(started, f"/auth/{provider}/callback", code=code)

    def press(self, page: str, action: str) -> TestResponse:
        """Send the form of ``page`` that leads to ``action``."""
        token = self.get(page).text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.post(action, data={"csrf_token": token})

    def cookie(self, name: str) -> Any:
        return self.http.get_cookie(name, domain="127.0.0.1")


@pytest.fixture
def client(settings: ClientSettings, store: Store, neighbours: Neighbours, hanging_up: Any) -> Client:
    for appid in (APPID, PC, MINI, PHONE_APP, OLD_APP, ZHIHU, QQ, WEIBO):
        store.save_app(App(appid=appid, secret="", world=WORLD, name=appid))
    app = hanging_up(create_app(settings, store=store))
    return Client(app, settings, store, neighbours, hanging_up)


@pytest.fixture
def visitor(client: Client) -> Visitor:
    return client.visitor()


@pytest.fixture
def logged() -> Iterator[Callable[..., list[dict[str, Any]]]]:
    """``logged("word")``: the log entries so far whose event holds the word."""
    with structlog.testing.capture_logs() as entries:
        yield lambda word="": [dict(entry) for entry in entries if word in str(entry["event"])]


@pytest.fixture
def recorder(settings: ClientSettings, store: Store) -> Iterator[Recorder]:
    with closing(Recorder.of(settings, store, "client_app")) as recorder:
        yield recorder
