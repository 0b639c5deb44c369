"""The seed's 安全检查清单 (M138): seven rows that follow from what an app did, each with a way to be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from patients import Clinic, WeChat, fresh

SEED = [  # S0 §8.2, in its order
    "client_secret绝不暴露在前端",
    "使用HTTPS传输敏感信息",
    "验证state参数防CSRF攻击",
    "实现Token自动刷新机制",
    "合理设置Token有效期",
    "只申请必要的最小权限",
    "做好错误处理和用户提示",
]
NAMES = ("secret", "https", "state", "refresh", "ttl", "scope", "errors")


@pytest.fixture
def clinic(world: Any) -> Clinic:
    return Clinic(world)


def checked(client: Any) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in client.api("GET", f"/apps/{client.appid}/checklist")}


def verdicts(client: Any) -> dict[str, str]:
    return {name: item["verdict"] for name, item in checked(client).items()}


def test_the_rows_are_the_seeds(clinic: Clinic) -> None:
    items = checked(clinic.wechat())

    assert tuple(items) == NAMES
    assert [item["title"]["zh"] for item in items.values()] == SEED
    assert all(item["title"]["en"] and item["why"]["zh"] and item["why"]["en"] for item in items.values())


def test_an_app_that_did_nothing_yet_is_not_seen_where_only_deeds_tell(clinic: Clinic) -> None:
    assert verdicts(clinic.wechat()) == dict.fromkeys(NAMES, "not_seen") | {"https": "ok", "ttl": "ok"}


def test_a_careful_client_gets_seven(clinic: Clinic) -> None:
    client = clinic.wechat()
    client.freeze()
    client.next(decision="deny")
    client.asked()
    client.advance("10m")  # who said no is not asked again at once
    client.log_in()
    client.profile()
    client.advance("1h56m")
    client.refresh()

    assert verdicts(client) == dict.fromkeys(NAMES, "ok")


def careless_secret(client: WeChat) -> None:
    code = client.asked()["code"]
    client.headers = {"Origin": "http://127.0.0.1"}
    client.redeem(code)


def careless_state(client: WeChat) -> None:
    client.asked(state=None)


def careless_refresh(client: WeChat) -> None:
    client.log_in()
    client.advance("3h")
    client.profile()


def careless_errors(client: WeChat) -> None:
    code = client.asked()["code"]
    client.redeem(code)
    client.redeem(code)


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("secret", careless_secret),
        ("state", careless_state),
        ("refresh", careless_refresh),
        ("errors", careless_errors),
    ],
)
def test_a_careless_client_loses_that_item_and_is_shown_where(clinic: Clinic, name: str, act: Any) -> None:
    client = clinic.wechat()
    act(client)

    found = checked(client)[name]

    assert found["verdict"] == "not_ok"
    assert found["flows"] == [client.flow]


def test_asking_for_more_than_is_used(clinic: Clinic) -> None:
    client = clinic.qq()
    client.log_in(scope="get_user_info,get_user_email")
    client.read("get_user_info")

    assert verdicts(client)["scope"] == "not_ok"


def test_a_registered_callback_over_plain_http(clinic: Clinic) -> None:
    client = clinic.wechat(redirect_uris=["http://shop.example/callback"])

    found = checked(client)["https"]

    assert found["verdict"] == "not_ok"
    assert "http://shop.example/callback" in found["why"]["en"]


@pytest.mark.parametrize("ttl", [{"code": 601}, {"access": 24 * 3600 + 1}])
def test_lifetimes_that_are_too_long(clinic: Clinic, ttl: dict[str, int]) -> None:
    assert verdicts(clinic.wechat(ttl=ttl))["ttl"] == "not_ok"


def test_a_client_that_checks_its_state_is_told_from_one_whose_check_nobody_sees(clinic: Clinic) -> None:
    client = clinic.wechat()
    client.asked(state=fresh())

    assert "核对" not in checked(client)["state"]["why"]["zh"]


@pytest.mark.parametrize(("scheme", "verdict"), [("http", "not_ok"), ("https", "ok")])
def test_in_production_the_services_themselves_have_to_be_https(
    start: Any, scheme: str, verdict: str
) -> None:
    urls = {"provider_url": f"{scheme}://p.example", "resource_url": f"{scheme}://r.example"}
    control = start(env="production", seed_key="k" * 32, **urls, allowed_hosts=("localhost",))
    app = control.wechat(redirect_uris=["https://shop.example/callback"])

    [https] = [item for item in control("GET", f"/apps/{app['appid']}/checklist") if item["name"] == "https"]

    assert https["verdict"] == verdict


def test_an_unknown_app_is_404(town: Any) -> None:
    assert town.api("GET", "/apps/nobody/checklist", status=404)["errors"][0]["field"] == "app"
