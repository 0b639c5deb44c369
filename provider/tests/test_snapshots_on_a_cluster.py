"""Snapshots and seed files on a real Redis Cluster: a world is one slot, what leads to it from outside lies in others."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from local_cluster import three_masters
from ninestep.settings import ProviderSettings
from ninestep.store import Store
from ninestep_provider.app import create_app

pytestmark = [pytest.mark.slow, pytest.mark.launcher]

FILE = {
    "users": [{"uid": "wang"}],
    "apps": [{"appid": f"shop{n}", "consent": {"mode": "auto", "user": "wang"}} for n in range(8)],
    "worlds": {f"w{n}": {"apps": [{"appid": f"other{n}"}], "clock": {"advance": "1h"}} for n in range(4)},
}


def test_a_world_is_seeded_put_aside_and_brought_back(tmp_path: Path, hanging_up: Any, control: Any) -> None:
    with three_masters(tmp_path) as url, closing(Store.at(url, "n9")) as store:
        settings = ProviderSettings(redis_url=url, seed_key="k", trace_patience=3000)
        control = type(control)(hanging_up(create_app(settings, store=store)), store)
        assert len(control("POST", "/seed", FILE)["created"]) == 17
        assert control("POST", "/seed", FILE)["created"] == []

        app = control.wechat()
        path = f"/worlds/{app['world']}/snapshots"
        tokens = control.login(app)
        before = control("GET", f"/apps/{app['appid']}/tokens")
        taken = control("POST", path, {"name": "before"})
        later = control.login(app)
        gone = control("POST", "/apps", {"world": app["world"]})
        control("POST", "/reset", {"world": app["world"]})
        control("DELETE", f"/apps/{app['appid']}")
        control("POST", f"{path}/{taken['id']}/restore")

        found = control("GET", f"/apps/{app['appid']}/tokens")
        assert [each["id"] for each in found] == [each["id"] for each in before]
        assert "access_token" in control.refresh(app, tokens["refresh_token"])
        assert control.refresh(app, later["refresh_token"])["errcode"] == 40030
        control.refused("GET", f"/apps/{gone['appid']}", status=404)
