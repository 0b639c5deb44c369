"""公众号, PC, 小程序 and App of one open platform account: one person, one local account, by unionid."""

from __future__ import annotations

import threading
from typing import Any

import pytest

pytestmark = pytest.mark.thorough

MINI = "wx0fedcba987654321"


@pytest.fixture
def together(neighbours: Any) -> Any:
    neighbours.open_platform = True
    return neighbours


def by_app(visitor: Any, uid: str = "zhangsan") -> str:
    """The App's login; the local user's id."""
    state = visitor.post("/app/state").get_json()["state"]
    code = visitor.client.neighbours.code(uid)
    answer = visitor.post("/app/login", json={"code": code, "state": state})
    assert answer.status_code == 200, answer.text
    found: str = answer.get_json()["user"]["id"]
    return found


def by_mini(client: Any, uid: str = "zhangsan") -> str:
    """What the mini program's login does once it knows who it is."""
    from ninestep_client_app.accounts.identities import Identity

    union = client.neighbours.union({"uid": uid}).get("unionid", "")
    found: str = client.parts.accounts.find_or_create(Identity("wechat", MINI, f"mini-{uid}", union))
    return found


def by(client: Any, way: str, uid: str = "zhangsan") -> str:
    if way == "mini":
        return by_mini(client, uid)
    visitor = client.visitor()
    if way == "app":
        return by_app(visitor, uid)
    visitor.log_in(uid) if way == "wechat" else visitor.log_in_with(way, uid)
    found: str = visitor.user()
    return found


WAYS = ("wechat", "wechat_pc", "mini", "app")


@pytest.mark.parametrize("first", WAYS)
def test_whichever_comes_first_the_others_find_the_same_account(
    client: Any, together: Any, first: str
) -> None:
    user = by(client, first)

    assert {by(client, way) for way in WAYS} == {user}
    assert by(client, "wechat_pc", "lisi") != user
    assert client.parts.accounts.count() == 2


def test_without_an_open_platform_account_each_app_has_its_own(client: Any) -> None:
    assert len({by(client, way) for way in WAYS}) == 4
    assert len({by(client, way) for way in WAYS}) == 4  # and finds it again
    assert client.parts.accounts.count() == 4


def test_an_account_from_before_learns_its_unionid_at_its_next_login(client: Any, neighbours: Any) -> None:
    user = by(client, "wechat")
    neighbours.open_platform = True
    assert by(client, "wechat") == user

    assert by(client, "wechat_pc") == user


def test_two_accounts_from_before_stay_two(client: Any, neighbours: Any) -> None:
    first, second = by(client, "wechat"), by(client, "wechat_pc")
    neighbours.open_platform = True

    assert (by(client, "wechat"), by(client, "wechat_pc")) == (first, second)
    assert by(client, "app") == first  # whose login learned the unionid first


def test_a_silent_login_tells_no_unionid_and_the_next_one_does(client: Any, together: Any) -> None:
    visitor = client.visitor()
    visitor.log_in(scope="snsapi_base")
    user = visitor.user()
    visitor.log_in()

    assert visitor.user() == user == by(client, "wechat_pc")


