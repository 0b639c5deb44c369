"""Tab Metrics: the drawing and its table say the same, and what the counters in Redis say."""

from __future__ import annotations

import re
from typing import Any

import pytest
from console_pages import BASE, Pages, rows
from ninestep_provider.console.chart import chart, shares


@pytest.fixture
def pages(control: Any) -> Pages:
    return Pages(control.client)


def test_before_anything_happened_the_four_are_zero(pages: Pages) -> None:
    page = pages.get("/console/metrics").text

    names = ["authAttempts", "authSuccess", "authFailures", "tokenRefreshes"]
    assert [row["name"] for row in rows(page, "co-metric")] == names
    assert re.findall(r'class="bars__number"[^>]*>(\d+)<', page) == ["0", "0", "0", "0"]
    assert rows(page, "co-decision") == []


def test_the_clients_counters_and_errors_are_shown(control: Any, pages: Pages) -> None:
    counted = {"authAttempts": 5, "authSuccess": 3, "authFailures": 2, "errors:access_denied": 2}
    for name, number in counted.items():
        control.store.redis.hset(control.store.keys.metrics, f"client_app:{name}", number)

    page = pages.get("/console/metrics").text

    assert re.findall(r'class="bars__number"[^>]*>(\d+)<', page)[:4] == ["5", "3", "2", "0"]
    table = page[page.index('data-name="authAttempts"') :]
    assert re.findall(r'<td class="num">(\d+)</td>', table)[:4] == ["5", "3", "2", "0"]
    assert rows(page, "co-error-row") == [{"name": "access_denied"}]


def test_agreed_and_refused_are_counted_from_real_answers(control: Any, pages: Pages) -> None:
    yes, no = control.wechat(), control.wechat(consent={"mode": "deny"})
    for app in (yes, yes, yes, no):
        control.authorize(app)

    page = pages.get("/console/metrics").text

    told = re.findall(
        r'data-testid="co-decision" data-name="(\w+)".*?<strong>(\d+)</strong>.*?\((\d+) %\)', page, re.S
    )
    assert told == [("approved", "3", "75"), ("denied", "1", "25")]
    assert 'class="ratio__denied" x="75.0" width="25.0"' in page


def test_refusals_of_a_service_are_drawn_by_their_reason(control: Any, pages: Pages) -> None:
    app = control.wechat()
    control.redeem(app, "no-code-of-ours")

    page = pages.get("/console/metrics").text

    assert "code_unknown" in [row["name"] for row in rows(page, "co-refusal")]
    assert re.search(r'class="bars__name"[^>]*>code_unknown<', page)


def test_the_longest_bar_fills_the_room_and_zero_is_a_hairline() -> None:
    drawn = chart({"a": 10, "b": 5, "c": 0})

    lengths = [bar.length for bar in drawn.bars]
    assert lengths[1] * 2 == pytest.approx(lengths[0], abs=0.2)
    assert lengths[2] == 1
    assert drawn.left + lengths[0] < drawn.width
    assert [bar.y for bar in drawn.bars] == sorted({bar.y for bar in drawn.bars})


def test_shares_of_a_whole_add_up() -> None:
    parts = shares({"yes": 1, "no": 2})

    assert [(name, number) for name, number, _, _ in parts] == [("yes", 1), ("no", 2)]
    assert sum(length for *_, length in parts) == pytest.approx(100, abs=0.1)
    assert parts[1][2] == parts[0][3]


def test_the_page_of_the_services_own_metrics_is_there_without_a_backstage(start: Any) -> None:
    off = start(backstage=False).client

    page = off.get("/metrics", headers={"Accept": "text/html"}, base_url=BASE)

    assert (page.status_code, "/_mock" in page.text) == (200, False)
