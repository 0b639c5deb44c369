"""What another site may not do with a browser that is logged in here."""

from __future__ import annotations

import re
from typing import Any

import pytest

PROGRAMS = ("/app/login", "/app/state", "/mini/login", "/mini/phone", "/mini/profile")
FRAMED = ("/app", "/app/old", "/app/old/strings", "/mini")


def csp(page: Any) -> str:
    return f"{page.headers['Content-Security-Policy']};"


def test_no_form_is_taken_from_another_site(visitor: Any, client: Any) -> None:
    visitor.log_in()
    forms = sorted(rule.rule for rule in client.app.url_map.iter_rules() if "POST" in (rule.methods or ()))
    assert {"/logout", "/me/refresh-profile", "/zhihu/logout"} <= set(forms)

    for path in forms:
        if path in PROGRAMS:
            continue
        for form in ({}, {"csrf_token": "made-up"}):
            answer = visitor.post(path.replace("<", "").replace(">", ""), data=form)
            assert answer.status_code == 400, path

    assert "张三" in visitor.get("/me").text


def test_no_page_may_be_framed_by_others_kept_or_named_to_others(visitor: Any, client: Any) -> None:
    visitor.log_in()
    rules = (rule for rule in client.app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    answers = [visitor.get(rule.rule) for rule in rules if not rule.arguments]
    pages = [answer for answer in answers if "html" in (answer.content_type or "")]
    assert len(pages) > 5

    for page in pages:
        if page.request.path in FRAMED:
            assert f"frame-ancestors {client.settings.provider_url};" in csp(page)
            assert "X-Frame-Options" not in page.headers
        else:
            assert "frame-ancestors 'none'" in csp(page)
            assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_phone_may_frame_and_only_its_script_may_run(visitor: Any, client: Any) -> None:
    provider = client.settings.provider_url

    for path, script in (("/mini", "wx.js"), ("/app", "opensdk.js"), ("/app/old", "opensdk.js")):
        page = visitor.get(path)
        assert f"script-src 'self' {provider}/assets/provider/{script};" in csp(page)
        foreign = [
            src for src in re.findall(r'<script[^>]* src="([^"]+)"', page.text) if src.startswith("http")
        ]
        assert foreign == [f"{provider}/assets/provider/{script}"]


@pytest.mark.parametrize("path", PROGRAMS)
def test_what_programs_ask_takes_no_cookie_and_sets_none(visitor: Any, client: Any, path: str) -> None:
    visitor.log_in()

    for data in ({"json": {"code": "x", "state": "y"}}, {"data": {"code": "x"}}):
        answer = visitor.post(path, **data)
        assert "Set-Cookie" not in answer.headers
        if path == "/app/state":  # hands out a fresh state, to anybody
            assert list(answer.get_json()) == ["state"]
        else:
            assert answer.status_code in (400, 401)

    assert visitor.get("/mini/me").status_code == 401  # logged in by cookie, and that is nothing here
