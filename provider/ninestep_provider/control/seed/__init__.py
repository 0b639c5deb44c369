"""Seed files: apps, people and time of worlds in one document, applied to a running town or taken from it.

``bodies``    what a file can say
``plan``      a file as records, every rule looked at before anything is written
``applying``  a plan written down; what a person changed stays. ``around``, what stands around an app
``report``    what became of each thing
``export``    a world as such a file
``start``     the file that a town was started with
``schema``    for editors
"""

from __future__ import annotations

import contextlib
from typing import Any, TypedDict

from flask import Flask, Response
from ninestep.records import TOWN
from ninestep.store import RedisError
from ninestep.web import limits

from ..found import world_of
from ..operation import Media, Operations
from ..query import WORLD, Flag, Param, asked
from .bodies import Seed

NAME = "ninestep.seed"
MOST_BODY = 4 * 1024 * 1024
YAML = "application/yaml; charset=utf-8"

QUERY = {
    "world": WORLD,
    "secrets": Param("1: with the apps' secrets and the people's passwords", Flag),
}
EXAMPLE = {
    "users": [{"uid": "wang", "nickname": "小王"}],
    "apps": [{"appid": "wxshop", "redirect_uris": ["http://127.0.0.1:8000/callback"], "testers": ["wang"]}],
}


class Seeded(TypedDict):
    """What became of each thing in the file; ``kept`` is what a person changed and the file did not touch."""

    created: list[str]
    updated: list[str]
    unchanged: list[str]
    kept: list[str]


def register(operations: Operations) -> None:
    operations.add("POST", "/seed", post, body=Seed, answer=Seeded, refuses=(409,), example=EXAMPLE)
    operations.add("GET", "/seed", get, query=QUERY, answer=Seed)
    operations.add("GET", "/seed.yaml", yaml, query=QUERY, answer=Media(YAML))
    operations.add("GET", "/seed-schema.json", editors, answer=dict[str, Any])
    operations.blueprint.record_once(
        lambda state: limits.allow(state.app, f"{operations.name}.seed_post", MOST_BODY)
    )


def init_app(app: Flask, path: str) -> None:
    """Read the file that the town is started with, and apply it if Redis is there. Raises SeedFileError."""
    from .start import SeedAtStart

    at_start = app.extensions[NAME] = SeedAtStart(path)
    with (
        app.app_context(),
        contextlib.suppress(RedisError),
    ):  # then /readyz says so, and applies it as soon as it can
        at_start.apply()


def missing(app: Flask) -> str:
    """Why the town is not as its seed file wants it, or ""."""
    return str(app.extensions[NAME].missing()) if NAME in app.extensions else ""


def again(app: Flask, world: str) -> None:
    """What the town's seed file says of a world that was just emptied. Raises Problem 409."""
    if NAME in app.extensions:
        app.extensions[NAME].again(world)


def post(body: Seed) -> Any:
    """Apply a seed file: all of it or, where anything in it is wrong, nothing. It may be repeated."""
    from .applying import applied
    from .plan import planned

    report = applied(planned(body))
    return Seeded(
        created=report.created, updated=report.updated, unchanged=report.unchanged, kept=report.kept
    )


def get() -> Any:
    """A world as a seed file that makes the same world again; without secrets, unless they are asked for."""
    return _exported()


def yaml() -> Any:
    """The same as YAML."""
    from ninestep.yaml_words import dump

    return Response(dump(_exported()), content_type=YAML)


def editors() -> Any:
    """The JSON Schema of a seed file: # yaml-language-server: $schema=…/_mock/api/seed-schema.json."""
    from .schema import schema

    return schema()


def _exported() -> dict[str, Any]:
    from .export import exported

    return exported(world_of(asked("world", TOWN)).name, secrets=asked("secrets", False))
