"""Step mode at the client: each hop a page load of its own, taken once, by the browser that began."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ninestep.store.stepping import Stepping

pytestmark = pytest.mark.thorough

TOKEN, PROFILE = "/sns/oauth2/access_token", "/sns/userinfo"
HTML = {"Accept": "text/html"}
WORLD = "w-test"


@pytest.fixture(autouse=True)
def armed(client: Any) -> None:
    client.store.arm_stepping(WORLD, Stepping())


def look(visitor: Any, path: str) -> str:
    text: str = visitor.get(path, headers=HTML).text
    return text


def press(visitor: Any, path: str, **fields: str) -> Any:
    """The button of a stop; the page has to be there."""
    token = look(visitor, path).split('name="csrf_token" value="')[1].split('"')[0]
    return visitor.post(path, data={"csrf_token": token, **fields}, headers=HTML)


def leave(visitor: Any, path: str = "/login/wechat") -> tuple[Any, dict[str, str]]:
    """① and ②: the answer of the button, and what it carries to the provider."""
    stop = visitor.get(path, headers=HTML).location
    answer = press(visitor, stop)
    query = {name: values[0] for name, values in parse_qs(urlsplit(answer.location).query).items()}
    return answer, query


def arrive(visitor: Any, path: str = "/login/wechat", *, scope: str = "snsapi_userinfo", **query: str) -> str:
    """④ has come back: where the login rests."""
    _, sent = leave(visitor, path)
    callback = urlsplit(sent["redirect_uri"]).path
    query = query or {"code": visitor.client.neighbours.code("zhangsan", scope)}
    if "code_challenge" in sent:
        query["iss"] = visitor.client.settings.provider_url
    answer = visitor.get(callback, query_string={"state": sent["state"], **query}, headers=HTML)
    location: str = answer.location
    return location


def state_of(page: str) -> str:
    return page.split('data-testid="step" ')[1].split('data-state="')[1].split('"')[0]


def step_of(page: str) -> int:
    return int(page.split('data-testid="step" data-step="')[1][0])


def test_the_way_to_the_provider_waits_on_a_page(visitor: Any, client: Any) -> None:
    answer = visitor.get("/login/wechat", headers=HTML)
    page = look(visitor, answer.location)

    assert answer.status_code == 302
    assert (step_of(page), state_of(page)) == (2, "waiting")
    assert "第一次重定向" in page
    gone = press(visitor, answer.location)
    query = {name: values[0] for name, values in parse_qs(urlsplit(gone.location).query).items()}
    assert gone.status_code == 303
    assert gone.location.startswith(f"{client.settings.provider_url}/connect/oauth2/authorize?")
    assert query["state"] not in page


def test_each_hop_is_one_click_and_nothing_goes_out_before(visitor: Any, neighbours: Any) -> None:
    here = arrive(visitor)
    assert step_of(look(visitor, here)) == 5
    assert neighbours.asked(TOKEN) == []

    here = press(visitor, here).location
    assert step_of(look(visitor, here)) == 7
    assert (len(neighbours.asked(TOKEN)), len(neighbours.asked(PROFILE))) == (1, 0)

    here = press(visitor, here).location
    assert step_of(look(visitor, here)) == 9
    assert len(neighbours.asked(PROFILE)) == 1
    assert visitor.get("/api/me").status_code == 401

    assert press(visitor, here).location == "/me"
    assert visitor.get("/api/me").get_json()["user"]["nickname"] == "张三"


def test_the_code_leaves_the_address_bar_at_once(visitor: Any) -> None:
    assert arrive(visitor).startswith("/step/")


def test_pages_tell_what_was_sent_and_answered_and_nothing_secret(visitor: Any, client: Any) -> None:
    here = arrive(visitor)
    pages = [look(visitor, here)]
    here = press(visitor, here).location
    pages.append(look(visitor, here))
    here = press(visitor, here).location
    pages.append(look(visitor, here))
    code = client.neighbours.asked(TOKEN)[0].form["code"]

    assert 'data-name="secret" data-openness="secret"' in pages[1]
    assert 'data-name="refresh_token" data-openness="secret"' in pages[1]
    assert 'data-name="nickname"' in pages[2]
    assert "张三" in pages[2]
    everything = "".join(pages)
    assert [secret for secret in (*client.neighbours.secrets(), code) if secret in everything] == []


def test_nothing_secret_rests_in_redis(visitor: Any, client: Any) -> None:
    here = arrive(visitor)
    press(visitor, here)
    code = client.neighbours.asked(TOKEN)[0].form["code"]

    stored = client.everything_in_redis()
    assert [secret for secret in (*client.neighbours.secrets(), code) if secret in stored] == []


def test_a_step_is_taken_once(visitor: Any, neighbours: Any) -> None:
    here = arrive(visitor)
    token = look(visitor, here).split('name="csrf_token" value="')[1].split('"')[0]
    next_stop = press(visitor, here).location

    again = visitor.post(here, data={"csrf_token": token}, headers=HTML)

    assert again.location == here
    page = look(visitor, here)
    assert state_of(page) == "done"
    assert f'href="{visitor.client.settings.client_url}{next_stop}"' in page
    assert len(neighbours.asked(TOKEN)) == 1


def test_reading_pages_again_sends_nothing(visitor: Any, neighbours: Any) -> None:
    here = arrive(visitor)
    for _ in range(3):
        assert state_of(look(visitor, here)) == "waiting"

    assert neighbours.calls == []


def test_the_callback_a_second_time_is_refused_and_the_stop_stays(visitor: Any, neighbours: Any) -> None:
    _, sent = leave(visitor)
    query = {"state": sent["state"], "code": neighbours.code()}
    here = visitor.get("/auth/wechat/callback", query_string=query, headers=HTML).location

    again = visitor.get("/auth/wechat/callback", query_string=query, headers=HTML)

    assert again.status_code == 400
    assert step_of(look(visitor, press(visitor, here).location)) == 7


def test_another_browser_sees_and_moves_nothing(visitor: Any, client: Any, neighbours: Any) -> None:
    here = arrive(visitor)
    stranger = client.visitor()
    own = stranger.get("/login/wechat", headers=HTML).location
    token = look(stranger, own).split('name="csrf_token" value="')[1].split('"')[0]

    assert stranger.get(here, headers=HTML).status_code == 404
    assert stranger.post(here, data={"csrf_token": token}, headers=HTML).status_code == 404
    assert neighbours.calls == []
    assert step_of(look(visitor, press(visitor, here).location)) == 7


def test_a_browser_without_a_session_sees_nothing(visitor: Any, client: Any) -> None:
    assert client.visitor().get(arrive(visitor), headers=HTML).status_code == 404


def test_without_the_forms_token_nothing_moves(visitor: Any, neighbours: Any) -> None:
    here = arrive(visitor)

    assert visitor.post(here, headers=HTML).status_code == 400
    assert neighbours.calls == []


def test_two_tabs_have_two_logins(visitor: Any) -> None:
    first, second = arrive(visitor), arrive(visitor)

    for here in (first, second):
        assert step_of(look(visitor, press(visitor, here).location)) == 7


def test_run_goes_to_the_end_in_one_click(visitor: Any, neighbours: Any) -> None:
    here = arrive(visitor)

    assert press(visitor, here, run="1").location == "/me"
    assert len(neighbours.asked(PROFILE)) == 1


def test_run_before_leaving_means_no_stop_after_coming_back(visitor: Any, neighbours: Any) -> None:
    stop = visitor.get("/login/wechat", headers=HTML).location
    sent = parse_qs(urlsplit(press(visitor, stop, run="1").location).query)
    query = {"state": sent["state"][0], "code": neighbours.code()}

    assert visitor.get("/auth/wechat/callback", query_string=query, headers=HTML).location == "/me"


def test_off_means_off(visitor: Any, client: Any) -> None:
    client.store.disarm_stepping(WORLD)

    assert visitor.get("/login/wechat", headers=HTML).location.startswith(client.settings.provider_url)
    visitor.log_in()


def test_off_in_the_middle_goes_on_without_stops(visitor: Any, client: Any) -> None:
    here = arrive(visitor)
    client.store.disarm_stepping(WORLD)

    assert press(visitor, here).location == "/me"


def test_programs_are_not_stopped(visitor: Any, client: Any, neighbours: Any) -> None:
    json = {"Accept": "application/json"}
    sent = parse_qs(urlsplit(visitor.get("/login/wechat", headers=json).location).query)
    query = {"state": sent["state"][0], "code": neighbours.code()}
    answer = visitor.get("/auth/wechat/callback", query_string=query, headers=json)

    assert answer.get_json()["user"]["nickname"] == "张三"


def test_a_program_may_bring_back_what_a_browser_began(visitor: Any, neighbours: Any) -> None:
    _, sent = leave(visitor)
    query = {"state": sent["state"], "code": neighbours.code()}
    json = {"Accept": "application/json"}

    answer = visitor.get("/auth/wechat/callback", query_string=query, headers=json)

    assert answer.get_json()["token"]


def test_a_silent_login_has_no_stop_before_a_step_that_it_does_not_have(
    visitor: Any, neighbours: Any
) -> None:
    here = arrive(visitor, "/login/wechat?scope=snsapi_base", scope="snsapi_base")
    here = press(visitor, here).location

    assert step_of(look(visitor, here)) == 9
    assert press(visitor, here).location == "/me"
    assert neighbours.asked(PROFILE) == []


def test_what_qq_answers_is_told_though_it_calls_itself_a_page(visitor: Any) -> None:
    page = look(visitor, press(visitor, arrive(visitor, "/login/qq", scope="")).location)

    assert 'data-name="access_token" data-openness="secret"' in page.split('data-name="token.inspected"')[0]
    assert 'data-name="openid"' in page


@pytest.mark.parametrize("way", ["qq", "weibo", "wechat_pc"])
def test_every_way_in_has_the_same_stops(visitor: Any, way: str) -> None:
    scope = "snsapi_login" if way == "wechat_pc" else ""
    here, seen = arrive(visitor, f"/login/{way}", scope=scope), []
    while here != "/me":
        page = look(visitor, here)
        seen.append(step_of(page))
        assert visitor.client.neighbours.secrets()[0] not in page
        here = press(visitor, here).location

    assert seen == [5, 7, 9]


def test_zhihu_shows_that_the_verifier_goes_along(visitor: Any) -> None:
    here = arrive(visitor, "/zhihu/login", scope="user_info")
    page = look(visitor, here)
    assert 'data-testid="step-carries" data-kind="code_verifier"' in page
    assert "知乎" in page

    while here != "/zhihu/me":
        here = press(visitor, here).location
    assert "张三" in visitor.get("/zhihu/me").text


# -- what goes wrong -------------------------------------------------------------------------------------------


def test_a_refusal_is_told_where_it_arrives(visitor: Any) -> None:
    assert arrive(visitor, error="access_denied") == "/login?notice=access_denied"


def test_a_wrong_state_is_refused_as_ever(visitor: Any) -> None:
    leave(visitor)
    answer = visitor.get("/auth/wechat/callback?state=wrong&code=c", headers=HTML)

    assert answer.status_code == 400
    assert "授权失败：state参数不匹配" in answer.text


def test_an_expired_code_is_shown_in_the_seeds_words_and_then_told_to_the_user(
    visitor: Any, neighbours: Any, logged: Any
) -> None:
    """M132 (S0 §8.2): 授权码过期后不处理 is the mistake."""
    here = arrive(visitor, code="a-code-that-is-none")
    here = press(visitor, here).location
    page = look(visitor, here)

    assert step_of(page) == 9
    assert "授权码已过期" in page
    assert 'data-name="errcode"' in page
    assert [entry["code"] for entry in logged("OAuth登录错误")] == ["invalid_grant"]
    told = press(visitor, here)
    assert told.location == "/login?notice=invalid_grant"
    assert "授权已过期，请重新登录" in look(visitor, told.location)
    assert 'data-testid="mt-notice-action"' in look(visitor, told.location)
    assert len(logged("OAuth登录错误")) == 1


def test_a_provider_that_does_not_answer_ends_in_the_retry_page(
    visitor: Any, neighbours: Any, client: Any
) -> None:
    here = arrive(visitor)
    neighbours.fail(TOKEN, "busy", status=503)
    here = press(visitor, here).location
    assert "server_error" in look(visitor, here)

    assert press(visitor, here).location.startswith("/login/retry/")
    assert client.metrics()["authFailures"] == 1


def test_a_profile_that_is_not_given_is_shown_and_then_told(visitor: Any, neighbours: Any) -> None:
    here = press(visitor, arrive(visitor)).location
    neighbours.fail(PROFILE, {"errcode": 50001, "errmsg": "user unauthorized"})
    here = press(visitor, here).location

    assert "insufficient_scope" in look(visitor, here)
    assert press(visitor, here).location == "/login?notice=insufficient_scope"


def test_who_logged_out_while_a_binding_rested_binds_nothing(visitor: Any, client: Any) -> None:
    client.store.disarm_stepping(WORLD)
    visitor.log_in()
    user = visitor.user()
    client.store.arm_stepping(WORLD, Stepping())
    token = visitor.get("/me").text.split('name="csrf_token" value="')[1].split('"')[0]
    stop = visitor.post("/login/qq?bind=", data={"csrf_token": token}, headers=HTML).location
    sent = parse_qs(urlsplit(press(visitor, stop).location).query)
    query = {"state": sent["state"][0], "code": client.neighbours.code()}
    here = visitor.get("/auth/qq/callback", query_string=query, headers=HTML).location
    visitor.press("/me", "/logout")

    here = press(visitor, here).location

    assert press(visitor, here).location.startswith("/login?notice=NEED_REAUTH")
    assert client.parts.identities.of(user).keys() == {"wechat"}


# -- the trace and the clock -----------------------------------------------------------------------------------


def test_the_clients_records_are_the_same_but_for_the_pauses(visitor: Any, client: Any) -> None:
    here = arrive(visitor)
    flow = look(visitor, here).split('data-flow="')[1].split('"')[0]
    while here != "/me":
        here = press(visitor, here).location

    told = [(e.name, e.steps.request, e.steps.response) for e in client.exchanges(flow)]
    assert told == [
        ("login.started", 1, 0),
        ("login.started", 0, 2),
        ("callback.received", 5, 0),
        ("code.redeemed", 5, 6),
        ("profile.read", 7, 8),
        ("callback.received", 0, 9),
    ]


def test_the_clock_stands_at_a_stop_and_runs_between(visitor: Any, client: Any) -> None:
    here = arrive(visitor)
    assert client.store.resting(WORLD)[0].step == 5
    stood = client.now()
    assert client.now() == stood

    while here != "/me":
        here = press(visitor, here).location

    assert client.store.resting(WORLD) == []
    assert client.now() > stood
