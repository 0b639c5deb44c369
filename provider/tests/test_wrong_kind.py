"""An appid at the page of another kind of app: WeChat has one page for websites, and an account's appid opens no QR code."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("kind", ["official_account", "mobile", "mini_program"])
def test_only_a_websites_appid_opens_the_qr_page(control: Any, kind: str) -> None:
    callback = {"redirect_uris": ["http://127.0.0.1/cb"]} if kind == "official_account" else {}
    app = control("POST", "/apps", {"dialect": "wechat", "kind": kind, **callback})
    site = control(
        "POST", "/apps", {"dialect": "wechat", "kind": "website", "redirect_uris": ["http://127.0.0.1/cb"]}
    )
    query = {
        "redirect_uri": "http://127.0.0.1/cb",
        "response_type": "code",
        "scope": "snsapi_login",
        "state": "s",
    }

    pages = [
        control.stage("/connect/qrconnect", {**query, "appid": each["appid"]}).text for each in (site, app)
    ]

    assert ['data-testid="wx-qr"' in page for page in pages] == [True, False]
    flow = control("GET", "/flows", app=app["appid"])[0]
    assert (flow["outcome"], flow["error"]) == ("refused", "client_kind")
