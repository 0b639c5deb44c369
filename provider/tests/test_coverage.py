"""Coverage of checks: what a run exercised, what never refused anything, and what nobody but the client can see."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from check_sites import PACKAGES, sites
from ninestep.trace import recorder
from ninestep.trace.checkable import CLIENTS_OWN, NO_CHECK, TABLE, slug
from ninestep.trace.words import catalogue


def rows(control: Any, app: dict[str, Any]) -> dict[str, dict[str, Any]]:
    told = control("GET", f"/apps/{app['appid']}/coverage")
    return {row["name"]: row for row in told["checks"]}


def location(response: Any) -> dict[str, str]:
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).query).items()
    }


@pytest.mark.parametrize("service", PACKAGES)
def test_the_catalogue_has_every_check_that_the_code_makes_and_no_other(service: str) -> None:
    """A new check is in nobody's coverage before it stands there."""
    made = {site.name for site in sites(service) if site.name} - NO_CHECK
    source = "".join(path.read_text("utf-8") for path in PACKAGES[service].rglob("*.py"))
    known = set(TABLE[service])

    strange = {name for name in made if "*" not in name} - known
    strange |= {name for name in made if "*" in name and not any(fnmatch(each, name) for each in known)}
    gone = {
        name
        for name in known - made
        if f'"{name}"' not in source and not any("*" in each and fnmatch(name, each) for each in made)
    }
    assert strange == set()
    assert gone == set()


@pytest.mark.parametrize("service", PACKAGES)
def test_a_check_of_one_dialect_is_catalogued_for_that_dialect(service: str) -> None:
    wrong = [
        (site.id, site.name)
        for site in sites(service)
        if (own := re.match(r"dialects/(standard|wechat|qq|weibo)\b", site.path))
        and (places := TABLE[service].get(site.name))
        and not any(place.startswith(own[1]) for place in places)
    ]
    assert wrong == []


def test_every_check_has_words_and_no_words_are_left_over() -> None:
    names = {name for names in TABLE.values() for name in names} | set(CLIENTS_OWN)
    for language in ("zh-CN", "en"):
        told = {key.removeprefix("checks.") for key in catalogue("checks", language)}
        assert {name for name in told if "." not in name} == {slug(name) for name in names}


def test_a_login_exercises_checks_that_have_refused_nothing_yet(control: Any) -> None:
    app = control.wechat()
    before = control("GET", f"/apps/{app['appid']}/coverage")
    assert (before["made"], before["refused"], before["percent"]) == (0, 0, 0)

    control.login(app)

    told = control("GET", f"/apps/{app['appid']}/coverage")
    found = rows(control, app)
    assert found["client secret"]["passed"] == 1
    assert found["client secret"]["verdict"] == "passed"
    assert found["refresh token known"]["verdict"] == "never"
    assert told["refused"] == 0
    assert told["made"] > 10
    assert "client secret" in told["never_refused"]
    assert "refresh token known" in told["never_made"]


def test_a_refusal_is_told_with_its_flow(control: Any) -> None:
    app = control.wechat()
    code = location(control.authorize(app))["code"]
    assert control.redeem({**app, "secret": "wrong"}, code)["errcode"] == 40125
    control.redeem(app, code)
    assert control.redeem(app, code)["errcode"] == 40163

    found = rows(control, app)
    assert (found["client secret"]["passed"], found["client secret"]["refused"]) == (2, 1)
    assert found["client secret"]["verdict"] == "refused"
    flow = control("GET", f"/flows/{found['code not used']['refused_in']}")
    assert flow["app"] == app["appid"]


def test_counters_outlive_the_flows_that_a_long_run_pushes_out(
    control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "MOST_FLOWS", 3)
    monkeypatch.setattr(recorder, "TRIM_AT_ONCE", 2)
    app = control.wechat()
    for number in range(8):
        control.login(app, state=f"s{number}")

    assert len(control("GET", "/flows", app=app["appid"])) < 8
    assert rows(control, app)["client secret"]["passed"] == 8


def test_an_app_is_counted_alone_and_forgotten_with_its_world(control: Any) -> None:
    app, other = control.wechat(), control.wechat()
    control.login(app)

    assert rows(control, other)["client secret"]["passed"] == 0
    world = control("GET", f"/worlds/{app['world']}/coverage")
    assert [each["app"] for each in world["apps"]] == [app["appid"]]

    key = control.store.keys.checks(app["world"], app["appid"])
    assert control.store.redis.exists(key)
    control("DELETE", f"/worlds/{app['world']}")
    assert not control.store.redis.exists(key)
    control.refused("GET", f"/apps/{app['appid']}/coverage", status=404)
    control.refused("GET", f"/worlds/{app['world']}/coverage", status=404)


