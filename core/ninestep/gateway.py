"""The gateway: (host, path) → service, so that one base URL, or the real host names, reach both halves of a platform.

It adds nothing and decides nothing: method, path, query, headers, body, status and headers back pass as they are,
bodies in both directions as a stream. Three ways in:

``http://127.0.0.1:9003/sns/userinfo``                       one base URL; the platforms' paths do not collide
``http://127.0.0.1:9003/api.weixin.qq.com/sns/userinfo``     the host as the first part of the path
``Host: api.weixin.qq.com``                                  the real names, by DNS, a hosts file or a proxy

In the second the service is sent what it would see in the third: the path after the host, and that Host. Its own
two pages are ``/_gateway/healthz`` and ``/_gateway/readyz``; ``/healthz`` without prefix is the provider's.
"""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import urllib3
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, MaxRetryError, ReadTimeoutError

from .settings import LOOPBACK_NAMES, Settings, SettingsError, host_of, load

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Which paths of a host are data that a token opens (resource_api); all its others are the provider's.
WEIXIN = re.compile(r"/sns/(userinfo|auth)$")
QQ = re.compile(r"/user/")
WEIBO = re.compile(r"/2/(?!oauth2/)")
STANDARD = re.compile(r"/(userinfo|articles)(/|$)")
NONE = re.compile(r"(?!)")

PLATFORM_HOSTS: dict[str, re.Pattern[str]] = {
    "open.weixin.qq.com": NONE,
    "lp.open.weixin.qq.com": NONE,
    "long.open.weixin.qq.com": NONE,
    "res.wx.qq.com": NONE,
    "api.weixin.qq.com": WEIXIN,
    "mp.weixin.qq.com": NONE,
    "thirdwx.qlogo.cn": NONE,
    "wx.qlogo.cn": NONE,
    "graph.qq.com": QQ,
    "api.weibo.com": WEIBO,
}
ANY = re.compile("|".join(rule.pattern for rule in (WEIXIN, QQ, WEIBO, STANDARD)))

# RFC 9110 §7.6.1: these speak of one connection. Date and Server are written by the server in front of us anyway.
HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
OURS_BACK = HOP_BY_HOP | {"date", "server"}

VISIBLE = "".join(map(chr, range(0x21, 0x7F)))  # what a request line can hold
CHUNK = 65536
PATIENCE = 120  # seconds: a long poll takes 25, an armed delay may take more
TIMEOUT = urllib3.Timeout(connect=2, read=PATIENCE)
READY_TIMEOUT = urllib3.Timeout(connect=1, read=2)


def create_app(settings: Settings | None = None) -> WSGIApplication:
    """The gateway as a WSGI application."""
    return Gateway(settings or load(Settings))


