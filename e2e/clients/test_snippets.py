"""The programs that ``/_mock/connect`` shows, as they are: fetched from the API, started, and logged in with."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from clients import packages
from clients.conftest import App, Browser
from held_port import held_port
from intercepting import PLAIN
from ninestep_provider.start.snippets.sdks import SDKS

pytestmark = pytest.mark.slow

APPS: dict[str, dict[str, Any]] = {
    "official_account": {"dialect": "wechat", "kind": "official_account", "open_platform": "p"},
    "website": {"dialect": "wechat", "kind": "website", "open_platform": "p"},
    "mobile": {"dialect": "wechat", "kind": "mobile"},
    "mini_program": {"dialect": "wechat", "kind": "mini_program"},
    "qq": {"dialect": "qq", "kind": "web"},
    "weibo": {"dialect": "weibo", "kind": "web"},
    "web": {"dialect": "standard", "kind": "web", "policies": {"require_pkce": True}},
    "public": {"dialect": "standard", "kind": "spa"},
}
SITES = [(sdk.name, sort) for sdk in SDKS if sdk.language in ("python", "javascript") for sort in sdk.fits]
LOGINS = [pair for pair in SITES if pair[1] not in ("mobile", "mini_program")]
BY_CODE = [pair for pair in SITES if pair[1] in ("mobile", "mini_program")]
SHELLS = [(sdk.name, sort) for sdk in SDKS if sdk.language == "shell" for sort in sdk.fits]


class Written:
    """One snippet for one app, in a folder of its own."""

    def __init__(self, app: App, sdk: str, folder: Path) -> None:
        self.app, self.folder, self.town = app, folder, app.town
        self.about = next(one for one in app.ask("GET", "/snippets") if one["sdk"] == sdk)
        address = f"{self.town.provider}/_mock/api/apps/{app.made['appid']}/snippets/{sdk}"
        text = self.town.http.get(address, params={"secret": "1"}, timeout=20).content
        (folder / self.about["file"]).write_bytes(text)

    def start(self) -> subprocess.Popen[str]:
        """In a shell as the reader's: its ``run``, with the SDK's packages at hand."""
        tools = [Path(sys.executable).parent]
        if self.about["language"] == "python":
            tools.insert(0, Path(packages.python()).parent)
        elif self.about["language"] == "javascript":
            (self.folder / "node_modules").symlink_to(packages.node_modules())
            tools.insert(0, Path(packages.node()).parent)
        path = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
        return subprocess.Popen(
            ["sh", "-euc", self.about["run"]],
            env={**PLAIN, "NINESTEP_STATE": self.town.state, "PATH": path, "PYTHONUNBUFFERED": "1"},
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@contextlib.contextmanager
def running(written: Written) -> Iterator[str]:
    """A website that listens; its address."""
    process = written.start()
    said = []
    try:
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if "http://127.0.0.1:" in line:  # Flask and our own line for Express
                break
        else:
            pytest.fail(f"it ended with {process.wait()}: {''.join(said)}")
        yield f"http://127.0.0.1:{urlsplit(written.app.callback).port}"
    finally:
        ended(process)


def ended(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # the shell and what it started
    process.communicate()


@pytest.fixture
def shell() -> None:
    for program in ("curl", "openssl"):
        if not shutil.which(program):
            pytest.skip(f"no {program} here")


@pytest.fixture
def port() -> Iterator[int]:
    """Where the snippet will listen, if it does."""
    with held_port() as port:
        yield port


@pytest.fixture
def write(new_app: Callable[..., App], tmp_path: Path, port: int) -> Callable[..., Written]:
    """The snippet of ``sdk`` for a new app of ``sort``, registered with the address that the snippet comes back to."""

    def write(sdk: str, sort: str, **fields: Any) -> Written:
        app = new_app(callback=f"http://127.0.0.1:{port}/callback", **{**APPS[sort], **fields})
        written = Written(app, sdk, tmp_path)
        app.change(redirect_uris=[written.about["redirect_uri"] or app.callback])
        return written

    return write


def logged_in(person: Browser, url: str, about: dict[str, Any]) -> Any:
    """What the site shows in the end; Auth.js has a button before it sends anybody away."""
    if about["sdk"] != "auth-js":
        return person.whole(f"{url}/login")
    name = urlsplit(about["redirect_uri"]).path.rpartition("/")[2]
    token = person.session.get(f"{url}/auth/csrf", timeout=20).json()["csrfToken"]
    form = {"csrfToken": token, "callbackUrl": f"{url}/me"}
    away = person.session.post(f"{url}/auth/signin/{name}", data=form, timeout=20, allow_redirects=False)
    return person.whole(away.headers["Location"])


@pytest.mark.parametrize(("sdk", "sort"), LOGINS)
def test_a_person_logs_in_at_the_site_that_the_page_shows(
    write: Any, person: Browser, sdk: str, sort: str
) -> None:
    written = write(sdk, sort)

    with running(written) as url:
        shown = logged_in(person, url, written.about)

    assert "张三" in json.dumps(shown, ensure_ascii=False), shown
    flow = written.town.api("GET", "/flows", params={"world": written.app.world})[0]
    assert flow["outcome"] == "ok"
    assert {5, 6, 7, 8} <= set(flow["steps"])


@pytest.mark.parametrize(("sdk", "sort"), LOGINS)
def test_a_callback_that_nobody_asked_for_logs_nobody_in(
    write: Any, person: Browser, sdk: str, sort: str
) -> None:
    """Each snippet binds the answer to the browser that asked (RFC 6749 §10.12)."""
    written = write(sdk, sort)
    code = written.app.ask("POST", "/codes", {"user": "mallory"})["code"]

    with running(written) as url:
        path = urlsplit(written.about["redirect_uri"]).path
        page = person.session.get(f"{url}{path}?code={code}&state=forged", timeout=20)

    assert "mallory" not in page.text.lower()
    assert not written.app.ask("GET", "/tokens")


@pytest.mark.parametrize(("sdk", "sort"), BY_CODE)
def test_a_code_from_the_phone_logs_in_at_the_back_end_that_the_page_shows(
    write: Any, sdk: str, sort: str
) -> None:
    written = write(sdk, sort)
    if sort == "mini_program":
        code = written.app.ask("POST", "/js_codes", {"user": "zhangsan"})["js_code"]
    else:
        code = written.app.ask("POST", "/codes", {"user": "zhangsan"})["code"]

    with running(written) as url:
        answer = written.town.http.post(f"{url}/login", json={"code": code}, timeout=20)
        again = written.town.http.post(f"{url}/login", json={"code": code}, timeout=20)

    assert answer.json()["openid"]
    assert again.status_code == 502


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize(("sdk", "sort"), SHELLS)
def test_a_shell_goes_from_authorize_to_profile(write: Any, person: Browser, sdk: str, sort: str) -> None:
    written = write(sdk, sort)
    process = written.start()
    try:
        assert process.stdout
        process.stdout.readline()
        if sort == "mini_program":
            back = written.app.ask("POST", "/js_codes", {"user": "zhangsan"})["js_code"]
        else:
            person.visit(process.stdout.readline().strip(), until=written.app.callback)
            back = person.seen[-1]
        said, _ = process.communicate(f"{back}\n", timeout=60)
    finally:
        ended(process)

    assert process.returncode == 0, said
    found = json.loads(said.splitlines()[-1])  # above it, what the token endpoint answered
    assert found.get("session_key") or "张三" in (found.get("name"), found.get("nickname")), said


@pytest.mark.usefixtures("shell")
@pytest.mark.parametrize(("sdk", "sort"), [pair for pair in SHELLS if pair[1] != "mini_program"])
def test_a_shell_takes_no_answer_with_another_state(write: Any, sdk: str, sort: str) -> None:
    written = write(sdk, sort)
    code = written.app.ask("POST", "/codes", {"user": "mallory"})["code"]
    process = written.start()

    said, _ = process.communicate(f"{written.app.callback}?code={code}&state=forged\n", timeout=60)

    assert process.returncode == 1
    assert "another state" in said
    assert not written.app.ask("GET", "/tokens")
