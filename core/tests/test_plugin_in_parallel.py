"""Four hundred tests, eight workers, one town, any order: none of them sees another."""

from __future__ import annotations

import random
import re

import pytest
from plugin_runs import LOGIN, PLUGIN

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.slow

TESTS, WORKERS = 400, 8
KINDS = """
import random
from pathlib import Path

import pytest
from logging_in import login

PEOPLE = ("zhangsan", "lisi", "wangwu", "mallory")
ORDER = list(range({tests}))
random.Random({seed}).shuffle(ORDER)


@pytest.fixture(params=ORDER)
def alone(request, ninestep):
    number = request.param
    app = ninestep.app(name=f"app {{number}}")
    yield number, PEOPLE[number % 4], app
    assert [flow.data["app"] for flow in ninestep.flows()] == [app.appid]
    assert [one["name"] for one in ninestep.control("GET", "/apps", world=ninestep.name)] == [f"app {{number}}"]
    with open(Path(__file__).parent / f"{{number}}.seen", "w") as seen:
        seen.write(f"{{ninestep.town.provider}} {{ninestep.name}} {{ninestep.town.state}}")


def test_alone(ninestep, alone):
    number, user, app = alone
    match number % 5:
        case 0:
            login(ninestep, app, user)
            assert ninestep.flow(app).user == user
        case 1:
            ninestep.deny(app, user)
            assert ninestep.callback(app.authorize_url(state="s" * 20)).code == "authdeny"
        case 2:
            busy = ninestep.fault(app, "token", "busy")
            assert login(ninestep, app, user)["errcode"] == -1
            assert busy.hits == 1
        case 3:
            ninestep.clock.freeze()
            moment = ninestep.clock.advance(f"{{number}}s")
            login(ninestep, app, user)
            assert ninestep.clock.now == moment
        case _:
            ninestep.user("zhangsan", nickname=f"person {{number}}")
            login(ninestep, app, "zhangsan")
            [person] = [one for one in ninestep.control("GET", "/users", world=ninestep.name) if one["uid"] == "zhangsan"]
            assert person["nickname"] == f"person {{number}}"
            assert len(ninestep.control("GET", "/grants", world=ninestep.name)) == 1
"""


def test_no_test_sees_another(pytester: pytest.Pytester) -> None:
    seed = random.randrange(10**6)
    pytester.makepyfile(logging_in=LOGIN, test_it=KINDS.format(tests=TESTS, seed=seed))

    outcome = pytester.runpytest_subprocess(
        *PLUGIN, "-p", "xdist", "-n", str(WORKERS), "--dist", "worksteal", "-q"
    )

    outcome.assert_outcomes(passed=TESTS)
    seen = [path.read_text().split() for path in pytester.path.glob("*.seen")]
    assert len({world for _, world, _ in seen}) == TESTS, f"seed {seed}"
    assert len({provider for provider, _, _ in seen}) == 1
    assert re.search(rf"{TESTS} passed", outcome.stdout.str())
