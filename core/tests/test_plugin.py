"""The pytest plugin as a project uses it: runs of pytest in a folder of their own, against this run's town."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
from plugin_runs import LOGIN, PLUGIN

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.launcher  # each is a run of pytest

CLIENT = """
import json
import pytest
import requests
from flask import Flask, redirect, request, session
from urllib.parse import urlencode

@pytest.fixture
def client(ninestep):
    site, gateway = Flask("site"), ninestep.town.gateway
    site.secret_key = "k"

    def call(path, **query):
        with requests.Session() as http:
            http.trust_env = False
            return json.loads(http.get(gateway + path, params=query).content)

    @site.get("/login")
    def login():
        session["state"] = "4711" * 8
        scan = site.config.get("SCAN")
        query = {"appid": site.config["WECHAT_KEY"], "redirect_uri": "http://localhost/callback", "response_type": "code"}
        query |= {"scope": "snsapi_login" if scan else "snsapi_userinfo", "state": session["state"]}
        return redirect(f"{gateway}/connect/{'qrconnect' if scan else 'oauth2/authorize'}?{urlencode(query)}")

    @site.get("/callback")
    def callback():
        assert session.pop("state") == request.args["state"]
        me = {"appid": site.config["WECHAT_KEY"], "secret": site.config["WECHAT_SECRET"]}
        code = request.args["code"]
        token = call("/sns/oauth2/access_token", code=code, grant_type="authorization_code", **me)
        return call("/sns/userinfo", access_token=token["access_token"], openid=token["openid"])["nickname"]

    return site.test_client()
"""
BLOCK = re.compile(r"<!-- test: pytest -->\n```python\n(.*?)^```$", re.S | re.M)
ALONE = re.compile(r"<!-- test: alone -->\n```python\n(.*?)^```$", re.S | re.M)


@pytest.fixture
def run(pytester: pytest.Pytester, town: Any) -> Any:
    """``run(test, *options)``: pytest on one file, with ``login`` at hand, in this run's town."""

    def run(test: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(logging_in=LOGIN, test_it="from logging_in import login\n" + test)
        at = ("--ninestep-url", town.provider)
        return pytester.runpytest_subprocess(*PLUGIN, *at, *options)

    return run


def worlds(town: Any) -> set[str]:
    return {world["name"] for world in town.api("GET", "/worlds")}


def test_each_test_has_a_world_of_its_own_that_ends_with_it(run: Any, town: Any) -> None:
    before = worlds(town)

    outcome = run(
        """
        seen = set()

        def test_one(ninestep):
            ninestep.app()
            seen.add(ninestep.name)

        def test_another(ninestep):
            app = ninestep.app()
            assert app.world not in seen
            assert ninestep.flows() == []
        """.replace("\n        ", "\n")
    )

    outcome.assert_outcomes(passed=2)
    assert worlds(town) <= before


def test_a_login_is_asserted_in_sentences(run: Any) -> None:
    outcome = run(
        """
def test_login(ninestep):
    app = ninestep.app()
    login(ninestep, app, "lisi")

    flow = ninestep.flow(app)
    assert flow.steps == [2, 4, 5, 6, 7, 8]
    assert flow.user == "lisi"
    assert flow.check("client secret").passed
    assert flow.ledger.never("browser", "access_token")
    assert flow.message(5).receiver == "provider"
"""
    )

    outcome.assert_outcomes(passed=1)


FAILING = """
def test_fails(ninestep):
    app = ninestep.app()
    fault = ninestep.fault(app, "token", "code_used")
    token = login(ninestep, app)
    assert fault.fired
    assert "access_token" in token
"""


def test_a_failed_test_shows_messages_picture_and_har(run: Any) -> None:
    outcome = run(FAILING)

    outcome.assert_outcomes(failed=1)
    text = outcome.stdout.str()
    assert "sequenceDiagram" in text
    assert "⑥ code.redeemed: provider → client_app, back channel, refused code_used" in text
    [har] = [line.removeprefix("HAR: ") for line in outcome.outlines if line.startswith("HAR: ")]
    assert json.loads(Path(har).read_text("utf-8"))["log"]["version"] == "1.2"
    assert "sequenceDiagram" in Path(har).with_suffix(".mmd").read_text("utf-8")


def test_what_a_failed_test_shows_holds_no_secret(run: Any, pytester: pytest.Pytester) -> None:
    outcome = run(
        """
from pathlib import Path

def test_fails(ninestep):
    app = ninestep.app()
    callback = ninestep.callback(app.authorize_url(state="s" * 20), "lisi")
    Path("secrets.txt").write_text(f"{app.secret} {callback.code}")
    del app, callback
    raise ValueError("no")
""",
        "--ninestep-output",
        "out",
    )

    outcome.assert_outcomes(failed=1)
    shown = outcome.stdout.str() + "".join(path.read_text() for path in (pytester.path / "out").iterdir())
    secret, code = (pytester.path / "secrets.txt").read_text().split()
    assert "sequenceDiagram" in shown
    assert secret not in shown
    assert code not in shown


def test_junit_has_the_flow_as_properties(run: Any, pytester: pytest.Pytester) -> None:
    run(FAILING, "--junitxml=junit.xml")

    case = next(ElementTree.parse(pytester.path / "junit.xml").iter("testcase"))
    told = {item.get("name"): item.get("value") or "" for item in case.iter("property")}
    assert "refused code_used" in told["ninestep_flow_1"]
    assert told["ninestep_har_1"].endswith(".har")
    assert told["ninestep_mermaid_1"].startswith("sequenceDiagram")


def test_a_failure_before_any_login_says_that_nobody_came(run: Any) -> None:
    outcome = run("def test_fails(ninestep):\n    ninestep.app()\n    assert 0\n")

    outcome.stdout.fnmatch_lines(["*No flow in world w*: no browser came to http*"])


def test_a_test_that_passes_or_uses_no_town_shows_nothing(run: Any) -> None:
    outcome = run(
        "def test_fails():\n    assert 0\n\ndef test_fine(ninestep):\n    login(ninestep, ninestep.app())\n",
        "-rA",
    )

    outcome.assert_outcomes(passed=1, failed=1)
    assert (
        "ninestep"
        not in outcome.stdout.str()
        .lower()
        .replace("--ninestep", "")
        .split("failures")[1]
        .split("test_fine")[0]
    )
    assert "sequenceDiagram" not in outcome.stdout.str()


@pytest.mark.parametrize("guide", ["README.md", "README.zh-CN.md", "docs/pytest.md", "docs/pytest.zh-CN.md"])
def test_the_examples_of_the_guides_pass(run: Any, pytester: pytest.Pytester, guide: str) -> None:
    [example] = BLOCK.findall((Path(__file__).parents[2] / guide).read_text("utf-8"))
    pytester.makeconftest(CLIENT.replace('.get("SCAN")', f'.get("SCAN", {"website" in example})'))

    run(example).assert_outcomes(passed=1)


@pytest.mark.parametrize("guide", ["docs/pytest.md", "docs/pytest.zh-CN.md"])
def test_the_example_without_pytest_runs(guide: str) -> None:
    [example] = ALONE.findall((Path(__file__).parents[2] / guide).read_text("utf-8"))
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.strip()) > 20


