"""What a customer of the shop meets at the login."""

from __future__ import annotations

from flask.testing import FlaskClient
from ninestep.testing import App, Ninestep


def test_a_customer_is_greeted_by_name(ninestep: Ninestep, wechat: App, visitor: FlaskClient) -> None:
    page = ninestep.authorize(visitor, "/login", user="zhangsan")

    assert page.get_data(as_text=True) == "Hello 张三!"
    assert ninestep.flow(wechat).steps == [2, 4, 5, 6, 7, 8]


def test_no_token_comes_near_the_browser(ninestep: Ninestep, wechat: App, visitor: FlaskClient) -> None:
    ninestep.authorize(visitor, "/login", user="lisi")

    flow = ninestep.flow(wechat)
    assert flow.ledger.never("browser", "access_token")
    assert flow.ledger.never("browser", "client_secret")
    assert flow.check("client secret").passed


def test_a_platform_that_is_busy_is_no_crash(ninestep: Ninestep, wechat: App, visitor: FlaskClient) -> None:
    busy = ninestep.fault(wechat, "token", "busy")

    page = ninestep.authorize(visitor, "/login", user="zhangsan")

    assert page.status_code == 400
    assert "Try again" in page.get_data(as_text=True)
    assert busy.fired


def test_a_callback_with_a_foreign_state_logs_nobody_in(
    ninestep: Ninestep, wechat: App, visitor: FlaskClient
) -> None:
    code = wechat.code("mallory")

    page = visitor.get(f"/callback?code={code}&state=forged")

    assert page.status_code == 400
    assert "Hello" not in visitor.get("/").get_data(as_text=True)
    assert ninestep.flows() == []  # the code was not even redeemed


def test_a_callback_works_once(ninestep: Ninestep, wechat: App, visitor: FlaskClient) -> None:
    url = visitor.get("/login").headers["Location"]
    callback = ninestep.callback(url, "zhangsan").url.removeprefix("http://localhost")

    assert visitor.get(callback).status_code == 302
    assert visitor.get(callback).status_code == 400
