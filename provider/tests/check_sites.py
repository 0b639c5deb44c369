"""Where the code makes its checks, read from the code itself: for the mutation run and for the catalogue of coverage.

A site is a call that records a check: ``checks.make(name, ok, …)``, ``checks.require(name, ok, …)``,
``draft.check(name, ok)``, or a helper called ``require`` around one of them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "provider": ROOT / "provider/ninestep_provider",
    "resource_api": ROOT / "resource_api/ninestep_resource_api",
}
METHODS = {"make", "require", "check", "_check"}
HELPERS = {"require", "_require"}
VARIABLES = {"name", "check"}  # names of checks that stand in a table beside the call


@dataclass(frozen=True)
class Site:
    """One check in one place. ``name`` is "" where it stands in a table, and has ``*`` for what is filled in."""

    path: str  # in its package
    line: int
    column: int
    name: str
    refuses: bool = True  # a place where the check has passed already tells it, and decides nothing

    @property
    def id(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


def sites(package: str) -> list[Site]:
    """Every site of a package, in the order of files and lines."""
    base = PACKAGES[package]
    found = []
    for path in sorted(base.rglob("*.py")):
        place = path.relative_to(base).as_posix()
        for call, name, ok in calls(ast.parse(path.read_text("utf-8"))):
            decided = isinstance(call.args[ok], ast.Constant) and call.args[ok].value is True
            found.append(Site(place, call.lineno, call.col_offset, name, not decided))
    return sorted(found, key=lambda site: (site.path, site.line))


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str, int]]:
    """(call, its check's name, which argument says whether it holds), helpers' own inner calls left out."""
    inner = {
        id(call)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and {"name", "ok"} <= {each.arg for each in function.args.args}
        for call in ast.walk(function)
        if isinstance(call, ast.Call)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and id(call) not in inner and _records(call.func):
            for place, argument in enumerate(call.args[:-1]):
                if (name := _spelled(argument)) is not None:
                    yield call, name, place + 1
                    break


def _records(function: ast.expr) -> bool:
    if isinstance(function, ast.Attribute):
        return function.attr in METHODS
    return isinstance(function, ast.Name) and function.id in HELPERS


def _spelled(argument: ast.expr) -> str | None:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    if isinstance(argument, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in argument.values)
    return "" if isinstance(argument, ast.Name) and argument.id in VARIABLES else None
