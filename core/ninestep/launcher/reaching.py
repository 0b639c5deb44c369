"""One GET to an address that somebody named, as a client of the town would make it from here, and what came of it."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..settings import LOOPBACK_NAMES
from .finding import Trouble
from .near import PATIENCE, near

METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
MOST = 1_000_000  # bytes of an answer


@dataclass(frozen=True)
class Answer:
    status: int
    ours: bool  # X-Ninestep says so
    body: bytes

    def json(self) -> dict[str, Any]:
        try:
            told = json.loads(self.body)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


def get(url: str, anywhere: bool) -> Answer:
    """Directly, by no proxy, and no further than the first answer. Raises Trouble."""
    well_formed(url)
    parts, origin = urlsplit(url), origin_of(url)
    host, port = parts.hostname or "", parts.port
    try:
        address = str(socket.getaddrinfo(host, port or 80, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, UnicodeError):
        raise Trouble(
            f"{origin}: the name {host!r} does not resolve here", f"{origin}：这里解析不了 {host!r}"
        ) from None
    if not anywhere and not near(address):
        raise Trouble(
            f"{origin} resolves to {address}: not on this machine, and not dialled (say --issuer {origin})",
            f"{origin} 解析到 {address}：不在本机，没有去连接（可以用 --issuer {origin} 指明）",
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path, headers={"Accept": "application/json"})
        reply = connection.getresponse()
        return Answer(reply.status, reply.getheader("X-Ninestep") is not None, reply.read(MOST))
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message
        raise Trouble(f"{origin}: TLS is not trusted ({why})", f"{origin}：TLS 证书不可信（{why}）") from None
    except ssl.SSLError as error:
        plain = url.replace("https://", "http://", 1).partition("/.well-known")[0]
        raise Trouble(
            f"{origin} answers, but not by TLS ({error.reason}): the town speaks http, so try {plain}",
            f"{origin} 有应答，但不是 TLS（{error.reason}）：小镇说的是 http，试试 {plain}",
        ) from None
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        english, chinese = _it_may_be_itself(url)
        raise Trouble(
            f"nobody answers at {origin} ({why}){english}", f"{origin} 没有应答（{why}）{chinese}"
        ) from None
    finally:
        connection.close()


def well_formed(url: str) -> None:
    """Raises Trouble."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Trouble(f"{url} is no http address", f"{url} 不是 http 地址")


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOOPBACK_NAMES


def _it_may_be_itself(url: str) -> tuple[str, str]:
    """What is to be said of a loopback address that leads nowhere."""
    if not is_loopback(url):
        return "", ""
    return (
        ". In a container this is the container itself: there the metadata are read at the internal address "
        f"(in compose http://provider:9000{METADATA[0]}), and the issuer stays the public one",
        f"。在容器里，这个地址是容器自己：元数据要从内部地址读（compose 里是 http://provider:9000{METADATA[0]}），"
        "issuer 仍是公开地址",
    )
