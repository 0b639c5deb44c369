"""``ninestep env``: the lines that lead the programs of one shell to the town.

Nothing is installed, and nothing outlives the shell. What a shell had set before is kept where both can hold.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from importlib import resources
from urllib.parse import urlsplit

from ..gateway import PLATFORM_HOSTS
from ..launcher import LaunchError
from ..launcher.state import Running, State, write_whole
from .certificates import BUNDLE, CA, FOLDER, TRUSTSTORE, TRUSTSTORE_PASSWORD

LANGUAGES = ("node", "java", "go")
SHIM = "connect.cjs"
NOT_PROXIED = ("localhost", "127.0.0.1", "::1")
NOTES = {
    "": "Only the platforms' hosts are answered in this shell; `unset HTTPS_PROXY https_proxy HTTP_PROXY http_proxy` "
    "opens the others again · 这个 shell 里只有各平台的主机名可用，取消上述变量即恢复",
    "node": "Holds for all of Node, its fetch included · 对 Node 的一切请求生效，包括 fetch",
    "java": "Every JVM of this shell says «Picked up JAVA_TOOL_OPTIONS» · 本 shell 的每个 JVM 都会打印这一行",
    "go": "On macOS and Windows Go asks the system's store alone: give RootCAs the ca.pem in code · "
    "macOS 和 Windows 上 Go 只认系统证书库：请在代码里把 ca.pem 放进 RootCAs",
}


def intercepting(state: State) -> str:
    """The address of the proxy of the town that runs from this folder."""
    running = state.read_running()
    if running is None or not running.launcher.alive() or not running.report:
        raise LaunchError(
            f"No town runs from {state.folder}: start `ninestep up --intercept` first · "
            "没有正在运行的小镇，请先执行 `ninestep up --intercept`"
        )
    return proxy_of(running)


def proxy_of(running: Running) -> str:
    if not running.report.get("proxy_url"):
        raise LaunchError(
            "The town runs without a proxy: start it with `ninestep up --intercept` · "
            "小镇没有打开代理，请用 `ninestep up --intercept` 启动"
        )
    return str(running.report["proxy_url"])


def variables(state: State, environ: Mapping[str, str], language: str = "") -> dict[str, str]:
    """Those that every program gets, and those of one language."""
    found = common(state, intercepting(state), environ)
    if language == "node":
        found |= node(state, environ)
    if language == "java":
        found |= java(state, environ)
    return found


def exports(variables: Mapping[str, str]) -> list[str]:
    """Lines for a shell."""
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def common(state: State, proxy: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Proxy and certificates, in each of the names under which some library looks for them."""
    folder = state.folder / FOLDER
    direct = [part.strip() for part in environ.get("NO_PROXY", environ.get("no_proxy", "")).split(",")]
    direct = list(dict.fromkeys([*NOT_PROXIED, *(part for part in direct if part and not covers(part))]))
    variables: dict[str, str] = {}
    for name, value in (("HTTPS_PROXY", proxy), ("HTTP_PROXY", proxy), ("NO_PROXY", ",".join(direct))):
        variables |= {name: value, name.lower(): value}  # curl reads http_proxy in small letters alone
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        variables[name] = str(folder / BUNDLE)
    return {**variables, "NODE_EXTRA_CA_CERTS": str(folder / CA)}


def covers(entry: str) -> bool:
    """Would this entry of NO_PROXY send a platform's host past the proxy?"""
    suffix = entry.removeprefix("*").lstrip(".").lower()
    return any(host == suffix or host.endswith(f".{suffix}") or not suffix for host in PLATFORM_HOSTS)


def node(state: State, environ: Mapping[str, str]) -> dict[str, str]:
    shim = state.folder / FOLDER / SHIM
    quoted = json.dumps(str(shim)) if " " in str(shim) else str(shim)
    ours = f"--require {quoted}"
    before = environ.get("NODE_OPTIONS", "").replace(ours, "").strip()
    return {"NODE_OPTIONS": f"{ours} {before}".strip()}


def write_shim(state: State, proxy: str) -> None:
    """At each start, since the port may be another. Call it with the state folder's lock held."""
    host, port = address(proxy)
    town = {"host": host, "port": port, "hosts": sorted(PLATFORM_HOSTS)}
    template = resources.files(__package__).joinpath("connect.js").read_text("utf-8")
    write_whole(state.folder / FOLDER / SHIM, template.replace("= TOWN;", f"= {json.dumps(town)};"))


def address(proxy: str) -> tuple[str, int]:
    parts = urlsplit(proxy)
    return parts.hostname or "", parts.port or 80


def java(state: State, environ: Mapping[str, str]) -> dict[str, str]:
    host, port = address(intercepting(state))
    options = {
        **{f"{scheme}.proxyHost": host for scheme in ("https", "http")},
        **{f"{scheme}.proxyPort": port for scheme in ("https", "http")},
        "http.nonProxyHosts": "localhost|127.*|[::1]",  # for https too
        "javax.net.ssl.trustStore": state.folder / FOLDER / TRUSTSTORE,
        "javax.net.ssl.trustStoreType": "PKCS12",
        "javax.net.ssl.trustStorePassword": TRUSTSTORE_PASSWORD,
    }
    ours = [f"-D{name}={value}" for name, value in options.items()]
    names = {option.partition("=")[0] for option in ours}
    words = re.findall(r'(?:"[^"]*"|[^\s"])+', environ.get("JAVA_TOOL_OPTIONS", ""))
    kept = [word for word in words if word.strip('"').partition("=")[0] not in names]
    return {"JAVA_TOOL_OPTIONS": " ".join([*kept, *(f'"{o}"' if " " in o else o for o in ours)])}
