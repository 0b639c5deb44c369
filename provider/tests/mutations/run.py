"""Removes each check in turn and runs the tests that know it: a check that no test misses is a gap.

    python provider/tests/mutations/run.py OUTPUT.json [--only engine/codes.py]

The first run tells which tests saw each check fail, and which saw it at all; a check is then removed by an import hook
(``sitecustomize``), in the tests' process and in the services that they start, and those tests run until one fails.
Where none does, another check may stand behind it and answer the same (a platform's own order in front of the engine's,
a look before the script that spends): then both are removed together, and the row says ``with``.

No file is changed. One at a time, at the lowest priority: about five seconds a check.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from check_sites import PACKAGES, ROOT, Site, sites  # noqa: E402

BEHIND = (  # checks of different names that stand behind each other; those of one name do anyway
    {"code known", "code not used", "code spent by this request"},
    {"js_code known", "js_code not used", "js_code spent by this request"},
    {"refresh token known", "refresh token not used", "refresh token spent by this request"},
    {"grant_type given", "grant_type known", "grant_type supported"},
    {"QR code not expired", "QR code scanned by this user"},
    {"client_id given", "appid given", "client known"},
    {"redirect_uri given", "redirect_uri registered"},
)
SHARED = ("engine/", "verifier.py", "dialects/client_first.py")  # what serves every dialect
FOLDERS = ["provider/tests", "resource_api/tests"]
Tests = dict[str, list[str]]  # by site
WHOLE, BROKEN = set[str](), set[str]()  # tests that were run with every check in its place
MARKS = "not slow and not browser"
MOST_FAILING, MOST_PASSING = 100, 60  # tests to try: those that saw it fail, then those that saw it
PATIENCE = 180  # seconds of one run
TIMED_OUT = 124  # as timeout(1) has it
FIRST = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", re.MULTILINE)


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument(
        "output", type=Path, help="rows in it that have a test are kept: a run can be taken up again"
    )
    asked.add_argument("--only", default="", help="sites whose file contains this")
    wanted = asked.parse_args()
    os.nice(19)
    log = wanted.output.with_suffix(".log")
    if not log.exists():
        watch(log)
    failing, seen = read(log)
    kept = json.loads(wanted.output.read_text("utf-8")) if wanted.output.exists() else []
    rows: dict[str, Any] = {row["site"]: row for row in kept if row["test"]}
    for package in PACKAGES:
        for site in sites(package):
            place = f"{package}/{site.id}"
            if wanted.only in place and site.refuses and place not in rows:
                rows[place] = judged(place, site.name, failing, seen, twins(package, site))
                text = json.dumps(list(rows.values()), ensure_ascii=False, indent=1)
                wanted.output.write_text(text, "utf-8")
                print(rows[place], flush=True)


def watch(log: Path) -> None:
    run(FOLDERS, MUTATION_LOG=str(log), more=["-p", "marks", "-m", MARKS], patience=3600)


def read(log: Path) -> tuple[Tests, Tests]:
    """Tests by the sites that they saw fail, and that they saw."""
    failing: Tests = defaultdict(list)
    seen: Tests = defaultdict(list)
    test = ""
    for line in log.read_text().splitlines():
        what, _, rest = line.partition(" ")
        if what == "test":
            test = rest
        elif test:
            for tests in (seen[rest], *([failing[rest]] if what == "fail" else [])):
                if test not in tests:
                    tests.append(test)
    return failing, seen


def twins(package: str, site: Site) -> list[str]:
    """The checks that may stand behind one, or before it: in what is shared, and in the same dialect; of a check in
    what is shared, in any dialect."""
    group = next((names for names in BEHIND if site.name in names), {site.name})
    near = ("",) if site.path.startswith(SHARED) else (*SHARED, "/".join(site.path.split("/")[:2]))
    return [
        f"{package}/{each.id}"
        for each in sites(package)
        if each.name in group and each.id != site.id and each.refuses and each.path.startswith(near)
    ]


def judged(place: str, name: str, failing: Tests, seen: Tests, others: list[str]) -> dict[str, Any]:
    """``test``: the first that failed, or ""; ``with``: what had to be removed beside it for that."""
    began = time.monotonic()
    row: dict[str, Any] = {"site": place, "check": name, "test": "", "with": []}
    for removed in ([], others):
        if removed is others and not others:
            break
        behind = {test for each in removed for test in failing[each]}
        tried = failing[place] + [test for test in seen[place] if test in behind - set(failing[place])]
        more = [test for test in seen[place] if test not in tried]
        for tests in (tried[: MOST_FAILING * (1 + len(removed))], more[:MOST_PASSING]):
            if test := missed(tests, [place, *removed]):
                row |= {"test": test, "with": removed}
                break
        if row["test"]:
            break
    return {**row, "seconds": round(time.monotonic() - began, 1)}


def missed(tests: list[str], removed: list[str]) -> str:
    """The first of the tests that fails without these checks and passes with them, or ""."""
    tests = [test for test in tests if test not in BROKEN]
    if not tests:
        return ""
    said, code = run(tests, MUTATION_SITES=" ".join(removed), more=["-x"], patience=PATIENCE)
    if not code:
        return ""
    if code == TIMED_OUT:  # a test that hangs without the check
        return f"exit {code}"
    first = FIRST.search(said)
    if first is None:
        raise RuntimeError(f"pytest came to no test without {', '.join(removed)}: exit {code}")
    if broken(first[1]):
        return missed(tests, removed)
    return first[1]


def broken(test: str) -> bool:
    """Whether it fails anyway, and so tells nothing."""
    if test not in WHOLE and test not in BROKEN:
        (BROKEN if run([test], more=[], patience=PATIENCE)[1] else WHOLE).add(test)
    return test in BROKEN


def run(tests: list[str], *, more: list[str], patience: float, **environment: str) -> tuple[str, int]:
    path = [HERE, HERE.parent, *(ROOT / part for part in ("core", "provider", "resource_api", "client_app"))]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--no-header",
        "-rfE",
        "--tb=no",
        "-p",
        "no:cacheprovider",
    ]
    try:
        done = subprocess.run(
            [*command, *more, *tests],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), **environment},
            capture_output=True,
            text=True,
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", TIMED_OUT
    return done.stdout, done.returncode


if __name__ == "__main__":
    main()
