"""social-core (Python Social Auth), unmodified, at all three platforms."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "social_core"

APPS = {
    "weixin": {"dialect": "wechat", "kind": "website"},
    "weixinapp": {"dialect": "wechat", "kind": "official_account"},
    "qq": {"dialect": "qq", "kind": "web"},
    "weibo": {"dialect": "weibo", "kind": "web"},
}
every = pytest.mark.parametrize("name", APPS)


@pytest.fixture
def app(new_app: Any, name: str) -> Any:
    return new_app(**APPS[name])


def back(sdk: Program, person: Any, name: str, app: Any) -> dict[str, str]:
    """What the browser brings to the callback."""
    return dict(person.visit(sdk("auth_url", name=name, app=app.told())))


def refused(sdk: Program, name: str, app: Any, said: dict[str, str]) -> Raised:
    with pytest.raises(Raised) as caught:
        sdk("auth_complete", name=name, app=app.told(), said=said)
    assert "AuthException" in caught.value.kinds
    return caught.value


@every
@pytest.mark.parametrize(("user", "nickname"), [("zhangsan", "张三"), ("lisi", "李四🌸")])
def test_it_logs_in_and_the_nickname_is_whole(
    sdk: Program, person: Any, name: str, app: Any, user: str, nickname: str
) -> None:
    app.change(consent={"mode": "auto", "user": user})
    found = sdk("auth_complete", name=name, app=app.told(), said=back(sdk, person, name, app))

    assert found["details"]["username"] == nickname
    assert found["uid"] == str(found["response"]["uid" if name == "weibo" else "openid"])


@every
def test_a_state_of_somebody_else_is_refused_by_the_client(
    sdk: Program, person: Any, name: str, app: Any
) -> None:
    said = {**back(sdk, person, name, app), "state": "forged"}

    assert refused(sdk, name, app, said).kind == "AuthSessionError"


@every
def test_a_code_that_was_used_is_the_clients_own_error(
    sdk: Program, person: Any, name: str, app: Any
) -> None:
    used = back(sdk, person, name, app)["code"]
    fresh = back(sdk, person, name, app)
    sdk("auth_complete", name=name, app=app.told(), said=fresh)
    again = back(sdk, person, name, app)

    assert used != fresh["code"]
    told = refused(sdk, name, app, {**again, "code": fresh["code"]})
    if name.startswith("weixin"):
        assert told.fields["provider_code"] == 40163


@every
def test_a_wrong_secret_is_the_clients_own_error(sdk: Program, person: Any, name: str, app: Any) -> None:
    said = back(sdk, person, name, app)

    with pytest.raises(Raised) as caught:
        sdk("auth_complete", name=name, app=app.told(secret="0" * 32), said=said)

    assert "SocialAuthBaseException" in caught.value.kinds
    if name.startswith("weixin"):
        assert caught.value.fields["provider_code"] == 40125
    if name == "weibo":
        assert caught.value.kind == "AuthConfigurationError"
        assert caught.value.fields["provider_code"] == "invalid_client"
        assert caught.value.fields["status_code"] == 400


@pytest.mark.parametrize("name", ["weixinapp"])
def test_a_refusal_at_wechat_is_a_code_that_buys_nothing(
    sdk: Program, person: Any, name: str, app: Any
) -> None:
    app.change(consent={"mode": "deny"})

    assert refused(sdk, name, app, back(sdk, person, name, app)).fields["provider_code"] == 40029


@pytest.mark.parametrize("name", ["weibo"])
def test_a_refusal_at_weibo_is_canceled(sdk: Program, person: Any, name: str, app: Any) -> None:
    app.change(consent={"mode": "deny"})

    assert refused(sdk, name, app, back(sdk, person, name, app)).kind == "AuthCanceled"


@pytest.mark.parametrize("name", ["weixin", "weixinapp"])
def test_its_refresh_goes_to_the_wrong_address_and_is_told_so(
    sdk: Program, person: Any, name: str, app: Any
) -> None:
    """It posts to /sns/oauth2/access_token, where a code is missing: so it is at the platform (wire.md §11.5)."""
    found = sdk("auth_complete", name=name, app=app.told(), said=back(sdk, person, name, app))

    with pytest.raises(Raised) as caught:
        sdk("refresh_token", name=name, app=app.told(), token=found["response"]["access_token"])

    assert caught.value.fields["provider_code"] == 41008


@pytest.mark.parametrize("name", ["weibo"])
def test_a_weibo_token_tells_whose_it_is(sdk: Program, person: Any, name: str, app: Any) -> None:
    found = sdk("auth_complete", name=name, app=app.told(), said=back(sdk, person, name, app))

    uid = sdk("get_uid", app=app.told(), access_token=found["response"]["access_token"])

    assert str(uid) == found["uid"]
