"""``ninestep env`` and ``ninestep doctor``, as a shell meets them."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from intercepting import Intercepting, intercepting, ninestep
from ninestep.gateway import PLATFORM_HOSTS
from ninestep.intercept import doctor
from ninestep.intercept.environment import covers
from ninestep.launcher.state import State
from ninestep.launcher.verbs import greeting

launcher = pytest.mark.launcher


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercepting]:
    with intercepting(tmp_path_factory.mktemp("a town") / "its state") as town:
        yield town


def printed(town: Intercepting, *flags: str, **environ: str) -> dict[str, str]:
    done = ninestep("env", *flags, NINESTEP_STATE=str(town.state), **environ)
    assert (done.returncode, done.stderr) == (0, "")
    words = [shlex.split(line) for line in done.stdout.splitlines()]
    assert all(word[0] == "export" and len(word) == 2 for word in words)
    return dict(word[1].split("=", 1) for word in words)


# -- env


@launcher
def test_the_lines_name_the_proxy_and_the_certificates(town: Intercepting) -> None:
    proxy, folder = town.report["proxy_url"], town.folder
    direct = "localhost,127.0.0.1,::1"
    assert printed(town) == {
        "HTTPS_PROXY": proxy, "https_proxy": proxy, "HTTP_PROXY": proxy, "http_proxy": proxy,
        "NO_PROXY": direct, "no_proxy": direct,
        "SSL_CERT_FILE": f"{folder}/bundle.pem",
        "REQUESTS_CA_BUNDLE": f"{folder}/bundle.pem",
        "CURL_CA_BUNDLE": f"{folder}/bundle.pem",
        "NODE_EXTRA_CA_CERTS": f"{folder}/ca.pem",
    }  # fmt: skip


@launcher
def test_each_language_adds_its_own_lines(town: Intercepting) -> None:
    common = printed(town)
    assert printed(town, "--go") == common
    assert printed(town, "--node").keys() - common.keys() == {"NODE_OPTIONS"}
    java = printed(town, "--java")
    assert java.keys() - common.keys() == {"JAVA_TOOL_OPTIONS"}
    host, port = town.proxy
    options = shlex.split(java["JAVA_TOOL_OPTIONS"])
    assert f"-Dhttps.proxyHost={host}" in options
    assert f"-Dhttps.proxyPort={port}" in options
    assert f"-Djavax.net.ssl.trustStore={town.folder}/truststore.p12" in options


@launcher
def test_what_the_shell_had_set_is_kept_and_nothing_is_said_twice(town: Intercepting) -> None:
    before = {
        "NO_PROXY": "intranet.example, .weixin.qq.com,*",
        "NODE_OPTIONS": "--max-old-space-size=512",
        "JAVA_TOOL_OPTIONS": "-Xmx64m -Dhttps.proxyHost=old",
    }
    once = {**printed(town, "--node", **before), **printed(town, "--java", **before)}
    assert once["NO_PROXY"] == "localhost,127.0.0.1,::1,intranet.example"
    assert once["NODE_OPTIONS"].endswith(" --max-old-space-size=512")
    assert once["JAVA_TOOL_OPTIONS"].startswith("-Xmx64m ")
    assert once["JAVA_TOOL_OPTIONS"].count("https.proxyHost") == 1
    twice = {**printed(town, "--node", **once), **printed(town, "--java", **once)}
    assert twice == once


@pytest.mark.parametrize(
    ("entry", "past_the_proxy"),
    [
        ("*", True),
        ("qq.com", True),
        (".qq.com", True),
        ("*.weixin.qq.com", True),
        ("api.weixin.qq.com", True),
        ("API.WEIBO.COM", True),
        ("example.com", False),
        ("q.com", False),
        ("10.0.0.0/8", False),
    ],
)
def test_an_exception_that_would_lead_past_the_proxy_is_seen(entry: str, past_the_proxy: bool) -> None:
    assert covers(entry) is past_the_proxy


def test_without_a_town_env_says_how_to_start_one(tmp_path: Path) -> None:
    done = ninestep("env", NINESTEP_STATE=str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "ninestep up --intercept" in done.stderr
    assert not (tmp_path / "none").exists()


@launcher
def test_java_can_read_the_trust_store(town: Intercepting) -> None:
    if not shutil.which("keytool"):
        pytest.skip("no keytool here")
    store = str(town.folder / "truststore.p12")
    done = subprocess.run(
        ["keytool", "-list", "-keystore", store, "-storepass", "changeit"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("trustedCertEntry") > 50


def test_one_language_at_a_time() -> None:
    assert ninestep("env", "--node", "--java").returncode == 2


# -- doctor


@launcher
@pytest.mark.parametrize("flag", ["", "--node", "--java", "--go"])
def test_in_a_shell_that_was_led_all_is_well(town: Intercepting, flag: str) -> None:
    done = town.shell('"$PYTHON" -m ninestep.cli doctor', flag)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert all(line.startswith("ok ") for line in lines)
    for host in PLATFORM_HOSTS:
        (line,) = [line for line in lines if line.split()[1] == host]
        assert "TLS is trusted" in line
        assert "可信" in line
    assert any("NODE_OPTIONS" in line for line in lines) is (flag == "--node")


@launcher
@pytest.mark.parametrize(
    ("before", "says"),
    [
        ("unset HTTPS_PROXY https_proxy", 'eval "$(ninestep env)"'),
        ("export NO_PROXY=qq.com no_proxy=qq.com", "api.weixin.qq.com"),
        ("export SSL_CERT_FILE=/nonexistent.pem", "/nonexistent.pem cannot be read as certificates"),
        (
            "unset SSL_CERT_FILE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS",
            "TLS is not trusted",
        ),
        ('export REQUESTS_CA_BUNDLE="$("$PYTHON" -m certifi)"', "is not trusted"),
        ("export HTTPS_PROXY=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1", "does not answer"),
        (
            "export HTTPS_PROXY=http://192.0.2.7:3128 https_proxy=http://192.0.2.7:3128",
            "is not the town's",
        ),
        ("export NODE_OPTIONS='--require /nonexistent/connect.cjs'", "a file that is not there"),
    ],
)
def test_each_trouble_is_named_and_the_exit_code_is_1(town: Intercepting, before: str, says: str) -> None:
    done = town.shell(f'{before}\n"$PYTHON" -m ninestep.cli doctor')
    assert done.returncode == 1, done.stdout
    assert says in done.stdout
    assert "BAD" in done.stdout


@launcher
def test_a_proxy_that_is_somebody_elses_is_seen(town: Intercepting) -> None:
    """It opens tunnels all right, and then there is another's certificate behind them, or none."""
    other = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        for _ in range(len(PLATFORM_HOSTS) + 5):
            try:
                connection, _ = other.accept()
            except OSError:
                return
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=refuse, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{other.getsockname()[1]}"
    try:
        done = town.shell(f'export HTTPS_PROXY={url} https_proxy={url}\n"$PYTHON" -m ninestep.cli doctor')
    finally:
        other.shutdown(socket.SHUT_RDWR)
        other.close()
        thread.join(10)
    assert done.returncode == 1
    assert "the proxy refuses: HTTP/1.1 407" in done.stdout


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("172.18.0.5", True),
        ("::1", True),
        ("fd00::1", True),
        ("203.0.113.9", False),
        ("198.18.0.4", False),  # a program that catches all traffic: behind it is the real platform
        ("2001:db8::1", False),
    ],
)
def test_what_is_not_near_is_told_and_not_dialled(
    address: str, near: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dialled: list[object] = []

    def refuse(where: object, **_: object) -> socket.socket:
        dialled.append(where)
        raise ConnectionRefusedError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", refuse)
    findings = {finding.subject: finding for finding in doctor.examine(State(tmp_path), {})}
    line = str(findings["graph.qq.com"])
    assert address in line
    assert findings["graph.qq.com"].bad
    assert bool(dialled) is near
    assert ("not the town" in line) is not near


# -- the launcher


@launcher
def test_status_names_the_proxy(town: Intercepting) -> None:
    done = ninestep("status", NINESTEP_STATE=str(town.state))
    assert done.returncode == 0
    assert any(
        line.startswith("intercept ") and town.report["proxy_url"] in line
        for line in done.stdout.splitlines()
    )


def test_the_greeting_names_the_proxy_where_there_is_one() -> None:
    report = {f"{name}_url": f"http://{name}" for name in ("client", "provider", "resource", "gateway")}
    assert "intercept" not in greeting(report, 1.0)
    assert "http://proxy   for SDKs with fixed hosts" in greeting(
        {**report, "proxy_url": "http://proxy"}, 1.0
    )
    assert 'eval "$(ninestep env)"' in greeting({**report, "proxy_url": "http://proxy"}, 1.0)


@pytest.mark.launcher
def test_a_start_without_intercept_imports_nothing_of_it() -> None:
    code = (
        "import sys; from ninestep.cli import parsing; from ninestep import gateway; "
        "from ninestep.launcher import verbs, services; parsing.parser(); print([name for name in sys.modules if name.startswith('ninestep.intercept')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
