"""A Django site on django-allauth, unmodified, and a person who logs in there with WeChat or Weibo."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from clients.program import Program

SDK = "allauth"


def website(new_app: Any, **fields: Any) -> Any:
    """Any port of this address: the site's is not known yet."""
    return new_app(dialect="wechat", open_platform="p", callback="http://127.0.0.1/", **fields)


@pytest.mark.parametrize(("user", "nickname"), [("zhangsan", "张三"), ("lisi", "李四🌸")])
@pytest.mark.parametrize("kind", ["website", "official_account"])
def test_a_person_logs_in_with_wechat(
    sdk: Program, new_app: Any, person: Any, kind: str, user: str, nickname: str
) -> None:
    app = website(new_app, kind=kind)
    app.change(consent={"mode": "auto", "user": user})
    more = {"authorize_url": "https://open.weixin.qq.com/connect/oauth2/authorize"}
    site = sdk("start", provider="weixin", app=app.told(**(more if kind == "official_account" else {})))

    (account,) = person.whole(f"{site}/accounts/weixin/login/")["accounts"]

    assert account["data"]["nickname"] == nickname
    assert account["uid"] in (account["data"]["openid"], account["data"].get("unionid"))


def test_a_person_logs_in_with_weibo(sdk: Program, new_app: Any, person: Any) -> None:
    site = sdk("start", provider="weibo", app={"appid": "", "secret": ""})
    callback = f"{site}/accounts/weibo/login/callback/"
    app = new_app(dialect="weibo", kind="web", callback=callback)
    sdk("start", provider="weibo", app=app.told())

    (account,) = person.whole(f"{site}/accounts/weibo/login/")["accounts"]

    assert account["data"]["screen_name"] == "张三"
    assert account["uid"] == account["data"]["idstr"]


def last_page(person: Any, url: str) -> requests.Response:
    page: requests.Response = person.session.get(url, timeout=20)
    return page


def test_a_refusal_at_weibo_is_a_canceled_login(sdk: Program, new_app: Any, person: Any) -> None:
    site = sdk("start", provider="weibo", app={"appid": "", "secret": ""})
    callback = f"{site}/accounts/weibo/login/callback/"
    app = new_app(dialect="weibo", kind="web", callback=callback, consent={"mode": "deny"})
    sdk("start", provider="weibo", app=app.told())

    page = last_page(person, f"{site}/accounts/weibo/login/")

    assert page.url == f"{site}/accounts/3rdparty/login/cancelled/"


def test_a_wrong_secret_is_a_failed_login_and_no_crash(sdk: Program, new_app: Any, person: Any) -> None:
    app = website(new_app, kind="official_account")
    more = {"authorize_url": "https://open.weixin.qq.com/connect/oauth2/authorize", "secret": "0" * 32}
    site = sdk("start", provider="weixin", app=app.told(**more))

    page = last_page(person, f"{site}/accounts/weixin/login/")

    assert page.status_code == 401
    assert person.whole(f"{site}/me") == {"accounts": []}
