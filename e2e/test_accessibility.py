"""axe finds nothing serious on any page, in both languages, both themes, narrow and wide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from accessibility import dresses, findings, put_on
from ninestep.web.language import COOKIE as LANGUAGE_COOKIE
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def consent(page: Page, meituan: Any) -> None:
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()
    page.get_by_test_id("wx-persona-zhangsan").click()


def logged_in(page: Page, meituan: Any) -> None:
    consent(page, meituan)
    page.get_by_test_id("wx-approve").click()


def me_with_a_notice(page: Page, meituan: Any) -> None:
    logged_in(page, meituan)
    page.goto(f"{meituan.url}/me?notice=access_denied")
    page.get_by_test_id("mt-notice").wait_for()


def answered(page: Page, meituan: Any) -> None:
    consent(page, meituan)
    address = page.url
    page.get_by_test_id("wx-approve").click()
    page.goto(address)
    page.get_by_test_id("wx-approve").click()
    page.get_by_test_id("wx-done").wait_for()


def grants(page: Page, meituan: Any) -> None:
    logged_in(page, meituan)
    page.goto(f"{meituan.town.provider}/settings/authorizations?world={meituan.world}")


def logout_asked(page: Page, meituan: Any) -> None:
    logged_in(page, meituan)
    page.goto(f"{meituan.town.provider}/oauth/logout")


def logged_out(page: Page, meituan: Any) -> None:
    logout_asked(page, meituan)
    page.get_by_test_id("wx-logout-yes").click()
    page.get_by_test_id("wx-logout-done").wait_for()


def no_grants(page: Page, meituan: Any) -> None:
    grants(page, meituan)
    page.get_by_test_id("wx-grant-revoke").click()
    page.get_by_test_id("wx-grant-empty").wait_for()


def wrong_password(page: Page, meituan: Any) -> None:
    provider_login(page, meituan)
    page.get_by_test_id("wx-username").fill("zhangsan")
    page.get_by_test_id("wx-password").fill("wrong")
    page.get_by_test_id("wx-submit").click()
    page.get_by_test_id("wx-login-error").wait_for()


def flow(page: Page, meituan: Any) -> None:
    logged_in(page, meituan)
    page.goto(f"{meituan.town.provider}/_mock/theatre/{meituan.flows()[0]['id']}")


def theatre(look: str) -> Callable[[Page, Any], None]:
    """A login that went well, in the theatre."""

    def visit(page: Page, meituan: Any) -> None:
        flow(page, meituan)
        page.goto(f"{page.url}?{look}")
        page.locator("[data-stream=live]").wait_for()

    return visit


def compared(page: Page, meituan: Any) -> None:
    flow(page, meituan)
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()
    page.get_by_test_id("wx-deny").click()
    right, left = (flow["id"] for flow in meituan.flows()[:2])
    page.goto(f"{meituan.town.provider}/_mock/theatre/compare?left={left}&right={right}")


def retry(page: Page, meituan: Any) -> None:
    meituan.freeze()  # in 3 s the page would leave
    meituan.fault("token", status=503)
    logged_in(page, meituan)


def zhihu(page: Page, meituan: Any) -> None:
    page.goto(f"{meituan.town.client}/zhihu")


def zhihu_me(page: Page, meituan: Any) -> None:
    zhihu(page, meituan)
    page.get_by_test_id("zh-login-wechat").click()
    page.get_by_test_id("wx-persona-lisi").click()
    page.get_by_test_id("wx-approve").click()
    page.get_by_test_id("zh-name").wait_for()


def provider_login(page: Page, meituan: Any) -> None:
    page.goto(f"{meituan.url}/login")
    page.get_by_test_id("mt-login-wechat").click()


def sandbox(page: Page, meituan: Any) -> None:
    page.goto(f"{meituan.town.provider}/debug/cgi-bin/sandbox?t=sandbox/login")
    page.get_by_test_id("sb-persona-lisi").click()
    page.get_by_test_id("sb-index").wait_for()


def sandbox_refusal(page: Page, meituan: Any) -> None:
    sandbox(page, meituan)
    page.wait_for_load_state("domcontentloaded")  # the field may stand below what has come so far
    if not page.get_by_test_id("sb-callback-domain").is_visible():
        page.get_by_test_id("sb-perm-webauth-edit").click()
    page.get_by_test_id("sb-callback-domain").fill("http://xxx.com/callback")
    page.get_by_test_id("sb-callback-save").click()
    page.get_by_test_id("sb-callback-error").wait_for()


def sandbox_follow(page: Page, meituan: Any) -> None:
    sandbox(page, meituan)
    page.get_by_test_id("sb-follow-qr").click()
    page.get_by_test_id("sb-follow").wait_for()


def sandbox_followed(page: Page, meituan: Any) -> None:
    sandbox_follow(page, meituan)
    page.get_by_test_id("sb-persona-zhangsan").click()
    page.get_by_test_id("sb-followed").wait_for()


def login_at(provider: str) -> Callable[[Page, Any], None]:
    """The login page of the seeded client's QQ or Weibo app."""

    def visit(page: Page, meituan: Any) -> None:
        page.goto(f"{meituan.town.client}/login")
        page.get_by_test_id(f"mt-login-{provider}").click()
        page.get_by_test_id("wx-persona-lisi").wait_for()

    return visit


