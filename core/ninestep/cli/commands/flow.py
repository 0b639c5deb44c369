"""``ninestep flow``: logins as they were recorded, and while they happen."""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from typing import Any

from ...terminal import answer, coloured, complain, tell
from ..parsing import group

LAST = "last"
WHICH = "its id or the beginning of it, or last: the newest of the world"


def declare(parser: argparse.ArgumentParser) -> None:
    add = group(parser, "Logins as they were recorded, from the click to the profile. Secrets are masked.")
    own = add(
        "list",
        every,
        "Flows of a world, newest first.",
        "ninestep flow list",
        "ninestep flow list --app wx1234567890abcdef --limit 5",
        world=True,
    )
    own.add_argument("--app", default="", metavar="APPID", help="only of this app")
    own.add_argument("--state", default="", help="only those with this state, as the client sent it")
    own.add_argument("--limit", type=int, default=20, help="at most so many (20)")
    own = add(
        "show",
        show,
        "One login step by step: who speaks to whom, which channel, how it went, the check that failed, "
        "and what the doctor says. Exits with 1 where a finding is bad.",
        "ninestep flow show",
        "ninestep flow show last --checks --lang zh-CN",
        world=True,
    )
    own.add_argument("flow", nargs="?", default=LAST, metavar="FLOW", help=WHICH)
    own.add_argument("--checks", action="store_true", help="also the checks that passed")
    own.add_argument(
        "--numbered", action="store_true", help="only the nine steps, without pages and refreshes"
    )
    ask_language(own)
    own = add(
        "follow",
        follow,
        "Print each message the moment it happens, until Ctrl-C. With --json a line of JSON for each. "
        "A line that was cut is mended, and nothing is lost.",
        "ninestep flow follow",
        "ninestep flow follow --world w1 --json | jq .message.outcome",
        world=True,
    )
    own.add_argument("--app", default="", metavar="APPID", help="only of this app")
    own.add_argument(
        "--numbered", action="store_true", help="only the nine steps, without pages and refreshes"
    )
    ask_language(own)


def ask_language(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=("zh-CN", "en"), default="", help="of the sentences; else LC_ALL or LANG decides"
    )


def every(options: argparse.Namespace) -> int:
    from ..columns import table
    from ..where import town
    from ..wrong import Wrong

    if options.limit < 1:
        raise Wrong(f"--limit is {options.limit}; 1 or more is meant")
    query = {"world": options.world, "limit": min(options.limit, 500)}
    query |= {name: value for name in ("app", "state") if (value := getattr(options, name))}
    flows = town(options)("GET", "/flows", **query)
    rows = [
        (
            flow["id"],
            datetime.fromtimestamp(flow["at_real"]).strftime("%H:%M:%S"),
            flow["app"],
            flow["user"],
            "".join("·①②③④⑤⑥⑦⑧⑨"[step] for step in flow["steps"]),
            flow["outcome"] or "open",
            flow["error"],
        )
        for flow in flows
    ]
    answer(options.json, flows, *table(("flow", "at", "app", "user", "steps", "outcome", "error"), rows))
    return 0


def show(options: argparse.Namespace) -> int:
    from ..script import Script, language
    from ..where import town

    line = town(options)
    flow = named(line, options)
    path = f"/flows/{flow['id']}"
    messages = line("GET", f"{path}/messages", **({} if options.numbered else {"helpers": "1"}))
    findings = line("GET", f"{path}/findings")
    script = Script(options.lang or language(os.environ), colour=coloured())
    lines = [script.head(flow), ""]
    for message in messages:
        lines += script.message(message)
        if options.checks:
            lines += [f"  {script.check(check)}" for check in message["checks"] if check["ok"]]
    lines += ["", script.words["cli.doctor"] if findings else script.words["cli.doctor.nothing"]]
    lines += [text for finding in findings for text in script.finding(finding)]
    lines += ["", script.words["cli.story"].format(flow=flow["id"])]
    answer(options.json, {"flow": flow, "messages": messages, "findings": findings}, *lines)
    return 1 if any(finding["severity"] == "bad" for finding in findings) else 0


def follow(options: argparse.Namespace) -> int:
    import json
    import signal

    from ..follow import Watch
    from ..script import Script, language
    from ..where import town

    line = town(options)
    script = Script(options.lang or language(os.environ), colour=coloured())
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a script's background job inherits it as ignored

    def remark(key: str) -> None:
        complain("# " + script.words[f"cli.follow.{key}"].format(world=options.world, url=line.provider))

    line("GET", "/flows", world=options.world, limit=1)  # a world that is not there is said now
    watch = Watch(
        line,
        options.world,
        options.app,
        here=lambda: remark("start"),
        lost=lambda: remark("lost"),
        back=lambda: remark("back"),
    )
    for flow, message in watch.messages():
        if options.numbered and not message["step"]:
            continue
        if options.json:
            text = json.dumps(
                {"flow": flow["id"], "app": flow["app"], "message": message}, ensure_ascii=False
            )
        else:
            text = "\n".join(script.message(message, f"{flow['id'][:6]}  "))
        if not tell(text):  # who read it has enough
            return 0
    return 0


def named(line: Any, options: argparse.Namespace) -> dict[str, Any]:
    """The flow that was asked for, also by the beginning of its id, which `follow` prints. Raises Ended, Refused."""
    from ...testing.control import Refused
    from ..where import part
    from ..wrong import Ended

    if options.flow == LAST:
        newest = line("GET", "/flows", world=options.world, limit=1)
        if not newest:
            raise Ended(f"world {options.world} has no flows yet")
        return dict(newest[0])
    try:
        return dict(line("GET", f"/flows/{part(options.flow)}"))
    except Refused as refused:
        if refused.status != 404:
            raise
        there = line("GET", "/flows", world=options.world, limit=500)
        found = [flow for flow in there if flow["id"].startswith(options.flow)]
        if len(found) != 1:
            raise
        return dict(found[0])
