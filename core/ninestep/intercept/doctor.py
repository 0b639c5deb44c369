"""``ninestep doctor``: where a program that is started from this shell would end up, host by host.

It looks at what a program would look at (environment, DNS), goes that way, and checks the certificate as that
program would. It dials this machine and private addresses alone: that a name leads to the real platform is seen
from its address.
"""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from ..gateway import PLATFORM_HOSTS
from ..launcher import LaunchError
from ..launcher.finding import Finding, Trouble
from ..launcher.near import PATIENCE, near
from ..launcher.state import State
from .environment import SHIM, proxy_of

LOCAL_PORT = 443
TRUSTING = {  # which programs look into which variable
    "SSL_CERT_FILE": "OpenSSL, Python, Go, Ruby, PHP",
    "REQUESTS_CA_BUNDLE": "requests",
    "CURL_CA_BUNDLE": "curl",
    "NODE_EXTRA_CA_CERTS": "Node",
}
REMEDY = 'eval "$(ninestep env)"'


@dataclass(frozen=True)
class Way:
    """Where the first byte for ``host`` goes."""

    host: str
    address: tuple[str, int]
    proxied: bool

    @property
    def told(self) -> tuple[str, str]:
        name, port = self.address
        if self.proxied:
            return f"by the proxy {name}:{port}", f"经代理 {name}:{port}"
        return f"resolves to {name}", f"解析到 {name}"


def examine(state: State, environ: Mapping[str, str]) -> list[Finding]:
    """All findings: the proxy, each host, each variable that names certificates, and what to do."""
    findings = [_proxy(environ)] if proxy_variable(environ) else []
    bundle = next((environ[name] for name in TRUSTING if environ.get(name)), "")
    with ThreadPoolExecutor(len(PLATFORM_HOSTS)) as pool:
        findings += pool.map(lambda host: _host(host, environ, bundle), sorted(PLATFORM_HOSTS))
    findings += _variables(environ)
    if environ.get("NODE_OPTIONS") and SHIM in environ["NODE_OPTIONS"]:
        findings.append(_node(environ))
    if any(finding.bad for finding in findings):
        findings.append(_remedy(state))
    return findings


def proxy_variable(environ: Mapping[str, str]) -> str:
    return environ.get("https_proxy") or environ.get("HTTPS_PROXY") or ""


def _proxy(environ: Mapping[str, str]) -> Finding:
    url = proxy_variable(environ)
    try:
        name, port = _proxy_address(url)
        with _dial((name, port)) as connection:
            answer = _get(connection, f"{name}:{port}", "/_gateway/readyz")
        if not answer.startswith(b"HTTP/1.1 200") or not answer.endswith(b"ready\n"):
            said = answer.split(b"\r\n")[0].decode(errors="replace") or "nothing"
            raise Trouble(f"{url} answers «{said}»", f"{url} 的应答是 «{said}»")
    except Trouble as trouble:
        return Finding(False, "HTTPS_PROXY", trouble.english, trouble.chinese)
    return Finding(True, "HTTPS_PROXY", f"{url} answers", f"{url} 有应答")


def _host(host: str, environ: Mapping[str, str], bundle: str) -> Finding:
    try:
        way = _way(host, environ)
    except Trouble as trouble:
        return Finding(False, host, trouble.english, trouble.chinese)
    english, chinese = way.told
    try:
        _visit(way, bundle)
    except Trouble as trouble:
        return Finding(False, host, f"{english}; {trouble.english}", f"{chinese}；{trouble.chinese}")
    return Finding(True, host, f"{english}; TLS is trusted", f"{chinese}；TLS 证书可信")


def _way(host: str, environ: Mapping[str, str]) -> Way:
    exceptions = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    proxy = proxy_variable(environ)
    if proxy and not proxy_bypass_environment(host, {"no": exceptions}):
        return Way(host, _proxy_address(proxy), proxied=True)
    try:
        found = socket.getaddrinfo(host, LOCAL_PORT, type=socket.SOCK_STREAM)
    except OSError:
        raise Trouble("does not resolve, and no proxy stands in", "无法解析，也没有代理代劳") from None
    address = str(found[0][4][0])
    if not near(address):
        raise Trouble(
            f"resolves to {address}: not the town (and not dialled)",
            f"解析到 {address}：不是小镇（没有去连接）",
        )
    return Way(host, (address, LOCAL_PORT), proxied=False)


