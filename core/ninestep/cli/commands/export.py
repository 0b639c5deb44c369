"""``ninestep export``."""

from __future__ import annotations

import argparse
import os

from ...terminal import answer, tell
from ..parsing import ask_where, command
from .flow import LAST, WHICH, ask_language, named

FORMATS = {
    "mmd": "a Mermaid sequence diagram",
    "svg": "the picture of the theatre",
    "har": "HAR 1.2 of front and back channel",
    "sh": "a curl script that replays the back channel",
    "md": "a lesson sheet",
    "json": "the whole flow, to be read in again",
    "html": "one file that replays the flow without a network",
    "py": "a Playwright test of this flow",
}


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        export,
        "A login as a file: " + "; ".join(f"{name}, {what}" for name, what in FORMATS.items()) + ".",
        "ninestep export last --as har -o login.har",
        "ninestep export --as mmd --lang zh-CN",
    )
    parser.add_argument("flow", nargs="?", default=LAST, metavar="FLOW", help=WHICH)
    parser.add_argument("--as", dest="form", required=True, choices=FORMATS, help="what it shall be")
    parser.add_argument("-o", "--output", default="-", metavar="FILE", help="where to; stdout when left out")
    parser.add_argument(
        "--style", choices=("s0", "s1"), help="of a Mermaid diagram: nine arrows, or those of S1"
    )
    parser.add_argument(
        "--reveal",
        action="store_true",
        help="with the values that policy reveal kept, where the app has it on",
    )
    ask_language(parser)
    ask_where(parser, world=True)


def export(options: argparse.Namespace) -> int:
    from ..script import language
    from ..where import town
    from ..wrong import Wrong

    if options.style and options.form != "mmd":
        raise Wrong("--style is for --as mmd")
    to_stdout = options.output == "-"
    line = town(options)
    flow = named(line, options)
    query = {"lang": options.lang or language(os.environ)}
    query |= {"style": options.style} if options.style else {}
    query |= {"reveal": "1"} if options.reveal else {}
    content = line.ask("GET", f"/flows/{flow['id']}/export.{options.form}", **query).content
    if to_stdout and not options.json:
        tell(content.decode().rstrip("\n"))
        return 0
    told = {"flow": flow["id"], "format": options.form}
    if to_stdout:
        answer(True, {**told, "text": content.decode()})
        return 0
    try:
        with open(options.output, "wb") as file:
            file.write(content)
    except OSError as error:
        raise Wrong(f"{options.output} cannot be written: {error.strerror}") from None
    answer(
        options.json, {**told, "file": options.output, "bytes": len(content)}, f"Written: {options.output}"
    )
    return 0
