"""The seed file that a town was started with: NINESTEP_SEED. The town is ready once it is in."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from ninestep import seedfile
from ninestep.seedfile import SeedFileError

from ...services import services
from ..places import refusal
from ..problem import Problem
from .applying import applied
from .bodies import Seed
from .plan import planned

log = structlog.get_logger("ninestep.seed")


class SeedAtStart:
    """A file, read once: what somebody changes in it while the town runs waits for the next start."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.seed = _converted(path, seedfile.read(path))
        self.done = False

    def apply(self, world: str = "") -> None:
        """All of it, or one world's part. Raises SeedFileError where the town cannot be as the file wants it."""
        try:
            plans = [plan for plan in planned(self.seed) if world in ("", plan.world)]
            report = applied(plans)
        except Problem as problem:
            if problem.status == 503:
                return  # another process is at it; /readyz asks again
            raise _sentence(self.path, problem) from None
        store = services().store
        store.redis.set(store.keys.seeded_file, "1")
        self.done = True
        if report.kept:  # never overwritten, and never silently
            log.warning("seed file: changed by hand since, and kept", kept=report.kept)

    def missing(self) -> str:
        """Why the town is not as the file wants it, or "". A Redis that was emptied is seeded again on the way."""
        store = services().store
        if not (self.done and store.redis.exists(store.keys.seeded_file)):
            self.done = False
            try:
                self.apply()
            except SeedFileError as error:
                return str(error)
        return "" if self.done else "the seed file is not in yet"

    def again(self, world: str) -> None:
        """What the file says of a world that was just emptied. Raises Problem 409."""
        try:
            self.apply(world)
        except SeedFileError as error:
            raise Problem(409, f"{world} was reset, but not seeded: {error}") from None


def _converted(path: str, values: Any) -> Seed:
    try:
        return msgspec.convert(values, Seed)
    except msgspec.ValidationError as error:
        raise _sentence(path, refusal(Seed, values, error)) from None


def _sentence(path: str, problem: Problem) -> SeedFileError:
    wrong = problem.errors[0] if problem.errors else None
    place = f"{wrong.field}: " if wrong else ""
    detail = problem.detail.removesuffix(f" {wrong.field!r}") if wrong else problem.detail
    fix = f" ({wrong.fix})" if wrong and wrong.fix else ""
    return SeedFileError(f"Seed file {path}: {place}{detail}{fix}")
