"""What stands between one app, one world, one browser, one site, and another."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from browser import Browser

CALLBACK = "http://127.0.0.1/callback"
AUTO = {"redirect_uris": [CALLBACK], "consent": {"mode": "auto", "user": "zhangsan"}}


class Wechat:
    """A WeChat app and its back end."""

    def __init__(self, town: Any, **fields: Any) -> None:
        self.town = town
        self.app = town.api("POST", "/apps", {"dialect": "wechat", **AUTO, **fields})

    def code(self) -> str:
        return str(self.town.api("POST", f"/apps/{self.app['appid']}/codes", {"user": "zhangsan"})["code"])

    def redeem(self, code: str) -> dict[str, Any]:
        query = {"appid": self.app["appid"], "secret": self.app["secret"], "code": code}
        return self._get("access_token", {**query, "grant_type": "authorization_code"})

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        return self._get(
            "refresh_token",
            {"appid": self.app["appid"], "grant_type": "refresh_token", "refresh_token": refresh_token},
        )

    def _get(self, call: str, query: dict[str, str]) -> dict[str, Any]:
        answer = self.town.http.get(f"{self.town.provider}/sns/oauth2/{call}", params=query, timeout=10)
        return dict(json.loads(answer.content))


class Standard(Wechat):
    def __init__(self, town: Any, **fields: Any) -> None:
        super().__init__(town, dialect="standard", **fields)

    def code(self) -> str:
        body = {"user": "zhangsan", "redirect_uri": CALLBACK}
        return str(self.town.api("POST", f"/apps/{self.app['appid']}/codes", body)["code"])

    def redeem(self, code: str) -> dict[str, Any]:
        return self._post({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK})

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        return self._post({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _post(self, form: dict[str, str]) -> dict[str, Any]:
        auth = (self.app["appid"], self.app["secret"])
        answer = self.town.http.post(f"{self.town.provider}/oauth/token", data=form, auth=auth, timeout=10)
        return dict(answer.json())


def error(answer: dict[str, Any]) -> Any:
    return answer.get("errcode", answer.get("error"))


@pytest.mark.parametrize("dialect", [Wechat, Standard])
@pytest.mark.parametrize("where", ["the same world", "another world"])
def test_a_code_serves_its_own_app_alone_and_a_thief_does_not_spend_it(
    town: Any, dialect: type[Wechat], where: str
) -> None:
    owner = dialect(town)
    thief = dialect(town, **({"world": owner.app["world"]} if where == "the same world" else {}))
    code = owner.code()

    assert error(thief.redeem(code)) in (40029, "invalid_grant")
    assert "access_token" in owner.redeem(code)


@pytest.mark.parametrize("dialect", [Wechat, Standard])
@pytest.mark.parametrize("where", ["the same world", "another world"])
def test_a_refresh_token_serves_its_own_app_alone_and_a_thief_does_not_kill_it(
    town: Any, dialect: type[Wechat], where: str
) -> None:
    owner = dialect(town)
    thief = dialect(town, **({"world": owner.app["world"]} if where == "the same world" else {}))
    tokens = owner.redeem(owner.code())

    assert error(thief.refresh(tokens["refresh_token"])) in (40030, "invalid_grant")
    assert "access_token" in owner.refresh(tokens["refresh_token"])


def test_a_code_of_one_dialect_is_nothing_to_the_other(town: Any) -> None:
    wechat = Wechat(town)
    standard = Standard(town, world=wechat.app["world"])

    assert error(standard.redeem(wechat.code())) == "invalid_grant"
    assert error(wechat.redeem(standard.code())) == 40029


# -- browsers


def start(browser: Browser, town: Any, app: dict[str, Any]) -> requests.Response:
    """The login page."""
    return browser.follow(
        browser.get(
            f"{town.provider}/connect/oauth2/authorize",
            appid=app["appid"],
            redirect_uri=CALLBACK,
            response_type="code",
            scope="snsapi_userinfo",
            state="s",
        )
    )


@pytest.fixture
def asking(town: Any) -> dict[str, Any]:
    """An app whose users are asked."""
    return dict(Wechat(town, consent={"mode": "ask"}).app)


def test_a_session_planted_before_the_login_is_not_logged_in_after_it(
    town: Any, asking: dict[str, Any]
) -> None:
    attacker, victim = Browser(), Browser()
    start(attacker, town, asking)
    planted = attacker.http.cookies["wx_session"]
    victim.http.cookies.set("wx_session", planted, domain="127.0.0.1")

    victim.submit(start(victim, town, asking), persona="zhangsan")

    assert victim.http.cookies["wx_session"] != planted
    assert "wx-persona-zhangsan" in start(attacker, town, asking).text
    settings = f"{town.provider}/settings/authorizations?world={asking['world']}"
    assert "wx-persona-zhangsan" in attacker.get(settings).text


def test_a_session_id_of_the_browsers_own_making_is_not_taken(town: Any, asking: dict[str, Any]) -> None:
    browser = Browser()
    browser.http.cookies.set("wx_session", "chosen-by-somebody-else", domain="127.0.0.1")

    start(browser, town, asking)

    assert browser.http.cookies["wx_session"] != "chosen-by-somebody-else"


def test_after_a_logout_the_old_cookie_opens_nothing(town: Any, asking: dict[str, Any]) -> None:
    browser, thief = Browser(), Browser()
    browser.submit(start(browser, town, asking), persona="zhangsan")
    stolen = browser.http.cookies["wx_session"]
    address = f"{town.provider}/settings/authorizations?world={asking['world']}"
    page = browser.get(address)
    assert "wx-persona-zhangsan" not in page.text

    assert browser.submit(page, action=f"/settings/logout?world={asking['world']}").status_code == 303
    thief.http.cookies.set("wx_session", stolen, domain="127.0.0.1")

    assert "wx-persona-zhangsan" in thief.get(address).text


def test_a_consent_page_opened_elsewhere_asks_who_is_there(town: Any, asking: dict[str, Any]) -> None:
    """The address of a consent page tells nobody whose it was."""
    owner, other = Browser(), Browser()
    consent = owner.follow(owner.submit(start(owner, town, asking), persona="zhangsan"))

    opened = other.get(consent.url)

    assert urlsplit(opened.headers["Location"]).path == "/connect/login"
    assert "张三" not in opened.text


def test_the_answer_goes_to_where_the_request_came_from_whatever_the_form_says(
    town: Any, asking: dict[str, Any]
) -> None:
    browser = Browser()
    consent = browser.follow(browser.submit(start(browser, town, asking), persona="zhangsan"))

    fields = {
        "redirect_uri": "http://evil.test/",
        "state": "theirs",
        "appid": "wx0",
        "scope": ["admin", "region"],
    }
    answer = browser.submit(consent, decision="approve", **fields)

    where = urlsplit(answer.headers["Location"])
    assert (where.netloc, where.path, parse_qs(where.query)["state"]) == ("127.0.0.1", "/callback", ["s"])
    tokens = Wechat.redeem(wechat_of(town, asking), parse_qs(where.query)["code"][0])
    assert tokens["scope"] == "snsapi_userinfo"


def wechat_of(town: Any, app: dict[str, Any]) -> Wechat:
    known = Wechat.__new__(Wechat)
    known.town, known.app = town, app
    return known


# -- sites


WIRE = {  # programs post here, with credentials of their own in every request
    *(
        "/oauth/authorize",
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/introspect",
        "/oauth/device_authorization",
        "/oauth/par",
        "/oauth/register",
        "/oauth/logout",  # asks the user first, whoever sent them
    ),
    *("/sns/oauth2/access_token", "/sns/oauth2/refresh_token", "/sns/jscode2session"),
    *("/cgi-bin/stable_token", "/cgi-bin/token", "/wxa/business/getuserphonenumber"),
    *("/wxa/checksession", "/wxa/resetusersessionkey"),
    *("/oauth2.0/authorize", "/oauth2.0/token", "/oauth2.0/me"),
    *("/oauth2/authorize", "/oauth2/access_token", "/2/oauth2/access_token"),
    *("/oauth2/get_token_info", "/oauth2/revokeoauth2"),
}


def pages_that_post(control: Any) -> list[str]:
    """Every address outside the wire and the control API that takes a form."""
    rules = [rule for rule in control.app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    forms = [rule for rule in rules if not rule.rule.startswith("/_mock/api") and rule.rule not in WIRE]
    return sorted(filled(rule) for rule in forms)


def filled(rule: Any) -> str:
    values = {name: 1 if hasattr(kind, "num_convert") else "x" for name, kind in rule._converters.items()}
    return str(rule.build(values)[1])


def test_no_form_is_taken_from_another_site(control: Any) -> None:
    found = pages_that_post(control)
    assert {"/connect/login", "/connect/consent", "/settings/logout"} <= set(found)

    for path in found:
        for form in ({}, {"csrf_token": "made-up"}):
            answer = control.client.post(path, data=form, headers={"Accept": "text/html"})
            assert answer.status_code == 400, path
            assert "Location" not in answer.headers


def test_every_page_and_redirect_may_not_be_framed_kept_or_named_to_others(control: Any) -> None:
    app = control.wechat()
    control.login(app)
    rules = (rule for rule in control.app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    plain = [rule.rule for rule in rules if not rule.arguments]
    answers = [control.client.get(path, headers={"Accept": "text/html"}) for path in plain]
    pages = [answer for answer in [*answers, control.authorize(app)] if "html" in (answer.content_type or "")]
    assert len(pages) > 5

    for page in pages:
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_what_a_client_says_of_a_proxy_is_believed_only_where_one_is_configured(start: Any) -> None:
    said = {"X-Forwarded-Host": "evil.test", "X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"}
    page = {"Accept": "text/html", **said}
    address = "https://127.0.0.1:9000"

    plain = start(env="production", provider_url=address).client.get(
        "/settings/authorizations", headers=page, base_url="http://127.0.0.1:9000"
    )
    assert (plain.status_code, plain.headers["Location"]) == (308, f"{address}/settings/authorizations")

    behind = start(env="production", provider_url=address, trusted_proxies=1)
    refused = behind.client.get("/settings/authorizations", headers=page, base_url="http://127.0.0.1:9000")
    assert refused.status_code == 421, "the proxy names a host that is none of ours"
    good = behind.client.get(
        "/settings/authorizations",
        headers={**page, "X-Forwarded-Host": "127.0.0.1:9000"},
        base_url="http://10.0.0.1",
    )
    assert good.status_code == 200
    assert all("Secure" in cookie for cookie in good.headers.getlist("Set-Cookie"))
    assert good.headers.getlist("Set-Cookie")


def test_a_withdrawn_consent_is_told_in_the_flow_that_it_ends(town: Any, asking: dict[str, Any]) -> None:
    browser = Browser()
    consent = browser.follow(browser.submit(start(browser, town, asking), persona="zhangsan"))
    browser.submit(consent, decision="approve")
    address = f"{town.provider}/settings/authorizations?world={asking['world']}"

    browser.submit(browser.get(address), action="/settings/authorizations/revoke")

    [flow] = town.api("GET", "/flows", params={"world": asking["world"]})
    told = town.api("GET", f"/flows/{flow['id']}/exchanges")[-1]
    assert (told["name"], told["user"]) == ("grant.revoked", "zhangsan")
    assert {"name": "consent existed", "ok": True} in told["checks"]
