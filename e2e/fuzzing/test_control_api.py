"""The control API as two strangers read its document: a validator of OpenAPI 3.1, and schemathesis with all its checks.

Both come from PyPI into an environment of their own; without a way there the tests are skipped.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from clients import packages

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CALLBACK = "http://127.0.0.1/callback"
SHELL = {"SCHEMATHESIS_HOOKS": str(HERE / "rules.py"), "PATH": "", "NO_COLOR": "1"}
BUDGET = 180  # seconds of schemathesis
EXAMPLES = 5  # of each call and phase
SEED = "9"  # the same data on each run, in one thread: Hypothesis reads its own sources, and two threads at once fail there
VALIDATE = """
import json, sys
from openapi_spec_validator import OpenAPIV31SpecValidator
wrong = [str(error)[:500] for error in OpenAPIV31SpecValidator(json.load(sys.stdin)).iter_errors()]
sys.exit("\\n".join(wrong) or 0)
"""


@pytest.fixture(scope="module")
def python() -> str:
    return packages.python(HERE / "requirements.txt", "fuzzing")


@pytest.fixture
def own_town(tmp_path: Path, start_town: Any, stop_town: Any) -> Iterator[Any]:
    """Nobody else's: what is tried on it, ruins it."""
    town, process = start_town(tmp_path)
    yield town
    stop_town(town, process)


def recorded(town: Any) -> str:
    """The id of a login, recorded in a world of its own."""
    app = town.api("POST", "/apps", {"redirect_uris": [CALLBACK], "consent": {"mode": "auto"}})
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "scope": "snsapi_base"}
    town.http.get(
        f"{town.provider}/connect/oauth2/authorize", params={**query, "state": "s"}, allow_redirects=False
    )
    [flow] = town.api("GET", "/flows", params={"world": app["world"]})
    return str(flow["id"])


def test_the_document_is_openapi_3_1(python: str, town: Any) -> None:
    document = town.api("GET", "/openapi.json")

    told = subprocess.run(
        [python, "-c", VALIDATE], input=json.dumps(document), capture_output=True, text=True
    )

    assert told.returncode == 0, told.stderr


def test_every_rule_is_of_a_call_that_there_is(town: Any) -> None:
    document = town.api("GET", "/openapi.json")
    calls = {call["operationId"] for methods in document["paths"].values() for call in methods.values()}

    rules = re.findall(r'^    "(\w+)": ', (HERE / "rules.py").read_text("utf-8"), re.M)

    assert rules
    assert set(rules) <= calls


def test_schemathesis_finds_nothing(python: str, own_town: Any, tmp_path: Path) -> None:
    """Every call with data that fits the document and data that does not, alone and one after another."""
    command = [python, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    run = ["run", f"{own_town.provider}/_mock/api/openapi.json", "--checks", "all", "--seed", SEED]
    limits = ["--max-examples", str(EXAMPLES), "--max-time", str(BUDGET)]
    quiet = [
        "--suppress-health-check",
        "all",
        "--no-shrink",
        "--report-json-path",
        str(tmp_path / "report.json"),
    ]
    told = subprocess.run(
        [*command, *run, *limits, *quiet],
        env={**SHELL, "HOME": str(tmp_path), "FLOW": recorded(own_town)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=BUDGET + 60,
    )

    assert told.returncode == 0, told.stdout[-20_000:] + told.stderr[-2000:]
    assert re.search(r"Selected: (\d+)/\1\s+Tested: \1\s", told.stdout), "every call was tried"
    assert own_town.http.get(f"{own_town.provider}/readyz").status_code == 200
