"""What every client of a platform has in tests: an app in a world of its own, and ways to change both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CALLBACK = "http://127.0.0.1/callback"


@dataclass
class Client:
    """A client of the platform, as an SDK is one, with an app in a world of its own."""

    town: Any
    app: dict[str, Any]

    @property
    def appid(self) -> str:
        return str(self.app["appid"])

    @property
    def secret(self) -> str:
        return str(self.app["secret"])

    def change(self, **fields: Any) -> None:
        self.town.api("PATCH", f"/apps/{self.appid}", fields)

    def advance(self, by: str) -> None:
        self.town.api("POST", f"/worlds/{self.app['world']}/clock", {"advance": by})

    def fault(self, endpoint: str, **fields: Any) -> None:
        self.town.api("POST", f"/apps/{self.appid}/faults", {"endpoint": endpoint, **fields})

    def query(self, **changes: Any) -> dict[str, str]:
        """An authorize request; a parameter that is None is left out."""
        params = {"client_id": self.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
        return {k: v for k, v in {**params, **changes}.items() if v is not None}