def test_sixteen_first_logins_at_once_by_two_apps_make_one_user(client: Any, together: Any) -> None:
    visitors = [client.visitor() for _ in range(16)]
    ways = [("wechat", "snsapi_userinfo"), ("wechat_pc", "snsapi_login")] * 8
    callbacks = [
        (visitor, way, visitor.start(f"/login/{way}"), together.code("lisi", scope))
        for visitor, (way, scope) in zip(visitors, ways, strict=True)
    ]
    barrier, found = threading.Barrier(len(callbacks)), []

    def come_back(visitor: Any, way: str, started: Any, code: str) -> None:
        barrier.wait()
        visitor.come_back(started, f"/auth/{way}/callback", code=code)
        found.append(visitor.user())

    threads = [threading.Thread(target=come_back, args=callback) for callback in callbacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 16
    assert len(set(found)) == client.parts.accounts.count() == 1


def test_a_person_sees_wechat_once(client: Any, together: Any) -> None:
    for way in WAYS:
        user = by(client, way)
    visitor = client.visitor()
    visitor.log_in_with("wechat_pc")

    page = visitor.get("/me").text
    assert page.count('data-testid="mt-way-wechat') == 1
    assert 'data-testid="mt-way-wechat" data-state="only"' in page
    assert list(client.parts.identities.of(user)) == ["wechat"]


def test_unbinding_wechat_cuts_all_of_it_off_and_its_tokens_are_forgotten(client: Any, together: Any) -> None:
    visitor = client.visitor()
    visitor.log_in()
    user = visitor.user()
    for way in WAYS:
        by(client, way)
    visitor.bind("qq")

    assert visitor.press("/me", "/me/unbind/wechat").location == "/me?unbound=wechat"

    assert [client.parts.vault.read(user, way) for way in ("wechat", "wechat_pc", "wechat_app")] == [None] * 3
    fresh = {by(client, way) for way in WAYS}
    assert len(fresh) == 1
    assert user not in fresh


def test_binding_wechat_binds_all_of_it(client: Any, together: Any) -> None:
    visitor = client.visitor()
    visitor.log_in_with("qq")
    user = visitor.user()
    assert visitor.bind("wechat").location == "/me?bound=wechat"

    assert {by(client, way) for way in WAYS} == {user}


def test_a_person_who_is_known_by_another_app_is_taken(client: Any, together: Any) -> None:
    owner = by(client, "wechat_pc")
    visitor = client.visitor()
    visitor.log_in_with("qq")

    assert visitor.bind("wechat").location == "/me?notice=bind_taken"
    assert by(client, "wechat") == owner


def test_another_person_of_wechat_is_refused_whatever_app_they_were_bound_by(
    client: Any, together: Any
) -> None:
    visitor = client.visitor()
    visitor.log_in_with("wechat_pc")

    assert visitor.bind("wechat", "lisi").location == "/me?notice=bind_other"
    assert visitor.bind("wechat").location == "/me?bound=wechat"


# -- the website's QR login --------------------------------------------------------------------------------


def test_the_request_has_the_platforms_parameters(visitor: Any, client: Any) -> None:
    started = visitor.start("/login/wechat_pc")

    provider, ours = client.settings.provider_url, client.settings.client_url
    assert started.location.startswith(f"{provider}/connect/qrconnect?")
    assert started.location.endswith("#wechat_redirect")
    assert started.query == {
        "appid": client.settings.meituan_pc_appid,
        "redirect_uri": f"{ours}/auth/wechat_pc/callback",
        "response_type": "code",
        "scope": "snsapi_login",
        "state": started.state,
    }


def test_the_login_page_offers_it(visitor: Any) -> None:
    page = visitor.get("/login").text

    assert 'data-testid="mt-login-wechat-qr" href="/login/wechat_pc"' in page


def test_the_code_is_redeemed_with_the_websites_secret_and_its_tokens_are_kept_apart(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    visitor.log_in_with("wechat_pc")

    [call] = neighbours.asked("/sns/oauth2/access_token")
    assert (call.form["appid"], call.form["secret"]) == (
        client.settings.meituan_pc_appid,
        client.settings.meituan_pc_secret,
    )
    assert client.parts.vault.read(visitor.user(), "wechat") is None
    assert client.parts.vault.read(visitor.user(), "wechat_pc") is not None
    assert 'data-testid="mt-nickname">张三<' in visitor.get("/me").text


def test_the_accounts_page_calls_with_the_websites_token(visitor: Any, neighbours: Any, client: Any) -> None:
    visitor.log_in_with("wechat_pc")
    client.advance(7200)

    assert visitor.press("/me", "/me/refresh-profile").location == "/me?refreshed="
    [call] = neighbours.asked("/sns/oauth2/refresh_token")
    assert call.form["appid"] == client.settings.meituan_pc_appid


@pytest.mark.parametrize(
    ("begun", "there"), [("wechat", "wechat_pc"), ("wechat_pc", "wechat"), ("qq", "wechat_pc")]
)
def test_a_state_of_one_way_in_is_refused_at_anothers_callback(
    visitor: Any, neighbours: Any, begun: str, there: str
) -> None:
    started = visitor.start(f"/login/{begun}")

    mixed = visitor.come_back(started, f"/auth/{there}/callback", code=neighbours.code())

    assert mixed.status_code == 400
    assert "授权失败：state参数不匹配" in mixed.text
    assert neighbours.calls == []


def test_a_refusal_leads_to_the_notice_whose_button_is_the_qr_code(visitor: Any) -> None:
    started = visitor.start("/login/wechat_pc")

    answer = visitor.come_back(started, "/auth/wechat_pc/callback", error="access_denied")

    assert answer.location == "/login?notice=access_denied&via=wechat_pc"
    page = visitor.get(answer.location).text
    assert 'data-testid="mt-notice-action" href="/login/wechat_pc"' in page


def test_a_server_error_is_tried_again_by_the_same_way(visitor: Any, client: Any, neighbours: Any) -> None:
    started = visitor.start("/login/wechat_pc")
    neighbours.fail("/sns/oauth2/access_token", {"errcode": -1, "errmsg": "system error"})
    client.advance(0)
    answer = visitor.come_back(
        started, "/auth/wechat_pc/callback", code=neighbours.code(scope="snsapi_login")
    )
    client.advance(3)

    again = visitor.get(f"{answer.location}/again")

    assert "/connect/qrconnect?" in again.location


def test_the_way_in_is_no_platform_to_bind(visitor: Any) -> None:
    visitor.log_in()

    assert visitor.press("/me", "/login/wechat_pc?bind=").status_code == 404
    assert visitor.press("/me", "/me/unbind/wechat_pc").status_code == 404
