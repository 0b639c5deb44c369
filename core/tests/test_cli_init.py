"""``ninestep init``: what it writes works as it is written, and nothing of somebody's is touched."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ninestep.cli import exits, main
from ninestep.cli.starting import FILES, INSTALL, TEST

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs/examples"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "my project"
    folder.mkdir()
    return folder


def written(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_all_is_written_into_a_fresh_project(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(project)]) == 0
    told = capsys.readouterr().out
    assert set(written(project)) == set(FILES.values())
    assert all(str(project / path) in told for path in FILES.values())
    assert not [text for text in written(project).values() if "@INSTALL@" in text or "@TEST@" in text]


def test_what_is_there_stays_and_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = project / FILES["github"]
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    link = project / FILES["compose"]
    link.symlink_to(project / "elsewhere")  # leads nowhere, and is somebody's all the same
    assert main(["init", str(project), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["kept"]) == {FILES["github"], FILES["compose"]}
    assert set(told["written"]) == {FILES["test"], FILES["gitlab"]}
    assert mine.read_text() == "mine"
    assert not (project / "elsewhere").exists()

    assert main(["init", str(project), "--force", "--only", "github", "--only", "compose"]) == 0
    assert "jobs:" in mine.read_text()
    assert "services:" in link.read_text()
    assert not link.is_symlink()
    assert not (project / "elsewhere").exists()


def test_a_dry_run_says_the_same_and_writes_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(project), "--dry-run", "--json"]) == 0
    dry = json.loads(capsys.readouterr().out)
    assert written(project) == {}
    assert main(["init", str(project), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {**dry, "dry_run": False}


def test_a_new_folder_is_made_and_a_file_is_none(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(project / "new")]) == 0
    assert set(written(project / "new")) == set(FILES.values())
    (project / "file").write_text("")
    for place in (project / "file", project / "file" / "below"):
        assert main(["init", str(place)]) == exits.WRONG
    assert "is no folder" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.chmod(0o500)
    assert main(["init", str(project)]) == exits.WRONG
    project.chmod(0o700)
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "added"), [("", ""), ("requirements.txt", " -r requirements.txt"), ("pyproject.toml", " -e .")]
)
def test_the_workflows_install_what_the_project_has(project: Path, file: str, added: str) -> None:
    if file:
        (project / file).write_text("")
    main(["init", str(project)])
    github = yaml.safe_load((project / FILES["github"]).read_text("utf-8"))
    [job] = github["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    assert runs == [INSTALL + added, TEST]
    [gitlab] = yaml.safe_load((project / FILES["gitlab"]).read_text("utf-8")).values()
    assert [*gitlab["before_script"], *gitlab["script"]] == runs


def test_they_are_the_recipes_of_the_guide() -> None:
    """One wording for both: docs/ci.md has the same commands and the same container."""
    recipe = (EXAMPLES / "ci/plain.github.yml").read_text("utf-8")
    runs = re.findall(r"^ +- run: (.+)$", recipe, re.M)
    assert runs == [f"{INSTALL} -r requirements.txt", TEST]


def test_the_container_is_that_of_the_guide(project: Path) -> None:
    main(["init", str(project), "--only", "compose"])
    ours = yaml.safe_load((project / FILES["compose"]).read_text("utf-8"))
    theirs = yaml.safe_load((EXAMPLES / "compose/compose.yaml").read_text("utf-8"))
    assert ours["services"] == {"ninestep": theirs["services"]["ninestep"]}


@pytest.mark.launcher
def test_the_starter_test_passes_as_it_is_written(town: Any, project: Path) -> None:
    main(["init", str(project), "--only", "test"])
    done = pytest_in(project, town)
    assert "4 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.launcher
@pytest.mark.parametrize(
    ("right", "broken"),
    [
        ('if request.args.get("state") != session.pop("state", None):', "if False:"),
        ("who['nickname']", "token['openid']"),
        ('"secret": secret, ', '"secret": "wrong", '),
    ],
)
def test_the_starter_test_fails_with_a_client_that_is_broken(
    town: Any, project: Path, right: str, broken: str
) -> None:
    main(["init", str(project), "--only", "test"])
    file = project / FILES["test"]
    text = file.read_text("utf-8")
    assert right in text
    file.write_text(text.replace(right, broken), "utf-8")
    done = pytest_in(project, town)
    assert done.returncode == 1, done.stdout + done.stderr
    assert " failed" in done.stdout


def pytest_in(project: Path, town: Any) -> subprocess.CompletedProcess[str]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("NINESTEP_", "PYTEST_"))}
    options = [
        "-q",
        "-p",
        "pytest_ninestep.plugin",
        "-p",
        "no:valkey",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
    ]
    shutil.rmtree(project / "tests/__pycache__", ignore_errors=True)
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        env={**plain, "NINESTEP_URL": town.provider, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_a_link_for_a_folder_leads_nobody_out_of_the_project(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (project / ".github").symlink_to(outside)
    for words in ([], ["--force"], ["--dry-run"]):
        assert main(["init", str(project), *words]) == exits.WRONG
        assert str(outside) in capsys.readouterr().err
    assert written(project) == {}
    assert list(outside.iterdir()) == []

    (project / "checks").mkdir()
    (project / "tests").symlink_to("checks")  # its own
    assert main(["init", str(project), "--only", "test"]) == 0
    assert len(written(project / "checks")) == 1
