"""``ninestep next``: who answers the coming authorization requests of an app, and how."""

from __future__ import annotations

import argparse
from typing import Any

from ...terminal import answer
from ..parsing import group

APPID = "wx1234567890abcdef"


def declare(parser: argparse.ArgumentParser) -> None:
    says = "What the next logins of an app meet, without a page. Decisions queue and die after 10 minutes."
    add = group(parser, says)
    for name, run, what, example in (
        ("approve", approve, "The next login agrees at once", "lisi scope=snsapi_base"),
        ("deny", deny, "The next login is refused", "lisi"),
    ):
        lines = (f"ninestep next {name} {APPID}", f"ninestep next {name} {APPID} {example}")
        own = add(name, run, f"{what}; zhangsan's when no user is said.", *lines)
        own.add_argument("appid", metavar="APPID", help="the app")
        own.usage = f"ninestep next {name} [-h] [--json] [--url URL] APPID [USER] [FIELD=VALUE ...]"
        own.add_argument("words", nargs="*", metavar="USER FIELD=VALUE", help="who it is; user, scope")
    own = add("list", every, "What is armed, first to be used first.", f"ninestep next list {APPID}")
    own.add_argument("appid", metavar="APPID", help="the app")
    own = add("clear", clear, "Disarm all.", f"ninestep next clear {APPID}")
    own.add_argument("appid", metavar="APPID", help="the app")


def approve(options: argparse.Namespace) -> int:
    return _arm(options, "approve")


def deny(options: argparse.Namespace) -> int:
    return _arm(options, "deny")


def every(options: argparse.Namespace) -> int:
    from ..columns import table
    from ..where import part, town

    armed = town(options).all(f"/apps/{part(options.appid)}/next")
    answer(options.json, armed, *table(("decision", "user", "scopes"), [_row(found) for found in armed]))
    return 0


def clear(options: argparse.Namespace) -> int:
    from ..where import part, town

    town(options)("DELETE", f"/apps/{part(options.appid)}/next")
    answer(options.json, {"cleared": options.appid}, f"Disarmed: {options.appid}")
    return 0


def _arm(options: argparse.Namespace, decision: str) -> int:
    from .. import fields
    from ..where import part, town

    line, words = town(options), list(options.words)
    user = {"user": words.pop(0)} if words and "=" not in words[0] else {}
    body = {"decision": decision, **user, **fields.body(line, "POST", "/apps/{appid}/next", words)}
    made = line("POST", f"/apps/{part(options.appid)}/next", body)
    who, scopes = made["user"], _row(made)[2]
    what = {"approve": "agrees", "deny": "refuses"}[made["decision"]]
    answer(options.json, made, f"The next login of {options.appid}: {who} {what} ({scopes})")
    return 0


def _row(decision: dict[str, Any]) -> tuple[str, str, str]:
    scopes = decision.get("scopes")
    return decision["decision"], decision["user"], "as asked" if scopes is None else " ".join(scopes)
