"""One local account with several ways in: what may be bound, what may be unbound, and who wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.thorough

PROVIDERS = ("wechat", "qq", "weibo")


def states(visitor: Any) -> dict[str, str]:
    page = visitor.get("/me").text
    return {
        name: page.split(f'data-testid="mt-way-{name}" data-state="')[1].split('"')[0] for name in PROVIDERS
    }


def callback(provider: str) -> str:
    return f"/auth/{provider}/callback"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    barrier, found = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int) -> None:
        barrier.wait()
        found[number] = calls[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_the_login_page_has_all_three(visitor: Any) -> None:
    page = visitor.get("/login").text

    for name in PROVIDERS:
        assert f'data-testid="mt-login-{name}" href="/login/{name}"' in page


@pytest.mark.parametrize("there", PROVIDERS)
@pytest.mark.parametrize("begun", PROVIDERS)
def test_a_state_of_one_provider_is_refused_at_anothers_callback_and_stays_good(
    visitor: Any, neighbours: Any, begun: str, there: str
) -> None:
    if begun == there:
        return
    started = visitor.start(f"/login/{begun}")
    scope = "snsapi_userinfo" if begun == "wechat" else ""

    mixed = visitor.come_back(started, callback(there), code=neighbours.code(scope=scope))

    assert mixed.status_code == 400
    assert "授权失败：state参数不匹配" in mixed.text
    assert neighbours.calls == []
    good = visitor.come_back(started, callback(begun), code=neighbours.code(scope=scope))
    assert good.location == "/me"


@pytest.mark.parametrize("first", PROVIDERS)
def test_each_logs_in_to_the_account_that_has_them_all(visitor: Any, client: Any, first: str) -> None:
    visitor.log_in() if first == "wechat" else visitor.log_in_with(first)
    user = visitor.user()
    for other in PROVIDERS:
        if other != first:
            assert visitor.bind(other).location == f"/me?bound={other}"

    assert states(visitor) == dict.fromkeys(PROVIDERS, "bound")
    for provider in PROVIDERS:
        fresh = client.visitor()
        fresh.log_in() if provider == "wechat" else fresh.log_in_with(provider)
        assert fresh.user() == user
        assert client.parts.vault.read(user, provider) is not None
    assert client.parts.accounts.count() == 1


def test_the_page_says_what_was_done_and_under_which_name(visitor: Any) -> None:
    visitor.log_in()
    answer = visitor.bind("qq")

    page = visitor.get(answer.location).text
    assert "已绑定QQ，以后也能用它登录。" in page
    assert "已绑定：张三在QQ" in page
    assert 'data-testid="mt-nickname">张三<' in page  # the account keeps the face that it began with


def test_an_identity_of_another_user_is_refused_and_nothing_is_changed(visitor: Any, client: Any) -> None:
    owner = client.visitor()
    owner.log_in_with("qq", "lisi")
    visitor.log_in()
    before = (visitor.user(), owner.user(), states(owner))

    answer = visitor.bind("qq", "lisi")

    assert answer.location == "/me?notice=bind_taken"
    assert "这个账号已经绑定在另一个美团账号上，没有做任何改动" in visitor.get(answer.location).text
    assert (visitor.user(), owner.user(), states(owner)) == before
    assert states(visitor) == {"wechat": "only", "qq": "free", "weibo": "free"}
    assert client.parts.vault.read(visitor.user(), "qq") is None


def test_a_second_account_of_one_platform_is_refused(visitor: Any) -> None:
    visitor.log_in_with("qq")

    assert visitor.bind("qq", "lisi").location == "/me?notice=bind_other"


def test_binding_what_is_bound_already_changes_nothing(visitor: Any) -> None:
    visitor.log_in_with("qq")

    assert visitor.bind("qq").location == "/me?bound=qq"
    assert states(visitor)["qq"] == "only"


def test_an_unbound_identity_leads_to_an_account_of_its_own_and_can_be_bound_elsewhere(
    visitor: Any, client: Any
) -> None:
    visitor.log_in()
    user = visitor.user()
    visitor.bind("weibo")

    answer = visitor.press("/me", "/me/unbind/weibo")

    assert answer.location == "/me?unbound=weibo"
    assert "已解绑微博。" in visitor.get(answer.location).text
    assert states(visitor) == {"wechat": "only", "qq": "free", "weibo": "free"}
    assert client.parts.vault.read(user, "weibo") is None
    other = client.visitor()
    other.log_in_with("weibo")
    assert other.user() != user


def test_the_last_one_stays(visitor: Any) -> None:
    visitor.log_in()
    visitor.bind("qq")
    assert 'data-testid="mt-unbind-wechat"' in visitor.get("/me").text
    visitor.press("/me", "/me/unbind/wechat")
    assert 'data-testid="mt-unbind-qq"' not in visitor.get("/me").text

    answer = visitor.press("/me", "/me/unbind/qq")

    assert answer.location == "/me?notice=unbind_last"
    assert "这是您唯一的登录方式，解绑之后就进不来了" in visitor.get(answer.location).text
    assert states(visitor)["qq"] == "only"


def test_the_page_speaks_of_what_is_still_bound(visitor: Any, client: Any) -> None:
    visitor.log_in()
    visitor.bind("qq")
    visitor.press("/me", "/me/unbind/wechat")

    assert "QQ令牌" in visitor.get("/me").text
    assert visitor.press("/me", "/me/refresh-profile").location == "/me?refreshed="
    assert visitor.get("/api/me").get_json()["user"]["nickname"] == "张三在QQ"


def test_unbinding_what_is_not_bound_changes_nothing(visitor: Any) -> None:
    visitor.log_in()

    assert visitor.press("/me", "/me/unbind/qq").location == "/me"
    assert visitor.press("/me", "/me/unbind/nobody").status_code == 404
    assert states(visitor)["wechat"] == "only"


@pytest.mark.parametrize("path", ["/login/qq?bind=", "/me/unbind/qq"])
def test_a_form_of_another_site_does_neither(visitor: Any, path: str) -> None:
    visitor.log_in()
    visitor.bind("qq")

    assert visitor.post(path).status_code == 400
    assert states(visitor)["qq"] == "bound"


def test_a_link_does_not_bind(visitor: Any, neighbours: Any) -> None:
    visitor.log_in()

    answer = visitor.get("/login/qq?bind")

    assert (answer.status_code, answer.location) == (302, "/me")


def test_a_login_while_logged_in_is_a_login_and_binds_nothing(visitor: Any) -> None:
    visitor.log_in()
    user = visitor.user()

    visitor.log_in_with("qq")

    assert visitor.user() != user
    assert states(visitor) == {"wechat": "free", "qq": "only", "weibo": "free"}


def test_binding_and_unbinding_need_a_login(visitor: Any) -> None:
    visitor.log_in()
    token = visitor.get("/me").text.split('name="csrf_token" value="')[1].split('"')[0]
    visitor.http.delete_cookie("mt_login", domain="127.0.0.1")

    for path in ("/login/qq?bind=", "/me/unbind/wechat"):
        answer = visitor.post(path, data={"csrf_token": token})
        assert (answer.status_code, answer.location) == (303, "/login?notice=NEED_REAUTH")


def test_nobody_else_who_logged_in_meanwhile_gets_the_identity(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    visitor.log_in()
    started = visitor.start_binding("qq")
    visitor.press("/me", "/logout")
    visitor.log_in("lisi")
    other = visitor.user()

    answer = visitor.come_back(started, callback("qq"), code=neighbours.code(scope=""))

    assert answer.location == "/login?notice=NEED_REAUTH&via=qq"
    assert neighbours.asked("/oauth2.0/token") == []
    assert visitor.user() == other
    assert states(visitor)["qq"] == "free"


def test_a_binding_of_another_browser_is_refused(visitor: Any, client: Any, neighbours: Any) -> None:
    visitor.log_in()
    started = visitor.start_binding("qq")
    attacker = client.visitor()
    attacker.log_in("lisi")

    stolen = attacker.come_back(started, callback("qq"), code=neighbours.code("lisi", ""))

    assert stolen.status_code == 400
    assert (
        visitor.come_back(started, callback("qq"), code=neighbours.code(scope="")).location == "/me?bound=qq"
    )


def test_a_refused_binding_is_told_on_the_accounts_page(visitor: Any) -> None:
    visitor.log_in()
    started = visitor.start_binding("weibo")

    answer = visitor.come_back(started, callback("weibo"), error="access_denied", error_code="21330")

    assert answer.location == "/me?notice=access_denied"
    assert "您取消了授权" in visitor.get(answer.location).text


def test_a_binding_that_waits_for_its_next_try_is_still_a_binding(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    client.advance(0)
    visitor.log_in()
    user = visitor.user()
    neighbours.fail("/oauth2/access_token", {"error_code": 21331}, status=400)
    waiting = visitor.bind("weibo").location
    client.advance(4)

    again = visitor.start(f"{waiting}/again")

    answer = visitor.come_back(again, callback("weibo"), code=neighbours.code(scope=""))
    assert answer.location == "/me?bound=weibo"
    assert visitor.user() == user


def test_of_two_users_who_bind_one_identity_at_once_one_wins(client: Any, neighbours: Any) -> None:
    visitors = [client.visitor(), client.visitor()]
    for visitor, uid in zip(visitors, ("zhangsan", "lisi"), strict=True):
        visitor.log_in(uid)
    begun = [(visitor, visitor.start_binding("qq"), neighbours.code(scope="")) for visitor in visitors]

    answers = at_once(
        *(lambda v=v, s=s, c=c: v.come_back(s, callback("qq"), code=c).location for v, s, c in begun)
    )

    assert sorted(answers) == ["/me?bound=qq", "/me?notice=bind_taken"]
    assert sorted(states(visitor)["qq"] for visitor in visitors) == ["bound", "free"]


def test_of_a_first_login_and_a_binding_of_one_identity_one_wins(client: Any, neighbours: Any) -> None:
    binder, newcomer = client.visitor(), client.visitor()
    binder.log_in()
    begun = binder.start_binding("weibo")
    started = newcomer.start("/login/weibo")
    codes = [neighbours.code(scope="") for _ in range(2)]

    bound, logged = at_once(
        lambda: binder.come_back(begun, callback("weibo"), code=codes[0]).location,
        lambda: newcomer.come_back(started, callback("weibo"), code=codes[1]).location,
    )

    assert logged == "/me"
    assert (newcomer.user() == binder.user()) == (bound == "/me?bound=weibo")
    assert bound in ("/me?bound=weibo", "/me?notice=bind_taken")


def test_of_two_at_once_that_unbind_the_last_two_one_stays(client: Any) -> None:
    tabs = [client.visitor(), client.visitor()]
    for tab in tabs:
        tab.log_in()
    tabs[0].bind("qq")
    tokens = [tab.get("/me").text.split('name="csrf_token" value="')[1].split('"')[0] for tab in tabs]

    answers = at_once(
        *(
            lambda tab=tab, token=token, name=name: (
                tab.post(f"/me/unbind/{name}", data={"csrf_token": token}).location
            )
            for tab, token, name in zip(tabs, tokens, ("wechat", "qq"), strict=True)
        )
    )

    assert "/me?notice=unbind_last" in answers
    assert list(states(tabs[0]).values()).count("only") == 1
