"""A refused redirect_uri or client_id on its page: what was sent, what is registered, and the one thing between them."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
import requests
from standard_client import Client

pytestmark = pytest.mark.thorough

REGISTERED = "http://127.0.0.1:8000/callback"


def page(client: Client, language: str = "en", **changes: Any) -> str:
    params = {
        "client_id": client.app["appid"],
        "redirect_uri": REGISTERED,
        "response_type": "code",
        "scope": "openid",
        "state": "s",
        **changes,
    }
    answer = requests.get(
        f"{client.town.provider}/oauth/authorize",
        params=params,
        headers={"Accept-Language": language},
        allow_redirects=False,
        timeout=10,
    )
    assert answer.status_code == 400
    return unescape(answer.text)


def registered(client: Client, uris: list[str]) -> Client:
    client.town.api("PATCH", f"/apps/{client.app['appid']}", {"redirect_uris": uris})
    return client


@pytest.fixture
def client(world: Any) -> Client:
    return registered(Client(world), [REGISTERED])


@pytest.mark.parametrize(
    ("sent", "english", "chinese"),
    [
        ("https://127.0.0.1:8000/callback", "http and https", "http 与 https"),
        ("http://localhost:8000/callback", "not the same text", "文字却不一样"),
        ("http://10.0.0.7:8000/callback", "differ in the host", "主机名"),
        ("http://127.0.0.1:8001/callback", "differ in the port", "端口"),
        ("http://127.0.0.1:8000/callback/", "slash at the end", "末尾的斜杠"),
        ("http://127.0.0.1:8000/Callback", "capital letters", "大小写"),
        ("http://127.0.0.1:8000/cb", "differ in the path", "路径"),
        ("http://127.0.0.1:8000/callback?next=1", "behind the ?", "? 或 # 之后"),
        ("http://127.0.0.1:8000/callback ", "blank", "空格"),
        ("http://localhost:9/other", "to the letter", "逐字相同"),
        ("http://127.0.0.1:port/callback", "to the letter", "逐字相同"),
        ("http://[::1/callback", "to the letter", "逐字相同"),
    ],
)
def test_a_redirect_uri_that_is_nearly_right_is_told_in_what_it_differs(
    client: Client, sent: str, english: str, chinese: str
) -> None:
    for language, words in (("en", english), ("zh-CN", chinese)):
        told = page(client, language, redirect_uri=sent)

        assert f"redirect_uri={sent}<" in told
        assert f"redirect_uri={REGISTERED}<" in told
        assert words in told


def test_the_nearest_of_several_comes_first_and_few_are_shown(world: Any) -> None:
    client = registered(Client(world), [f"https://a{n}.test/x" for n in range(5)] + [REGISTERED])

    told = page(client, redirect_uri=REGISTERED + "/")

    assert told.index(f"redirect_uri={REGISTERED}<") < told.index("https://a0.test/x")
    assert "https://a2.test/x" not in told


def test_markup_in_an_address_stays_text(client: Client) -> None:
    params = {"client_id": client.app["appid"], "redirect_uri": "http://x/<b>hello", "response_type": "code"}
    answer = requests.get(f"{client.town.provider}/oauth/authorize", params=params, timeout=10)

    assert "http://x/&lt;b&gt;hello" in answer.text
    assert "<b>hello" not in answer.text


def test_a_client_id_that_there_is_not_is_shown(client: Client) -> None:
    told = page(client, client_id="my-aqq")

    assert "client_id=my-aqq<" in told
    assert "The console lists the apps" in told


def test_an_app_of_a_platform_is_not_called_unknown(client: Client) -> None:
    told = page(client, client_id="wxc0ffee0123456789")

    assert "of the dialect wechat" in told


def test_the_page_leads_to_its_flow_in_the_theatre(client: Client) -> None:
    told = page(client, redirect_uri=REGISTERED + "/")

    [flow] = client.town.api("GET", f"/flows?world={client.app['world']}")
    assert f"{client.town.provider}/_mock/theatre/{flow['id']}" in told


def test_what_is_right_needs_no_comparison(client: Client) -> None:
    assert "client_id=" not in page(client, client_id="").split('data-testid="wx-error"')[1]


def test_an_address_after_the_logout_is_compared_likewise(client: Client) -> None:
    client.town.api(
        "PATCH", f"/apps/{client.app['appid']}", {"post_logout_redirect_uris": ["http://127.0.0.1:8000/bye"]}
    )
    params = {"client_id": client.app["appid"], "post_logout_redirect_uri": "http://127.0.0.1:8000/bye/"}
    address, english = f"{client.town.provider}/oauth/logout", {"Accept-Language": "en"}

    answer = requests.get(address, params=params, headers=english, timeout=10)

    assert answer.status_code == 400
    assert "post_logout_redirect_uri=http://127.0.0.1:8000/bye/<" in answer.text
    assert "post_logout_redirect_uri=http://127.0.0.1:8000/bye<" in answer.text
    assert "slash at the end" in answer.text


def test_a_closed_town_tells_no_registered_address(control: Any, start: Any) -> None:
    """What the control API would tell everybody else."""
    app = control("POST", "/apps", {"dialect": "standard", "redirect_uris": [REGISTERED]})
    query = {"client_id": app["appid"], "redirect_uri": REGISTERED + "/", "response_type": "code"}
    told = [
        town.client.get("/oauth/authorize", query_string=query, base_url="http://127.0.0.1:9000").text
        for town in (control, start(backstage=False))
    ]

    assert [f"redirect_uri={REGISTERED}/<" in page for page in told] == [True, True]
    assert [f"redirect_uri={REGISTERED}<" in page for page in told] == [True, False]
    assert ["/_mock/theatre/" in page for page in told] == [True, False]
