"""axios of npm, by either of its adapters, and Node's fetch: at https://api.weixin.qq.com without an SDK."""

from __future__ import annotations

from typing import Any

import pytest
from clients.program import Program, Raised

SDK = "axios"

every = pytest.mark.parametrize("way", ["axios", "axios by fetch", "fetch"])


@pytest.fixture
def account(new_app: Any) -> Any:
    return new_app(kind="official_account", dialect="wechat")


@every
def test_a_profile_is_read(sdk: Program, account: Any, way: str) -> None:
    given = account.ask("POST", "/codes", {"user": "lisi", "scope": "snsapi_userinfo"})["code"]

    profile = sdk("profile", way=way, app=account.told(), code=given)

    assert profile["nickname"] == "李四🌸"
    with pytest.raises(Raised) as caught:
        sdk("profile", way=way, app=account.told(), code=given)
    assert caught.value.fields["errcode"] == 40163


def test_axios_asks_the_proxy_for_other_hosts_and_is_refused(sdk: Program) -> None:
    """It reads HTTPS_PROXY, as docs/intercept.md says. fetch does not, and would leave this machine: not tried."""
    with pytest.raises(Raised, match="403"):
        sdk("elsewhere")
