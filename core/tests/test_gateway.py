"""The gateway adds nothing and decides nothing."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from ninestep.gateway import create_app
from ninestep.settings import Settings
from nobody import nobody
from werkzeug.serving import WSGIRequestHandler, make_server


class Handler(BaseHTTPRequestHandler):
    """A service that does what its test says, and keeps what it saw to the byte."""

    protocol_version = "HTTP/1.1"
    server: Service

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def any_method(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = b"" if self.server.leave_body else self.rfile.read(length)
        target = self.requestline.split()[1]  # `path` has lost a second leading slash
        self.server.seen.append((self.command, target, list(self.headers.items()), body))
        self.server.answer(self)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = do_PATCH = do_OPTIONS = any_method

    def log_message(self, *_: object) -> None:
        pass


class Service(ThreadingHTTPServer):
    daemon_threads = True
    leave_body = False  # the test's own `answer` reads it

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name
        self.seen: list[tuple[str, str, list[tuple[str, str]], bytes]] = []
        self.answer: Callable[[Handler], None] = self.say_its_name
        self.url = f"http://127.0.0.1:{self.server_port}"

    def say_its_name(self, handler: Handler) -> None:
        send(handler, 200, self.name.encode())


def send(handler: Handler, status: int, body: bytes, *headers: tuple[str, str]) -> None:
    handler.send_response(status)
    for header in headers:
        handler.send_header(*header)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def serving(server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Setup:
    provider: Service
    resource_api: Service
    address: tuple[str, int]
    connections: list[http.client.HTTPConnection] = field(default_factory=list)

    def connect(self) -> http.client.HTTPConnection:
        self.connections.append(http.client.HTTPConnection(*self.address, timeout=10))
        return self.connections[-1]

    def ask(
        self, method: str, target: str, body: bytes | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        connection = self.connect()
        connection.request(
            method, target, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        return connection.getresponse()


@pytest.fixture
def town() -> Iterator[Setup]:
    provider, resource_api = Service("provider"), Service("resource_api")
    settings = Settings(
        provider_internal_url=provider.url,
        resource_internal_url=resource_api.url,
        allowed_hosts=("gateway.test",),
    )
    gateway = make_server("127.0.0.1", 0, create_app(settings), threaded=True, request_handler=Quiet)
    with serving(provider), serving(resource_api), serving(gateway):
        setup = Setup(provider, resource_api, ("127.0.0.1", gateway.server_port))
        yield setup
        for connection in setup.connections:
            connection.close()


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/sns/userinfo?access_token=a&openid=b", "resource_api"),
        ("/sns/auth", "resource_api"),
        ("/userinfo", "resource_api"),
        ("/articles", "resource_api"),
        ("/articles/7", "resource_api"),
        ("/user/get_user_info", "resource_api"),
        ("/2/users/show.json", "resource_api"),
        ("/2/oauth2/access_token", "provider"),
        ("/sns/oauth2/access_token", "provider"),
        ("/sns/oauth2/refresh_token", "provider"),
        ("/sns/jscode2session", "provider"),
        ("/connect/oauth2/authorize", "provider"),
        ("/oauth/token", "provider"),
        ("/oauth2.0/me", "provider"),
        ("/mmopen/vi_32/abc/132", "provider"),
        ("/userinfo-of-another-kind", "provider"),
        ("/", "provider"),
    ],
)
def test_one_base_url_reaches_both_halves(town: Setup, path: str, service: str) -> None:
    assert town.ask("GET", path).read() == service.encode()


@pytest.mark.parametrize(
    ("host", "path", "service"),
    [
        ("api.weixin.qq.com", "/sns/userinfo", "resource_api"),
        ("api.weixin.qq.com", "/userinfo", "provider"),
        ("API.WEIXIN.QQ.COM:443", "/sns/auth", "resource_api"),
        ("open.weixin.qq.com", "/connect/oauth2/authorize", "provider"),
        ("graph.qq.com", "/user/get_user_info", "resource_api"),
        ("graph.qq.com", "/oauth2.0/me", "provider"),
        ("api.weibo.com", "/2/users/show.json", "resource_api"),
        ("api.weibo.com", "/2/oauth2/access_token", "provider"),
        ("api.weibo.com", "/oauth2/access_token", "provider"),
    ],
)
def test_the_real_host_names_reach_the_same(town: Setup, host: str, path: str, service: str) -> None:
    assert town.ask("GET", path, Host=host).read() == service.encode()


def test_the_host_can_be_the_first_part_of_the_path(town: Setup) -> None:
    """The service sees what it would see under the real name."""
    assert town.ask("GET", "/api.weixin.qq.com/sns/userinfo?openid=o").read() == b"resource_api"
    _, path, headers, _ = town.resource_api.seen[0]
    assert path == "/sns/userinfo?openid=o"
    assert dict(headers)["Host"] == "api.weixin.qq.com"


def test_an_unknown_host_is_refused_with_a_sentence(town: Setup) -> None:
    answer = town.ask("GET", "/sns/userinfo", Host="evil.example")
    assert answer.status == 421
    assert "evil.example" in answer.read().decode()
    assert not town.provider.seen
    assert not town.resource_api.seen


def test_a_host_that_the_settings_allow_is_its_own(town: Setup) -> None:
    assert town.ask("GET", "/sns/userinfo", Host="gateway.test:9003").read() == b"resource_api"


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Fb/%E4%B9%9D?x=%20+%26&x=&&y",
        "/oauth/authorize?redirect_uri=http://a/?b=c%26d&state=%7C",
        "/a//b%2f%e4",
        "/?",
    ],
)
def test_path_and_query_pass_to_the_byte(town: Setup, target: str) -> None:
    town.ask("GET", target).read()
    assert town.provider.seen[0][1] == target


def test_method_headers_and_body_pass(town: Setup) -> None:
    body = bytes(range(256))
    town.ask(
        "PATCH",
        "/x",
        body,
        Authorization="Bearer 1",
        Content_Type="application/x-odd",
        X_Forwarded_For="1.2.3.4",
    ).read()
    method, _, headers, seen = town.provider.seen[0]
    assert (method, seen) == ("PATCH", body)
    assert {name.lower(): value for name, value in headers} == {
        "host": f"127.0.0.1:{town.address[1]}",
        "accept-encoding": "identity",  # http.client's own, and nothing of the gateway's
        "authorization": "Bearer 1",
        "content-type": "application/x-odd",
        "content-length": "256",
        "x-forwarded-for": "1.2.3.4",
    }


def test_what_a_client_did_not_send_is_not_made_up(town: Setup) -> None:
    with socket.create_connection(town.address, timeout=10) as raw:
        raw.sendall(b"GET /x HTTP/1.0\r\nHost: localhost\r\n\r\n")
        while raw.recv(65536):
            pass
    assert [name for name, _ in town.provider.seen[0][2]] == ["Host"]


def test_headers_of_one_connection_stay_on_it(town: Setup) -> None:
    town.ask(
        "GET", "/x", Connection="close, X-Mine", X_Mine="1", TE="trailers", Keep_Alive="5", X_Other="2"
    ).read()
    names = {name.lower() for name, _ in town.provider.seen[0][2]}
    assert "x-other" in names
    assert not names & {"connection", "x-mine", "te", "keep-alive"}


@pytest.mark.parametrize("status", [200, 201, 302, 303, 400, 418, 500, 503])
def test_status_headers_and_body_come_back(town: Setup, status: int) -> None:
    """Also a redirect: to follow it is the client's business. Also a body that says it is compressed."""
    town.provider.answer = lambda handler: send(
        handler, status, b"\x1f\x8bnot gzip", ("Location", "http://a/?b"), ("Content-Encoding", "gzip"),
        ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2"), ("X-Ninestep-Flow", "f1"), ("Retry-After", "1"),
    )  # fmt: skip
    answer = town.ask("GET", "/x")
    assert (answer.status, answer.read()) == (status, b"\x1f\x8bnot gzip")
    assert answer.headers.get_all("Set-Cookie") == ["a=1; Path=/", "b=2"]
    assert answer.headers["Location"] == "http://a/?b"
    assert answer.headers["X-Ninestep-Flow"] == "f1"
    assert len(answer.headers.get_all("Date")) == 1


