"""Takes the pictures of the two READMEs: starts a town of its own on the usual ports, and clicks through it.

    .venv/bin/python docs/pictures/take.py

Wants a browser (as `make test` does) and, for pictures that look as they should, the packages fonts-noto-cjk and
fonts-noto-color-emoji.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

HERE = Path(__file__).parent
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
LANGUAGES = ("zh-CN", "en")
PHONE = {"width": 390, "height": 720}
DESK = {"width": 1280, "height": 860}


@contextmanager
def town() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="n9-") as state:
        process = subprocess.Popen(
            [sys.executable, "-m", "ninestep.cli", "up", "--json"],
            env={**os.environ, "NINESTEP_STATE": state},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline() or "{}")
        finally:
            process.terminate()
            process.wait(timeout=20)


def visit(browser: Browser, language: str, viewport: dict[str, int], scale: float) -> BrowserContext:
    return browser.new_context(
        locale=language,
        viewport=viewport,
        device_scale_factor=scale,
        color_scheme="light",
        reduced_motion="reduce",
    )


def to_consent(page: Page, client: str) -> None:
    page.goto(f"{client}/login")
    page.get_by_test_id("mt-login-wechat").click()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-consent").wait_for()


def on_a_phone(browser: Browser, urls: dict[str, str], language: str) -> None:
    context = visit(browser, language, PHONE, 1.5)
    page = context.new_page()
    page.goto(f"{urls['client_url']}/login")
    page.screenshot(path=HERE / f"login.{language}.png")
    to_consent(page, urls["client_url"])
    page.screenshot(path=HERE / f"consent.{language}.png")
    page.get_by_test_id("wx-approve").click()
    page.get_by_test_id("mt-logged-in").wait_for()
    page.screenshot(path=HERE / f"me.{language}.png")
    context.close()


def on_a_desk(browser: Browser, urls: dict[str, str], language: str) -> None:
    """The flow that the phone has just left, at its fifth step."""
    context = visit(browser, language, DESK, 1)
    page = context.new_page()
    page.goto(f"{urls['provider_url']}/_mock/theatre")
    page.get_by_test_id("flow-row").first.get_by_role("link").click()
    page.locator("[data-step='5'] a").first.click()
    page.get_by_test_id("th-story").wait_for()
    page.screenshot(path=HERE / f"flow.{language}.png")
    context.close()


def main() -> None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with town() as urls, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--disable-gpu", *sandbox])
        for language in LANGUAGES:
            on_a_phone(browser, urls, language)
            on_a_desk(browser, urls, language)
        browser.close()


if __name__ == "__main__":
    main()