def test_a_refused_call_names_the_field_and_the_fix(run: Any) -> None:
    outcome = run("def test_fails(ninestep):\n    ninestep.app(kind='spa')\n")

    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(
        ["E *Refused: POST /apps: 422 *", "E *field: kind", "E *what would be right: *mini_program"]
    )


def test_a_town_that_does_not_answer_is_said_once_and_clearly(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(ninestep): pass")

    outcome = pytester.runpytest_subprocess(*PLUGIN, "--ninestep-url", "http://127.0.0.1:9")

    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines(["E *NotStarted: no town answers at http://127.0.0.1:9: *"])


def test_the_run_starts_a_town_with_the_projects_settings_and_ends_it(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def ninestep_settings(ninestep_settings):
            return {**ninestep_settings, "code_ttl": 61}
        """
    )
    pytester.makepyfile(
        """
        from pathlib import Path

        def test_it(ninestep):
            app = ninestep.app(dialect="standard", kind="web")
            Path("town.txt").write_text(ninestep.town.provider + " " + ninestep.town.state)
            assert app.data["ttl"]["code"] == 61
        """
    )

    outcome = pytester.runpytest_subprocess(*PLUGIN)

    outcome.assert_outcomes(passed=1)
    _, state = (pytester.path / "town.txt").read_text().split()
    assert not Path(state).parent.exists()


def test_a_wrong_setting_is_an_error_in_the_towns_own_words(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def ninestep_settings():
            return {"code_tll": 61}
        """
    )
    pytester.makepyfile("def test_it(ninestep): pass")

    outcome = pytester.runpytest_subprocess(*PLUGIN)

    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines(["E *NotStarted: *Unknown settings: NINESTEP_CODE_TLL*"])


def test_workers_share_one_town_which_ends_with_the_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from pathlib import Path

        @pytest.mark.parametrize("n", range(6))
        def test_it(ninestep, n, worker_id):
            ninestep.app()
            Path(f"{n}.txt").write_text(f"{worker_id} {ninestep.town.provider} {ninestep.town.state}")
        """
    )

    outcome = pytester.runpytest_subprocess(*PLUGIN, "-p", "xdist", "-n", "2", "--dist", "each")

    outcome.assert_outcomes(passed=12)
    told = [path.read_text().split() for path in pytester.path.glob("?.txt")]
    assert len({provider for _, provider, _ in told}) == 1
    [state] = {state for _, _, state in told}
    assert not Path(state).parent.exists()


def test_the_plugin_imports_nothing_of_the_town_until_it_is_used() -> None:
    """Where it is installed and unused, it costs a module without imports."""
    program = (
        "import sys, pytest; before = set(sys.modules); import pytest_ninestep.plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["pytest_ninestep", "pytest_ninestep.plugin"]
