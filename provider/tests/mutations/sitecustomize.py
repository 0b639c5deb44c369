"""Python reads this at its start, in the tests' process and in every service that they start: the packages of a town
come without the checks that ``MUTATION_SITES`` names, or tell ``MUTATION_LOG`` of every check that they make."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

SITES = [site.rsplit(":", 2) for site in os.environ.get("MUTATION_SITES", "").split()]
LOG = os.environ.get("MUTATION_LOG", "")
PACKAGES = ("ninestep_provider", "ninestep_resource_api")


class Rewriter(importlib.machinery.SourceFileLoader):
    def path_stats(self, path: str) -> Any:
        raise OSError("what was compiled before is of no use")

    def source_to_code(self, data: Any, path: Any, **options: Any) -> Any:
        import ast

        import rewriting

        tree, place = ast.parse(data), _place(str(path))
        if LOG:
            tree = rewriting.watched(tree, place)
        for wanted, line, column in SITES:
            if wanted == place:
                tree = rewriting.without(tree, int(line), int(column))
        return compile(tree, path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["_seen_check"] = told
        super().exec_module(module)


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] not in PACKAGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or not spec.origin or not spec.origin.endswith(".py"):
            return spec
        if LOG or any(_place(spec.origin) == wanted for wanted, _, _ in SITES):
            spec.loader = Rewriter(name, spec.origin)
        return spec


def told(site: str, ok: Any) -> Any:
    line = f"{'pass' if ok else 'fail'} {site}\n"
    with open(LOG, "ab", buffering=0) as log:  # appended in one write: many processes tell
        log.write(line.encode())
    return ok


def _place(path: str) -> str:
    """``provider/engine/codes.py``: the service, and where in its package."""
    for package in PACKAGES:
        _, found, after = path.partition(f"/{package}/")
        if found:
            return f"{package.removeprefix('ninestep_')}/{after}"
    return path


if SITES or LOG:
    sys.meta_path.insert(0, Finder())
