"""The nine steps through the containers: what `docker compose up` started, in a real browser.

Not collected by a plain `pytest`: `make compose-test` starts the containers and names this file.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from base64 import urlsafe_b64decode
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


# -- two addresses: public for browsers and as the issuer, internal for back channels

INSIDE = "http://provider:9000/.well-known/openid-configuration"
LOGIN = """
import json, sys, requests
metadata, form = sys.argv[1], json.loads(sys.argv[2])
told = requests.get(metadata, timeout=20).json()
tokens = requests.post(told["token_endpoint"], data=form, timeout=20).json()
bearer = {"Authorization": "Bearer " + tokens["access_token"]}
person = requests.get(told["userinfo_endpoint"], headers=bearer, timeout=20).json()
keys = requests.get(told["jwks_uri"], timeout=20).json()
print(json.dumps({"told": told, "id_token": tokens["id_token"], "person": person, "keys": keys}))
"""
DOCTOR = (
    "import sys; from ninestep.cli import main; print(main(['doctor', '--json', '--issuer', *sys.argv[1:]]))"
)


def test_a_back_end_in_a_container_logs_a_person_in_by_what_the_metadata_say_there() -> None:
    public = json_of(f"{PROVIDER}/.well-known/openid-configuration")
    callback = "http://127.0.0.1/callback"
    app = control("/apps", {"dialect": "standard", "redirect_uris": [callback]})
    asked = {"user": "zhangsan", "scope": "openid profile", "redirect_uri": callback}
    form = {
        "grant_type": "authorization_code",
        "code": control(f"/apps/{app['appid']}/codes", asked)["code"],
        "redirect_uri": callback,
        "client_id": app["appid"],
        "client_secret": app["secret"],
    }

    found = json.loads(in_a_container(LOGIN, INSIDE, json.dumps(form), trust=False))

    told = found["told"]
    assert told["issuer"] == public["issuer"]
    assert told["authorization_endpoint"] == public["authorization_endpoint"]
    assert told["token_endpoint"].startswith(INSIDE.partition(".well-known")[0])
    assert found["person"]["name"] == "张三"
    claims = found["id_token"].split(".")[1]
    assert json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["iss"] == public["issuer"]
    assert found["keys"]["keys"]


def test_the_doctor_in_a_container_tells_the_right_address_from_the_wrong_ones() -> None:
    def examined(given: str) -> tuple[str, list[dict[str, str]]]:
        findings, code = in_a_container(DOCTOR, given, trust=False).rsplit("\n", 1)
        return code, json.loads(findings)

    issuer = json_of(f"{PROVIDER}/.well-known/openid-configuration")["issuer"]
    code, findings = examined(INSIDE)
    assert code == "0", findings
    for given, why in (
        (issuer, "In a container this is the container itself"),
        (INSIDE.partition("/.well-known")[0], f"Give it {issuer} as the issuer"),
    ):
        code, findings = examined(given)
        assert code == "1"
        assert any(why in finding["en"] for finding in findings if finding["level"] == "bad")
