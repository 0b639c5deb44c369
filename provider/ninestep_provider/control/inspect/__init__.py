"""What is this? A code, token, secret, id, JWT or URL that somebody pasted, read by what the town knows of it.

It stays here: nothing is recorded, nothing is sent on, and the answer never holds the value whole.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta
from ninestep.records import TOWN

from ..found import world_of
from ..operation import Body, Operations
from ..problem import Problem
from . import address, jwt, known

LONGEST = 16_000


class Pasted(Body):
    value: Annotated[str, Meta(max_length=LONGEST)]
    world: str = TOWN  # where a state is looked for; whatever else is found in any world


def register(operations: Operations) -> None:
    operations.add("POST", "/inspect", inspect, body=Pasted)


def inspect(body: Pasted) -> Any:
    """What a pasted code, token, id, JWT or URL is, who issued it, and whether it lives."""
    value, world = body.value.strip(), world_of(body.world).name
    if not value:
        raise Problem(
            422, "there is nothing to look at", field="value", fix="a code, a token, a JWT or a URL"
        )
    return address.read(value, world) or jwt.read(value) or known.read(value, world)
