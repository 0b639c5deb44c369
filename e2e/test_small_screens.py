"""On a phone every button can be reached: nothing stands outside the screen that cannot be scrolled to."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

OUTSIDE = """() => [...document.querySelectorAll('main a, main button, main input, main select')].filter(each => {
    const box = each.getBoundingClientRect()
    if (!box.width || !box.height || box.right <= innerWidth + 1) return false
    for (let up = each.parentElement; up; up = up.parentElement)
        if (up !== document.body && ['auto', 'scroll'].includes(getComputedStyle(up).overflowX)) return false
    return true
}).map(each => each.dataset.testid || each.className)"""


@pytest.mark.parametrize(
    ("language", "width"),
    [
        ("en", 320),  # the longest words on the narrowest screen
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (("zh-CN", 320), ("zh-CN", 390), ("en", 390))
        ),
    ],
)
def test_every_button_is_on_the_screen(page: Page, world: Any, language: str, width: int) -> None:
    town = world.town
    query = {"appid": world.appid, "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    asked = town.http.get(
        f"{town.provider}/connect/oauth2/authorize",
        params={**query, "scope": "snsapi_userinfo", "state": "s"},
        allow_redirects=False,
    )
    flow = asked.headers["X-Ninestep-Flow"]
    page.set_viewport_size({"width": width, "height": 800})
    for path in (
        f"theatre?world={world.name}",
        f"theatre/{flow}?msg=1&tab=code",
        f"theatre/{flow}?tab=ledger",
        f"theatre/compare?left={flow}&right={flow}",
        f"console/apps/{world.appid}?",
        "console/users/zhangsan?",
        "console/apps/new?",
        "console/worlds?",
        f"console/tokens?world={world.name}",
        "console/faults?",
        "console/clock?",
        f"connect?app={world.appid}",
        f"learn/worksheet?app={world.appid}",
        "errors/wechat/40029?",
    ):
        page.goto(f"{town.provider}/_mock/{path}&lang={language}")
        for menu in page.locator("details[data-menu] > summary").all():
            menu.click()
        assert page.evaluate(OUTSIDE) == [], path
