"""The shop, configured for the town of this test run."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from ninestep.testing import App, Ninestep
from shop import create_app


@pytest.fixture
def wechat(ninestep: Ninestep) -> App:
    """The shop as WeChat knows it."""
    return ninestep.app(kind="website", redirect_uris=["http://localhost/callback"])


@pytest.fixture
def visitor(ninestep: Ninestep, wechat: App) -> FlaskClient:
    """A browser in front of the shop."""
    town = ninestep.town.gateway
    keys = {"SOCIAL_AUTH_WEIXIN_KEY": wechat.appid, "SOCIAL_AUTH_WEIXIN_SECRET": wechat.secret}
    return create_app({"WECHAT_OPEN": town, "WECHAT_API": town, **keys}).test_client()
