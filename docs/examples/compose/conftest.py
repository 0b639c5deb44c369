"""The shop runs in a process of its own and knows one app; each test gives it that app in a world of the test's own."""

from __future__ import annotations

import os
from typing import Any

import pytest
from ninestep.testing import Ninestep

SHOP = os.environ.get("SHOP_URL", "http://127.0.0.1:8000")
APPID, SECRET = "wx5109000000000001", "of-the-tests-alone"  # as in compose.yaml


@pytest.fixture
def shop(ninestep: Ninestep) -> str:
    """The shop's address. Its appid is free for the next test when this one's world is gone."""
    app = {"secret": SECRET, "kind": "website", "redirect_uris": [f"{SHOP}/callback"]}
    ninestep.control("PUT", f"/apps/{APPID}", {**app, "world": ninestep.name})
    return SHOP


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """A Chromium of the machine's own, instead of the one that `playwright install` brings."""
    own = os.environ.get("CHROMIUM")
    return {**browser_type_launch_args, **({"executable_path": own} if own else {})}
