"""The front door, and the way in for a client of one's own: its checklist tells what a provider can see."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from console_pages import BASE, Pages, rows, text_of
from nobody import nobody

pytestmark = pytest.mark.launcher

MINE = "wxc0ffee0123456789"
CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture
def pages(control: Any) -> Pages:
    return Pages(control.client)


@pytest.fixture
def unready() -> Iterator[str]:
    """A service that answers 503, as one does whose Redis is away."""

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def nowhere() -> Iterator[str]:
    with nobody() as address:
        yield f"http://{address}"


def steps(page: str) -> dict[int, str]:
    return {int(n): state for n, state in re.findall(r'data-testid="st-step-(\d)" data-state="(\w+)"', page)}


def checklist(pages: Pages, app: dict[str, Any]) -> dict[int, str]:
    return steps(pages.get("/connect", app=app["appid"]).text)


def mark(page: str) -> str:
    return rows(page, "st-checklist")[0]["mark"]


# -- /_mock/


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_front_door_leads_everywhere(control: Any, pages: Pages, language: str) -> None:
    page = pages.get("/", lang=language).text
    client = control.app.extensions["ninestep"].settings.client_url

    for testid, address in {
        "st-play": f"{client}/login",
        "st-theatre": "/_mock/theatre",
        "st-connect": "/_mock/connect",
        "st-teach": "/_mock/learn/",
        "st-break": "/_mock/console/faults",
        "st-openapi": "/_mock/api/docs",
        "bs-nav-console": "/_mock/console",
        "bs-nav-errors": "/_mock/errors",
    }.items():
        assert re.search(rf'href="{address}"[^>]*data-testid="{testid}"', page), testid


def test_the_providers_own_address_leads_to_it(control: Any) -> None:
    answer = control.client.get("/", base_url=BASE)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/_mock/")


def test_each_part_of_the_town_says_how_it_is(start: Any, nowhere: str) -> None:
    """Nobody listens at the others' addresses here."""
    control = start(resource_url=nowhere, client_url=nowhere, gateway_url=nowhere)

    page = Pages(control.client).get("/").text

    told = {part["name"]: part["state"] for part in control("GET", "/health")["parts"]}
    assert told == {
        "provider": "ready", "resource_api": "away", "client_app": "away", "gateway": "away", "redis": "ready",
    }  # fmt: skip
    assert dict(re.findall(r'data-testid="st-health-(\w+)" data-state="(\w+)"', page)) == told


def test_in_a_container_the_gateway_cannot_be_seen(start: Any, nowhere: str) -> None:
    """Its one address is the browser's; ``127.0.0.1`` of a container is nobody's (docker-compose.yml)."""
    control = start(bind="0.0.0.0", exposure="loopback", gateway_url=nowhere)

    told = {part["name"]: part["state"] for part in control("GET", "/health")["parts"]}

    assert told["gateway"] == "unseen"


def test_every_part_of_a_running_town_is_ready(town: Any) -> None:
    wanted = dict.fromkeys(("provider", "resource_api", "client_app", "gateway", "redis"), "ready")
    deadline = time.monotonic() + 20

    def look() -> dict[str, str]:
        return {part["name"]: part["state"] for part in town.api("GET", "/health")["parts"]}

    while (told := look()) != wanted and time.monotonic() < deadline:
        pass  # a page waits 0.6 s for a part, and a busy machine may take longer to answer

    assert told == wanted


def test_a_part_that_is_not_ready_says_so(start: Any, unready: str) -> None:
    control = start(resource_url=unready)

    told = {part["name"]: part["state"] for part in control("GET", "/health")["parts"]}

    assert told["resource_api"] == "waiting"


# -- /_mock/connect


def test_it_begins_with_the_app_that_is_the_readers_own(pages: Pages) -> None:
    page = pages.get("/connect").text

    assert text_of(page, "st-appid") == MINE
    assert steps(page) == {1: "unseen", 2: "here", **dict.fromkeys(range(3, 9), "open"), 9: "unseen"}


def test_the_secret_is_shown_by_post_alone(control: Any, pages: Pages) -> None:
    secret = control("GET", f"/apps/{MINE}")["secret"]
    assert secret not in pages.get("/connect").text

    shown = pages.post("/connect")

    assert text_of(shown.text, "st-secret") == secret
    assert f"OAUTH_SECRET={secret}" in shown.text
    assert pages.post("/connect", csrf=False).status_code == 400


