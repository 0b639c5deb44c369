"""A person's browser at the platforms' own names: through the proxy of ``ninestep up --intercept``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from intercepting import Intercepting, intercepting
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intercepting]:
    with intercepting(tmp_path_factory.mktemp("intercept")) as town:
        yield town


@pytest.mark.browser
def test_a_browser_logs_in_at_the_real_name(town: Intercepting, browser: Browser) -> None:
    """Pages, forms, cookies and the way back, all under https://open.weixin.qq.com."""
    name, port = town.proxy
    body = {
        "dialect": "wechat",
        "kind": "official_account",
        "redirect_uris": ["https://api.weixin.qq.com/_gateway/healthz"],
        "callback_domain": "api.weixin.qq.com",
    }
    direct = requests.Session()
    direct.trust_env = False
    app = direct.post(f"{town.report['provider_url']}/_mock/api/apps", json=body, timeout=10).json()
    direct.close()
    context = browser.new_context(proxy={"server": f"http://{name}:{port}"}, ignore_https_errors=True)
    page = context.new_page()
    page.goto(
        "https://open.weixin.qq.com/connect/oauth2/authorize?response_type=code&scope=snsapi_userinfo&state=s"
        f"&appid={app['appid']}&redirect_uri=https%3A%2F%2Fapi.weixin.qq.com%2F_gateway%2Fhealthz"
    )
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    page.wait_for_url("https://api.weixin.qq.com/_gateway/healthz?code=*&state=s")
    assert page.inner_text("body").strip() == "gateway"
    context.close()
