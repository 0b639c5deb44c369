"""What is this? A code, token, secret, id, JWT or URL that somebody pasted, read by what the town knows of it.

It stays here: nothing is recorded, nothing is sent on, and the answer never holds the value whole.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Required, TypedDict

from msgspec import Meta
from ninestep.records import TOWN

from ..found import world_said
from ..operation import Body, Operations
from ..problem import Problem
from ..query import Name
from . import address, jwt, known

LONGEST = 16_000


class Claim(TypedDict):
    name: str
    value: str


class ParameterAnswer(TypedDict):
    """One of a URL; ``found`` is what its value is, empty where the town never saw it."""

    name: str
    where: Literal["query", "fragment"]
    shown: str
    warn: bool
    found: dict[str, Any]


class Pasted(Body):
    value: Annotated[str, Meta(max_length=LONGEST)]
    world: Name = TOWN  # where a state is looked for; whatever else is found in any world


class InspectAnswer(TypedDict, total=False):
    """What it is; ``kind`` says what else is told. Times are seconds of the world's clock."""

    kind: Required[
        str
    ]  # appid | access_token | refresh_token | code | js_code | qr | flow | state | secret | jwt | …
    warnings: Required[list[str]]
    masked: str
    id: str
    world: str
    appid: str
    name: str
    dialect: str
    user: str
    scopes: list[str]
    redirect_uri: str
    pkce: bool
    state: str
    issued_at: float
    expires_at: float
    age: float
    authorization: str
    refreshed_by: str
    flow: str
    address: str
    parameters: list[ParameterAnswer]
    algorithm: str
    issuer: str
    issued_here: bool
    claims: list[Claim]


def register(operations: Operations) -> None:
    operations.add(
        "POST",
        "/inspect",
        inspect,
        body=Pasted,
        answer=InspectAnswer,
        example={"value": "wx1234567890abcdef"},
    )


def inspect(body: Pasted) -> Any:
    """What a pasted code, token, id, JWT or URL is, who issued it, and whether it lives."""
    value, world = body.value.strip(), world_said(body.world or TOWN).name
    if not value:
        raise Problem(
            422, "there is nothing to look at", field="value", fix="a code, a token, a JWT or a URL"
        )
    return address.read(value, world) or jwt.read(value) or known.read(value, world)
