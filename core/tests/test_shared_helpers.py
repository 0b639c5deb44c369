"""What several tests use stands in a module that says what it is: a test module that is imported is there twice, with
its fixtures and marks, and its name says what it proves instead of what it lends."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("core/tests", "provider/tests", "resource_api/tests", "client_app/tests", "e2e")
IMPORT = re.compile(r"^[ \t]*(?:from|import) ((?:\w+\.)*test_\w+)\b", re.M)


def test_no_module_imports_a_test_module() -> None:
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    names = {path.stem for path in files if path.stem.startswith("test_")}

    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in files
        for name in IMPORT.findall(path.read_text("utf-8"))
        if name.rpartition(".")[2] in names
    }

    assert found == set()
