"""Logto's connectors wechat-web and wechat-native, unmodified; they check the type of every field that they read."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "logto"


@pytest.fixture
def website(new_app: Any) -> Any:
    return new_app(dialect="wechat", kind="website", open_platform="p")


def refused(sdk: Program, app: Any, said: dict[str, str], **told: str) -> str:
    """What Logto calls it."""
    with pytest.raises(Raised) as caught:
        sdk("userInfo", app=app.told(**told), kind="web", said=said)
    return str(caught.value.fields["code"])


def test_it_logs_in_on_a_website(sdk: Program, website: Any, person: Any) -> None:
    said = person.visit(sdk("authorizationUri", app=website.told(), kind="web"))

    found = sdk("userInfo", app=website.told(), kind="web", said=said)

    assert said["state"] == "st"
    assert found["name"] == "张三"
    assert found["id"] == found["rawData"]["unionid"]


def test_it_logs_in_in_a_mobile_app_whose_code_needed_no_page(sdk: Program, new_app: Any) -> None:
    app = new_app(dialect="wechat", kind="mobile", open_platform="p", redirect_uris=[])
    said = app.ask("POST", "/codes", {"user": "lisi", "scope": "snsapi_userinfo"})

    assert sdk("userInfo", app=app.told(), kind="native", said={"code": said["code"]})["name"] == "李四🌸"


def test_a_code_that_buys_nothing_is_its_own_error(sdk: Program, website: Any, person: Any) -> None:
    used = person.visit(sdk("authorizationUri", app=website.told(), kind="web"))
    sdk("userInfo", app=website.told(), kind="web", said=used)
    late = person.visit(sdk("authorizationUri", app=website.told(), kind="web"))
    website.advance("10m1s")

    assert refused(sdk, website, used) == "social_auth_code_invalid"
    assert refused(sdk, website, late) == "social_auth_code_invalid"


def test_a_token_that_is_none_is_its_own_error(sdk: Program, website: Any, person: Any) -> None:
    said = person.visit(sdk("authorizationUri", app=website.told(), kind="web"))
    website.ask("POST", "/faults", {"endpoint": "userinfo", "error": "token_unknown"})

    assert refused(sdk, website, said) == "social_invalid_access_token"


def test_a_wrong_secret_is_its_own_error(sdk: Program, website: Any, person: Any) -> None:
    said = person.visit(sdk("authorizationUri", app=website.told(), kind="web"))

    assert refused(sdk, website, said, secret="0" * 32) == "general"