def consent_at(provider: str) -> Callable[[Page, Any], None]:
    def visit(page: Page, meituan: Any) -> None:
        login_at(provider)(page, meituan)
        page.get_by_test_id("wx-persona-lisi").click()
        page.get_by_test_id("wx-approve").wait_for()

    return visit


def qr(page: Page, meituan: Any) -> None:
    fields = {"world": meituan.world, "dialect": "wechat", "kind": "website", "name": "美团 PC"}
    app = meituan.town.api("POST", "/apps", {**fields, "redirect_uris": [f"{meituan.url}/nowhere"]})
    query = f"appid={app['appid']}&redirect_uri={meituan.url}/nowhere&scope=snsapi_login&response_type=code"
    # the platform knows its language by parameter
    chosen = {str(cookie.get("name")): cookie.get("value") for cookie in page.context.cookies()}
    language = "en" if chosen.get(LANGUAGE_COOKIE) == "en" else "cn"
    page.goto(f"{meituan.town.provider}/connect/qrconnect?{query}&state=s&lang={language}")
    page.get_by_test_id("wx-qr-img").wait_for()


def qr_confirm(page: Page, meituan: Any) -> None:
    qr(page, meituan)
    page.goto(f"{meituan.town.provider}/_mock/phone/scan?world={meituan.world}")
    page.get_by_test_id("ph-scan-list").get_by_role("link").first.click()
    page.get_by_test_id("wx-persona-lisi").click()
    page.get_by_test_id("ph-confirm").wait_for()


def console_app(page: Page, meituan: Any) -> None:
    page.goto(f"{meituan.town.provider}/_mock/console/apps/{meituan.appid}")
    page.get_by_test_id("co-policies").click()


def console_app_refused(page: Page, meituan: Any) -> None:
    console_app(page, meituan)
    page.get_by_test_id("co-redirect-uris").fill("ftp://127.0.0.1")
    page.get_by_test_id("co-app-save").click()
    page.get_by_test_id("co-problem").wait_for()


def console_tokens(page: Page, meituan: Any) -> None:
    logged_in(page, meituan)
    page.goto(f"{meituan.town.provider}/_mock/console/tokens?world={meituan.world}")
    page.get_by_test_id("co-family").first.wait_for()


def console_faults(page: Page, meituan: Any) -> None:
    meituan.fault("token", status=503)
    page.goto(f"{meituan.town.provider}/_mock/console/faults?world={meituan.world}")


def console_inspect(page: Page, meituan: Any) -> None:
    code = meituan.town.api("POST", f"/apps/{meituan.appid}/codes")["code"]
    page.goto(f"{meituan.town.provider}/_mock/console/inspect?world={meituan.world}")
    page.get_by_test_id("co-inspect").fill(f"http://127.0.0.1/callback?code={code}&secret=x")
    page.get_by_test_id("co-inspect-go").click()
    page.get_by_test_id("co-inspect-parameter").first.wait_for()


def at(template: str) -> Callable[[Page, Any], None]:
    def visit(page: Page, meituan: Any) -> None:
        page.goto(template.format(client=meituan.url, provider=meituan.town.provider, world=meituan.world))

    return visit


