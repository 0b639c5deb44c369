"""``ninestep app``: apps that may ask for a login (RFC 6749 §2). Their secrets are masked but where one asks for it."""

from __future__ import annotations

import argparse
from typing import Any

from ...terminal import answer
from ..parsing import group

APPID = "wx1234567890abcdef"
FIELDS = (
    "name, dialect, kind, redirect_uris, policies.require_pkce, ttl.code, consent.mode … (docs/testing.md)"
)


def declare(parser: argparse.ArgumentParser) -> None:
    add = group(parser, "Apps that may ask for a login: register, change and delete them.")
    add("list", every, "The apps of a world.", "ninestep app list", "ninestep app list --json", world=True)
    own = add(
        "show",
        show,
        "One app, with its policies and lifetimes as they are in effect. Its secret is masked.",
        f"ninestep app show {APPID}",
    )
    own.add_argument("appid", metavar="APPID", help="the app")
    own = add(
        "add",
        new,
        "Register an app. Fields are those of the control API; without an APPID it gets one of its dialect.",
        "ninestep app add name=shop kind=website redirect_uris=http://127.0.0.1:8000/callback",
        "ninestep app add my-spa dialect=standard kind=spa redirect_uris=http://localhost:5173/callback",
        "ninestep app add --new-world ttl.access=60 consent.mode=auto consent.user=zhangsan --json",
        world=True,
    )
    own.add_argument("--new-world", action="store_true", help="alone in a world of its own, as in a test")
    own.add_argument("--replace", action="store_true", help="also where there is one of this APPID")
    own.usage = "ninestep app add [options] [APPID] [FIELD=VALUE ...]"
    own.add_argument("words", nargs="*", metavar="APPID FIELD=VALUE", help=f"an id of your own; {FIELDS}")
    own = add(
        "change",
        change,
        "Change some fields of an app; a policy that is null loses its override.",
        f"ninestep app change {APPID} consent.mode=auto consent.user=lisi",
        f"ninestep app change {APPID} fidelity=tutorial policies.require_pkce=true",
    )
    own.add_argument("appid", metavar="APPID", help="the app")
    own.add_argument("words", nargs="+", metavar="FIELD=VALUE", help=FIELDS)
    own = add(
        "delete",
        delete,
        "Delete an app with its consents; one that is not there is deleted already.",
        f"ninestep app delete {APPID}",
    )
    own.add_argument("appid", metavar="APPID", help="the app")
    own = add(
        "secret",
        secret,
        "Tell an app's secret, which no other verb does.",
        f"ninestep app secret {APPID}",
        f"ninestep app secret {APPID} --env >> .env",
        f"ninestep app secret {APPID} --new",
    )
    own.add_argument("appid", metavar="APPID", help="the app")
    own.add_argument("--new", action="store_true", help="make a new one first; the old one is dead at once")
    own.add_argument("--env", action="store_true", help="as lines for an env file, with the base URL")


def every(options: argparse.Namespace) -> int:
    from ..columns import table
    from ..where import town

    apps = [masked(app) for app in town(options).all("/apps", world=options.world)]
    names = ("appid", "dialect", "kind", "fidelity", "name")
    answer(options.json, apps, *table(names, [[app[name] for name in names] for app in apps]))
    return 0


def show(options: argparse.Namespace) -> int:
    from ..where import part, town

    _told(options, town(options)("GET", f"/apps/{part(options.appid)}"))
    return 0


def new(options: argparse.Namespace) -> int:
    from .. import fields
    from ..where import part, town
    from ..wrong import Ended

    line, words = town(options), list(options.words)
    appid = words.pop(0) if words and "=" not in words[0] else ""
    call = ("PUT", "/apps/{appid}") if appid else ("POST", "/apps")
    body = fields.body(line, *call, words)
    if options.new_world:
        body["world"] = line("POST", "/worlds", {})["name"] if appid else ""
    else:
        body.setdefault("world", options.world)
    if appid and not options.replace and _there(line, appid):
        raise Ended(
            f"there is an app {appid} already: `ninestep app change` changes it, --replace replaces it"
        )
    _told(options, line(call[0], call[1].replace("{appid}", part(appid) if appid else ""), body))
    return 0


def change(options: argparse.Namespace) -> int:
    from .. import fields
    from ..where import part, town

    line = town(options)
    body = fields.body(line, "PATCH", "/apps/{appid}", options.words)
    _told(options, line("PATCH", f"/apps/{part(options.appid)}", body))
    return 0


def delete(options: argparse.Namespace) -> int:
    from ..where import part, town

    town(options)("DELETE", f"/apps/{part(options.appid)}")
    answer(options.json, {"deleted": options.appid}, f"Deleted: {options.appid}")
    return 0


def secret(options: argparse.Namespace) -> int:
    from ...testing.app import App
    from ..where import part, town
    from ..wrong import Ended

    line, path = town(options), f"/apps/{part(options.appid)}"
    data = line("POST", f"{path}/secret") if options.new else line("GET", path)
    if not data["secret"]:
        raise Ended(f"app {options.appid} is public: it has no secret (RFC 6749 §2.1)")
    if options.env:
        parts = {found["name"]: found["url"] for found in line("GET", "/health")["parts"]}
        variables = App(line, parts["gateway"], data).env()
        answer(options.json, variables, *(f"{name}={value}" for name, value in variables.items()))
    else:
        answer(options.json, {"appid": data["appid"], "secret": data["secret"]}, data["secret"])
    return 0


def masked(app: dict[str, Any]) -> dict[str, Any]:
    """As the trace masks it: enough to tell two apart."""
    whole = str(app.get("secret", ""))
    return {**app, "secret": f"••••{whole[-4:] if len(whole) >= 16 else ''}" if whole else ""}


def _told(options: argparse.Namespace, app: dict[str, Any]) -> None:
    from ..columns import pairs

    answer(options.json, masked(app), *pairs(masked(app)))


def _there(line: Any, appid: str) -> bool:
    from ...testing.control import Refused
    from ..where import part

    try:
        line("GET", f"/apps/{part(appid)}")
    except Refused as refused:
        if refused.status != 404:
            raise
        return False
    return True
