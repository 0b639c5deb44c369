"""The nine steps through the containers: what `docker compose up` started, in a real browser.

Not collected by a plain `pytest`: `make compose-test` starts the containers and names this file.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from ninestep.gateway import PLATFORM_HOSTS
from playwright.sync_api import Page, expect

PROVIDER, RESOURCE, CLIENT, GATEWAY, PROXY = (
    os.environ.get(f"NINESTEP_COMPOSE_{name}_URL", f"http://127.0.0.1:{port}")
    for name, port in (
        *(("PROVIDER", 9000), ("RESOURCE", 9001), ("CLIENT", 9002), ("GATEWAY", 9003)),
        ("PROXY", 9004),  # the profile `intercept`
    )
)
# How to speak to the containers from here.
COMPOSE = shlex.split(os.environ.get("NINESTEP_COMPOSE_COMMAND", "docker compose"))
ROOT = Path(__file__).parents[1]
TRUSTED = "/tmp/ninestep.pem"


def text_of(url: str) -> str:
    with build_opener(ProxyHandler({})).open(url, timeout=10) as answer:
        return str(answer.read().decode())


def json_of(url: str) -> Any:
    return json.loads(text_of(url))


@pytest.mark.parametrize(
    "url",
    [
        f"{PROVIDER}/readyz",
        f"{RESOURCE}/readyz",
        f"{CLIENT}/readyz",
        f"{GATEWAY}/_gateway/readyz",
        f"{GATEWAY}/readyz",
        f"{PROXY}/_gateway/readyz",
    ],
)
def test_every_container_is_ready(url: str) -> None:
    assert text_of(url)


@pytest.mark.browser
def test_a_person_logs_in_through_the_containers(page: Page) -> None:
    page.goto(f"{CLIENT}/login")
    page.get_by_test_id("mt-login-wechat").click()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-nickname")).to_contain_text("张三")
    assert page.url.startswith(CLIENT)

    newest = json_of(f"{PROVIDER}/_mock/api/flows?world=town")[0]
    messages = json_of(
        f"{PROVIDER}/_mock/api/flows/{newest.get('flow') or newest['id']}/messages?wait=10&until=ended"
    )
    steps = messages if isinstance(messages, list) else messages["messages"]
    assert len(steps) == 9


# -- the profile `intercept`, from a container that has a client in it


def in_a_container(code: str, *arguments: str, trust: bool = True, given: str = "") -> str:
    """What a Python there says, in the container whose image has ``requests``."""
    trusting = ["-e", f"REQUESTS_CA_BUNDLE={TRUSTED}", "-e", f"SSL_CERT_FILE={TRUSTED}"] if trust else []
    command = [*COMPOSE, "exec", "-T", *trusting, "client_app", "python", "-c", code, *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def trusted() -> None:
    """The certificates are where the container's variables say, as docs/intercept.md tells it."""
    bundle = text_of(f"{PROXY}/_gateway/bundle.pem")
    keep = f"import sys; open({TRUSTED!r}, 'w').write(sys.stdin.read())"
    in_a_container(keep, trust=False, given=bundle)


ASK = "import sys, requests; print(requests.get(sys.argv[1], timeout=20).text)"


def test_every_platforms_name_leads_to_the_town_and_is_trusted(trusted: None) -> None:
    code = "import sys, requests; print([requests.get(u, timeout=20).text.strip() for u in sys.argv[1:]])"
    said = in_a_container(code, *(f"https://{host}/_gateway/healthz" for host in PLATFORM_HOSTS))

    assert said == str(["gateway"] * len(PLATFORM_HOSTS))


def test_without_the_certificates_nothing_there_is_trusted(trusted: None) -> None:
    code = (
        "import requests\n"
        "try: requests.get('https://api.weixin.qq.com/sns/auth', timeout=20)\n"
        "except requests.exceptions.SSLError as error: print(error)"
    )

    assert "CERTIFICATE_VERIFY_FAILED" in in_a_container(code, trust=False)


def test_a_back_end_in_a_container_logs_a_person_in_by_the_real_names(trusted: None) -> None:
    app = control(
        "/apps",
        {"redirect_uris": ["http://127.0.0.1/callback"], "consent": {"mode": "auto", "user": "zhangsan"}},
    )
    code = control(f"/apps/{app['appid']}/codes", {"user": "zhangsan", "scope": "snsapi_userinfo"})["code"]
    sns = "https://api.weixin.qq.com/sns"
    own = f"appid={app['appid']}&secret={app['secret']}&code={code}&grant_type=authorization_code"
    token = json.loads(in_a_container(ASK, f"{sns}/oauth2/access_token?{own}"))

    query = f"access_token={token['access_token']}&openid={token['openid']}"
    code = "import sys, requests; print(ascii(requests.get(sys.argv[1], timeout=20).content.decode()))"

    assert r"\u5f20\u4e09" in in_a_container(code, f"{sns}/userinfo?{query}")  # 张三
    assert json.loads(in_a_container(ASK, f"{sns}/auth?{query}"))["errcode"] == 0


def test_another_name_is_refused_inside_and_outside(trusted: None) -> None:
    inside = (
        "import requests; headers = {'Host': 'www.example.com'}; "
        "print(requests.get('http://api.weixin.qq.com:443/', headers=headers, timeout=20).status_code)"
    )
    assert in_a_container(inside) == "421"
    with pytest.raises(OSError, match=r"403 Ninestep does not stand in for www\.example\.com"):
        build_opener(ProxyHandler({"https": PROXY})).open("https://www.example.com/", timeout=20)


def control(path: str, body: Any) -> Any:
    headers = {"Content-Type": "application/json"}
    request = Request(f"{PROVIDER}/_mock/api{path}", json.dumps(body).encode(), headers)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=20) as answer:
            return json.loads(answer.read())
    except HTTPError as error:
        raise AssertionError(error.read().decode()) from error
