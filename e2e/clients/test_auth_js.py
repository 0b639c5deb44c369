"""A site on Auth.js (@auth/core) and its WeChat provider, unmodified. Node's own fetch makes its calls."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program

SDK = "auth_js"


def sign_in(person: Any, url: str) -> str:
    """The button of its sign-in page; where it sends the browser."""
    token = person.session.get(f"{url}/auth/csrf", timeout=20).json()["csrfToken"]
    form = {"csrfToken": token, "callbackUrl": f"{url}/auth/session"}
    away = person.session.post(f"{url}/auth/signin/wechat", data=form, timeout=20, allow_redirects=False)
    return str(away.headers["Location"])


@pytest.mark.parametrize(
    ("platform", "kind", "page"),
    [
        ("OfficialAccount", "official_account", "https://open.weixin.qq.com/connect/oauth2/authorize?"),
        ("WebsiteApp", "website", "https://open.weixin.qq.com/connect/qrconnect?"),
    ],
)
def test_a_person_logs_in(
    sdk: Program, new_app: Any, person: Any, platform: str, kind: str, page: str
) -> None:
    app = new_app(dialect="wechat", kind=kind, open_platform="p")
    url = sdk("start", app=app.told(), platformType=platform)
    away = sign_in(person, url)
    shown = person.whole(away)

    assert away.startswith(page)
    assert shown["user"]["name"] == "张三"
    assert shown["account"] == shown["profile"]["unionid"]


def test_a_wrong_secret_is_its_own_error(sdk: Program, new_app: Any, person: Any) -> None:
    app = new_app(dialect="wechat", kind="official_account", open_platform="p")
    url = sdk("start", app=app.told(secret="0" * 32), platformType="OfficialAccount")

    page = person.session.get(sign_in(person, url), timeout=20)

    assert page.url.startswith(f"{url}/auth/error") or page.status_code >= 400
    assert any(
        "CallbackRouteError" in error for error in person.session.get(f"{url}/errors", timeout=20).json()
    )
    assert person.session.get(f"{url}/auth/session", timeout=20).json() is None


def test_a_forged_state_is_refused_before_any_call(sdk: Program, new_app: Any, person: Any) -> None:
    app = new_app(dialect="wechat", kind="official_account", open_platform="p")
    url = sdk("start", app=app.told(), platformType="OfficialAccount")
    sign_in(person, url)

    person.session.get(f"{url}/auth/callback/wechat?code=x&state=forged", timeout=20)

    (error,) = person.session.get(f"{url}/errors", timeout=20).json()
    assert '"state"' in error
    assert person.session.get(f"{url}/auth/session", timeout=20).json() is None
