"""Redis away, bodies too large, names unknown: a sentence, never a stack trace (issue §3)."""

from __future__ import annotations

from typing import Any

import pytest
from ninestep.store import Store
from ninestep.store.connection import TRIES
from ninestep_client_app.app import create_app
from redis.connection import Connection


@pytest.mark.parametrize(
    "path",
    [
        "/login",
        "/login/wechat",
        "/auth/wechat/callback?code=x&state=y",
        "/me",
        "/metrics",
        "/zhihu",
        "/login/retry/x",
    ],
)
def test_without_redis_it_is_503_within_two_seconds(
    client: Any, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Not measured, for a busy machine takes its own time, but counted: each try waits half a second at most."""
    tries, connect = [], Connection._connect

    def counted(self: Connection) -> Any:
        tries.append(self)
        return connect(self)

    url = "redis://127.0.0.1:1/0"
    alone = client.hanging_up(create_app(client.settings, store=Store.at(url, "t"))).test_client()
    alone.set_cookie("mt_session", "known", domain="127.0.0.1")
    alone.set_cookie("mt_login", client.parts.login_tokens.sign("u1"), domain="127.0.0.1")
    monkeypatch.setattr(Connection, "_connect", counted)

    answer = alone.get(path, base_url=client.settings.client_url, headers={"Accept": "text/html"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert "服务暂时不可用，请稍后再试" in answer.text
    assert 0 < len(tries) <= TRIES


def test_a_town_without_its_seeds_is_not_ready(visitor: Any, client: Any) -> None:
    assert visitor.get("/readyz").status_code == 503
    client.store.redis.set(client.store.keys.seeded, "1")
    assert visitor.get("/readyz").status_code == 200


def test_a_large_body_is_413(visitor: Any) -> None:
    assert visitor.post("/logout", data={"x": "y" * 70_000}).status_code == 413


def test_localhost_is_led_to_the_public_name_so_that_cookies_stay_together(client: Any) -> None:
    answer = client.app.test_client().get("/login/wechat", base_url="http://localhost:9002")

    assert (answer.status_code, answer.location) == (302, "http://127.0.0.1:9002/login/wechat")


def test_every_page_forbids_other_hosts_and_frames(visitor: Any) -> None:
    for path in ("/login", "/zhihu", "/metrics.html"):
        rules = visitor.get(path).headers["Content-Security-Policy"]
        assert "default-src 'none'" in rules
        assert "frame-ancestors 'none'" in rules
        assert "img-src 'self' data:;" in rules


def test_no_page_has_an_inline_script_or_style(visitor: Any) -> None:
    visitor.log_in()
    for path in ("/login", "/me", "/zhihu", "/metrics.html"):
        page = visitor.get(path).text
        assert "style=" not in page
        assert "onclick" not in page
        assert "<script>" not in page