class Gateway:
    """One pool of connections to each of the two services."""

    def __init__(self, settings: Settings) -> None:
        self.provider = Upstream("provider", settings.provider_internal_url)
        self.resource_api = Upstream("resource_api", settings.resource_internal_url)
        urls = (settings.gateway_url, settings.provider_internal_url, settings.resource_internal_url)
        self.own_hosts = LOOPBACK_NAMES | {host_of(url) for url in urls} | set(settings.allowed_hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path, question, query = raw_target(environ).partition("?")
        host = environ.get("HTTP_HOST", "")
        if path.startswith("/_gateway/"):
            return self._own_page(path, start_response)
        first, slash, rest = path[1:].partition("/")
        if first in PLATFORM_HOSTS:
            host, path = first, slash + rest or "/"
        rule = self._rule(host)
        if rule is None:
            return plain(start_response, 421, f"The gateway does not stand in for the host {host[:255]!r}")
        upstream = self.resource_api if rule.match(path) else self.provider
        return upstream.forward(environ, start_response, host, path + question + query)

    def _rule(self, host: str) -> re.Pattern[str] | None:
        name = re.sub(r":\d*$", "", host).strip("[]").lower()
        return PLATFORM_HOSTS.get(name) or (ANY if name in self.own_hosts else None)

    def _own_page(self, path: str, start_response: StartResponse) -> Iterable[bytes]:
        if path == "/_gateway/healthz":
            return plain(start_response, 200, "gateway")
        if path == "/_gateway/readyz":
            trouble = [
                text for upstream in (self.provider, self.resource_api) if (text := upstream.trouble())
            ]
            return plain(start_response, 503 if trouble else 200, "; ".join(trouble) or "ready")
        return plain(start_response, 404, "The gateway has /_gateway/healthz and /_gateway/readyz")


TARGET, ASKER = "ninestep gateway target", "ninestep gateway asker"  # no header can have these names
GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL | getattr(select, "POLLRDHUP", 0)


class AskerGone(ConnectionError):
    """Nobody is there any more to be answered."""


class Verbatim(HTTPConnection):
    """Sends the target as it was written (urllib3 would make ``%2f`` into ``%2F``), and waits for the answer as long as
    ``asker`` does: a browser that leaves a long poll would else hold a thread here and another at the service."""

    asker: Any = None  # the socket of who is to be answered; not every server tells it

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:
        headers = dict(headers or {})
        target, self.asker = headers.pop(TARGET, url), headers.pop(ASKER, None)
        super().request(method, target, body, headers, **options)

    def getresponse(self) -> Any:
        if self.asker is not None and self.sock is not None:
            self._wait(self.sock.fileno(), self.asker.fileno())
        return super().getresponse()

    def _wait(self, answer: int, asker: int) -> None:
        if asker < 0:
            raise AskerGone
        poll = select.poll()
        poll.register(answer, select.POLLIN)
        poll.register(asker, GONE)
        told = {descriptor for descriptor, _ in poll.poll(1000 * PATIENCE)}
        if not told:
            raise TimeoutError
        if answer not in told:
            raise AskerGone


class Upstream:
    """One service behind the gateway."""

    def __init__(self, name: str, url: str) -> None:
        self.name, self.url = name, url
        parts = urlsplit(url)
        if parts.scheme != "http":
            raise SettingsError(f"The gateway reaches {name} at {url!r}: an internal URL starts with http://")
        self.pool = urllib3.HTTPConnectionPool(parts.hostname or "", parts.port, maxsize=64, retries=False)
        self.pool.ConnectionCls = Verbatim

    def trouble(self) -> str:
        """Why it cannot serve; empty when it can."""
        try:
            status = self.pool.request("GET", "/readyz", timeout=READY_TIMEOUT).status
        except HTTPError as error:
            return f"{self.name} does not answer ({reason(error)})"
        return "" if status == 200 else f"{self.name} is not ready ({status})"

    def forward(
        self, environ: WSGIEnvironment, start_response: StartResponse, host: str, target: str
    ) -> Iterable[bytes]:
        headers: dict[str, Any] = request_headers(environ)
        headers["Host"] = host
        headers[TARGET], headers[ASKER] = target, environ.get("gunicorn.socket")
        try:
            response = self.pool.urlopen(
                environ["REQUEST_METHOD"],
                target,
                body=request_body(environ, headers),
                headers=headers,
                redirect=False,
                retries=False,
                timeout=TIMEOUT,
                preload_content=False,
                decode_content=False,
                assert_same_host=False,
            )
        except ReadTimeoutError:
            return plain(start_response, 504, f"{self.name} did not answer in time")
        except (HTTPError, OSError) as error:
            return plain(start_response, 502, f"{self.name} does not answer at {self.url} ({reason(error)})")
        dropped = OURS_BACK | listed(response.headers.get("Connection", ""))
        back = [(name, value) for name, value in response.headers.items() if name.lower() not in dropped]
        start_response(f"{response.status} {response.reason or 'Unknown'}", back)
        return Body(response)


class Body:
    """What the service sends, as it comes: an event must not wait for a buffer to fill."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self.response = response

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.response.read1(CHUNK, decode_content=False):
            yield chunk

    def close(self) -> None:
        """The server calls this in any case. A body that was read to its end has given its connection back already;
        with the rest of an abandoned one on the wire, its connection is of no further use."""
        self.response.close()


def raw_target(environ: WSGIEnvironment) -> str:
    """Path and query as the client wrote them. PATH_INFO is decoded: it cannot tell ``%2F`` from ``/``."""
    target: str = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if not target:
        target = quote(environ.get("PATH_INFO", ""), safe="/:@!$&'()*+,;=~", encoding="latin-1")
        if environ.get("QUERY_STRING"):
            target += "?" + environ["QUERY_STRING"]
    if not target.startswith("/"):  # absolute-form, as a client of a proxy sends it
        target = "/" + re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?]*/?", "", target)
    return quote(target, safe=VISIBLE, encoding="latin-1")


def request_headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        key[5:].replace("_", "-").title(): value
        for key, value in environ.items()
        if key.startswith("HTTP_") and key != "HTTP_HOST"
    }
    dropped = (
        HOP_BY_HOP | listed(headers.get("Connection", "")) | {"expect"}
    )  # the server has answered Expect
    headers = {name: value for name, value in headers.items() if name.lower() not in dropped}
    if environ.get("CONTENT_TYPE"):
        headers["Content-Type"] = environ["CONTENT_TYPE"]
    if environ.get("CONTENT_LENGTH"):
        headers["Content-Length"] = environ["CONTENT_LENGTH"]
    # urllib3 fills in what is missing; a request that came without these goes on without them.
    for name in ("Accept-Encoding", "User-Agent"):
        headers.setdefault(name, urllib3.util.SKIP_HEADER)
    return headers


def request_body(environ: WSGIEnvironment, headers: dict[str, str]) -> Iterator[bytes] | None:
    length = environ.get("CONTENT_LENGTH")
    if length:
        return parts(environ["wsgi.input"].read, int(length)) if int(length) else None
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        headers["Transfer-Encoding"] = "chunked"
        return parts(environ["wsgi.input"].read, None)
    return None


def parts(read: Callable[[int], bytes], length: int | None) -> Iterator[bytes]:
    """``length`` bytes (None: up to the end), never more of them in memory than one part."""
    left = length
    while left is None or left > 0:
        part = read(CHUNK if left is None else min(CHUNK, left))
        if not part:
            return
        left = None if left is None else left - len(part)
        yield part


def listed(connection: str) -> frozenset[str]:
    """The header names that a Connection header lists."""
    return frozenset(name.strip().lower() for name in connection.split(",")) - {""}


def reason(error: BaseException) -> str:
    if isinstance(error, MaxRetryError) and error.reason:
        error = error.reason
    return type(error).__name__.removesuffix("Error")


def plain(start_response: StartResponse, status: int, sentence: str) -> Iterable[bytes]:
    body = f"{sentence}\n".encode()
    phrase = {
        200: "OK",
        404: "Not Found",
        421: "Misdirected Request",
        502: "Bad Gateway",
        503: "Service Unavailable",
    }
    headers: list[tuple[str, Any]] = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ]
    start_response(f"{status} {phrase.get(status, 'Gateway Timeout')}", headers)
    return [body]
