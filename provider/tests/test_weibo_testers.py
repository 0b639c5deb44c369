"""An app that Weibo has not approved is for its testers: everybody else is 21321 (wire.md F.5)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from browser import Browser
from weibo_client import Weibo, error, registered

TEXT = "applications over the unaudited use restrictions!"


@pytest.fixture
def weibo(town: Any) -> Weibo:
    return registered(town, policies={"unaudited": True})


def name_tester(weibo: Weibo, method: str = "PUT", uid: str = "zhangsan") -> None:
    weibo.town.api(method, f"/apps/{weibo.appid}/testers/{uid}")


def refused(response: requests.Response) -> bool:
    assert response.status_code == 400
    assert "Location" not in response.headers
    return f'data-testid="wx-error-title">error:{TEXT}<' in response.text and ">21321<" in response.text


def test_only_testers_may_authorize(weibo: Weibo) -> None:
    assert refused(weibo.authorize())
    name_tester(weibo)
    assert "code=" in weibo.authorize().headers["Location"]
    name_tester(weibo, "DELETE")
    assert refused(weibo.authorize())


def test_an_approved_app_is_for_everybody(town: Any) -> None:
    assert "code=" in registered(town).authorize().headers["Location"]


def test_somebody_else_is_told_after_the_login_and_asked_for_nothing(weibo: Weibo) -> None:
    weibo.change(consent={"mode": "ask"})
    name_tester(weibo)
    browser, address = Browser(), f"{weibo.town.provider}/oauth2/authorize"
    login = browser.follow(browser.get(address, **weibo.query()))

    page = browser.submit(login, persona="lisi")
    assert refused(page)
    assert 'class="skin-weibo"' in page.text

    again = browser.follow(browser.get(address, **weibo.query(forcelogin="true")))
    welcome = browser.submit(again, persona="zhangsan")
    assert urlsplit(welcome.headers["Location"]).path == "/oauth2/consent"


def test_an_armed_decision_asks_for_a_tester_too(weibo: Weibo) -> None:
    name_tester(weibo)
    weibo.town.api("POST", f"/apps/{weibo.appid}/next", {"user": "lisi"})

    assert refused(weibo.authorize())
    assert "code=" in weibo.authorize().headers["Location"]


@pytest.mark.parametrize("check", ["store", "introspect"])
def test_a_token_of_somebody_who_tests_no_longer_reads_nothing(weibo: Weibo, check: str) -> None:
    weibo.change(policies={"unaudited": True, "token_check": check})
    name_tester(weibo)
    tokens = weibo.tokens()
    assert weibo.show(tokens["access_token"], tokens["uid"]).status_code == 200

    name_tester(weibo, "DELETE")

    assert error(weibo.show(tokens["access_token"], tokens["uid"])) == (TEXT, 21321)


def test_the_list_of_testers(weibo: Weibo) -> None:
    def listed() -> list[str]:
        return [user["uid"] for user in weibo.town.api("GET", f"/apps/{weibo.appid}/testers")]

    assert listed() == []
    name_tester(weibo)
    name_tester(weibo, uid="lisi")
    assert sorted(listed()) == ["lisi", "zhangsan"]
    name_tester(weibo, "DELETE")
    assert listed() == ["lisi"]
    weibo.town.api("PUT", f"/apps/{weibo.appid}/testers/nobody", status=422)
    weibo.town.api("GET", "/apps/0/testers", status=404)


def test_testers_go_with_their_app(weibo: Weibo) -> None:
    name_tester(weibo)
    world = weibo.app["world"]
    kept = registered(weibo.town, world=world)
    weibo.town.api("DELETE", f"/apps/{weibo.appid}")

    again = {"dialect": "weibo", "world": world, "redirect_uris": [], "policies": {"unaudited": True}}
    weibo.town.api("PUT", f"/apps/{weibo.appid}", again)

    assert weibo.town.api("GET", f"/apps/{weibo.appid}/testers") == []
    assert kept.tokens()["uid"]
