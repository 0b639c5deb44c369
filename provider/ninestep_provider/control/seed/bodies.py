"""What a seed file says (docs/seeds.md): the bodies of the control API's own calls, gathered by world."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from ..apps.bodies import ChosenApp
from ..clock import ClockChange
from ..faults import NewFault
from ..next import NewDecision
from ..operation import Body
from ..query import Name
from ..users.bodies import NewUser

MOST = 5000  # of each kind, in a world


class SeedApp(ChosenApp, kw_only=True):
    """As ``PUT /apps/{appid}``; and who follows it, who tests it, who answers next, and what goes wrong."""

    appid: Name
    followers: dict[str, bool] = {}  # by uid: follows, or does not follow any more
    testers: Annotated[list[Name], Meta(max_length=MOST, description="uids")] = []
    next: Annotated[list[NewDecision], Meta(max_length=MOST, description="as POST /apps/{appid}/next")] = []
    faults: Annotated[list[NewFault], Meta(max_length=MOST, description="as POST /apps/{appid}/faults")] = []


class SeedWorld(Body):
    users: Annotated[list[NewUser], Meta(max_length=MOST, description="as POST /users")] = []
    apps: Annotated[list[SeedApp], Meta(max_length=MOST)] = []
    clock: Annotated[
        ClockChange | None, Meta(description="set or advance, and freeze: true where it shall stand there")
    ] = None


class Seed(SeedWorld, kw_only=True):
    """A seed file. What stands at the top is the town's."""

    worlds: dict[str, SeedWorld] = {}  # further ones, by name; they are made and stay
    schema: str = msgspec.field(name="$schema", default="")  # for editors; means nothing here
