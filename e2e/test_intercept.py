"""One login by the platforms' real names: a browser at open.weixin.qq.com, a back end at api.weixin.qq.com."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from intercepting import Intercepting, intercepting, node
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.launcher]

PYTHON = """
import json, os, requests
ask = lambda path, **query: requests.get("https://api.weixin.qq.com/sns" + path, params=query, timeout=20).content
own = json.loads(os.environ["OWN"])
token = json.loads(ask("/oauth2/access_token", **own))
print(ask("/userinfo", access_token=token["access_token"], openid=token["openid"]).decode())
"""
NODE = """
const ask = async (path, query) =>
  (await fetch(`https://api.weixin.qq.com/sns${path}?${new URLSearchParams(query)}`)).json();
(async () => {
  const {access_token, openid} = await ask("/oauth2/access_token", JSON.parse(process.env.OWN));
  console.log(JSON.stringify(await ask("/userinfo", {access_token, openid})));
})();
"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The client's own pages: what ``?embed=…`` says, and «back»."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = parse_qs(urlsplit(self.path).query).get("embed", ["<p data-testid=back>back</p>"])[0]
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!doctype html>{shown}".encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercepting]:
    with intercepting(tmp_path_factory.mktemp("town") / "state", NINESTEP_TRACE_PATIENCE="3000") as town:
        yield town


def control(town: Intercepting, path: str, body: dict[str, Any]) -> dict[str, Any]:
    url = f"{town.report['provider_url']}/_mock/api{path}"
    with requests.Session() as direct:
        direct.trust_env = False
        answer = direct.post(url, json=body, timeout=20)
    assert answer.ok, answer.text
    return dict(answer.json())


@pytest.fixture
def page(browser: Browser, town: Intercepting) -> Iterator[Page]:
    """Of a browser that was told of the proxy, and nothing else."""
    proxy = {"server": town.report["proxy_url"], "bypass": "127.0.0.1,localhost"}
    context = browser.new_context(proxy=proxy, ignore_https_errors=True, locale="zh-CN")  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def profile(town: Intercepting, app: dict[str, Any], code: str, language: str) -> dict[str, Any]:
    """What the client's back end finds, started in a shell that `ninestep env` led."""
    own = {"appid": app["appid"], "secret": app["secret"], "code": code, "grant_type": "authorization_code"}
    if language == "node":
        done = town.shell('"$NODE" -e "$SCRIPT"', "--node", NODE=node(), SCRIPT=NODE, OWN=json.dumps(own))
    else:
        done = town.shell(
            '"$PYTHON" -c "$SCRIPT"', SCRIPT=PYTHON, OWN=json.dumps(own), PYTHONIOENCODING="utf-8"
        )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def said(page: Page) -> dict[str, str]:
    """What the callback was told."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


@pytest.mark.parametrize("language", ["python", "node"])
def test_a_person_agrees_at_the_real_name_and_the_back_end_reads_the_profile(
    town: Intercepting, site: str, page: Page, language: str
) -> None:
    app = control(town, "/apps", {"redirect_uris": [f"{site}/callback"], "kind": "official_account"})
    query = f"appid={app['appid']}&redirect_uri={quote(site + '/callback', safe='')}&response_type=code"

    page.goto(f"https://open.weixin.qq.com/connect/oauth2/authorize?{query}&scope=snsapi_userinfo&state=st")
    page.get_by_test_id("wx-persona-lisi").click()
    assert page.url.startswith("https://open.weixin.qq.com/")
    page.get_by_test_id("wx-approve").click()
    page.get_by_test_id("back").wait_for()

    assert said(page)["state"] == "st"
    assert profile(town, app, said(page)["code"], language)["nickname"] == "李四🌸"


def test_a_site_embeds_the_real_wxlogin_js_and_a_scan_brings_the_person_back(
    town: Intercepting, site: str, page: Page
) -> None:
    app = control(town, "/apps", {"redirect_uris": [f"{site}/callback"], "kind": "website"})
    options = {"id": "box", "appid": app["appid"], "scope": "snsapi_login", "state": "st"}
    options["redirect_uri"] = quote(f"{site}/callback", safe="")
    embedded = f"""<div id=box></div>
        <script src="https://res.wx.qq.com/connect/zh_CN/htmledition/js/wxLogin.js"></script>
        <script>new WxLogin({json.dumps(options)})</script>"""

    page.goto(f"{site}/login?embed={quote(embedded)}")
    frame = page.frame_locator("#box iframe")
    expect(page.locator("#box iframe")).to_have_attribute(
        "src", re.compile(r"^https://open\.weixin\.qq\.com/")
    )
    picture = frame.locator('img[src*="/connect/qrcode/"]')
    uuid = str(picture.get_attribute("src")).partition("/connect/qrcode/")[2]
    control(town, "/scan", {"uuid": uuid, "user": "zhangsan", "action": "confirm"})
    page.get_by_test_id("back").wait_for()

    assert said(page)["state"] == "st"
    assert profile(town, app, said(page)["code"], "python")["nickname"] == "张三"
