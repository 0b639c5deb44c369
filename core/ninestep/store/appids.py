"""Several appids claimed for a world at once, or none of them. An appid belongs to one world for good."""

from __future__ import annotations

from .base import Base, text


class AppidTaken(Exception):
    def __init__(self, appid: str, world: str) -> None:
        self.appid, self.world = appid, world
        super().__init__(f"{appid} belongs to {world}")


class Appids(Base):
    def claim_appids(self, world: str, appids: list[str]) -> list[str]:
        """Those that nobody had before. Raises AppidTaken where another world has one; then nothing is claimed."""
        batch = self.batch()
        pointers = [self.keys.pointer_app(appid) for appid in appids]
        fresh = [batch.call("set", pointer, world, nx=True, decode=bool) for pointer in pointers]
        owners = [batch.call("get", pointer, decode=text) for pointer in pointers]
        batch.run()
        claimed = [appid for appid, later in zip(appids, fresh, strict=True) if later.value]
        for appid, owner in zip(appids, owners, strict=True):
            if owner.value not in (None, world):
                self.give_back_appids(world, claimed)
                raise AppidTaken(appid, owner.value or "")
        return claimed

    def give_back_appids(self, world: str, appids: list[str]) -> None:
        """Those of them that no app of the world has."""
        batch = self.batch()
        found = [batch.call("exists", self.keys.app(world, appid), decode=bool) for appid in appids]
        batch.run()
        for appid, there in zip(appids, found, strict=True):
            if not there.value:
                batch.call("del", self.keys.pointer_app(appid))
        batch.run()
