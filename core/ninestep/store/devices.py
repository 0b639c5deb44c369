"""Devices that wait for their user elsewhere (RFC 8628): answered once, polled meanwhile, spent once."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..digest import digest, fresh_id
from ..records import Device, decode, encode
from . import scripts
from .base import MEMORY, SWAP, Base, record_of, text, whole
from .batch import Batch, Later, Script
from .grants import OPEN_END

APPROVE_DEVICE = Script(scripts.APPROVE_DEVICE)
DEVICE_CODE = "device_code"  # the kind of single-use record that a device is


class Devices(Base):
    def save_device(self, world: str, device_code: str, device: Device, life: float) -> bool:
        """Whether it was laid down; not where its user_code is already somebody's."""
        name, seconds = digest(device_code), whole(life + MEMORY)
        pointer = _user_code(device.user_code)
        if not self.redis.set(self.keys.pointer(pointer), f"{world}|{name}", nx=True, ex=seconds):
            return False
        batch = self.batch()
        self._index(batch, world, f"pointer:{pointer}", life + MEMORY)
        batch.call("set", self.keys.once(world, DEVICE_CODE, name), encode(device), ex=seconds)
        self._index(batch, world, f"{DEVICE_CODE}:{name}", life + MEMORY)
        batch.run()
        return True

    def find_device(self, user_code: str) -> tuple[str, str] | None:
        """(world, name) of the device whose user types this."""
        place = text(self.redis.get(self.keys.pointer(_user_code(user_code))))
        if place is None:
            return None
        world, _, name = place.partition("|")
        return world, name

    def device(self, world: str, name: str) -> Device | None:
        """Also one that has got its token already."""
        batch = self.batch()
        live, spent = self._look(batch, world, name)
        batch.run()
        return live.value or spent.value

    def devices(self, world: str, appid: str = "") -> list[tuple[Device, bool]]:
        """All of a world or of one app that Redis still knows, and whether each has got its token."""
        names = [tail.partition(":")[2] for tail in self.tails(world, f"{DEVICE_CODE}:")]
        batch = self.batch()
        found = [self._look(batch, world, name) for name in names]
        batch.run()
        devices = [(live.value or spent.value, live.value is None) for live, spent in found]
        return [
            (device, spent) for device, spent in devices if device is not None and appid in ("", device.appid)
        ]

    def change_device(
        self, world: str, name: str, change: Callable[[Device], Device], raw: bytes | None = None
    ) -> Device | None:
        """What ``change`` made of it; it is asked again where somebody was faster. One that it leaves as it is, is not
        written. None where there is none that waits, or it has got its token. ``raw`` is how it was read before."""
        key = self.keys.once(world, DEVICE_CODE, name)
        raw = raw or self.redis.get(key)
        while raw is not None:
            device = decode(Device, raw)
            assert device is not None
            after = change(device)
            if after == device or SWAP.run(self.redis, [key], [raw, encode(after)]):
                return after
            raw = self.redis.get(key)
        return None

    def approve_device(
        self, world: str, name: str, change: Callable[[Device], Device], at: float
    ) -> Device | None:
        """As ``change_device``; where ``change`` approves, the consent is remembered in the same step."""
        key = self.keys.once(world, DEVICE_CODE, name)
        while (raw := self.redis.get(key)) is not None:
            device = decode(Device, raw)
            assert device is not None
            after = change(device)
            if after == device:
                return after
            head = encode(msgspec.structs.replace(after, grant="")).removesuffix(OPEN_END)
            consent = [fresh_id(), at, after.appid, after.user, *after.scopes]
            keys = [key, self.keys.grant(world, after.appid, after.user), self.keys.grants(world)]
            if APPROVE_DEVICE.run(self.redis, keys, [raw, head, *consent]):
                return after
        return None

    def forget_devices(self, world: str, appid: str) -> None:
        """An app's devices, also those that have got their token."""
        names = [tail.partition(":")[2] for tail in self.tails(world, f"{DEVICE_CODE}:")]
        batch = self.batch()
        found = [(name, *self._look(batch, world, name)) for name in names]
        batch.run()
        for name, live, spent in found:
            device = live.value or spent.value
            if device is None or device.appid != appid:
                continue
            pointer = _user_code(device.user_code)
            for key in (self.keys.once(world, DEVICE_CODE, name), self.keys.spent(world, DEVICE_CODE, name)):
                batch.call("del", key)
            batch.call("del", self.keys.pointer(pointer))
            batch.call("zrem", self.keys.index(world), f"{DEVICE_CODE}:{name}", f"pointer:{pointer}")
        batch.run()

    def count_guess(self, names: list[str], seconds: int) -> None:
        """One more wrong user_code for each of ``names``; forgotten ``seconds`` after the first."""
        batch = self.batch()
        for name in names:
            key = self.keys.pointer(digest("guesses:" + name))
            batch.call("incr", key)
            batch.call("expire", key, seconds, nx=True)
        batch.run()

    def guesses(self, names: list[str]) -> list[int]:
        batch = self.batch()
        counts: list[Later[int]] = [
            batch.call("get", self.keys.pointer(digest("guesses:" + name)), decode=lambda raw: int(raw or 0))
            for name in names
        ]
        batch.run()
        return [count.value for count in counts]

    def _look(self, batch: Batch, world: str, name: str) -> tuple[Later[Device | None], Later[Device | None]]:
        """The device that waits, and the one that has got its token: at most one of them is there."""
        keys = self.keys
        live = batch.call("get", keys.once(world, DEVICE_CODE, name), decode=record_of(Device))
        return live, batch.call("get", keys.spent(world, DEVICE_CODE, name), decode=_spent)


def _user_code(user_code: str) -> str:
    return digest("user_code:" + user_code)


def _spent(raw: bytes | None) -> Device | None:
    return decode(Device, raw.split(b"|", 1)[1]) if raw is not None else None
