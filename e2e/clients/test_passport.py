"""An Express site on passport-wechat (which stands on wechat-oauth) and passport-weibo, unmodified."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program

SDK = "passport"


def site(sdk: Program, app: Any, client: str, **more: Any) -> str:
    """Its address, which a Weibo app has to know to the letter."""
    url = str(sdk("start", app=app.told(**more), client=client))
    app.change(redirect_uris=[f"{url}/callback"])
    return url


@pytest.mark.parametrize(
    ("client", "fields"),
    [
        ("wechat", {"dialect": "wechat", "kind": "official_account"}),
        ("web", {"dialect": "wechat", "kind": "website"}),
    ],
)
def test_a_person_logs_in_with_wechat(
    sdk: Program, new_app: Any, person: Any, client: str, fields: dict[str, str]
) -> None:
    shown = person.whole(site(sdk, new_app(**fields), client) + "/login")

    assert shown["user"]["nickname"] == "张三"
    assert shown["user"]["expires"] == 7200


def test_a_base_login_gives_an_openid_alone(sdk: Program, new_app: Any, person: Any) -> None:
    app = new_app(dialect="wechat", kind="official_account")
    shown = person.whole(site(sdk, app, "wechat", scope="snsapi_base") + "/login")

    assert shown["user"].keys() == {"openid", "expires"}


def test_a_refusal_at_wechat_is_no_login(sdk: Program, new_app: Any, person: Any) -> None:
    """Its source says it: the documents promise a state alone, «in reality code equals authdeny»."""
    app = new_app(dialect="wechat", kind="official_account", consent={"mode": "deny"})
    url = site(sdk, app, "wechat")

    page = person.session.get(f"{url}/login", timeout=20)

    assert page.url.startswith(f"{url}/callback?code=authdeny")
    assert page.status_code == 401


def test_a_wrong_secret_is_its_own_error(sdk: Program, new_app: Any, person: Any) -> None:
    app = new_app(dialect="wechat", kind="official_account")
    shown = person.whole(site(sdk, app, "wechat", secret="0" * 32) + "/login")

    assert (shown["error"]["name"], shown["error"]["code"]) == ("WeChatAPIError", 40125)


def test_a_person_logs_in_with_weibo(sdk: Program, new_app: Any, person: Any) -> None:
    app = new_app(dialect="weibo", kind="web")
    shown = person.whole(site(sdk, app, "weibo") + "/login")

    assert shown["user"]["displayName"] == "张三"
    assert str(shown["user"]["id"]).isdigit()


def test_a_refusal_at_weibo_is_no_login(sdk: Program, new_app: Any, person: Any) -> None:
    url = site(sdk, new_app(dialect="weibo", kind="web", consent={"mode": "deny"}), "weibo")

    page = person.session.get(f"{url}/login", timeout=20)

    assert "error=access_denied" in page.url
    assert page.status_code >= 400
