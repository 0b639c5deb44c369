"""``ninestep doctor``: whether the issuer and the addresses that the town tells are those by which it is reached.

A client compares the issuer with what it was given (OpenID Connect Discovery §4.3, RFC 8414 §3.3), and an id_token's
``iss`` with it (OpenID Connect Core §3.1.3.7). What a browser visits is public, what a back channel calls may have an
address of its own: here both are tried, from where the client would.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ..intercept.doctor import PATIENCE, Finding, Trouble, near
from ..settings import LOOPBACK_NAMES, LauncherSettings
from .state import State

METADATA = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
BACK_CHANNEL = ("token_endpoint", "userinfo_endpoint", "jwks_uri")
REACHED = (
    "NINESTEP_PROVIDER_URL and NINESTEP_RESOURCE_URL, or the ..._INTERNAL_URL ones inside, have to lead there"
)
REACHED_CHINESE = "NINESTEP_PROVIDER_URL、NINESTEP_RESOURCE_URL（内部则是 ..._INTERNAL_URL）要能从这里访问到"
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


def known(settings: LauncherSettings, environ: Mapping[str, str]) -> str:
    """Where a client of this shell would read the metadata; "" where there is no town."""
    running = State(settings.state).read_running()
    here = running is not None and running.launcher.alive()
    told = str(running.report.get("provider_url", "")) if running and here else ""
    base = (
        environ.get("NINESTEP_URL") or told or settings.provider_internal_url
    )  # the last in a container of ours
    return base and base.rstrip("/") + METADATA[0]


def examine(given: str, settings: LauncherSettings, *, anywhere: bool) -> list[Finding]:
    """``given`` is a client's issuer, or the address of its metadata. What it leads to is dialled on this machine and
    in private networks alone; itself also elsewhere, with ``anywhere``."""
    base, as_issuer = _base(given)
    try:
        document = _document(base, anywhere)
    except Trouble as trouble:
        return [Finding(False, "issuer", trouble.english, trouble.chinese), *_instead(base, settings)]
    issuer = str(document["issuer"])
    inside = str(document.get("token_endpoint", "")).startswith(base.rstrip("/") + "/") and base != issuer
    return [
        _issuer(base, issuer, as_issuer=as_issuer, inside=inside),
        *(() if anywhere else _setting(settings.provider_url, issuer)),
        *_back_channel(document),
        *_front_channel(document, issuer, inside=inside),
    ]


def _base(given: str) -> tuple[str, bool]:
    """The address without the path of the metadata, and whether it was said to be the issuer."""
    for path in METADATA:
        if given.endswith(path):
            return _address(given.removesuffix(path)), False
    return _address(given), True


def _address(given: str) -> str:
    return given if "://" in given else f"http://{given}"


def _document(base: str, anywhere: bool) -> dict[str, Any]:
    """The town's metadata. Raises Trouble."""
    _well_formed(base)
    answer = _get(base.rstrip("/") + METADATA[0], anywhere)
    host = urlsplit(base).hostname or ""
    if answer.status == 421:
        raise Trouble(
            f"the town answers at {base}, but not to the name {host!r}: add it to NINESTEP_ALLOWED_HOSTS",
            f"小镇在 {base}，但不认 {host!r} 这个名字：把它加进 NINESTEP_ALLOWED_HOSTS",
        )
    if answer.status == 400 and "_" in host:
        raise Trouble(
            f"{host!r} is no host name: it has an underscore", f"{host!r} 带下划线，不是合法的主机名"
        )
    document = answer.json()
    if answer.status == 200 and answer.ours and isinstance(document.get("issuer"), str):
        return document
    if answer.ours and answer.status == 503:
        raise Trouble(f"the town at {base} is not ready (HTTP 503)", f"{base} 的小镇还没就绪（HTTP 503）")
    if answer.ours:
        raise Trouble(
            f"the town answers at {base}, but that is not its provider (HTTP {answer.status})",
            f"{base} 是小镇的，但不是 provider（HTTP {answer.status}）",
        )
    raise Trouble(
        f"somebody else answers at {base} (HTTP {answer.status})",
        f"{base} 那里应答的不是小镇（HTTP {answer.status}）",
    )


def _issuer(base: str, issuer: str, *, as_issuer: bool, inside: bool) -> Finding:
    """``inside``: it is the address that back channels are told there."""
    if base == issuer:
        return Finding(True, "issuer", f"{issuer}, here and in id_tokens", f"{issuer}，与 id_token 里的一致")
    if inside and not as_issuer:
        return Finding(
            None,
            "issuer",
            f"is {issuer}, and the metadata are read at {base}: right for a back channel, as long as the client is "
            "told the issuer apart from the address of the metadata",
            f"是 {issuer}，元数据读自 {base}：后端这样走是对的，只要客户端能把 issuer 和元数据地址分开配置",
        )
    if base.rstrip("/") == issuer.rstrip("/"):
        why = ("a slash at the end makes it another issuer", "末尾多一个斜杠就是另一个 issuer")
    elif inside:
        why = ("that is its internal address", "那是内部地址")
    elif _is_loopback(base) and _is_loopback(issuer) and _port(base) == _port(issuer):
        why = (
            "to a client localhost and 127.0.0.1 are two issuers",
            "对客户端来说 localhost 和 127.0.0.1 是两个 issuer",
        )
    else:
        why = ("it is reached by another address than it tells", "访问它的地址和它自称的不是一个")
    fix, chinese_fix = _mend(base, issuer, inside)
    return Finding(
        False,
        "issuer",
        f"the client has {base}, id_tokens and metadata say {issuer}: {why[0]}. {fix}",
        f"客户端配的是 {base}，id_token 和元数据里写的是 {issuer}：{why[1]}。{chinese_fix}",
    )


