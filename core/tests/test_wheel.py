"""One wheel, which holds our packages whole and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile

import pytest
from our_packages import PACKAGES, ROOT

pytestmark = pytest.mark.launcher


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel built from a copy: a build writes into its tree."""
    copy = tmp_path_factory.mktemp("source")
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, copy)
    for name, folder in PACKAGES.items():
        if (folder / name).exists():
            target = copy / folder.relative_to(ROOT) / name
            shutil.copytree(folder / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(copy / "dist"),
        str(copy),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (copy / "dist").iterdir()
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_every_file_of_the_packages_is_in_the_wheel(wheel: set[str]) -> None:
    """Also templates, styles and word lists, which only an installed town would miss."""
    for name, folder in PACKAGES.items():
        for path in (folder / name).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert str(path.relative_to(folder)) in wheel


def test_nothing_else_is_in_the_wheel(wheel: set[str]) -> None:
    names = {name.partition("/")[0] for name in wheel}
    assert {name for name in names if not name.endswith(".dist-info")} <= set(PACKAGES)
    assert not [name for name in wheel if "/tests/" in name]
