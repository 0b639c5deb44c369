"""Behaviours of the seeds that no other test meets on its way."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[1]
CALLBACK = "http://127.0.0.1/callback"


def test_each_service_names_its_role(town: Any) -> None:
    addresses = [town.provider, town.resource, town.client]
    roles = [requests.get(f"{address}/healthz", timeout=10).json()["role"] for address in addresses]

    assert roles == ["authorization server", "resource server", "client"]
    assert len(set(addresses)) == 3


@pytest.mark.browser
def test_the_button_is_a_link_with_an_icon_and_the_seeds_name(page: Page, meituan: Any) -> None:
    page.goto(f"{meituan.url}/login")
    button = page.get_by_role("link", name="微信登录", exact=True)

    expect(button).to_be_visible()
    expect(button).to_have_attribute("data-testid", "mt-login-wechat")
    icon = button.locator("svg")
    expect(icon).to_have_count(1)
    box = icon.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 16


@pytest.mark.browser
def test_the_click_asks_the_provider_with_the_seeds_five_parameters(
    page: Page, meituan: Any, start: Any, seen: Any
) -> None:
    start()

    [asked] = [url for url in seen.requests if "/connect/oauth2/authorize" in url]
    address = urlsplit(asked)
    assert f"{address.scheme}://{address.netloc}" == meituan.town.provider
    query = parse_qs(address.query, strict_parsing=True)
    assert re.fullmatch(r"[0-9a-f]{32}", query.pop("state")[0])
    assert query == {
        "appid": [meituan.appid],
        "redirect_uri": [f"{meituan.url}/auth/wechat/callback"],
        "response_type": ["code"],
        "scope": ["snsapi_userinfo"],
    }
    assert re.fullmatch(r"wx[0-9a-f]{16}", meituan.appid)


@pytest.mark.browser
def test_the_consent_page_says_what_the_seeds_drawing_says(page: Page, meituan: Any, start: Any) -> None:
    start()
    page.get_by_test_id("wx-persona-zhangsan").click()

    expect(page.get_by_text("微信授权确认", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("美团 申请获得以下权限")
    items = page.get_by_role("list", name="权限").get_by_role("listitem")
    expect(items).to_have_text(["获取你的昵称和头像", "获取你的地区信息"])
    expect(page.get_by_role("button", name="拒绝", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="同意", exact=True)).to_be_visible()
    assert page.url.startswith(f"{meituan.town.provider}/connect/consent")


@pytest.mark.browser
def test_the_password_goes_to_the_provider_and_the_client_never_meets_it(
    page: Page, meituan: Any, start: Any
) -> None:
    password = "Zm-91-geheim-x7"
    user = {"uid": "laowang", "nickname": "老王", "password": password}
    meituan.town.api("POST", "/users", user, params={"world": meituan.world})
    sent: dict[str, str] = {}
    page.on("request", lambda r: sent.update({r.url: r.post_data or ""}) if r.method == "POST" else None)

    start()
    assert page.url.startswith(meituan.town.provider)
    page.get_by_test_id("wx-username").fill("laowang")
    page.get_by_test_id("wx-password").fill(password)
    page.get_by_test_id("wx-submit").click()
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("mt-nickname")).to_have_text("老王")
    receivers = [url for url, body in sent.items() if password in body]
    assert [url.startswith(f"{meituan.town.provider}/connect/login") for url in receivers] == [True]
    [flow] = meituan.flows()
    exchanges = meituan.town.api("GET", f"/flows/{flow['id']}/exchanges")
    assert {"client_app", "provider"} <= {e["service"] for e in exchanges}
    assert password not in str([e for e in exchanges if e["service"] != "provider"])
    assert [e["name"] for e in exchanges for v in e.get("values", []) if v["kind"] == "password"] == [
        "login.submitted"
    ]


@pytest.mark.browser
def test_an_unticked_region_is_not_told_to_the_client(page: Page, meituan: Any, start: Any) -> None:
    def city() -> str:
        [eighth] = [m for m in meituan.messages(meituan.flows()[0]["id"]) if m["step"] == 8]
        return str(json.loads(eighth["legs"][0]["response"]["body"])["city"])

    start()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    assert city() == "深圳"

    start()
    page.get_by_test_id("wx-scope-region").uncheck()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    assert city() == ""


@pytest.mark.browser
def test_a_logged_in_person_sees_their_own_name_and_a_picture_from_this_machine(
    page: Page, meituan: Any, start: Any, seen: Any
) -> None:
    pictures: dict[str, int] = {}
    page.on(
        "response",
        lambda r: pictures.update({r.url: r.status}) if r.request.resource_type == "image" else None,
    )
    start()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()

    expect(page.get_by_test_id("mt-logged-in")).to_contain_text("登录成功")
    expect(page.get_by_test_id("mt-nickname")).to_have_text("张三")
    [eighth] = [m for m in meituan.messages(meituan.flows()[0]["id"]) if m["step"] == 8]
    told = json.loads(eighth["legs"][0]["response"]["body"])["headimgurl"]
    assert told.startswith(f"{meituan.town.provider}/mmopen/")
    expect(page.get_by_test_id("mt-avatar")).to_have_attribute("src", told)
    page.wait_for_function("document.querySelector('[data-testid=mt-avatar]').naturalWidth > 0")
    assert pictures[told] == 200


@pytest.mark.browser
def test_what_the_browser_was_told_and_keeps_is_the_least_there_is(
    page: Page, meituan: Any, start: Any, seen: Any
) -> None:
    """Every header and body of the network log, every page as it stands, cookies and both storages."""
    headers: list[str] = []
    page.on("request", lambda r: headers.append(f"{r.url} {r.headers} {r.post_data}"))
    page.on("response", lambda r: headers.append(f"{r.url} {r.headers}"))
    meituan.town.api("PATCH", f"/apps/{meituan.appid}", {"policies": {"reveal": True}})
    try:
        start()
        page.get_by_test_id("wx-persona-zhangsan").click()
        page.get_by_test_id("wx-approve").click()
        expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
        first = page.content()
        page.get_by_test_id("mt-call-api").click()
        expect(page.get_by_test_id("mt-refreshed")).to_be_visible()
        [flow] = meituan.flows()
        told = meituan.town.api("GET", f"/flows/{flow['id']}/messages", params={"helpers": 1})
    finally:
        meituan.town.api("PATCH", f"/apps/{meituan.appid}", {"policies": {"reveal": False}})

    found = [value for message in told for leg in message["legs"] for value in leg["values"]]
    values = {value["kind"]: value["value"] for value in found if "value" in value}
    hidden = {kind: values[kind] for kind in ("client_secret", "access_token", "refresh_token")}
    hidden["openid"] = next(value["masked"] for value in found if value["kind"] == "openid")
    assert hidden["client_secret"] == meituan.app["secret"]
    assert (len(hidden["access_token"]) > 100, len(hidden["openid"])) == (True, 28)
    stored = page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]")
    seen_by_the_browser = "\n".join(
        [*seen.requests, *seen.bodies, *headers, first, page.content(), str(page.context.cookies())]
    )
    assert "张三" in "\n".join(seen.bodies), "the bodies were recorded"
    assert "code=" in "\n".join(headers), "the redirects were recorded"
    assert [kind for kind, value in hidden.items() if value in seen_by_the_browser] == []
    assert stored == [{}, {}, ""]
    client_cookies = {c["name"] for c in page.context.cookies(meituan.url)} - {"wx_session"}
    assert client_cookies == {"mt_session", "mt_login"}
    kept = page.request.get(f"{meituan.url}/api/me").json()
    assert set(kept["user"]) == {"id", "nickname", "avatar"}


@pytest.mark.browser
def test_the_nine_messages_have_the_seeds_lanes_and_each_says_whether_it_went_through_the_browser(
    page: Page, meituan: Any, start: Any
) -> None:
    start()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows()
    meituan.messages(flow["id"])

    text = page.request.get(f"{meituan.town.provider}/_mock/api/flows/{flow['id']}/export.mmd").text()
    page.goto(f"{meituan.town.provider}/_mock/theatre/{flow['id']}")

    lanes = re.findall(r"participant \w+ as (.+)", text)
    assert lanes == ["用户浏览器", "美团后端", "微信授权服务器", "微信资源服务器"]
    arrows = re.findall(r"^ +\w+-{1,2}>>\w+: ([①-⑨])", text, flags=re.M)
    assert "".join(arrows) == "①②③④⑤⑥⑦⑧⑨"
    labels = [
        row.get_attribute("data-channel")
        for row in page.get_by_test_id("th-messages").locator('li:not([data-step="0"])').all()
    ]
    assert labels == ["front"] * 4 + ["back"] * 4 + ["front"]
    page.get_by_test_id("th-messages").get_by_role("link", name="用授权码换Token").click()
    expect(page.get_by_test_id("th-drawer")).to_contain_text("直接通信")


@pytest.mark.browser
def test_zhihu_asks_in_generic_names_and_its_consent_page_says_allow(
    page: Page, town: Any, seen: Any
) -> None:
    page.goto(f"{town.client}/zhihu")
    page.get_by_test_id("zh-login-wechat").click()
    page.get_by_test_id("wx-persona-lisi").click()

    [asked] = [url for url in seen.requests if f"{town.provider}/oauth/authorize" in url]
    query = parse_qs(urlsplit(asked).query)
    assert (query["client_id"], query["scope"]) == (["zhihu"], ["user_info"])
    assert query["redirect_uri"] == [f"{town.client}/auth/zhihu/callback"]
    assert len(query["state"][0]) == 32
    expect(page.get_by_role("heading", level=1)).to_have_text("知乎将获取你的头像和昵称")
    page.get_by_role("button", name="允许", exact=True).click()

    expect(page.get_by_test_id("zh-logged-in")).to_contain_text("李四")
    page.goto(f"{town.client}/zhihu/me")
    expect(page.get_by_test_id("zh-logged-in")).to_be_visible()


@pytest.mark.browser
def test_the_user_decides_and_takes_it_back(page: Page, meituan: Any, start: Any) -> None:
    start()
    page.get_by_test_id("wx-persona-zhangsan").click()
    expect(page.get_by_test_id("wx-deny")).to_be_visible()
    expect(page.get_by_test_id("wx-scope-region")).to_be_checked()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()

    page.goto(f"{meituan.town.provider}/settings/authorizations?world={meituan.world}")
    page.get_by_test_id("wx-grant-revoke").click()

    expect(page.get_by_test_id("wx-grant-empty")).to_be_visible()


@pytest.mark.browser
def test_no_code_before_consent_and_no_token_before_the_client(page: Page, meituan: Any, start: Any) -> None:
    start()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-logged-in")).to_be_visible()
    [flow] = meituan.flows()

    exchanges = meituan.town.api("GET", f"/flows/{flow['id']}/exchanges")
    order = [e["name"] for e in exchanges if e["service"] == "provider"]
    code_first = next(e["name"] for e in exchanges if any(v["kind"] == "code" for v in e.get("values", [])))
    redeemed = next(e for e in exchanges if e["name"] == "code.redeemed" and e["service"] == "provider")
    checks = [check["name"] for check in redeemed["checks"]]

    assert order.index("login.submitted") < order.index("consent.given") < order.index("code.redeemed")
    assert code_first == "consent.given"
    assert checks.index("client secret") < checks.index("code spent by this request")


def test_an_unknown_client_gets_an_error_page_and_no_login_form(town: Any) -> None:
    query = {
        "appid": "wx0000000000000000",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_userinfo",
    }
    response = requests.get(f"{town.provider}/connect/oauth2/authorize", params=query, timeout=10)

    assert "wx-error" in response.text
    assert "<form" not in response.text
    assert not response.history


def test_registering_an_app_yields_its_id_and_secret(town: Any) -> None:
    app = town.api(
        "POST", "/apps", {"name": "新应用", "redirect_uris": [CALLBACK], "callback_domain": "127.0.0.1"}
    )

    assert re.fullmatch(r"wx[0-9a-f]{16}", app["appid"])
    assert re.fullmatch(r"[0-9a-f]{32}", app["secret"])
    assert town.api("GET", f"/apps/{app['appid']}")["secret"] == app["secret"]


def test_no_running_secret_stands_in_the_repository(town: Any) -> None:
    apps = town.api("GET", "/apps", params={"world": "town"})
    assert apps
    secrets = [app["secret"] for app in apps if app["secret"]]  # a public client has none
    assert len(secrets) > 3
    secrets += [(Path(town.state) / "root-secret").read_text().strip()]

    for secret in secrets:
        found = subprocess.run(["git", "grep", "-qFe", secret], cwd=ROOT, check=False)
        assert found.returncode == 1


def test_server_error_at_authorize_can_be_provoked(world: Any) -> None:
    app = world.new_app(
        name="美团", dialect="wechat", fidelity="tutorial", redirect_uris=[CALLBACK], consent={"mode": "auto"}
    )
    fault = world.town.api(
        "POST", f"/apps/{app['appid']}/faults", {"endpoint": "authorize", "error": "server_error"}
    )
    query = {
        "appid": app["appid"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "snsapi_userinfo",
        "state": "s",
    }

    def answer() -> dict[str, list[str]]:
        url = f"{world.town.provider}/connect/oauth2/authorize"
        response = requests.get(url, params=query, allow_redirects=False, timeout=10)
        return parse_qs(urlsplit(response.headers["Location"]).query)

    assert answer() == {"error": ["server_error"], "state": ["s"]}
    assert "code" in answer()
    listed = world.town.api("GET", f"/apps/{app['appid']}/faults")
    assert [(f["id"], f["hits"]) for f in listed] == [(fault["id"], 1)]
