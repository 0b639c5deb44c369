"""The nine steps through the containers: what `docker compose up` started, in a real browser.

Not collected by a plain `pytest`: `make compose-test` starts the containers and names this file.
"""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from playwright.sync_api import Page, expect

PROVIDER, RESOURCE, CLIENT, GATEWAY = (
    os.environ.get(f"NINESTEP_COMPOSE_{name}_URL", f"http://127.0.0.1:{port}")
    for name, port in (("PROVIDER", 9000), ("RESOURCE", 9001), ("CLIENT", 9002), ("GATEWAY", 9003))
)


def text_of(url: str) -> str:
    with build_opener(ProxyHandler({})).open(url, timeout=10) as answer:
        return str(answer.read().decode())


def json_of(url: str) -> Any:
    return json.loads(text_of(url))


@pytest.mark.parametrize(
    "url",
    [
        f"{PROVIDER}/readyz",
        f"{RESOURCE}/readyz",
        f"{CLIENT}/readyz",
        f"{GATEWAY}/_gateway/readyz",
        f"{GATEWAY}/readyz",
    ],
)
def test_every_container_is_ready(url: str) -> None:
    assert text_of(url)


@pytest.mark.browser
def test_a_person_logs_in_through_the_containers(page: Page) -> None:
    page.goto(f"{CLIENT}/login")
    page.get_by_test_id("mt-login-wechat").click()
    page.get_by_test_id("wx-persona-zhangsan").click()
    page.get_by_test_id("wx-approve").click()
    expect(page.get_by_test_id("mt-nickname")).to_contain_text("张三")
    assert page.url.startswith(CLIENT)

    newest = json_of(f"{PROVIDER}/_mock/api/flows?world=town")[0]
    messages = json_of(
        f"{PROVIDER}/_mock/api/flows/{newest.get('flow') or newest['id']}/messages?wait=10&until=ended"
    )
    steps = messages if isinstance(messages, list) else messages["messages"]
    assert len(steps) == 9
