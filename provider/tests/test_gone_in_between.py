"""Who was there at one step and is gone at the next: users deleted, mini programs disabled or banned meanwhile.

Each stands for a check that no other test would miss (docs/mutations.md).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
import qq_client
import requests
import weibo_client
from mini_client import Mini, assert_refused
from ninestep.settings import ProviderSettings
from ninestep.store import Store
from platform_client import CALLBACK

GUEST = "guest"


def app_with_guest(town: Any, **fields: Any) -> dict[str, Any]:
    consent = {"mode": "auto", "user": GUEST}
    app: dict[str, Any] = town.api(
        "POST", "/apps", {"redirect_uris": [CALLBACK], "consent": consent, **fields}
    )
    town.api("PUT", f"/users/{GUEST}", {"nickname": "客人"}, params={"world": app["world"]})
    return app


def leave(town: Any, app: dict[str, Any]) -> None:
    town.api("DELETE", f"/users/{GUEST}", params={"world": app["world"]})


def test_a_code_of_a_user_who_is_gone_gives_no_token(town: Any) -> None:
    app = app_with_guest(town, dialect="standard")
    code = town.api("POST", f"/apps/{app['appid']}/codes", {"user": GUEST, "redirect_uri": CALLBACK})["code"]
    leave(town, app)

    form = {"client_id": app["appid"], "client_secret": app["secret"], "redirect_uri": CALLBACK}
    form |= {"grant_type": "authorization_code", "code": code}
    answer = requests.post(f"{town.provider}/oauth/token", data=form, timeout=10)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def refreshed(town: Any, meanwhile: Callable[[Any, dict[str, Any]], None]) -> requests.Response:
    """What a guest's refresh token is answered after ``meanwhile``."""
    app = app_with_guest(town)
    body = {"user": GUEST, "scope": "snsapi_userinfo"}
    code = town.api("POST", f"/apps/{app['appid']}/codes", body)["code"]
    query = {"appid": app["appid"], "secret": app["secret"], "code": code, "grant_type": "authorization_code"}
    token = requests.get(f"{town.provider}/sns/oauth2/access_token", params=query, timeout=10).json()
    meanwhile(town, app)

    query = {"appid": app["appid"], "grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    return requests.get(f"{town.provider}/sns/oauth2/refresh_token", params=query, timeout=10)


def test_a_refresh_token_of_a_user_who_is_gone_gives_no_token(town: Any) -> None:
    answer = refreshed(town, leave)

    assert answer.status_code == 200
    assert answer.json()["errcode"] in (40030, 42002, 42007)


def test_a_js_code_of_a_user_who_is_gone_gives_no_session(town: Any) -> None:
    mini = Mini(town)
    town.api("PUT", f"/users/{GUEST}", {}, params={"world": mini.world})
    code = mini.js_code(GUEST)
    leave(town, mini.app)

    assert_refused(mini.exchange(js_code=code), 40029, sns=True)


def test_a_phone_numbers_code_of_a_user_who_is_gone_tells_no_number(town: Any) -> None:
    mini = Mini(town)
    town.api("PUT", f"/users/{GUEST}", {}, params={"world": mini.world})
    mini.log_in(GUEST)
    code = mini.page("phone_number", GUEST)["code"]
    leave(town, mini.app)

    assert_refused(mini.phone(code), 40029)


def test_a_disabled_mini_program_gets_neither_session_nor_token(town: Any) -> None:
    mini = Mini(town)
    code = mini.js_code()
    town.api("PATCH", f"/apps/{mini.appid}", {"disabled": True})

    assert "session_key" not in mini.exchange(js_code=code).json()
    assert "access_token" not in mini.cgi().json()
    assert "access_token" not in mini.stable().json()

    town.api("PATCH", f"/apps/{mini.appid}", {"disabled": False})
    assert mini.exchange(js_code=code).json()["session_key"]  # the refusal spent nothing


@pytest.mark.parametrize("how", ["disabled", "banned"])
def test_on_the_phone_a_closed_mini_program_gets_no_js_code(town: Any, how: str) -> None:
    from phone_app import Phone

    phone = Phone(town, kind="mini_program")
    assert phone.post("login").status_code == 200
    town.api("PATCH", f"/apps/{phone.appid}", {how: True})

    answer = phone.post("login")

    assert "code" not in answer.json()
    assert answer.json()["error"] == ("client_disabled" if how == "disabled" else "client_banned")


# -- half gone: the person is no longer there, and whoever deleted them had no time to take their consents back


def half_gone(town: Any, app: dict[str, Any]) -> None:
    with closing(Store.at(town.redis_url, ProviderSettings().redis_prefix)) as store:
        store.delete_user(app["world"], GUEST)


def test_a_refresh_token_of_somebody_half_gone_gives_no_token(town: Any) -> None:
    answer = refreshed(town, half_gone)

    assert (answer.status_code, answer.json()["errcode"]) == (200, 40030)


def test_no_platform_tells_a_profile_of_somebody_half_gone(town: Any) -> None:
    wechat = app_with_guest(town)
    code = town.api("POST", f"/apps/{wechat['appid']}/codes", {"user": GUEST, "scope": "snsapi_userinfo"})
    query = {"appid": wechat["appid"], "secret": wechat["secret"], "grant_type": "authorization_code"}
    url = f"{town.provider}/sns/oauth2/access_token"
    token = requests.get(url, params={**query, "code": code["code"]}, timeout=10).json()
    standard = app_with_guest(town, dialect="standard")
    body = {"user": GUEST, "redirect_uri": CALLBACK}
    code = town.api("POST", f"/apps/{standard['appid']}/codes", body)
    form = {"client_id": standard["appid"], "client_secret": standard["secret"], "redirect_uri": CALLBACK}
    form |= {"grant_type": "authorization_code", "code": code["code"]}
    bearer = requests.post(f"{town.provider}/oauth/token", data=form, timeout=10).json()["access_token"]
    weibo = app_with_guest(town, dialect="weibo")
    client = weibo_client.Weibo(town, weibo)
    tokens = client.tokens()
    for app in (wechat, standard, weibo):
        half_gone(town, app)

    who = {"access_token": token["access_token"], "openid": token["openid"]}
    answer = requests.get(f"{town.resource}/sns/userinfo", params=who, timeout=10)
    assert answer.json()["errcode"] in (40001, 40003)
    answer = requests.get(
        f"{town.resource}/userinfo", headers={"Authorization": f"Bearer {bearer}"}, timeout=10
    )
    assert answer.status_code == 401
    assert client.show(tokens["access_token"], tokens["uid"]).status_code == 400


def test_a_banned_weibo_app_reads_nothing_and_qq_looks_at_what_was_sent_before_the_token(town: Any) -> None:
    client = weibo_client.registered(town)
    tokens = client.tokens()
    client.change(banned=True)
    assert client.show(tokens["access_token"], tokens["uid"]).status_code == 403
    client.change(banned=False)
    assert client.show(tokens["access_token"], tokens["uid"]).status_code == 200

    qq = qq_client.registered(town)
    nobody = qq.user(access_token="0" * 32, oauth_consumer_key=qq.appid).json()
    wrong = qq.user(access_token="0" * 32, oauth_consumer_key=qq.appid, openid="0" * 32).json()
    assert nobody["ret"] != wrong["ret"]
