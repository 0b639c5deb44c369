"""People. The town's are seen by every world; a world can have its own, which win.

``bodies``  what can be said of one, and what is told
"""

from __future__ import annotations

from typing import Any

import msgspec
from flask import request
from msgspec import UNSET
from ninestep.records import TOWN, User
from ninestep.web.avatars import avatar_url

from ...services import services
from ..found import checked_name, gone, uids, world_of
from ..operation import Operations
from ..paging import PAGE, Paged, paged
from ..problem import Problem, missing
from ..query import WORLD
from .bodies import OWN, NewUser, UserAnswer, UserFields

PASSWORD = "ninestep"
EXAMPLE = {"nickname": "小王", "sex": 2, "province": "广东", "city": "深圳"}


def register(operations: Operations) -> None:
    query = {"world": WORLD}
    operations.add("GET", "/users", all, query={**query, **PAGE}, answer=list[UserAnswer], refuses=(404,))
    operations.add(
        "POST",
        "/users",
        create,
        body=NewUser,
        status=201,
        query=query,
        answer=UserAnswer,
        refuses=(404, 409),
        example={"uid": "xiaowang", **EXAMPLE},
    )
    operations.add("GET", "/users/{uid}", one, query=query, answer=UserAnswer)
    operations.add(
        "PUT",
        "/users/{uid}",
        put,
        body=UserFields,
        status=201,
        query=query,
        answer=UserAnswer,
        example=EXAMPLE,
    )
    operations.add(
        "PATCH", "/users/{uid}", patch, body=UserFields, query=query, answer=UserAnswer, example=EXAMPLE
    )
    operations.add("DELETE", "/users/{uid}", delete, status=204, query=query)


def all() -> Any:
    """Everybody a world sees, by uid."""
    return listed(services().store.users(_world()))


def create(body: NewUser) -> Any:
    """A new user of a world."""
    uid, world = checked_name(body.uid, "uid"), _world()
    if _own(world, uid):
        raise Problem(
            409, f"there is a user {uid!r} already", field="uid", fix="PUT /users/{uid} is idempotent"
        )
    return _saved(fresh(world, uid), body)


def one(uid: str) -> Any:
    """One user, as the world sees them."""
    user = services().store.user(_world(), uid)
    if user is None:
        raise missing("user", uid, uids(_world()))
    return shown(user)


def put(uid: str, body: UserFields) -> Any:
    """A user under a chosen uid; idempotent."""
    world = _world()
    known = _own(world, checked_name(uid, "uid"))
    return _saved(fresh(world, uid), body), 200 if known else 201


def patch(uid: str, body: UserFields) -> Any:
    """Change some fields; a town's user patched in another world becomes that world's own."""
    world = _world()
    user = services().store.user(world, uid)
    if user is None:
        raise missing("user", uid, uids(_world()))
    return _saved(msgspec.structs.replace(user, world=world), body)


def delete(uid: str) -> None:
    """The world's own user, with the consents they gave there; the town's stay visible."""
    if gone(request.args.get("world") or TOWN):
        return
    store, world = services().store, _world()
    if _own(world, uid) is None:
        return
    store.delete_user(world, uid)
    for grant in store.grants(world, user=uid):
        store.revoke_grant(world, grant.appid, uid)


def listed(users: list[User]) -> Paged:
    """A page of people."""
    return paged(
        sorted(users, key=lambda user: user.uid),
        lambda user: (user.uid,),
        show=lambda users: [shown(user) for user in users],
    )


def shown(user: User) -> dict[str, Any]:
    url = avatar_url(services().settings.provider_url, user)
    email = user.profile.get("email", f"{user.uid}@example.test")
    document = {
        "uid": user.uid,
        "world": user.world,
        "nickname": user.nickname,
        "name": user.name,
        "email": email,
    }
    document |= {
        "avatar": url,
        "always_denies": user.always_denies,
        "follows": user.follows,
        "snapshot": user.snapshot,
    }
    return {**user.profile, **document, "deleted": user.deleted}


def fresh(world: str, uid: str) -> User:
    return User(uid=uid, world=world, nickname=uid, password=PASSWORD)


def _saved(user: User, body: UserFields) -> Any:
    user = built(user, body)
    services().store.save_user(user)
    return shown(user)


def built(user: User, body: UserFields) -> User:
    """``user`` with what ``body`` gives."""
    names = UserFields.__struct_fields__  # structs.fields() evaluates each annotation anew: a millisecond
    given = {name: value for name in names if (value := getattr(body, name)) is not UNSET}
    profile = {**user.profile, **{name: value for name, value in given.items() if name not in OWN}}
    own = {name: value for name, value in given.items() if name in OWN}
    return msgspec.structs.replace(user, profile=profile, **own)


def _own(world: str, uid: str) -> User | None:
    store = services().store
    batch = store.batch()
    found = store.read_user(batch, world, uid)
    batch.run()
    return found.value


def _world() -> str:
    return world_of(request.args.get("world") or TOWN).name
