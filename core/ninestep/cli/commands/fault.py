"""``ninestep fault``: let an endpoint misbehave for an app, and see whether anything met it."""

from __future__ import annotations

import argparse
from typing import Any

from ...terminal import answer
from ..parsing import group

APPID = "wx1234567890abcdef"
SAID = ("error", "status", "seconds", "field", "value")
FIELDS = (
    "an error's name, or status=503, kind=missing_field field=unionid, times=2, when=after (docs/faults.md)"
)


def declare(parser: argparse.ArgumentParser) -> None:
    add = group(parser, "Things that go wrong on purpose: docs/faults.md has every kind and endpoint.")
    own = add(
        "add",
        new,
        "Let an endpoint go wrong for an app, once when nothing else is said.",
        f"ninestep fault add {APPID} token busy times=2",
        f"ninestep fault add {APPID} token status=503 when=after",
        f"ninestep fault add {APPID} userinfo kind=missing_field field=unionid times=null",
    )
    own.add_argument("appid", metavar="APPID", help="the app")
    own.add_argument("endpoint", metavar="ENDPOINT", help="authorize, token, refresh, userinfo …")
    own.usage = "ninestep fault add [options] APPID ENDPOINT [ERROR] [FIELD=VALUE ...]"
    own.add_argument("words", nargs="+", metavar="ERROR FIELD=VALUE", help=FIELDS)
    own = add(
        "list",
        every,
        "Faults with the times they were met.",
        f"ninestep fault list {APPID}",
        "ninestep fault list --unfired",
        world=True,
    )
    own.add_argument(
        "appid", nargs="?", default="", metavar="APPID", help="the app; all of the world without"
    )
    own.add_argument("--unfired", action="store_true", help="only what was armed and never met")
    own = add(
        "delete",
        delete,
        "Delete one fault of an app, or all of them.",
        f"ninestep fault delete {APPID} 4hR8sQ",
        f"ninestep fault delete {APPID} --all",
    )
    own.add_argument("appid", metavar="APPID", help="the app")
    which = own.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?", default="", metavar="ID", help="as `fault list` has it")
    which.add_argument("--all", action="store_true", help="every fault of the app")


def new(options: argparse.Namespace) -> int:
    from .. import fields
    from ..where import part, town

    line, words = town(options), list(options.words)
    error = {"error": words.pop(0)} if "=" not in words[0] else {}
    body = {**error, **fields.body(line, "POST", "/apps/{appid}/faults", words)}
    made = line("POST", f"/apps/{part(options.appid)}/faults", {"endpoint": options.endpoint, **body})
    times = "until it is deleted" if made["times"] is None else f"{made['times']} times"
    answer(options.json, made, f"Armed {made['id']}: {made['endpoint']} {_what(made)}, {times}")
    return 0


def every(options: argparse.Namespace) -> int:
    from ..columns import table
    from ..where import part, town

    line = town(options)
    found = (
        [options.appid] if options.appid else [app["appid"] for app in line.all("/apps", world=options.world)]
    )
    query = {"unfired": "1"} if options.unfired else {}
    faults = [
        {"appid": appid, **fault}
        for appid in found
        for fault in line.all(f"/apps/{part(appid)}/faults", **query)
    ]
    head = ("id", "appid", "endpoint", "what", "when", "after", "times", "hits")
    rows = []
    for fault in faults:
        told = {**fault, "what": _what(fault), "times": "∞" if fault["times"] is None else fault["times"]}
        rows.append([told[name] for name in head])
    answer(options.json, faults, *table(head, rows))
    return 0


def delete(options: argparse.Namespace) -> int:
    from ..where import part, town

    one = "" if options.all else f"/{part(options.id)}"
    town(options)("DELETE", f"/apps/{part(options.appid)}/faults{one}")
    gone = "all" if options.all else options.id
    answer(options.json, {"appid": options.appid, "deleted": gone}, f"Deleted: {gone}")
    return 0


def _what(fault: dict[str, Any]) -> str:
    said = " ".join(str(fault[name]) for name in SAID if fault.get(name))
    return said if fault["kind"] in ("error", "status") else f"{fault['kind']} {said}".strip()
