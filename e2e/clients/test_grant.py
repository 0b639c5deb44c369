"""An Express site on grant, unmodified: its own addresses of WeChat, QQ and Weibo, which it knows by heart."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program

SDK = "grant"

APPS = {
    "wechat": {"dialect": "wechat", "kind": "official_account"},
    "qq": {"dialect": "qq", "kind": "web"},
    "weibo": {"dialect": "weibo", "kind": "web"},
}
MORE: dict[str, dict[str, Any]] = {
    "wechat": {"scope": ["snsapi_userinfo"], "state": True},
    "qq": {"scope": ["get_user_info"], "state": True},
    "weibo": {"state": True},
}
every = pytest.mark.parametrize("name", APPS)


def site(sdk: Program, app: Any, name: str, profile: bool = True, **told: Any) -> str:
    """Without ``profile`` for logins that fail: grant 5.4 looks into what Weibo did not give, and falls over itself."""
    more = {**MORE[name], "response": ["tokens", "raw", *(["profile"] if profile else [])]}
    url = str(sdk("start", app=app.told(**told), provider=name, more=more))
    app.change(redirect_uris=[f"{url}/connect/{name}/callback"])
    return url


@every
def test_a_person_logs_in(sdk: Program, new_app: Any, person: Any, name: str) -> None:
    app = new_app(**APPS[name])

    shown = person.whole(f"{site(sdk, app, name)}/connect/{name}")

    assert shown["access_token"]
    found = shown["profile"]
    assert "张三" in (found.get("nickname"), found.get("screen_name")), shown


@every
def test_a_wrong_secret_is_an_error_in_its_answer(sdk: Program, new_app: Any, person: Any, name: str) -> None:
    app = new_app(**APPS[name])

    shown = person.whole(f"{site(sdk, app, name, False, secret='0' * 32)}/connect/{name}")

    assert "access_token" not in shown
    assert "error" in shown or "40125" in str(shown["raw"]) or "100009" in str(shown["raw"])


@pytest.mark.parametrize("name", ["weibo"])
def test_a_refusal_at_weibo_is_an_error_in_its_answer(
    sdk: Program, new_app: Any, person: Any, name: str
) -> None:
    app = new_app(**APPS[name], consent={"mode": "deny"})

    shown = person.whole(f"{site(sdk, app, name, False)}/connect/{name}")

    assert shown["error"] == "access_denied"