def test_a_503_is_not_tried_again(town: Setup) -> None:
    town.provider.answer = lambda handler: send(handler, 503, b"", ("Retry-After", "0"))
    town.ask("POST", "/sns/oauth2/access_token").read()
    assert len(town.provider.seen) == 1


def test_head_keeps_the_length_of_the_body_it_leaves_out(town: Setup) -> None:
    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "12345")
        handler.end_headers()

    town.provider.answer = answer
    response = town.ask("HEAD", "/x")
    assert (response.headers["Content-Length"], response.read()) == ("12345", b"")


@pytest.mark.parametrize("chunked", [True, False])
def test_an_event_passes_before_the_next_one_is_there(town: Setup, chunked: bool) -> None:
    first_was_read = threading.Event()

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")))
        handler.end_headers()
        for event in (b"data: 1\n\n", b"data: 2\n\n"):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(event), event) if chunked else event)
            handler.wfile.flush()
            assert first_was_read.wait(10)
        if chunked:
            handler.wfile.write(b"0\r\n\r\n")

    town.provider.answer = answer
    response = town.ask("GET", "/events")
    assert response.read1(100) == b"data: 1\n\n"
    first_was_read.set()
    assert response.read() == b"data: 2\n\n"


def test_a_body_passes_while_it_is_still_being_sent(town: Setup) -> None:
    half, first_has_arrived = b"x" * 100_000, threading.Event()
    town.provider.leave_body = True

    def answer(handler: Handler) -> None:
        assert handler.rfile.read(1) == b"x"
        first_has_arrived.set()
        send(handler, 200, str(1 + len(handler.rfile.read(199_999))).encode())

    town.provider.answer = answer
    connection = town.connect()
    connection.putrequest("POST", "/upload")
    connection.putheader("Content-Length", "200000")
    connection.endheaders(half)
    assert first_has_arrived.wait(10)
    connection.send(half)
    assert connection.getresponse().read() == b"200000"


def test_a_service_that_is_away_is_a_502_that_names_it(town: Setup) -> None:
    with nobody() as away:
        settings = Settings(
            provider_internal_url=f"http://{away}", resource_internal_url=town.resource_api.url
        )
        said: list[str] = []
        app = create_app(settings)
        environ = {
            "REQUEST_METHOD": "GET",
            "RAW_URI": "/oauth/token",
            "HTTP_HOST": "localhost",
            "wsgi.input": None,
        }
        body = b"".join(app(environ, lambda status, headers: said.append(status)))  # type: ignore[arg-type, return-value]
        assert said == ["502 Bad Gateway"]
        assert body.startswith(b"provider does not answer")
        environ["RAW_URI"] = "/_gateway/readyz"
        body = b"".join(app(environ, lambda status, headers: said.append(status)))  # type: ignore[arg-type, return-value]
        assert said[1].startswith("503")
        assert b"provider does not answer" in body


def test_its_own_pages_are_out_of_the_services_way(town: Setup) -> None:
    assert town.ask("GET", "/_gateway/healthz").read() == b"gateway\n"
    assert town.ask("GET", "/_gateway/readyz").read() == b"ready\n"
    assert town.ask("GET", "/healthz").read() == b"provider"
