"""The workflow files of docs/examples/ci, run as a CI runner runs them: their commands, in their order, in bash."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from our_packages import PACKAGES, ROOT

RECIPES = ROOT / "docs/examples/ci"
INSTALLS = ("pip install", "playwright install", "npm ci", "npx playwright install")  # what needs a registry


@dataclass(frozen=True)
class Step:
    command: str
    when: str = ""  # ``failure()``, ``always()``, or nothing: as long as all went well


@dataclass(frozen=True)
class Ran:
    """What became of a run: ``code`` of the first command that failed, and what each command said."""

    code: int
    told: dict[str, str]

    @property
    def all(self) -> str:
        return "\n".join(f"$ {command}\n{said}" for command, said in self.told.items())


def github(name: str) -> tuple[list[Step], dict[str, str]]:
    """The steps of the only job of a GitHub workflow, and its variables."""
    [job] = _read(f"{name}.github.yml")["jobs"].values()
    steps = [Step(step["run"], step.get("if", "")) for step in job["steps"] if "run" in step]
    return steps, job.get("env", {})


def gitlab(name: str) -> tuple[list[Step], dict[str, str]]:
    """The same of a GitLab pipeline."""
    [job] = _read(f"{name}.gitlab.yml").values()
    before = [*job.get("before_script", []), *job["script"]]
    after = [Step(command, "always()") for command in job.get("after_script", [])]
    return [*map(Step, before), *after], job.get("variables", {})


def run(
    steps: list[Step],
    folder: Path,
    environment: Mapping[str, str],
    skip: Callable[[str], bool] = lambda command: False,
) -> Ran:
    code, told = 0, {}
    for step in steps:
        if skip(step.command) or (code and not step.when) or (not code and step.when == "failure()"):
            continue
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step.command],
            cwd=folder,
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=600,
        )
        told[step.command] = done.stdout + done.stderr
        code = code or done.returncode
    return Ran(code, told)


def project(source: Path, folder: Path) -> Path:
    """A copy of an example as its owner has it: a repository with Ninestep as a submodule at vendor/ninestep."""
    unwanted = shutil.ignore_patterns("__pycache__", "node_modules", "test-results", ".ninestep")
    made = Path(shutil.copytree(source, folder, ignore=unwanted))
    vendor = made / "vendor/ninestep"
    vendor.mkdir(parents=True)
    needed = ("pyproject.toml", "README.md", "LICENSE", "Dockerfile", ".dockerignore", "conftest.py")
    for file in (*needed, "requirements.lock", "requirements-build.lock"):
        shutil.copy(ROOT / file, vendor)
    for name, place in PACKAGES.items():
        shutil.copytree(place / name, vendor / place.relative_to(ROOT) / name, ignore=unwanted)
    # It has tests of its own, which are not the project's.
    (vendor / "test_own.py").write_text("raise AssertionError('a test of the submodule was collected')\n")
    (vendor / "own.spec.mjs").write_text("throw new Error('a test of the submodule was collected')\n")
    return made


def installs(command: str) -> bool:
    return command.startswith(INSTALLS)


def _read(name: str) -> Any:
    return yaml.safe_load((RECIPES / name).read_text("utf-8"))