@pytest.mark.parametrize(
    ("fields", "place", "path"),
    [
        ({"dialect": "wechat", "kind": "official_account"}, "authorize", "/connect/oauth2/authorize"),
        ({"dialect": "wechat", "kind": "website"}, "authorize", "/connect/qrconnect"),
        ({"dialect": "wechat", "kind": "mobile"}, "token", "/sns/oauth2/access_token"),
        ({"dialect": "wechat", "kind": "mini_program"}, "session", "/sns/jscode2session"),
        ({"dialect": "qq"}, "openid", "/oauth2.0/me"),
        ({"dialect": "weibo"}, "userinfo", "/2/users/show.json"),
        ({"dialect": "standard", "kind": "spa"}, "introspect", "/oauth/introspect"),
        ({"dialect": "standard", "kind": "web"}, "token", "/oauth/token"),
    ],
)
def test_each_dialect_is_told_its_own_addresses(
    control: Any, pages: Pages, fields: dict[str, str], place: str, path: str
) -> None:
    app = control("POST", "/apps", fields)

    page = pages.get("/connect", app=app["appid"]).text

    gateway = control.app.extensions["ninestep"].settings.gateway_url
    assert text_of(page, f"st-place-{place}") == gateway + path
    assert ("SECRET=" in page) == (app["type"] == "confidential")


def test_an_app_that_is_none_has_no_page(pages: Pages) -> None:
    assert pages.get("/connect", app="nobody").status_code == 404
    assert pages.get("/connect/progress", app="nobody").status_code == 404
    assert pages.post("/connect").status_code == 200


def test_the_checklist_ticks_as_a_foreign_client_gets_on(control: Any, pages: Pages) -> None:
    app = control.wechat()
    assert checklist(pages, app)[2] == "here"

    location = control.authorize(app).headers["Location"]
    assert checklist(pages, app) == {
        1: "unseen", 2: "done", 3: "skipped", 4: "done", 5: "here", 6: "open", 7: "open", 8: "open", 9: "unseen",
    }  # fmt: skip

    control.redeem(app, parse_qs(urlsplit(location).query)["code"][0])
    after = checklist(pages, app)
    assert (after[5], after[6], after[7]) == ("done", "done", "here")


def test_where_a_client_was_refused_the_checklist_stops(control: Any, pages: Pages) -> None:
    app = control.wechat(consent={"mode": "deny"})
    control.authorize(app)

    page = pages.get("/connect", app=app["appid"]).text

    told = steps(page)
    assert (told[2], told[4], told[5]) == ("done", "refused", "open")
    assert "access_denied" in page
    assert rows(page, "st-checklist")[0]["reached"] == "3"


def test_a_code_that_buys_nothing_stops_it_at_the_answer(control: Any, pages: Pages) -> None:
    app = control.wechat()
    location = control.authorize(app).headers["Location"]
    control.redeem({**app, "secret": "wrong"}, parse_qs(urlsplit(location).query)["code"][0])

    told = checklist(pages, app)

    assert (told[4], told[5], told[6], told[7]) == ("done", "done", "refused", "open")


def test_an_old_login_is_found_behind_many_of_another_app(control: Any, pages: Pages) -> None:
    app = control.wechat()
    other = control.wechat(world=app["world"])
    control.authorize(app)
    for _ in range(21):
        control.authorize(other)

    assert checklist(pages, app)[4] == "done"


def test_progress_answers_when_it_has_news_and_not_before(control: Any, pages: Pages) -> None:
    app = control.wechat()
    seen = mark(pages.get("/connect", app=app["appid"]).text)
    assert pages.get("/connect/progress", app=app["appid"], seen=seen).status_code == 204

    control.authorize(app)
    news = pages.get("/connect/progress", app=app["appid"], seen=seen, wait="20")

    assert news.status_code == 200
    assert steps(news.text)[2] == "done"
    assert mark(news.text) != seen


@pytest.mark.parametrize("wait", ["", "-1", "x", "1e9", "٣", "9999999999", "0"])
def test_a_crooked_wait_waits_for_nothing(control: Any, pages: Pages, wait: str) -> None:
    app = control.wechat()
    seen = mark(pages.get("/connect", app=app["appid"]).text)

    assert pages.get("/connect/progress", app=app["appid"], seen=seen, wait=wait).status_code == 204


def test_strangers_see_neither_the_door_nor_the_way_in(start: Any) -> None:
    exposed = start(bind="0.0.0.0", admin_token="geheim").client
    for path in ("/_mock/", "/_mock/connect", "/_mock/connect/progress"):
        answer = exposed.get(path, base_url=BASE)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].endswith("/_mock/enter")


def test_every_place_in_the_navigation_is_there(pages: Pages) -> None:
    page = pages.get("/").text

    for address in re.findall(r'class="back__link" href="(/[^"]*)"', page):
        assert pages.client.get(address, base_url=BASE).status_code in (200, 302, 308), address
