"""``ninestep.login(page)``: the clicks of a person, taken by a test's one line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ninestep.testing import App, Ninestep, Town
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def ninestep(town: Any) -> Iterator[Ninestep]:
    at = Town.at(town.provider)
    with Ninestep(at) as world:
        yield world
    at.close()


@pytest.fixture
def app(ninestep: Ninestep, town: Any) -> App:
    return ninestep.app(redirect_uris=[f"{town.client}/somewhere"])


def said(page: Page) -> dict[str, list[str]]:
    """What the browser carried back to the client."""
    page.wait_for_url("**/somewhere?*")
    return parse_qs(urlsplit(page.url).query)


@pytest.mark.parametrize("user", ["zhangsan", "lisi"])
def test_somebody_of_the_picker_agrees(page: Page, ninestep: Ninestep, app: App, user: str) -> None:
    page.goto(app.authorize_url(state="4711"))

    ninestep.login(page, user)

    assert said(page)["state"] == ["4711"]
    assert ninestep.flow(app, until="step=4").user == user


def test_somebody_refuses(page: Page, ninestep: Ninestep, app: App) -> None:
    page.goto(app.authorize_url(state="4711"))

    ninestep.login(page, deny=True)

    assert said(page)["code"] == ["authdeny"]


def test_a_person_of_the_worlds_own_agrees(page: Page, ninestep: Ninestep, app: App) -> None:
    ninestep.user("xiaowang", nickname="小王")
    page.goto(app.authorize_url(state="4711"))

    ninestep.login(page, "xiaowang")

    assert said(page)["code"]
    assert ninestep.flow(app, until="step=4").user == "xiaowang"


def test_somebody_who_is_logged_in_only_agrees(browser: Browser, ninestep: Ninestep, app: App) -> None:
    context = browser.new_context(storage_state=ninestep.storage_state("wangwu"))  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(app.authorize_url(state="4711").replace(ninestep.town.gateway, ninestep.town.provider))

    ninestep.login(page)

    assert said(page)["code"]
    assert ninestep.flow(app, until="step=4").user == "wangwu"
    context.close()
