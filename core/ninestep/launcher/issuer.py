"""``ninestep doctor``: whether the issuer and the addresses that the town tells are those by which it is reached.

A client compares the issuer with what it was given (OpenID Connect Discovery §4.3, RFC 8414 §3.3), and an id_token's
``iss`` with it (OpenID Connect Core §3.1.3.7). What a browser visits is public, what a back channel calls may have an
address of its own: here both are tried, from where the client would.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ..settings import LauncherSettings
from .finding import Finding, Trouble
from .reaching import METADATA, get, is_loopback, origin_of, well_formed
from .state import State

BACK_CHANNEL = ("token_endpoint", "userinfo_endpoint", "jwks_uri")
REACHED = (
    "NINESTEP_PROVIDER_URL and NINESTEP_RESOURCE_URL, or the ..._INTERNAL_URL ones inside, have to lead there"
)
REACHED_CHINESE = "NINESTEP_PROVIDER_URL、NINESTEP_RESOURCE_URL（内部则是 ..._INTERNAL_URL）要能从这里访问到"


def known(settings: LauncherSettings, environ: Mapping[str, str]) -> str:
    """Where a client of this shell would read the metadata; "" where there is no town."""
    running = State(settings.state).read_running()
    here = running is not None and running.launcher.alive()
    told = str(running.report.get("provider_url", "")) if running and here else ""
    # The last in a container of ours.
    base = environ.get("NINESTEP_URL") or told or settings.provider_internal_url
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
    elsewhere = base.rstrip("/") != issuer.rstrip("/")
    inside = elsewhere and str(document.get("token_endpoint", "")).startswith(base.rstrip("/") + "/")
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
    well_formed(base)
    answer = get(base.rstrip("/") + METADATA[0], anywhere)
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
    elif is_loopback(base) and is_loopback(issuer) and _port(base) == _port(issuer):
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
    if base.rstrip("/") == issuer.rstrip("/"):
        return f"Give it {issuer}", f"客户端改成 {issuer}"
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
            names.setdefault(origin_of(url), []).append(name)
    for origin, found in names.items():
        told = ", ".join(found)
        try:
            answer = get(f"{origin}/healthz", anywhere=False)
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


def _front_channel(document: Mapping[str, Any], issuer: str, *, inside: bool) -> Iterator[Finding]:
    """Where browsers go. What cannot be reached inside, a browser outside may."""
    origin = origin_of(str(document.get("authorization_endpoint", issuer)))
    if origin in {origin_of(str(document.get(name, ""))) for name in BACK_CHANNEL}:
        return
    try:
        get(f"{origin}/healthz", anywhere=False)
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


def _port(url: str) -> int | None:
    return urlsplit(url).port
