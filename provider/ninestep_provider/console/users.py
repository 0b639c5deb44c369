"""Tab Users: the people of a world, their fields, whom they follow, and a browser that is logged in as one of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from ninestep.records import User
from ninestep.web.hosts import page

from ..control import followers, storage_state, users
from ..control.problem import Problem, missing
from ..control.users.bodies import NewUser, UserFields
from ..services import services
from . import forms, frame

FIRST: forms.Kinds = {
    "nickname": "text",
    "name": "text",
    "sex": "number",
    "province": "text",
    "city": "text",
    "country": "text",
    "email": "text",
    "phone": "text",
    "avatar": "maybe",
    "password": "text",
}
FLAGS: forms.Kinds = dict.fromkeys(("follows", "always_denies", "snapshot", "deleted"), "flag")
TYPES = {"bool": "flag", "int": "count", "list": "words"}
PLAIN_FIELDS = {*FIRST, *FLAGS}


@cache
def _more() -> forms.Kinds:
    """What single platforms tell besides, in the API's own words; made at first use, for it takes 2 ms."""
    return {
        field.name: next((kind for word, kind in TYPES.items() if word in str(field.type)), "text")
        for field in msgspec.structs.fields(UserFields)
        if field.name not in PLAIN_FIELDS
    }


def _fields() -> forms.Kinds:
    return {**FIRST, **FLAGS, **_more()}


FRESH: dict[str, Any] = {"follows": True, "sex": 0, "email_verified": True}


def routes(bp: Blueprint) -> None:
    bp.add_url_rule("/console/users", "users", page(all))
    bp.add_url_rule("/console/users/new", "new_user", page(new))
    bp.add_url_rule("/console/users/new", "make_user", make, methods=["POST"])
    bp.add_url_rule("/console/users/<uid>", "user", page(one))
    bp.add_url_rule("/console/users/<uid>", "save_user", save, methods=["POST"])
    bp.add_url_rule("/console/users/<uid>/follow", "follow", follow, methods=["POST"])
    bp.add_url_rule("/console/users/<uid>/login-as", "login_as", login_as, methods=["POST"])
    bp.add_url_rule("/console/users/<uid>/delete", "delete_user", delete, methods=["POST"])


def all() -> ResponseReturnValue:
    here = frame.world()
    return frame.show("users", world=here, users=services().store.users(here))


def new() -> ResponseReturnValue:
    return _page(None, FRESH)


def make() -> ResponseReturnValue:
    """As ``POST /users?world=``."""
    said = {"uid": request.form.get("uid", "").strip(), **forms.said(_fields(), FRESH)}
    made, problem = frame.tried(lambda: users.create(forms.body(NewUser, said)))
    if problem:
        return _page(None, {**forms.typed(_fields()), "uid": said["uid"]}, problem)
    return frame.done("console.user", "made", uid=made["uid"])


def one(uid: str) -> ResponseReturnValue:
    user = _known(uid)
    return _page(user, _values(user))


def save(uid: str) -> ResponseReturnValue:
    """As ``PATCH /users/{uid}?world=``; a town's user becomes that world's own."""
    user = _known(uid)
    said = forms.said(_fields(), _values(user))
    _, problem = frame.tried(lambda: users.patch(uid, forms.body(UserFields, said)))
    if problem:
        return _page(user, {**_values(user), **forms.typed(_fields())}, problem)
    return frame.done("console.user", "saved", uid=uid)


def follow(uid: str) -> ResponseReturnValue:
    appid, follows = request.form.get("appid", "")[:64], request.form.get("follows") == "on"
    change = followers.follow if follows else followers.unfollow
    _, problem = frame.tried(lambda: change(appid, uid))
    if problem:
        user = _known(uid)
        return _page(user, _values(user), problem)
    return frame.done("console.user", "followed" if follows else "unfollowed", uid=uid, _anchor="follows")


def login_as(uid: str) -> ResponseReturnValue:
    """A file for Playwright's ``storage_state``, with a session of its own."""
    here, user = frame.world(), _known(uid)
    state = msgspec.json.format(msgspec.json.encode(storage_state.logged_in(here, user)))
    name = f'attachment; filename="{uid}.storage-state.json"'
    return Response(state, content_type="application/json", headers={"Content-Disposition": name})


def delete(uid: str) -> ResponseReturnValue:
    users.delete(uid)
    return frame.done("console.users", "deleted")


def _page(user: User | None, values: dict[str, Any], problem: Problem | None = None) -> ResponseReturnValue:
    here, store = frame.world(), services().store
    accounts = [app for app in store.apps(here) if app.kind == "official_account"]
    return frame.show(
        *("users", "user"),
        problem=problem,
        world=here,
        user=user,
        values=values,
        more=_more(),
        accounts=[(app, store.follows(here, app.appid, user)) for app in accounts] if user else [],
    )


def _values(user: User) -> dict[str, Any]:
    """The user as the form shows them; the password is not shown, and left alone when left empty."""
    told = {"sex": 0, "name": "", "email_verified": True, **user.profile}
    own = {name: getattr(user, name) for name in FLAGS}
    return {**told, **own, "nickname": user.nickname, "avatar": user.avatar or "", "password": ""}


def _known(uid: str) -> User:
    user = services().store.user(frame.world(), uid)
    if user is None:
        raise missing("user", uid)
    return user
