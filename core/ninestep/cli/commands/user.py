"""``ninestep user``: people who can log in."""

from __future__ import annotations

import argparse
from typing import Any

from ...terminal import answer
from ..parsing import group

FIELDS = "nickname, password, sex, province, city, follows, always_denies … (docs/testing.md)"


def declare(parser: argparse.ArgumentParser) -> None:
    add = group(parser, "People who can log in. Every world sees the town's; its own win.")
    add(
        "list",
        every,
        "Everybody whom a world sees.",
        "ninestep user list",
        "ninestep user list --world w1 --json",
        world=True,
    )
    own = add("show", show, "One user, as a world sees them.", "ninestep user show zhangsan", world=True)
    own.add_argument("uid", metavar="UID", help="the user")
    own = add(
        "add",
        new,
        "A new user; the password is ninestep when left out.",
        "ninestep user add wang nickname=小王 sex=2",
        "ninestep user add mallory always_denies=true --world w1",
        world=True,
    )
    own.add_argument("--replace", action="store_true", help="also where the world has one of this UID")
    own.add_argument("uid", metavar="UID", help="under which they log in")
    own.add_argument("words", nargs="*", metavar="FIELD=VALUE", help=FIELDS)
    own = add(
        "change",
        change,
        "Change some fields. A user of the town who is changed in another world becomes that world's own.",
        "ninestep user change lisi city=深圳 follows=false",
        world=True,
    )
    own.add_argument("uid", metavar="UID", help="the user")
    own.add_argument("words", nargs="+", metavar="FIELD=VALUE", help=FIELDS)
    own = add(
        "delete",
        delete,
        "Delete a world's own user with their consents; the town's are seen by other worlds on.",
        "ninestep user delete wang",
        world=True,
    )
    own.add_argument("uid", metavar="UID", help="the user")


def every(options: argparse.Namespace) -> int:
    from ..columns import table
    from ..where import town

    users = town(options).all("/users", world=options.world)
    names = ("uid", "nickname", "world", "email")
    rows = [[*(user[name] for name in names), remarks(user)] for user in users]
    answer(options.json, users, *table((*names, ""), rows))
    return 0


def remarks(user: dict[str, Any]) -> str:
    return ", ".join(name for name in ("always_denies", "snapshot", "deleted") if user.get(name))


def show(options: argparse.Namespace) -> int:
    return _call(options, "GET")


def new(options: argparse.Namespace) -> int:
    from ...testing.control import Refused
    from .. import fields
    from ..where import town
    from ..wrong import Ended

    if options.replace:
        return _call(options, "PUT", options.words)
    line = town(options)
    body = {"uid": options.uid, **fields.body(line, "POST", "/users", options.words)}
    try:
        _told(options, line("POST", "/users", body, world=options.world))
    except Refused as refused:
        if refused.status != 409:
            raise
        raise Ended(
            f"{refused.detail}: `ninestep user change` changes them, --replace writes them anew"
        ) from None
    return 0


def change(options: argparse.Namespace) -> int:
    return _call(options, "PATCH", options.words)


def delete(options: argparse.Namespace) -> int:
    from ..where import part, town

    town(options)("DELETE", f"/users/{part(options.uid)}", world=options.world)
    answer(options.json, {"deleted": options.uid, "world": options.world}, f"Deleted: {options.uid}")
    return 0


def _call(options: argparse.Namespace, method: str, words: list[str] | None = None) -> int:
    from .. import fields
    from ..where import part, town

    line = town(options)
    body = None if words is None else fields.body(line, method, "/users/{uid}", words)
    _told(options, line(method, f"/users/{part(options.uid)}", body, world=options.world))
    return 0


def _told(options: argparse.Namespace, user: dict[str, Any]) -> None:
    from ..columns import pairs

    answer(options.json, user, *pairs(user))
