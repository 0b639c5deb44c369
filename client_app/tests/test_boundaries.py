"""What another site may not do with a browser that is logged in here."""

from __future__ import annotations

from typing import Any


def test_no_form_is_taken_from_another_site(visitor: Any, client: Any) -> None:
    visitor.log_in()
    forms = sorted(rule.rule for rule in client.app.url_map.iter_rules() if "POST" in (rule.methods or ()))
    assert {"/logout", "/me/refresh-profile", "/zhihu/logout"} <= set(forms)

    for path in forms:
        for form in ({}, {"csrf_token": "made-up"}):
            answer = visitor.post(path.replace("<", "").replace(">", ""), data=form)
            assert answer.status_code == 400, path

    assert "张三" in visitor.get("/me").text


def test_every_page_may_not_be_framed_kept_or_named_to_others(visitor: Any, client: Any) -> None:
    visitor.log_in()
    rules = (rule for rule in client.app.url_map.iter_rules() if "GET" in (rule.methods or ()))
    answers = [visitor.get(rule.rule) for rule in rules if not rule.arguments]
    pages = [answer for answer in answers if "html" in (answer.content_type or "")]
    assert len(pages) > 5

    for page in pages:
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