@pytest.mark.parametrize("how", ["reset", "delete"])
def test_counting_begins_anew(control: Any, how: str) -> None:
    app = control.wechat()
    control.login(app)

    if how == "reset":
        control("POST", "/reset", {"world": app["world"]})
    else:
        control("DELETE", f"/apps/{app['appid']}/coverage")
        control("DELETE", "/apps/nobody/coverage")

    assert control("GET", f"/apps/{app['appid']}/coverage")["made"] == 0


def test_made_up_appids_cost_no_memory(control: Any) -> None:
    for number in range(3):
        control.stage("/connect/oauth2/authorize", {"appid": f"wx{number:016x}", "redirect_uri": "http://x/"})

    assert list(control.store.redis.scan_iter(control.store.keys.checks("town", "wx0*"))) == []


@pytest.mark.parametrize(("compares", "verdict"), [(True, "seen"), (False, "not_checked")])
def test_whether_the_client_compares_the_state_shows_when_another_comes_back(
    control: Any, compares: bool, verdict: str
) -> None:
    app = control.wechat()
    assert rows(control, app)["state compared"]["verdict"] == "cannot_be_seen"
    control("POST", f"/apps/{app['appid']}/faults", {"endpoint": "authorize", "kind": "wrong_state"})

    back = location(control.authorize(app, state="mine"))
    assert back["state"] != "mine"
    if not compares:
        control.redeem(app, back["code"])
    control.login(app, state="another")  # and one that goes well changes nothing

    row = rows(control, app)["state compared"]
    assert row["verdict"] == verdict
    assert row["kind"] == "client"
    assert "1" in row["says"]["en"]


def test_what_no_server_can_see_is_said_so(control: Any) -> None:
    app = control("POST", "/apps", {"dialect": "standard", "kind": "web"})
    row = rows(control, app)["issuer compared"]
    assert row["verdict"] == "cannot_be_seen"
    assert "看不到" in row["says"]["zh"]


@pytest.mark.parametrize(
    ("fields", "there", "absent"),
    [
        ({"dialect": "standard", "kind": "spa"}, {"PKCE verifier", "token known"}, {"client secret"}),
        (
            {"dialect": "wechat", "kind": "website"},
            {"QR code not expired"},
            {"opened in WeChat", "PKCE verifier"},
        ),
        ({"dialect": "wechat", "kind": "mini_program"}, {"js_code known"}, {"redirect_uri registered"}),
        ({"dialect": "qq", "kind": "web"}, {"unionid allowed"}, {"openid belongs to the token"}),
        ({"dialect": "weibo", "kind": "web"}, {"app may refresh"}, {"refresh token known"}),
    ],
)
def test_only_checks_that_can_be_made_for_the_app_are_listed(
    control: Any, fields: dict[str, str], there: set[str], absent: set[str]
) -> None:
    names = set(rows(control, control("POST", "/apps", fields)))
    assert there <= names
    assert not absent & names


def test_counting_costs_a_login_no_round_trip(
    control: Any, trips: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = control.wechat()

    def login() -> int:
        """The least of some: what else happens now and then is not the login's."""
        counts = []
        for _ in range(4):
            trips.start()
            control.login(app)
            counts.append(trips.count)
        return int(min(counts))

    counted = login()
    assert rows(control, app)["client secret"]["passed"] == 4
    monkeypatch.setattr(recorder, "fields", lambda *_: [])

    assert login() == counted
    assert rows(control, app)["client secret"]["passed"] == 4


def test_the_answer_holds_no_secret(control: Any) -> None:
    app = control.wechat()
    token = control.login(app)
    told = json.dumps(control("GET", f"/apps/{app['appid']}/coverage"))
    assert token["access_token"] not in told
    assert app["secret"] not in told


@pytest.mark.parametrize(("language", "never"), [("zh-CN", "从未做过的"), ("en", "Never made")])
def test_the_console_shows_it_on_the_page_of_the_app(control: Any, language: str, never: str) -> None:
    app = control.wechat()
    code = location(control.authorize(app))["code"]
    control.redeem({**app, "secret": "wrong"}, code)

    page = control.client.get(
        f"/_mock/console/apps/{app['appid']}",
        base_url="http://127.0.0.1",
        headers={"Accept-Language": language, "Accept": "text/html"},
    ).text

    told = control("GET", f"/apps/{app['appid']}/coverage")
    assert f'data-testid="co-coverage" data-percent="{told["percent"]}" data-made="{told["made"]}"' in page
    assert re.search(r'data-name="client secret" data-service="provider" data-verdict="refused"', page)
    assert f"{never}" in page
    assert page.count('data-testid="co-coverage-row"') == len(told["checks"])
