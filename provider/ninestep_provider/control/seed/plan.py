"""A seed file as records, every rule of the control API looked at before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from msgspec import UNSET
from ninestep.clock import now, parse_duration, parse_instant
from ninestep.records import TOWN, App, Clock, Decision, Fault, User
from ninestep.store import Later

from ... import seeds
from ...services import services
from .. import apps, faults, next, users
from ..clock import EARLIEST, LATEST, ClockChange
from ..found import checked_name
from ..nearest import near
from ..problem import Problem
from .bodies import Seed, SeedApp, SeedWorld


@dataclass
class AppPlan:
    body: SeedApp
    app: App  # its secret is empty where the file gives none
    decisions: list[Decision]
    faults: list[Fault]


@dataclass
class Plan:
    """Of one world."""

    world: str
    users: list[User] = field(default_factory=list)
    apps: list[AppPlan] = field(default_factory=list)
    clock: Clock | None = None
    clock_said: ClockChange | None = None  # as the file says it


def planned(seed: Seed) -> list[Plan]:
    """What the file wants, world by world. Raises Problem 422 or 409, which names the place."""
    sections: list[tuple[str, str, SeedWorld]] = [("", TOWN, seed)]
    for name, section in seed.worlds.items():
        with at(f"worlds.{name}"):
            if checked_name(name, "") == TOWN:
                raise Problem(
                    422, "the town's stand at the top", field="", fix="apps:, users: without worlds:"
                )
        sections.append((f"worlds.{name}.", name, section))
    plans: list[Plan] = []
    for place, name, section in sections:  # the town first: everybody sees its people
        plans.append(_world(place, name, section, plans[0].users if plans else []))
    _appids_are_free(sections)
    return plans


@contextmanager
def at(place: str) -> Iterator[None]:
    """A refusal inside is one of this place in the file."""
    try:
        yield
    except Problem as problem:
        inner = problem.errors[0].field if problem.errors else ""
        name = f"{place}.{inner}" if inner else place
        raise Problem(problem.status, problem.detail.strip(), field=name, fix=problem.fix) from None


def _world(place: str, world: str, section: SeedWorld, town: list[User]) -> Plan:
    plan = Plan(world)
    for number, body in enumerate(section.users):
        with at(f"{place}users[{number}]"):
            uid = checked_name(body.uid, "uid")
            if any(known.uid == uid for known in plan.users):
                raise Problem(422, f"user {uid!r} is there twice", field="uid", fix="one of them")
            plan.users.append(users.built(users.fresh(world, uid), body))
    seen = {user.uid: user for user in (*seeds.USERS, *services().store.users(world), *town, *plan.users)}
    known = {user.uid for user in seen.values() if not user.deleted}
    for number, app in enumerate(section.apps):
        with at(f"{place}apps[{number}]"):
            plan.apps.append(_app(world, app, known))
    if section.clock is not None:
        with at(f"{place}clock"):
            plan.clock, plan.clock_said = _clock(section.clock), section.clock
    return plan


def _app(world: str, body: SeedApp, known: set[str]) -> AppPlan:
    appid = checked_name(body.appid, "appid")
    if body.world not in ("", world):
        raise Problem(422, f"the app stands under world {world}", field="world", fix="leave world out")
    if world == TOWN:
        for name in seeds.DECIDED.get(appid, ()):
            if getattr(body, name) not in (UNSET, ""):
                fix = f"leave {name} out, or take an appid of your own"
                raise Problem(422, f"the settings decide {name} of {appid}", field=name, fix=fix)
    app = apps.built(App(appid=appid, secret=body.secret, world=world, name=appid), body)
    decisions, armed = [], []
    for number, decision in enumerate(body.next):
        with at(f"next[{number}]"):
            decisions.append(next.built(app, decision))
            _known(decision.user, known, "user")
    for number, fault in enumerate(body.faults):
        with at(f"faults[{number}]"):
            armed.append(faults.built(app, fault))
    for uid in body.followers:
        _known(uid, known, "followers")
    for number, uid in enumerate(body.testers):
        _known(uid, known, f"testers[{number}]")
    return AppPlan(body, app, decisions, armed)


def _known(uid: str, known: set[str], place: str) -> None:
    if uid not in known:
        raise Problem(422, f"there is no user {uid[:80]!r}", field=place, fix=near(uid, sorted(known)))


def _clock(body: ClockChange) -> Clock:
    """Against real time and the town's own clock as they are now."""
    if body.reset is not None or (body.set is not None and body.advance is not None) or body == ClockChange():
        raise Problem(422, "say set or advance, and freeze", fix='{"set": "2030-01-01T00:00:00Z"}', field="")
    store = services().store
    batch = store.batch()
    town = store.read_clock(batch)
    batch.run()
    here = now(town.value, None)
    try:
        moment = parse_instant(body.set) if body.set is not None else here
        ahead = parse_duration(body.advance) if body.advance is not None else moment - here
    except ValueError as error:
        raise Problem(422, str(error), field="set" if body.set is not None else "advance") from None
    if not EARLIEST <= here + ahead < LATEST:
        raise Problem(
            422, "a clock goes from 1970 to 9999", field="set" if body.set is not None else "advance"
        )
    return (
        Clock(frozen=moment if body.set is not None else here + ahead) if body.freeze else Clock(offset=ahead)
    )


def _appids_are_free(sections: list[tuple[str, str, SeedWorld]]) -> None:
    """No appid twice, and none of another world."""
    store, places = services().store, dict[str, str]()
    batch = store.batch()
    found: list[tuple[str, str, str, Later[str | None]]] = []
    for place, world, section in sections:
        for number, app in enumerate(section.apps):
            here = f"{place}apps[{number}]"
            if app.appid in places:
                told = f"appid {app.appid} is at {places[app.appid]} already"
                raise Problem(422, told, field=f"{here}.appid", fix="another appid")
            places[app.appid] = here
            found.append((here, world, app.appid, store.find_app(batch, app.appid)))
    batch.run()
    for here, world, appid, owner in found:
        if owner.value not in (None, world):
            told = f"appid {appid} belongs to world {owner.value}"
            raise Problem(
                409, told, field=f"{here}.appid", fix=f"another appid, or below worlds.{owner.value}"
            )
