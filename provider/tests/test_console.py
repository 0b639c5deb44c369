"""The console's frame: every tab in both languages, worlds, forms that another site cannot send, who may enter."""

from __future__ import annotations

from typing import Any

import pytest
from console_pages import BASE, Pages, rows

TABS = ("", "/users", "/worlds", "/tokens", "/faults", "/clock", "/metrics", "/inspect", "/reset")
PAGES = (*TABS, "/apps/new", "/apps/wx1234567890abcdef", "/users/new", "/users/zhangsan")
FORMS = (
    *("/apps/new", "/apps/wx1234567890abcdef", "/apps/wx1234567890abcdef/secret"),
    *("/apps/wx1234567890abcdef/rotate", "/apps/wx1234567890abcdef/next", "/apps/wx1234567890abcdef/delete"),
    *("/users/new", "/users/zhangsan", "/users/zhangsan/follow", "/users/zhangsan/login-as"),
    *("/users/zhangsan/delete", "/worlds", "/worlds/town/delete", "/tokens", "/faults", "/faults/delete"),
    *("/clock", "/inspect", "/reset"),
)


@pytest.fixture
def pages(control: Any) -> Pages:
    return Pages(control.client)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_in_both_languages(pages: Pages, path: str, language: str) -> None:
    answer = pages.get(f"/console{path}", lang=language)

    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.text.count('aria-current="page"') == 2  # the console in the navigation, the tab beside it


@pytest.mark.parametrize("path", FORMS)
def test_no_form_is_taken_without_its_token(control: Any, pages: Pages, path: str) -> None:
    before = control("GET", "/state")

    assert pages.post(f"/console{path}", csrf=False, what="all", sure="on").status_code == 400

    after = control("GET", "/state")
    assert [{**one, "now": 0} for one in after["worlds"]] == [{**one, "now": 0} for one in before["worlds"]]


@pytest.mark.parametrize("path", TABS)
def test_a_world_that_is_not_there_is_a_page_that_says_so(pages: Pages, path: str) -> None:
    assert pages.get(f"/console{path}", world="atlantis").status_code == 404


@pytest.mark.parametrize("path", ["/apps/nobody", "/users/nobody"])
def test_who_is_not_there_is_a_page_that_says_so(pages: Pages, path: str) -> None:
    assert pages.get(f"/console{path}").status_code == 404
    assert pages.post(f"/console{path}").status_code == 404


def test_no_page_of_the_console_holds_a_secret_of_an_app(control: Any, pages: Pages) -> None:
    secrets = [app["secret"] for app in control("GET", "/apps") if app["secret"]]
    assert len(secrets) > 5

    for path in PAGES:
        page = pages.get(f"/console{path}").text
        assert [secret for secret in secrets if secret in page] == [], path


def test_a_page_of_the_town_leads_to_the_console_of_its_world(control: Any) -> None:
    app = control.wechat()
    page = Pages(control.client, app["world"]).get("/console").text

    assert rows(page, "co-app-row") == [{"appid": app["appid"]}]
    assert f"/_mock/console/tokens?world={app['world']}" in page


def test_without_a_backstage_there_is_no_console(start: Any) -> None:
    assert start(backstage=False).client.get("/_mock/console", base_url=BASE).status_code == 404


def test_strangers_are_asked_for_the_token_before_any_form(start: Any) -> None:
    exposed = start(bind="0.0.0.0", admin_token="geheim", exposure="")
    for path in FORMS:
        answer = exposed.client.post(f"/_mock/console{path}", base_url=BASE)
        assert answer.status_code in (302, 400), path
        assert "wx1234567890abcdef" not in answer.text


# -- worlds


def test_a_world_is_made_and_deleted(control: Any, pages: Pages) -> None:
    made = pages.done("/console/worlds", name="spring")
    assert {"world": "spring"} in rows(made, "co-world-row")
    assert "spring" in [world["name"] for world in control("GET", "/worlds")]

    gone = pages.done("/console/worlds/spring/delete")
    assert rows(gone, "co-world-row") == [{"world": "town"}]


def test_a_world_without_a_name_gets_one(control: Any, pages: Pages) -> None:
    pages.done("/console/worlds", name="")

    assert len(control("GET", "/worlds")) == 2


@pytest.mark.parametrize("name", ["town", "with space", "x" * 65, "../town", "<b>"])
def test_a_world_that_cannot_be_made_is_refused_at_its_field_and_kept(pages: Pages, name: str) -> None:
    status, field, page = pages.refused("/console/worlds", name=name)

    assert (status, field) == (409 if name == "town" else 422, "name")
    assert rows(page, "co-world-row") == [{"world": "town"}]
    assert 'data-testid="co-field-error" data-field="name"' in page


def test_the_town_cannot_be_deleted(pages: Pages) -> None:
    assert pages.refused("/console/worlds/town/delete")[0] == 409
