"""``ninestep.snapshot()`` and ``with ninestep.restored():`` from a test's side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from ninestep.testing import App, Ninestep, Refused, Town


@pytest.fixture(scope="module")
def running(town: Any) -> Iterator[Town]:
    found = Town.at(town.provider)
    yield found
    found.close()


@pytest.fixture(scope="class")
def shop(running: Town) -> Iterator[tuple[Ninestep, App]]:
    """What is expensive: a world with a person, an app and a login."""
    with Ninestep(running) as ninestep:
        app = ninestep.app(consent={"mode": "auto", "user": "zhangsan"})
        ninestep.user("wang", nickname="小王")
        ninestep.clock.freeze()
        yield ninestep, app


class TestAClassThatSharesOne:
    """Both tests find the world as the fixture made it, whichever comes first."""

    @pytest.fixture(autouse=True)
    def as_it_was(self, shop: tuple[Ninestep, App]) -> Iterator[None]:
        with shop[0].restored():
            yield

    @pytest.mark.parametrize("time", [1, 2])
    def test_each_test_may_break_what_it_likes(self, shop: tuple[Ninestep, App], time: int) -> None:
        ninestep, app = shop
        assert app.tokens() == []
        assert app.unfired() == []
        assert ninestep.control("GET", "/users/wang", world=ninestep.name)["nickname"] == "小王"

        app.code()
        app.fault("token", "busy")
        app.change(name="broken")
        ninestep.clock.advance("3h")
        ninestep.control("DELETE", "/users/wang", world=ninestep.name)


def test_a_code_that_was_spent_is_whole_again(running: Town) -> None:
    with Ninestep(running) as ninestep:
        app = ninestep.app()
        code, snapshot = app.code("lisi"), ninestep.snapshot("before")

        def redeem() -> Any:
            query = {
                "appid": app.appid,
                "secret": app.secret,
                "code": code,
                "grant_type": "authorization_code",
            }
            url = f"{running.gateway}/sns/oauth2/access_token"
            return requests.get(url, params=query, timeout=10).json().get("errcode", 0)

        outcomes = [redeem(), redeem()]
        snapshot.restore()
        outcomes += [redeem(), redeem()]

        assert outcomes == [0, 40163, 0, 40163]
        assert repr(snapshot) == f"<Snapshot {snapshot.id} 'before' of world {ninestep.name}>"
        snapshot.delete()
        with pytest.raises(Refused, match="no snapshot"):
            snapshot.restore()


def test_a_test_that_fails_inside_is_undone_as_well(running: Town) -> None:
    with Ninestep(running) as ninestep:
        app = ninestep.app(name="whole")

        def broken() -> None:
            with ninestep.restored():
                app.change(name="broken")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            broken()
        assert ninestep.control("GET", f"/apps/{app.appid}")["name"] == "whole"
