"""The whole town on a real Redis Cluster: one hash tag per world, and nothing that crosses slots."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import requests

pytestmark = [pytest.mark.slow, pytest.mark.launcher]

HERE = Path(__file__)


def load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_login_a_refresh_and_a_deleted_world(tmp_path: Path, start_town: Any, stop_town: Any) -> None:
    three_masters = load(HERE.parents[2] / "core/tests/local_cluster.py").three_masters
    (tmp_path / "c").mkdir()
    with three_masters(tmp_path / "c") as url:
        town, process = start_town(tmp_path / "town", NINESTEP_REDIS_URL=url)
        try:
            app = town.api(
                "POST",
                "/apps",
                {
                    "name": "cluster",
                    "dialect": "standard",
                    "redirect_uris": ["http://127.0.0.1/cb"],
                    "consent": {"mode": "auto", "user": "zhangsan"},
                },
            )
            query = {
                "client_id": app["appid"],
                "redirect_uri": "http://127.0.0.1/cb",
                "response_type": "code",
            }
            answer = requests.get(
                f"{town.provider}/oauth/authorize",
                params={**query, "state": "s"},
                allow_redirects=False,
                timeout=10,
            )
            code = answer.headers["Location"].split("code=")[1].split("&")[0]
            auth = (app["appid"], app["secret"])
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/cb"}
            tokens = requests.post(f"{town.provider}/oauth/token", data=form, auth=auth, timeout=10).json()
            refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
            fresh = requests.post(f"{town.provider}/oauth/token", data=refresh, auth=auth, timeout=10).json()
            headers = {"Authorization": f"Bearer {fresh['access_token']}"}
            profile = requests.get(f"{town.resource}/userinfo", headers=headers, timeout=10).json()
            flow = town.api("GET", "/flows", params={"world": app["world"], "wait": 10, "until": "step=8"})[0]

            assert profile["name"] == "张三"
            assert (flow["ended"], flow["outcome"]) == (True, "ok")
            town.api("DELETE", f"/worlds/{app['world']}")
            assert requests.get(f"{town.resource}/userinfo", headers=headers, timeout=10).status_code == 401
            page = requests.get(f"{town.client}/login", timeout=10)
            assert "mt-login-wechat" in page.text
        finally:
            stop_town(town, process)
