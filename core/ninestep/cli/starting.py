"""What ``ninestep init`` writes into somebody's project, and what it leaves alone."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from .wrong import Wrong

FILES = {
    "test": "tests/test_ninestep_login.py",
    "compose": "docker-compose.ninestep.yml",
    "github": ".github/workflows/ninestep.yml",
    "gitlab": ".gitlab-ci.ninestep.yml",
}
TEST = "pytest --ignore=vendor -n auto --junitxml=test-results/junit.xml --ninestep-output=test-results"
INSTALL = "pip install ./vendor/ninestep pytest pytest-xdist"


@dataclass
class Started:
    """Paths below the folder, by what became of them."""

    folder: str
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def start(folder: Path, names: list[str], *, force: bool = False, dry: bool = False) -> Started:
    """Each file whole or not at all; one that is there already stays, unless ``force``. Raises Wrong."""
    if folder.exists() and not folder.is_dir():
        raise Wrong(f"{folder} is no folder")
    texts = {FILES[name]: _text(name, folder) for name in names}
    there = [path for path in texts if os.path.lexists(folder / path)]
    done = Started(str(folder), kept=[] if force else there)
    done.written = [path for path in texts if path not in done.kept]
    for path in done.written:
        _stays_inside(folder, path)
    for path in done.written if not dry else ():
        _write(folder / path, texts[path], replace=force)
    return done


def _stays_inside(folder: Path, path: str) -> None:
    """A project that somebody else made may have a link for a folder; what lies behind it is not the project's."""
    place = (folder / path).parent.resolve()
    if not place.is_relative_to(folder.resolve()):
        raise Wrong(f"{folder / path} would be written into {place}, outside of the project")


def _write(path: Path, text: str, *, replace: bool) -> None:
    """Never through a link as the file, and never over what came meanwhile, unless told so."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if replace:
            path.unlink(missing_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Wrong(f"{path} cannot be written: {error.strerror}") from None


def _text(name: str, folder: Path) -> str:
    text = resources.files(__package__).joinpath(f"starter/{name}.txt").read_text("utf-8")
    return text.replace("@INSTALL@", INSTALL + _own(folder)).replace("@TEST@", TEST)


def _own(folder: Path) -> str:
    """What the project itself has to have installed."""
    if (folder / "requirements.txt").exists():
        return " -r requirements.txt"
    own = any((folder / name).exists() for name in ("pyproject.toml", "setup.py"))
    return " -e ." if own else ""
