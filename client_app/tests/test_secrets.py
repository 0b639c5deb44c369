"""Nothing secret in what the browser saw, in the logs, or in Redis (S0 §3.3, §4.2, §5.4, §6.4)."""

from __future__ import annotations

import logging
from typing import Any

import pytest

PAGES = (
    "/",
    "/login",
    "/me",
    "/api/me",
    "/metrics",
    "/metrics.html",
    "/zhihu",
    "/zhihu/me",
    "/mini",
    "/mini/me",
    "/app",
    "/login?notice=server_error",
)


def test_nothing_secret_reaches_the_browser(visitor: Any, client: Any, neighbours: Any) -> None:
    seen: list[str] = []
    started = visitor.start()
    code = neighbours.code()
    answers = [visitor.come_back(started, code=code), *(visitor.get(page) for page in PAGES)]
    for answer in answers:
        seen += [answer.text, *(f"{name}: {value}" for name, value in answer.headers.items())]
    seen += [cookie.value for name in ("mt_session", "mt_login") if (cookie := visitor.cookie(name))]

    text = "\n".join(seen)

    assert len(neighbours.secrets()) == 9  # two tokens, and the secrets of seven apps
    assert [secret for secret in [*neighbours.secrets(), code] if secret in text] == []


def test_scripts_and_styles_hold_no_secret(client: Any, neighbours: Any) -> None:
    import ninestep_client_app

    folder = ninestep_client_app.__path__[0]
    from pathlib import Path

    secrets = [*neighbours.secrets(), client.settings.meituan_old_app_secret]
    for file in Path(folder, "static").iterdir():
        assert [secret for secret in secrets if secret in file.read_text()] == []


def test_the_old_apps_secret_is_in_its_own_two_pages_and_nowhere_else(visitor: Any, client: Any) -> None:
    visitor.log_in()
    rules = [rule for rule in client.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    paths = [rule.rule for rule in rules if not rule.arguments]
    secret = client.settings.meituan_old_app_secret

    assert [p for p in sorted(paths) if secret in visitor.get(p).text] == ["/app/old", "/app/old/strings"]


def test_neither_code_nor_token_nor_state_is_ever_logged(
    visitor: Any, client: Any, neighbours: Any, logged: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)  # the stand-in's own access log
    codes = [neighbours.code() for _ in range(4)]
    started = visitor.start()
    visitor.come_back(started, code=codes[0])
    visitor.come_back(started, code=codes[1])
    neighbours.fail("/sns/userinfo", "busy", status=500)
    visitor.come_back(visitor.start(), code=codes[2])
    alone = client.variant(resource_internal_url="http://127.0.0.1:1").visitor()
    alone.come_back(alone.start(), code=codes[3])

    text = f"{logged()}{caplog.text}"

    assert "OAuth登录错误" in text
    assert [secret for secret in [*neighbours.secrets(), *codes, started.state] if secret in text] == []


def test_the_debug_log_describes_the_callback_with_secrets_masked(
    visitor: Any, neighbours: Any, logged: Any
) -> None:
    started, code = visitor.start(), neighbours.code()

    visitor.get(
        "/auth/wechat/callback",
        query_string={"code": code, "state": started.state},
        headers={"User-Agent": "a browser", "Referer": f"http://127.0.0.1:9000/?state={started.state}"},
    )

    (entry,) = logged("OAuth Debug Info")
    masked = {"code": f"••••{code[-4:]}", "state": f"••••{started.state[-4:]}"}
    assert entry["query"] == masked
    assert entry["url"].startswith("/auth/wechat/callback?")
    assert entry["headers"] == {
        "user-agent": "a browser",
        "referer": f"http://127.0.0.1:9000/?state={masked['state']}",
    }
    assert entry["session"] == masked["state"]
    assert [s for s in (code, started.state) if s in str(entry)] == []


def test_other_pages_are_not_described(visitor: Any, logged: Any) -> None:
    visitor.get("/login")

    assert logged("OAuth Debug Info") == []


def test_neither_code_nor_verifier_lies_in_redis(visitor: Any, client: Any, neighbours: Any) -> None:
    code = neighbours.code(scope="user_info")
    visitor.come_back(visitor.start("/zhihu/login"), "/auth/zhihu/callback", code=code)

    (call,) = neighbours.asked("/oauth/token")
    dump = client.everything_in_redis()
    assert [s for s in (code, call.form["code_verifier"]) if s in dump] == []


def test_a_400_page_does_not_repeat_the_code_in_its_links(visitor: Any, neighbours: Any) -> None:
    code = neighbours.code()

    page = visitor.get("/auth/wechat/callback", query_string={"code": code, "state": "x"}).text

    assert code not in page
