"""The project in docs/examples as its owner has it: our wheel and its requirements, in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from our_packages import PACKAGES, ROOT

pytestmark = pytest.mark.slow

EXAMPLE = ROOT / "docs/examples/flask_social"


def built(folder: Path) -> Path:
    """A wheel of a copy: a build writes into its tree."""
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, folder)
    for name, place in PACKAGES.items():
        target = folder / place.relative_to(ROOT) / name
        shutil.copytree(place / name, target, ignore=shutil.ignore_patterns("__pycache__"))
    call([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", "."], folder)
    [wheel] = (folder / "dist").iterdir()
    return wheel


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, pytest and what the example needs; nothing of this tree. Registries that cannot be reached skip."""
    from clients.packages import UNREACHABLE

    wheel = built(tmp_path_factory.mktemp("source"))
    folder = tmp_path_factory.mktemp("environment")
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    call([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder)], ROOT)
    wanted = [str(wheel), "pytest", "pytest-html", "-r", str(EXAMPLE / "requirements.txt")]
    install = [uv, "pip", "install", "-q", "--python", str(folder / "bin/python"), *wanted]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if any(words in done.stderr.lower() for words in UNREACHABLE):
        pytest.skip(done.stderr[-500:])
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def example(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example", ignore=ignored))


def test_a_failure_is_in_pytest_htmls_report(environment: Path, example: Path) -> None:
    broken = example / "test_broken.py"
    broken.write_text(
        "def test_broken(ninestep, wechat, visitor):\n"
        "    ninestep.authorize(visitor, '/login', user='lisi')\n"
        "    assert ninestep.flow(wechat).check('client secret') is None\n"
    )
    command = "pytest -q test_broken.py --html=report.html --self-contained-html"
    call(["sh", "-c", command], example, environment, status=1)

    report = (example / "report.html").read_text("utf-8")
    assert "Mermaid" in report
    assert "HAR" in report


def call(command: list[str], folder: Path, environment: Path | None = None, *, status: int = 0) -> str:
    """What a command says, with an environment's programs first and none of ours."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST_", "NINESTEP_"))}
    if environment is not None:
        variables["PATH"] = f"{environment / 'bin'}:{variables['PATH']}"
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout
