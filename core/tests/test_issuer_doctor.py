"""``ninestep doctor`` on the issuer: the address that a client has, and the one that the town tells."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from intercepting import ninestep
from launched import Run
from ninestep.launcher import issuer
from ninestep.settings import LauncherSettings
from nobody import nobody

METADATA = "/.well-known/openid-configuration"
SETTINGS = LauncherSettings(provider_port=0)


def doctor(*arguments: str, **environ: str) -> tuple[int, list[dict[str, str]]]:
    done = ninestep("doctor", "--json", *arguments, **environ)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


def told(findings: list[dict[str, str]], level: str, language: str = "en") -> str:
    return "\n".join(f"{each['subject']}: {each[language]}" for each in findings if each["level"] == level)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


class Elsewhere:
    """Some server: what it answers, by path; else 404."""

    def __init__(self) -> None:
        pages: dict[str, tuple[int, dict[str, str], Any]] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, headers, body = pages.get(self.path, (404, {}, "nothing"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self.pages, self.server = pages, HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def tells(self, status: int = 200, mark: str = "mock", **changes: str) -> None:
        """As a town's provider would, but for ``changes``."""
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/oauth/authorize",
            "token_endpoint": f"{self.url}/oauth/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/oauth/jwks",
        }
        headers = {"X-Ninestep": mark} if mark else {}
        self.pages[METADATA] = (status, headers, document | changes)
        self.pages["/healthz"] = (200, headers, {"role": "provider"})


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def examined(elsewhere: Elsewhere) -> Callable[..., tuple[str, str]]:
    """What is bad, and what is remarked, about the other server or ``given``."""

    def examined(given: str = "", *, anywhere: bool = True) -> tuple[str, str]:
        found = issuer.examine(given or elsewhere.url, SETTINGS, anywhere=anywhere)
        assert all(each.chinese for each in found)
        findings = [each.told() for each in found]
        return told(findings, "bad"), told(findings, "note")

    return examined


# -- a town that is asked from outside


@pytest.mark.launcher
@pytest.mark.parametrize("path", ["", METADATA, "/.well-known/oauth-authorization-server"])
def test_the_right_issuer_is_well(town: Any, path: str) -> None:
    code, findings = doctor("--issuer", town.provider + path)

    assert (code, told(findings, "bad"), told(findings, "note")) == (0, "", "")
    assert f"issuer: {town.provider}" in told(findings, "ok")
    for service in (town.provider, town.resource):
        assert f"answers at {service}" in told(findings, "ok")


@pytest.mark.launcher
@pytest.mark.parametrize("path", ["", METADATA])
def test_localhost_is_another_issuer_than_127_0_0_1(town: Any, path: str) -> None:
    other = f"http://localhost:{urlsplit(town.provider).port}"

    code, findings = doctor("--issuer", other + path)

    assert code == 1
    said = told(findings, "bad")
    assert f"the client has {other}, id_tokens and metadata say {town.provider}" in said
    assert "localhost and 127.0.0.1 are two issuers" in said
    assert f"NINESTEP_PROVIDER_URL={other}" in said
    assert "两个 issuer" in told(findings, "bad", "zh")


@pytest.mark.launcher
def test_a_slash_at_the_end_is_seen(town: Any) -> None:
    code, findings = doctor("--issuer", town.provider + "/")

    assert code == 1
    assert "a slash at the end" in told(findings, "bad")
    assert told(findings, "bad").endswith(f"Give it {town.provider}"), (
        "with no slash, and nothing about metadata"
    )


def test_https_where_the_town_speaks_http_is_seen(elsewhere: Elsewhere, examined: Any) -> None:
    """A plain answer to a TLS greeting."""
    bad, _ = examined(elsewhere.url.replace("http://", "https://"))

    assert "not by TLS" in bad
    assert f"try {elsewhere.url}" in bad
    assert "container" not in bad


@pytest.mark.launcher
def test_another_service_of_the_town_is_no_issuer(town: Any) -> None:
    code, findings = doctor("--issuer", town.resource)

    assert code == 1
    assert "that is not its provider (HTTP 404)" in told(findings, "bad")


@pytest.mark.launcher
def test_where_nobody_answers_the_container_is_thought_of(town: Any) -> None:
    """The commonest trouble: a client in compose that calls 127.0.0.1, where it is itself."""
    port = urlsplit(town.provider).port
    with nobody() as lost:
        code, findings = doctor("--issuer", f"http://{lost}", NINESTEP_PROVIDER_PORT=str(port))

    assert code == 1
    said = told(findings, "bad")
    assert "nobody answers" in said
    assert f"in compose http://provider:9000{METADATA}" in said
    assert f"a town is at {town.provider}" in told(findings, "note")


@pytest.mark.launcher
def test_without_a_word_the_town_of_the_shell_is_looked_at(town: Any, tmp_path: Path) -> None:
    state = str(tmp_path / "none")
    _, findings = doctor(NINESTEP_URL=town.provider, NINESTEP_STATE=state)
    assert f"issuer: {town.provider}" in told(findings, "ok")

    _, findings = doctor(NINESTEP_STATE=state)
    assert "issuer" not in {each["subject"] for each in findings}


@pytest.mark.launcher
def test_a_setting_of_this_shell_that_says_otherwise_is_seen(town: Any, tmp_path: Path) -> None:
    other = "http://127.0.0.1:9999"
    environ = {"NINESTEP_URL": town.provider, "NINESTEP_STATE": str(tmp_path / "none")}

    _, findings = doctor(**environ, NINESTEP_PROVIDER_URL=other)
    assert f"NINESTEP_PROVIDER_URL: is {other} here" in told(findings, "bad")

    _, findings = doctor(**environ, NINESTEP_PROVIDER_URL=town.provider)
    assert "NINESTEP_PROVIDER_URL" not in {each["subject"] for each in findings}


# -- a town with two addresses, as in compose or behind a proxy


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Its public address leads nowhere: ``.test`` is nobody's (RFC 6761)."""
    environ = {
        "NINESTEP_STATE": str(tmp_path_factory.mktemp("proxied") / "state"),
        "NINESTEP_PROVIDER_URL": "https://town.test",
        "NINESTEP_PROVIDER_PORT": str(free_port()),
    }
    first = Run("up", "--json", **environ)
    first.ready()
    yield environ
    Run("down", NINESTEP_STATE=environ["NINESTEP_STATE"]).end()
    first.end()


@pytest.mark.launcher
def test_the_internal_address_is_for_the_metadata_and_is_no_issuer(proxied: dict[str, str]) -> None:
    inside = f"http://127.0.0.1:{proxied['NINESTEP_PROVIDER_PORT']}"

    code, findings = doctor("--issuer", inside + METADATA)
    assert (code, told(findings, "bad")) == (0, "")
    assert f"is https://town.test, and the metadata are read at {inside}" in told(findings, "note")
    assert f"answers at {inside}" in told(findings, "ok")
    assert "for browsers, which have to reach it" in told(findings, "note")

    code, findings = doctor("--issuer", inside)
    assert code == 1
    said = told(findings, "bad")
    assert "that is its internal address" in said
    assert f"Give it https://town.test as the issuer, and {inside}{METADATA} as the address" in said


@pytest.mark.launcher
def test_a_public_address_that_does_not_lead_to_the_town_is_said(proxied: dict[str, str]) -> None:
    code, findings = doctor(**proxied)

    assert code == 1
    assert "the name 'town.test' does not resolve here" in told(findings, "bad")
    remark = told(findings, "note")
    assert "tells everybody that it is at https://town.test: NINESTEP_PROVIDER_URL is wrong" in remark


# -- what else may be there


def test_a_name_that_the_town_does_not_know_is_said(examined: Any, elsewhere: Elsewhere) -> None:
    elsewhere.tells(421)
    assert "add it to NINESTEP_ALLOWED_HOSTS" in examined()[0]


def test_a_town_that_is_not_ready_is_no_other_server(examined: Any, elsewhere: Elsewhere) -> None:
    elsewhere.tells(503)
    assert "is not ready" in examined()[0]


def test_a_real_provider_is_not_taken_for_the_town(examined: Any, elsewhere: Elsewhere) -> None:
    elsewhere.tells(mark="")
    assert "somebody else answers" in examined()[0]


def test_a_proxy_that_speaks_https_where_the_town_tells_http(examined: Any, elsewhere: Elsewhere) -> None:
    elsewhere.tells(issuer="http://town.test", token_endpoint="http://town.test/oauth/token")
    said = examined()[0]
    assert f"the client has {elsewhere.url}, id_tokens and metadata say http://town.test" in said
    assert f"start the town with NINESTEP_PROVIDER_URL={elsewhere.url}" in said


def test_an_address_of_the_back_channel_that_leads_nowhere_is_named(
    examined: Any, elsewhere: Elsewhere
) -> None:
    with nobody() as lost:
        elsewhere.tells(userinfo_endpoint=f"http://{lost}/userinfo")
        said = examined()[0]
    assert f"back channel: userinfo_endpoint: nobody answers at http://{lost}" in said
    assert "In a container this is the container itself" in said
    assert "NINESTEP_RESOURCE_URL" in said


def test_an_address_of_somebody_else_is_seen(examined: Any, elsewhere: Elsewhere) -> None:
    other = Elsewhere()
    elsewhere.tells(token_endpoint=f"{other.url}/token")
    assert f"token_endpoint: somebody else answers at {other.url}" in examined()[0]
    other.server.shutdown()
    other.server.server_close()


@pytest.mark.parametrize("anywhere", [False, True])
def test_what_is_far_is_dialled_only_where_it_was_named(
    examined: Any, monkeypatch: pytest.MonkeyPatch, anywhere: bool
) -> None:
    dialled: list[Any] = []

    def refuse(where: Any, *_: Any, **__: Any) -> socket.socket:
        dialled.append(where)
        raise ConnectionRefusedError

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("203.0.113.9", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", refuse)

    bad, _ = examined("http://town.example", anywhere=anywhere)

    assert ("not dialled" in bad) is not anywhere
    assert bool(dialled) is anywhere


@pytest.mark.parametrize("given", ["", "ftp://127.0.0.1", "http://", "http://127.0.0.1:99999", "http://[::1"])
def test_what_is_no_address_is_said_and_breaks_nothing(examined: Any, given: str) -> None:
    assert "is no http address" in examined(given or "://")[0]