def _proxy_address(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        name, port = parts.hostname or "", parts.port or 80
        address = str(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)[0][4][0])
    except (OSError, ValueError):
        raise Trouble(f"the proxy {url} cannot be found", f"找不到代理 {url}") from None
    if not near(address):
        raise Trouble(f"the proxy {url} is not the town's", f"代理 {url} 不是小镇的")
    return name, port


def _visit(way: Way, bundle: str) -> None:
    """All the way to the gateway, with the certificate checked. Raises Trouble."""
    try:
        context = ssl.create_default_context(cafile=bundle or None)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Trouble(
            f"{bundle} cannot be read as certificates ({why})", f"{bundle} 无法作为证书读取"
        ) from None
    with _dial(way.address) as connection:
        try:
            if way.proxied:
                _tunnel(connection, way.host)
            with context.wrap_socket(connection, server_hostname=way.host) as secured:
                answer = _get(secured, way.host, "/_gateway/healthz")
        except ssl.SSLCertVerificationError as error:
            why = error.verify_message
            raise Trouble(f"TLS is not trusted ({why})", f"TLS 证书不可信（{why}）") from None
        except OSError as error:
            raise Trouble(f"no TLS ({error})", f"无法建立 TLS（{error}）") from None
    if not answer.endswith(b"\r\n\r\ngateway\n"):
        raise Trouble("somebody else answers there", "那里应答的不是小镇")


def _dial(address: tuple[str, int]) -> socket.socket:
    try:
        return socket.create_connection(address, timeout=PATIENCE)
    except OSError as error:
        name, port = address
        why = error.strerror or error
        raise Trouble(f"{name}:{port} does not answer ({why})", f"{name}:{port} 没有应答（{why}）") from None


def _tunnel(connection: socket.socket, host: str) -> None:
    connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head and (data := connection.recv(4096)):
        head += data
    if not re.match(rb"HTTP/1\.[01] 2", head):
        said = head.split(b"\r\n")[0].decode(errors="replace") or "nothing"
        raise Trouble(f"the proxy refuses: {said}", f"代理拒绝：{said}")


def _get(connection: socket.socket, host: str, path: str) -> bytes:
    try:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while len(answer) < 65536 and (data := connection.recv(65536)):
            answer += data
    except OSError as error:
        raise Trouble(f"it was asked and broke off ({error})", f"询问时连接中断（{error}）") from None
    return answer


def _variables(environ: Mapping[str, str]) -> Iterable[Finding]:
    """What each library would trust, tried on one host."""
    try:
        way = _way("api.weixin.qq.com", environ)
    except Trouble:
        return  # the host's own line says so
    for name, who in TRUSTING.items():
        path = environ.get(name, "")
        if not path:
            yield Finding(None, name, f"is not set ({who})", f"没有设置（{who}）")
            continue
        try:
            _visit(way, path)
        except Trouble as trouble:
            yield Finding(False, name, f"{path}: {trouble.english} ({who})", f"{trouble.chinese}（{who}）")
        else:
            yield Finding(True, name, f"{path} is trusted by {who}", f"{who} 信任小镇")


def _node(environ: Mapping[str, str]) -> Finding:
    """The shim was written for one port; a town on another needs a new one."""
    found = re.search(rf'--require[ =]("[^"]+"|\S*{re.escape(SHIM)})', environ["NODE_OPTIONS"])
    try:
        path = Path(json.loads(found[1]) if found and found[1].startswith('"') else found[1] if found else "")
        written = re.search(r'"host": "([^"]+)", "port": (\d+)', path.read_text("utf-8"))
        if not written:
            raise Trouble(f"{path} is not ours", f"{path} 不是小镇写的")
        with _dial((written[1], int(written[2]))):
            return Finding(
                True, "NODE_OPTIONS", f"leads to {written[1]}:{written[2]}", f"通向 {written[1]}:{written[2]}"
            )
    except OSError:
        return Finding(False, "NODE_OPTIONS", "names a file that is not there", "所指的文件不存在")
    except Trouble as trouble:
        return Finding(False, "NODE_OPTIONS", trouble.english, trouble.chinese)


def _remedy(state: State) -> Finding:
    running = state.read_running()
    try:
        if running is None or not running.launcher.alive():
            raise LaunchError
        proxy = proxy_of(running)
    except LaunchError:
        start = "ninestep up --intercept"
        return Finding(None, "", f"start `{start}`, then {REMEDY}", f"先执行 `{start}`，再执行 {REMEDY}")
    return Finding(None, "", f"the town answers at {proxy}: {REMEDY}", f"小镇的代理在 {proxy}：{REMEDY}")