def _setting(said: str, issuer: str) -> Iterator[Finding]:
    """What this shell, or this container, was told of the town."""
    if said and said != issuer:
        yield Finding(
            False,
            "NINESTEP_PROVIDER_URL",
            f"is {said} here, and the town was started with {issuer}: it has to be the same for all of them",
            f"这里是 {said}，小镇启动时用的是 {issuer}：各处必须一致",
        )


def _mend(base: str, issuer: str, inside: bool) -> tuple[str, str]:
    if inside:
        return (
            f"Give it {issuer} as the issuer, and {base}{METADATA[0]} as the address of the metadata",
            f"issuer 配成 {issuer}，元数据地址配成 {base}{METADATA[0]}",
        )
    start = f"NINESTEP_PROVIDER_URL={base.rstrip('/')}"
    if urlsplit(base).scheme == "https":
        start += " NINESTEP_TRUSTED_PROXIES=1"
    return (
        f"Give it {issuer}, or start the town with {start}",
        f"客户端改成 {issuer}，或者启动小镇时设 {start}",
    )


def _back_channel(document: Mapping[str, Any]) -> Iterator[Finding]:
    """Each address that the client's server will call, once."""
    names: dict[str, list[str]] = {}
    for name in BACK_CHANNEL:
        if isinstance(url := document.get(name), str):
            names.setdefault(_origin(url), []).append(name)
    for origin, found in names.items():
        told = ", ".join(found)
        try:
            answer = _get(f"{origin}/healthz", anywhere=False)
            if answer.status != 200 or not answer.ours:
                raise Trouble(f"somebody else answers at {origin}", f"{origin} 那里应答的不是小镇")
        except Trouble as trouble:
            yield Finding(
                False,
                "back channel",
                f"{told}: {trouble.english}. {REACHED}",
                f"{told}：{trouble.chinese}。{REACHED_CHINESE}",
            )
        else:
            role = answer.json().get("role", "")
            yield Finding(
                True, "back channel", f"{told}: {role} answers at {origin}", f"{told}：{origin} 有应答"
            )


def _it_may_be_itself(url: str) -> tuple[str, str]:
    """What is to be said of a loopback address that leads nowhere."""
    if not _is_loopback(url):
        return "", ""
    return (
        ". In a container this is the container itself: there the metadata are read at the internal address "
        f"(in compose http://provider:9000{METADATA[0]}), and the issuer stays the public one",
        f"。在容器里，这个地址是容器自己：元数据要从内部地址读（compose 里是 http://provider:9000{METADATA[0]}），"
        "issuer 仍是公开地址",
    )


def _front_channel(document: Mapping[str, Any], issuer: str, *, inside: bool) -> Iterator[Finding]:
    """Where browsers go. What cannot be reached inside, a browser outside may."""
    origin = _origin(str(document.get("authorization_endpoint", issuer)))
    if origin in {_origin(str(document.get(name, ""))) for name in BACK_CHANNEL}:
        return
    try:
        _get(f"{origin}/healthz", anywhere=False)
    except Trouble as trouble:
        yield Finding(
            None if inside else False,
            "front channel",
            f"{trouble.english}. It is for browsers, which have to reach it: NINESTEP_PROVIDER_URL",
            f"{trouble.chinese}。它给浏览器用，浏览器必须能访问：NINESTEP_PROVIDER_URL",
        )
    else:
        yield Finding(True, "front channel", f"{origin} answers", f"{origin} 有应答")


def _instead(base: str, settings: LauncherSettings) -> Iterator[Finding]:
    """Nobody was at ``base``: who would be, and what does it say of itself?"""
    port = settings.provider_port
    for here in (settings.provider_internal_url, f"http://127.0.0.1:{port}" if port else ""):
        if here and here != base:
            try:
                issuer = str(_document(here, anywhere=False)["issuer"])
            except Trouble:
                continue
            yield _told_by(here, issuer, base)
            return


def _told_by(here: str, issuer: str, base: str) -> Finding:
    if issuer == base.rstrip("/"):
        english = (
            f"a town at {here} tells everybody that it is at {issuer}: NINESTEP_PROVIDER_URL is wrong, or what should "
            "lead there is not up"
        )
        chinese = f"{here} 的小镇自称在 {issuer}：NINESTEP_PROVIDER_URL 不对，或者通往它的代理没有起来"
    else:
        english, chinese = (
            f"a town is at {here}; its issuer is {issuer}",
            f"{here} 有一个小镇，issuer 是 {issuer}",
        )
    return Finding(None, "", english, chinese)


def _get(url: str, anywhere: bool) -> Answer:
    """Directly, by no proxy, and no further than the first answer. Raises Trouble."""
    _well_formed(url)
    parts, origin = urlsplit(url), _origin(url)
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
    except (OSError, http.client.HTTPException) as error:
        why = getattr(error, "strerror", "") or type(error).__name__
        english, chinese = _it_may_be_itself(url)
        raise Trouble(
            f"nobody answers at {origin} ({why}){english}", f"{origin} 没有应答（{why}）{chinese}"
        ) from None
    finally:
        connection.close()


def _well_formed(url: str) -> None:
    """Raises Trouble."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise Trouble(f"{url} is no http address", f"{url} 不是 http 地址")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _port(url: str) -> int | None:
    return urlsplit(url).port


def _is_loopback(url: str) -> bool:
    return (urlsplit(url).hostname or "") in LOOPBACK_NAMES
