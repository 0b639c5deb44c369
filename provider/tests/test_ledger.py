"""The ledger over HTTP: real logins, asserted on as a test author would."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from browser import Browser
from patients import CALLBACK, FLOW, Clinic, fresh

MEITUAN = "wx1234567890abcdef"


@pytest.fixture
def clinic(world: Any) -> Clinic:
    return Clinic(world)


def rows(ledger: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [row for row in ledger["rows"] if row["kind"] == kind]


def states(ledger: dict[str, Any], kind: str) -> dict[str, str]:
    """Of the only row of its kind, without the places that know nothing."""
    [row] = rows(ledger, kind)
    return {place: cell["state"] for place, cell in row["cells"].items() if cell["state"] != "never"}


def login_at_meituan(town: Any) -> dict[str, Any]:
    """All nine steps, by forms; the ledger at their end."""
    browser = Browser()
    page = browser.follow(browser.follow(browser.get(f"{town.client}/login/wechat")))
    consent = browser.follow(browser.submit(page, username="zhangsan", password="ninestep"))
    done = browser.follow(browser.submit(consent, decision="approve"))
    flow = done.headers[FLOW]
    found: dict[str, Any] = town.api("GET", f"/flows/{flow}/ledger", params={"wait": 10})
    browser.http.close()
    return found


def test_nine_steps_at_meituan(town: Any) -> None:
    ledger = login_at_meituan(town)

    assert states(ledger, "password") == {"browser": "knows", "provider": "knows"}
    before, after = (row["cells"] for row in rows(ledger, "provider_session"))  # a login renews it
    assert [cells["browser"]["state"] for cells in (before, after)] == ["useless", "knows"]
    assert [cells["client_app"]["state"] for cells in (before, after)] == ["never", "never"]
    assert states(ledger, "client_secret") == {"client_app": "knows", "provider": "knows"}
    assert states(ledger, "refresh_token") == {"client_app": "knows", "provider": "knows"}
    assert states(ledger, "login_token") == {"browser": "knows", "client_app": "knows"}
    assert states(ledger, "code") == dict.fromkeys(
        ("browser", "client_app", "provider", "history"), "useless"
    )
    assert "browser" not in states(ledger, "access_token")
    assert "history" not in states(ledger, "access_token")
    assert not any(cell["forbidden"] for row in ledger["rows"] for cell in row["cells"].values())


def test_a_moment_is_named_by_step_or_by_message(town: Any) -> None:
    ledger = login_at_meituan(town)
    path = f"/flows/{ledger['flow']}/ledger"

    at = {step: states(town.api("GET", path, params={"step": step}), "code") for step in range(1, 10)}
    first = town.api("GET", path, params={"seq": 0})

    assert [at[step].get("browser") for step in range(1, 10)] == [None] * 3 + ["knows"] * 2 + ["useless"] * 4
    assert [at[step].get("client_app") for step in (3, 4, 5, 6)] == [None, None, "knows", "useless"]
    assert {cell["state"] for row in first["rows"] for cell in row["cells"].values()} == {"never"}
    assert (first["places"], len(first["rows"])) == (ledger["places"], len(ledger["rows"]))


@pytest.mark.parametrize(
    ("query", "field"),
    [({"step": "0"}, "step"), ({"step": "x"}, "step"), ({"step": "7"}, "step"), ({"seq": "x"}, "seq")],
)
def test_a_moment_that_is_not_there_is_refused(clinic: Clinic, query: dict[str, str], field: str) -> None:
    client = clinic.wechat()
    client.asked()

    problem = client.town.api("GET", f"/flows/{client.flow}/ledger", params=query, status=422)

    assert problem["errors"][0]["field"] == field


def test_an_implicit_token_is_in_the_browser_and_must_not_be(clinic: Clinic) -> None:
    client = clinic.qq()
    client.log_in(response_type="token")

    [row] = rows(client.ledger(), "access_token")

    assert {place: row["cells"][place]["state"] for place in ("browser", "history", "provider")} == {
        "browser": "forbidden",
        "history": "forbidden",
        "provider": "knows",
    }
    assert row["cells"]["browser"]["why"] == "implicit"


def test_an_app_that_redeems_from_its_page_gives_its_secret_away(clinic: Clinic) -> None:
    client = clinic.wechat()
    code = client.asked()["code"]
    client.headers = {"Sec-Fetch-Site": "cross-site"}
    client.redeem(code)

    for kind in ("client_secret", "access_token", "refresh_token"):
        assert states(client.ledger(), kind)["browser"] == "forbidden"


def test_a_session_key_stays_between_two_servers(clinic: Clinic) -> None:
    client = clinic.wechat(kind="mini_program", redirect_uris=[])
    js_code = client.api("POST", f"/apps/{client.appid}/js_codes", {"user": "zhangsan"})["js_code"]
    sent = {"appid": client.appid, "secret": client.secret, "js_code": js_code}
    answer = client.ask(
        "POST",
        f"{client.town.provider}/sns/jscode2session",
        data={**sent, "grant_type": "authorization_code"},
    )
    client.flow = answer.headers[FLOW]

    assert states(client.ledger(), "session_key") == {"client_app": "knows", "provider": "knows"}
    assert rows(client.ledger(), "code")[0]["ended"] == "redeemed"


def test_a_token_ends_with_the_worlds_clock(clinic: Clinic) -> None:
    client = clinic.wechat()
    client.freeze()
    client.log_in()

    before = states(client.ledger(), "access_token")
    client.advance("2h1m")
    after = states(client.ledger(), "access_token")

    assert set(before.values()) == {"knows"}
    assert set(after.values()) == {"useless"}
    assert rows(client.ledger(), "access_token")[0]["ended"] == "expired"


def test_a_ledger_tells_no_secret_and_waits_for_the_end(clinic: Clinic) -> None:
    client = clinic.wechat(policies={"reveal": True})
    client.log_in()
    client.profile()

    text = requests.get(
        f"{client.town.provider}/_mock/api/flows/{client.flow}/ledger", params={"wait": "5"}, timeout=10
    ).text

    for secret in (client.secret, client.tokens["access_token"], client.tokens["refresh_token"]):
        assert secret not in text
    assert client.tokens["openid"] in text


def test_a_foreign_client_is_seen_as_far_as_it_comes(clinic: Clinic) -> None:
    client = clinic.standard()
    state = fresh()
    client.redeem(client.asked(state=state)["code"], redirect_uri=CALLBACK)
    client.profile()
    ledger = client.ledger()

    assert states(ledger, "state") == dict.fromkeys(
        ("browser", "client_app", "provider", "history"), "useless"
    )
    assert states(ledger, "access_token") == dict.fromkeys(
        ("client_app", "provider", "resource_api"), "knows"
    )
    assert rows(ledger, "password") == []
