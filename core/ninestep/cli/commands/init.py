"""``ninestep init``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ...terminal import answer
from ..parsing import command

PARTS = ("test", "compose", "github", "gitlab")
NEXT = """
Ninestep itself, as a submodule that pins its version:
  git submodule add <ninestep> vendor/ninestep && pip install ./vendor/ninestep pytest pytest-xdist
The test passes as it is; put your app in the place of its example:
  pytest {test}"""


def declare(parser: argparse.ArgumentParser) -> None:
    command(
        parser,
        init,
        "Writes into your project: a starter test that passes, a compose fragment, CI workflows for GitHub and "
        "GitLab. What is there already stays as it is.",
        "ninestep init",
        "ninestep init ~/shop --only test --only github",
        "ninestep init --dry-run --json",
    )
    parser.add_argument("folder", nargs="?", default=".", metavar="FOLDER", help="the project; this folder")
    parser.add_argument(
        "--only", action="append", choices=PARTS, default=[], help="this part; more than once for more"
    )
    parser.add_argument("--force", action="store_true", help="also over files that are there")
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and write nothing")


def init(options: argparse.Namespace) -> int:
    from ..starting import FILES, start

    names = [name for name in PARTS if name in options.only or not options.only]
    done = start(Path(options.folder), names, force=options.force, dry=options.dry_run)
    verb = "Would write" if options.dry_run else "Written"
    lines = [f"{verb}: {Path(done.folder) / path}" for path in done.written]
    lines += [
        f"There already, left as it is (--force writes anew): {Path(done.folder) / path}"
        for path in done.kept
    ]
    if FILES["test"] in done.written and not options.dry_run:
        lines.append(NEXT.format(test=FILES["test"]))
    told = {"folder": done.folder, "written": done.written, "kept": done.kept, "dry_run": options.dry_run}
    answer(options.json, told, *lines)
    return 0
