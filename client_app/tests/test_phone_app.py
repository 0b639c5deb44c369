"""The App's own server (S4, way 2), and the App of way 1 whose secret anybody can read."""

from __future__ import annotations

import threading
from typing import Any

import pytest


def state(visitor: Any) -> str:
    answer = visitor.post("/app/state")
    assert (answer.status_code, list(answer.get_json())) == (200, ["state"])
    found: str = answer.get_json()["state"]
    return found


def log_in(visitor: Any, **told: Any) -> Any:
    return visitor.post("/app/login", json=told)


def test_the_code_is_redeemed_by_the_server_and_the_app_gets_our_token(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    answer = log_in(visitor, code=neighbours.code(), state=state(visitor))

    told = answer.get_json()
    assert (answer.status_code, set(told), told["user"]["nickname"]) == (200, {"token", "user"}, "张三")
    [call] = neighbours.asked("/sns/oauth2/access_token")
    assert (call.form["appid"], call.form["secret"]) == (
        client.settings.meituan_app_appid,
        client.settings.meituan_app_secret,
    )
    text = f"{answer.headers} {answer.text}"
    assert [secret for secret in neighbours.secrets() if secret in text] == []
    assert "Set-Cookie" not in answer.headers


def test_the_token_is_good_as_bearer(visitor: Any, neighbours: Any) -> None:
    token = log_in(visitor, code=neighbours.code(), state=state(visitor)).get_json()["token"]

    answer = visitor.get("/api/me", headers={"Authorization": f"Bearer {token}"})

    assert answer.get_json()["user"]["nickname"] == "张三"


def test_a_state_is_good_once(visitor: Any, neighbours: Any) -> None:
    made = state(visitor)
    assert log_in(visitor, code=neighbours.code(), state=made).status_code == 200

    answer = log_in(visitor, code=neighbours.code(), state=made)

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_state")
    assert len(neighbours.asked("/sns/oauth2/access_token")) == 1


def test_a_state_of_a_browser_is_none_of_an_apps(visitor: Any, neighbours: Any) -> None:
    started, made = visitor.start(), state(visitor)

    answer = log_in(visitor, code=neighbours.code(), state=started.state)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_state")
    mixed = visitor.get("/auth/wechat/callback", query_string={"code": neighbours.code(), "state": made})
    assert mixed.status_code == 400

    assert neighbours.calls == []
    assert visitor.come_back(started, code=neighbours.code()).location == "/me"
    assert log_in(visitor, code=neighbours.code(), state=made).status_code == 200


@pytest.mark.parametrize(
    "told", [{}, {"code": "x"}, {"state": "x"}, {"code": "", "state": "x"}, {"code": 1, "state": "x"}]
)
def test_both_are_needed(visitor: Any, neighbours: Any, told: Any) -> None:
    answer = log_in(visitor, **told)

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_request")
    assert neighbours.calls == []


def test_a_request_without_its_code_spends_no_state(visitor: Any, neighbours: Any) -> None:
    made = state(visitor)
    log_in(visitor, state=made)

    assert log_in(visitor, code=neighbours.code(), state=made).status_code == 200


@pytest.mark.parametrize(("errcode", "error"), [(40029, "invalid_grant"), (40163, "invalid_grant")])
def test_a_code_that_is_unknown_or_used_is_a_400(
    visitor: Any, client: Any, neighbours: Any, errcode: int, error: str
) -> None:
    neighbours.fail("/sns/oauth2/access_token", {"errcode": errcode, "errmsg": "no"})

    answer = log_in(visitor, code="x", state=state(visitor))

    assert (answer.status_code, answer.get_json()["error"]) == (400, error)
    assert answer.get_json()["message"] == "授权已过期，请重新登录"
    assert client.parts.accounts.count() == 0


def test_a_platform_that_is_busy_is_a_503(visitor: Any, neighbours: Any) -> None:
    neighbours.fail("/sns/oauth2/access_token", {"errcode": -1, "errmsg": "system error"})

    answer = log_in(visitor, code=neighbours.code(), state=state(visitor))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")


def test_one_state_in_eight_requests_at_once_is_one_exchange(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    made, codes = state(visitor), [neighbours.code() for _ in range(8)]
    barrier, statuses = threading.Barrier(8), []

    def send(code: str) -> None:
        other = client.visitor()
        barrier.wait()
        statuses.append(log_in(other, code=code, state=made).status_code)

    threads = [threading.Thread(target=send, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [200] + [400] * 7
    assert len(neighbours.asked("/sns/oauth2/access_token")) == 1


def test_it_is_one_flow_with_the_seeds_steps(visitor: Any, client: Any, neighbours: Any) -> None:
    made = visitor.post("/app/state")
    flow = made.headers["X-Ninestep-Flow"]
    answer = log_in(visitor, code=neighbours.code(), state=made.get_json()["state"])

    assert answer.headers["X-Ninestep-Flow"] == flow
    steps = {e.name: (e.steps.request, e.steps.response) for e in client.exchanges(flow)}
    assert steps == {
        "login.started": (1, 2),
        "code.redeemed": (5, 6),
        "profile.read": (7, 8),
        "code.posted": (5, 9),
    }


def test_a_wrong_state_is_told_in_no_other_apps_flow(visitor: Any, client: Any) -> None:
    flow = visitor.post("/app/state").headers["X-Ninestep-Flow"]

    answer = log_in(visitor, code="x", state="made up")

    assert answer.headers["X-Ninestep-Flow"] != flow
    [told] = client.exchanges(answer.headers["X-Ninestep-Flow"])
    assert (told.name, told.error) == ("code.posted", "invalid_state")
    assert client.names(flow) == {"login.started": 1}


# -- way 1 -------------------------------------------------------------------------------------------------


def test_the_old_app_holds_its_own_secret_alone_and_says_that_this_is_bad(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    page = visitor.get("/app/old").text

    assert client.settings.meituan_old_app_secret in page
    assert "密钥就在安装包里，任何人都能取出来" in page
    assert [secret for secret in neighbours.secrets() if secret in page] == []


def test_the_strings_of_its_package_hold_the_secret(visitor: Any, client: Any) -> None:
    page = visitor.get("/app/old/strings").text

    secret = client.settings.meituan_old_app_secret
    assert f'data-testid="strings-secret">{secret}</mark>' in page
    assert "https://api.weixin.qq.com/sns/oauth2/access_token" in page
    assert client.settings.meituan_old_app_appid in page
