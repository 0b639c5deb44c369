"""After a login nothing secret lies in the logs of a running town, nor in what its Redis wrote to disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

pytestmark = pytest.mark.launcher

MEITUAN = "wx1234567890abcdef"
CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any) -> Iterator[Any]:
    town, process = start_town(tmp_path_factory.mktemp("logs"))
    yield town
    stop_town(town, process)


def holding(folder: Path, needle: str) -> list[str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return [str(path.relative_to(folder)) for path in files if needle.encode() in content(path)]


def content(path: Path) -> bytes:
    """Empty where it was a temporary file of the store's, and is gone since it was listed."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def test_no_code_no_token_and_no_state_is_on_disk(town: Any) -> None:
    """By the site's own client, and by a client by hand, whose GET carries the secret in the address."""
    town.api("PATCH", f"/apps/{MEITUAN}", {"consent": {"mode": "auto", "user": "zhangsan"}})
    secrets = {}
    browser = requests.Session()
    browser.trust_env = False
    with closing(browser):
        started = browser.get(f"{town.client}/login/wechat", allow_redirects=False)
        callback = browser.get(started.headers["Location"], allow_redirects=False).headers["Location"]
        came = parse_qs(urlsplit(callback).query)
        secrets |= {"code": came["code"][0], "state": came["state"][0]}
        assert "张三" in browser.get(callback).text
        assert browser.get(callback).status_code == 400  # a refusal is logged: without what was refused
        secrets["login token"] = browser.cookies["mt_login"]
        secrets["session"] = browser.cookies["mt_session"]
    app = town.api("POST", "/apps", {"dialect": "wechat", "redirect_uris": [CALLBACK]})
    secrets["second code"] = town.api("POST", f"/apps/{app['appid']}/codes", {"user": "lisi"})["code"]
    query = {"appid": app["appid"], "secret": app["secret"], "code": secrets["second code"]}
    url = (
        f"{town.provider}/sns/oauth2/access_token?{urlencode({**query, 'grant_type': 'authorization_code'})}"
    )
    tokens = requests.get(url, timeout=10).json()
    assert requests.get(url, timeout=10).json()["errcode"] == 40163
    who = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    requests.get(f"{town.resource}/sns/userinfo", params=who, timeout=10)
    requests.get(f"{town.gateway}/sns/userinfo", params={**who, "openid": "x"}, timeout=10)
    secrets |= {"access token": tokens["access_token"], "refresh token": tokens["refresh_token"]}

    found = {name: holding(Path(town.state), value) for name, value in secrets.items()}
    in_logs = holding(Path(town.state) / "logs", app["secret"])

    assert list((Path(town.state) / "logs").iterdir())
    assert {name: places for name, places in found.items() if places} == {}
    assert in_logs == []
