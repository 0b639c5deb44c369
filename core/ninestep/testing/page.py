"""A login by a browser that clicks, on a Playwright page (docs/testing.md: the ids)."""

from __future__ import annotations

from typing import Any


def login(page: Any, user: str, *, deny: bool, password: str) -> None:
    """From the provider's login or consent page, which the client has sent the browser to, until it leads away.

    A person who is not on the picker logs in by name and password; one who is logged in meets the consent at once.
    """
    picker, form = _by_id(page, f"wx-persona-{user}"), _by_id(page, "wx-username")
    approve, refuse = _by_id(page, "wx-approve"), _by_id(page, "wx-deny")
    picker.or_(form).or_(approve).first.wait_for()
    if not approve.count():
        with page.expect_navigation():
            if picker.count():
                picker.click()
            else:
                form.fill(user)
                _by_id(page, "wx-password").fill(password)
                _by_id(page, "wx-submit").click()
    if approve.count():
        with page.expect_navigation():
            (refuse if deny else approve).click()


def _by_id(page: Any, name: str) -> Any:
    """Whatever attribute the project's own tests have chosen for their ids."""
    return page.locator(f'[data-testid="{name}"]')
