"""Production mode (S0 §4.3, §5.4): https everywhere, Secure cookies, no debug log."""

from __future__ import annotations

from typing import Any

import pytest
from ninestep.settings import SettingsError

LIVE = {"env": "production", "client_url": "https://127.0.0.1:9002"}


def test_http_is_led_to_https(client: Any) -> None:
    live = client.variant(**LIVE)

    answer = live.app.test_client().get("/login?notice=other", base_url="http://127.0.0.1:9002")

    assert (answer.status_code, answer.location) == (308, "https://127.0.0.1:9002/login?notice=other")


def test_a_callback_over_http_is_the_starts_problem(client: Any) -> None:
    with pytest.raises(SettingsError, match="NINESTEP_CLIENT_URL"):
        client.variant(env="production")


@pytest.mark.parametrize("name", ["session_key", "login_key", "trace_key"])
def test_a_key_that_everybody_knows_is_the_starts_problem_too(client: Any, name: str) -> None:
    with pytest.raises(SettingsError, match=f"NINESTEP_{name.upper()}"):
        client.variant(**LIVE, **{name: "unset"})


def test_the_redirect_uri_is_https_and_cookies_are_secure(client: Any) -> None:
    live = client.variant(**LIVE).visitor()

    assert live.log_in().query["redirect_uri"] == "https://127.0.0.1:9002/auth/wechat/callback"
    assert live.cookie("mt_login").secure
    assert live.cookie("mt_session").secure


def test_forms_work_without_a_referrer(client: Any) -> None:
    live = client.variant(**LIVE).visitor()
    live.log_in()

    assert live.press("/me", "/logout").status_code == 303


def test_the_debug_log_is_absent(client: Any, neighbours: Any, logged: Any) -> None:
    client.variant(**LIVE).visitor().log_in()

    assert logged("OAuth Debug Info") == []
