"""What a device costs: few round trips for polls that wait, and limits on guessing that hold for the whole town."""

from __future__ import annotations

from typing import Any

import pytest
from ninestep_provider.dialects.standard import device as page

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.fixture
def app(control: Any) -> dict[str, Any]:
    made: dict[str, Any] = control("POST", "/apps", {"dialect": "standard", "grant_types": [DEVICE]})
    return made


def post(control: Any, path: str, **form: str) -> Any:
    return control.client.post(path, data=form, base_url="http://127.0.0.1:9000")


def typed(control: Any, user_code: str) -> Any:
    """In a browser of its own."""
    client, options = (
        control.client,
        {"base_url": "http://127.0.0.1:9000", "headers": {"Accept": "text/html"}},
    )
    form = client.get("/oauth/device", **options).text
    token = form.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    return client.post("/oauth/device", data={"user_code": user_code, "csrf_token": token}, **options)


def begun(control: Any, app: dict[str, Any]) -> dict[str, str]:
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    told = post(control, "/oauth/device_authorization", **own).get_json()
    return {**own, "grant_type": DEVICE, "device_code": told["device_code"], "user_code": told["user_code"]}


def test_a_poll_that_waits_makes_three_round_trips_and_the_one_that_is_answered_seven(
    control: Any, app: dict[str, Any], trips: Any
) -> None:
    device = begun(control, app)
    control("POST", f"/worlds/{app['world']}/clock", {"freeze": True})
    post(control, "/oauth/token", **device)
    post(control, "/oauth/token", **device)

    trips.start()
    assert post(control, "/oauth/token", **device).get_json()["error"] == "slow_down"
    waiting = trips.count
    control("POST", f"/devices/{device['user_code']}", {})
    trips.start()
    assert post(control, "/oauth/token", **device).status_code == 200

    assert waiting <= 3
    assert trips.count <= 7


def test_a_town_that_is_guessed_at_by_many_looks_at_no_code_for_a_while(
    control: Any, app: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = begun(control, app)
    monkeypatch.setattr(page, "MOST_OF_TOWN", 3)
    for _ in range(3):  # each a browser of its own
        assert typed(control, "BBBB-BBBB").status_code == 400

    answer = typed(control, device["user_code"])

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"


def test_a_right_code_is_no_guess(control: Any, app: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    device = begun(control, app)
    monkeypatch.setattr(page, "MOST_OF_TOWN", 1)

    for _ in range(3):
        assert typed(control, device["user_code"]).status_code == 303


def test_no_code_of_a_device_stands_in_redis(control: Any, app: dict[str, Any]) -> None:
    device = begun(control, app)

    redis = control.store.redis
    for key in redis.scan_iter(f"{control.store.keys.prefix}:*"):
        kind = redis.type(key)
        raw = redis.dump(key)
        assert device["device_code"].encode() not in key + raw, (key, kind)


def test_a_device_ends_with_its_world(control: Any, app: dict[str, Any]) -> None:
    device = begun(control, app)

    control("DELETE", f"/worlds/{app['world']}")

    assert typed(control, device["user_code"]).status_code == 400
    assert control.store.find_device(device["user_code"].replace("-", "")) is None


def test_the_console_lists_devices_that_wait_and_answers_them(control: Any, app: dict[str, Any]) -> None:
    device = begun(control, app)
    client, query = control.client, {"world": app["world"]}

    def console(path: str, **form: str) -> Any:
        options = {"base_url": "http://127.0.0.1", "query_string": query, "headers": {"Accept": "text/html"}}
        if not form:
            return client.get(f"/_mock/console/{path}", **options)
        page = client.get("/_mock/console/tokens", **options).text
        form["csrf_token"] = page.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
        return client.post(f"/_mock/console/{path}", data=form, **options)

    assert device["user_code"] in console("tokens").text
    answer = {"user_code": device["user_code"], "user": "lisi", "decision": "approve"}

    assert console("devices", **answer).status_code == 303

    assert 'data-testid="co-device"' not in console("tokens").text
    assert console("devices", **answer).status_code == 409
    assert post(control, "/oauth/token", **device).status_code == 200