PAGES: dict[str, Callable[[Page, Any], None]] = {
    "client login": at("{client}/login"),
    "client notice": at("{client}/login?notice=access_denied"),
    "client callback without code": at("{client}/auth/wechat/callback"),
    "client metrics": at("{client}/metrics.html"),
    "client me": logged_in,
    "client me notice": me_with_a_notice,
    "client retry": retry,
    "client wrong state": at("{client}/auth/wechat/callback?code=x&state=x"),
    "zhihu": zhihu,
    "zhihu notice": at("{client}/zhihu?notice=access_denied"),
    "zhihu me": zhihu_me,
    "provider login": provider_login,
    "provider wrong password": wrong_password,
    "provider consent": consent,
    "provider error": at("{provider}/connect/oauth2/authorize?appid=nobody"),
    "provider oauth error": at("{provider}/oauth/authorize?client_id=nobody"),
    "provider done": answered,
    "provider grants": grants,
    "provider no grants": no_grants,
    "provider logout": logout_asked,
    "provider logged out": logged_out,
    "provider grants login": at("{provider}/settings/authorizations?world={world}"),
    "provider not found": at("{provider}/nothing-here"),
    "qq login": login_at("qq"),
    "qq consent": consent_at("qq"),
    "weibo login": login_at("weibo"),
    "weibo consent": consent_at("weibo"),
    "qr": qr,
    "qr confirm": qr_confirm,
    "qr error": at("{provider}/connect/qrconnect?appid=nobody"),
    "phone": at("{provider}/_mock/phone"),
    "phone owner": at("{provider}/_mock/phone/owner?world={world}"),
    "phone scan": at("{provider}/_mock/phone/scan?world={world}"),
    "phone browser": at("{provider}/_mock/phone/browser?address={client}/login"),
    "phone browser elsewhere": at("{provider}/_mock/phone/browser?address=http://elsewhere.test"),
    "sandbox login": at("{provider}/debug/cgi-bin/sandbox?t=sandbox/login"),
    "sandbox": sandbox,
    "sandbox refusal": sandbox_refusal,
    "sandbox follow": sandbox_follow,
    "sandbox followed": sandbox_followed,
    "theatre": at("{provider}/_mock/theatre?world={world}"),
    "theatre flow": flow,
    "theatre message": theatre("msg=8"),
    "theatre fields": theatre("msg=8&tab=fields"),
    "theatre checks": theatre("msg=8&tab=checks"),
    "theatre raw": theatre("msg=8&tab=raw"),
    "theatre code": theatre("msg=8&tab=code"),
    "theatre ledger": theatre("tab=ledger"),
    "theatre doctor": theatre("tab=doctor"),
    "theatre present": theatre("msg=8&present=1"),
    "theatre compare": compared,
    "metrics": at("{provider}/metrics"),
    "start": at("{provider}/_mock/"),
    "connect": at("{provider}/_mock/connect"),
    "console apps": at("{provider}/_mock/console?world={world}"),
    "console new app": at("{provider}/_mock/console/apps/new?world={world}"),
    "console app": console_app,
    "console app refused": console_app_refused,
    "console users": at("{provider}/_mock/console/users?world={world}"),
    "console user": at("{provider}/_mock/console/users/lisi?world={world}"),
    "console worlds": at("{provider}/_mock/console/worlds?world={world}"),
    "console tokens": console_tokens,
    "console faults": console_faults,
    "console clock": at("{provider}/_mock/console/clock?world={world}"),
    "console metrics": at("{provider}/_mock/console/metrics?world={world}"),
    "console inspect": console_inspect,
    "console reset": at("{provider}/_mock/console/reset?world={world}"),
}


def test_axe_sees_a_picture_without_words(page: Page) -> None:
    page.set_content('<html lang="en"><title>-</title><main><h1>-</h1><img src="data:,"></main></html>')

    assert findings(page) == ['image-alt: <img src="data:,">']


VARIANTS = {  # the template of another page here, in another state: `make test-all` looks at them
    "client notice",
    "client me notice",
    "zhihu notice",
    "provider no grants",
    "provider grants login",
    "qq login",
    "weibo login",
    "qr error",
    "phone browser elsewhere",
    "sandbox refusal",
    "sandbox followed",
    "theatre flow",
    "theatre fields",
    "theatre checks",
    "theatre raw",
    "console app refused",
}


@pytest.mark.parametrize(
    ("name", "language", "theme", "width"),
    [
        case
        for number, name in enumerate(PAGES)
        for case in dresses(None if name in VARIANTS else number, name)
    ],
)
def test_page(page: Page, meituan: Any, seen: Any, name: str, language: str, theme: str, width: int) -> None:
    put_on(page, (meituan.url, meituan.town.provider), language, theme, width)

    PAGES[name](page, meituan)
    page.wait_for_load_state("load")

    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == theme
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
