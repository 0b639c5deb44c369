"""What oidc-provider-mock and we answer to the same wrong requests: writes the tables of docs/differential.md and its
twin. ``python bench/differential.py [PYTHON]``, where PYTHON (3.12 or later) runs the newest peer."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import contenders
import requests
from wrong_requests import CALLBACK, NONE, ROWS, Client, Row, answered, get, post

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = {"differential.md": "english", "differential.zh-CN.md": "chinese"}
HEADS = {
    "english": "| the wrong request | says | Ninestep | oidc-provider-mock |",
    "chinese": "| 错误的请求 | 依据 | 九步 | oidc-provider-mock |",
}
OPEN, CLOSE = "<!-- table -->", "<!-- /table -->"
VERSION = re.compile(r"oidc-provider-mock \d+\.\d+\.\d+")
METADATA = "/.well-known/openid-configuration"


class Ours:
    """A town, spoken to as its users do; ``api`` is its control API."""

    def __init__(self, provider: str) -> None:
        self.api = f"{provider}/_mock/api"
        self.told: dict[str, Any] = get(provider + METADATA).json()
        self.world = requests.post(f"{self.api}/worlds", json={}, timeout=20).json()["name"]

    def client(self) -> Client:
        said = {"dialect": "standard", "world": self.world, "redirect_uris": [CALLBACK]}
        consent = {"mode": "auto", "user": "zhangsan"}
        app = requests.post(f"{self.api}/apps", json={**said, "consent": consent}, timeout=20).json()
        return Client(app["appid"], app["secret"])

    def agreed(self, query: Any) -> requests.Response:
        return get(self.told["authorization_endpoint"], query)

    def nobody_there(self, client: Client) -> None:
        body = {"consent": {"mode": "ask"}}
        requests.patch(f"{self.api}/apps/{client.id}", json=body, timeout=20).raise_for_status()

    def waits(self, seconds: int) -> bool:
        body = {"advance": seconds}
        requests.post(f"{self.api}/worlds/{self.world}/clock", json=body, timeout=20).raise_for_status()
        return True


class Theirs:
    """The peer as it starts, and clients that registered themselves: then it checks most."""

    def __init__(self, url: str) -> None:
        self.told: dict[str, Any] = get(url + METADATA).json()

    def client(self) -> Client:
        said = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_post"}
        app = requests.post(self.told["registration_endpoint"], json=said, timeout=20).json()
        return Client(app["client_id"], app["client_secret"])

    def agreed(self, query: Any) -> requests.Response:
        page = get(self.told["authorization_endpoint"], query)
        return post(page.url, {"sub": "zhangsan"}) if page.status_code == 200 else page

    def nobody_there(self, client: Client) -> None:
        """It keeps no session: everybody meets its page."""

    def waits(self, seconds: int) -> bool:
        return False


def cell(answer: str, lax: str) -> str:
    if answer == NONE:
        return NONE
    return f"**`{answer}`**" if re.search(lax, answer) else f"`{answer}`"


def line(row: Row, language: str, ours: str, theirs: str) -> str:
    said = row.english if language == "english" else row.chinese
    return f"| {said} | {row.source} | {cell(ours, row.lax)} | {cell(theirs, row.lax)} |"


def main() -> None:
    peer = contenders.oidc_provider_mock(*sys.argv[1:2])
    town, other = contenders.start_town(), peer.start()
    try:
        [place] = other.places.values()
        host, port = place.addresses[0]
        ours, theirs = Ours(str(town.info["provider_url"])), Theirs(f"http://{host}:{port}")
        found = [(row, answered(ours, row), answered(theirs, row)) for row in ROWS]
    finally:
        other.stop()
        town.stop()
    for name, language in PAGES.items():
        lines = [HEADS[language], "|---|---|---|---|", *(line(row, language, *both) for row, *both in found)]
        before, _, rest = (DOCS / name).read_text("utf-8").partition(OPEN)
        text = "\n".join([before + OPEN, *lines, CLOSE + rest.partition(CLOSE)[2]])
        (DOCS / name).write_text(VERSION.sub(f"oidc-provider-mock {peer.version}", text), "utf-8")


if __name__ == "__main__":
    main()
