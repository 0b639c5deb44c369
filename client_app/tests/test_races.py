"""Many at once, in several processes: one exchange, one user, one refresh."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.launcher

RACER = Path(__file__).parent / "racer.py"


def environment(settings: Any) -> dict[str, str]:
    """The settings as a worker would find them."""
    found = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value != field.default:
            found[f"NINESTEP_{field.name.upper()}"] = (
                ",".join(value) if isinstance(value, tuple) else str(value)
            )
    clean = {k: v for k, v in os.environ.items() if not k.startswith("NINESTEP_")}
    return {**clean, **found, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def race(
    visitor: Any, path: str, *, processes: int, threads: int, form: dict[str, str] | None = None
) -> list[list[Any]]:
    """The same request of one browser, ``processes`` × ``threads`` times at once."""
    client = visitor.client
    orders = {
        "path": path,
        "method": "POST" if form else "GET",
        "form": form,
        "base": client.settings.client_url,
        "threads": threads,
        "cookies": {
            name: cookie.value for name in ("mt_session", "mt_login") if (cookie := visitor.cookie(name))
        },
    }
    workers = [
        subprocess.Popen(
            [sys.executable, str(RACER)],
            env=environment(client.settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(processes)
    ]
    for worker in workers:
        worker.stdin.write(json.dumps(orders) + "\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = []
    for worker in workers:
        out, _ = worker.communicate(timeout=60)
        answers += json.loads(out)
    return answers


def test_one_state_in_32_callbacks_of_four_processes_is_one_exchange(visitor: Any, neighbours: Any) -> None:
    started = visitor.start()
    path = f"/auth/wechat/callback?code={neighbours.code()}&state={started.state}"

    answers = race(visitor, path, processes=4, threads=8)

    statuses = [status for status, _ in answers]
    assert (statuses.count(303), statuses.count(400)) == (1, 31)
    assert len(neighbours.asked("/sns/oauth2/access_token")) == 1


def test_an_expiring_token_is_refreshed_once_for_16_calls_of_two_processes(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    visitor.log_in()
    client.advance(7200 - 299)
    neighbours.rotates = True  # a second refresh with the old token would fail
    token = visitor.get("/me").text.split('name="csrf_token" value="')[1].split('"')[0]

    answers = race(visitor, "/me/refresh-profile", processes=2, threads=8, form={"csrf_token": token})

    assert answers == [[303, "/me?refreshed="]] * 16
    assert len(neighbours.asked("/sns/oauth2/refresh_token")) == 1
    assert client.metrics()["tokenRefreshes"] == 1


def test_a_failing_refresh_is_asked_once_and_everybody_hears_of_it(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    visitor.log_in()
    client.advance(7200)
    neighbours.kill_refresh_tokens()
    token = visitor.get("/me").text.split('name="csrf_token" value="')[1].split('"')[0]

    answers = race(visitor, "/me/refresh-profile", processes=2, threads=4, form={"csrf_token": token})

    assert answers == [[303, "/login?notice=NEED_REAUTH"]] * 8
    assert len(neighbours.asked("/sns/oauth2/refresh_token")) == 1


def test_many_first_logins_of_one_person_make_one_user(client: Any, neighbours: Any) -> None:
    visitors = [client.visitor() for _ in range(16)]
    callbacks = [(v, v.start(), neighbours.code("lisi")) for v in visitors]
    barrier, found = threading.Barrier(len(visitors)), []

    def come_back(visitor: Any, started: Any, code: str) -> None:
        barrier.wait()
        visitor.come_back(started, code=code)
        found.append(visitor.get("/api/me").get_json()["user"]["id"])

    threads = [threading.Thread(target=come_back, args=callback) for callback in callbacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 16
    assert len(set(found)) == client.parts.accounts.count() == 1


def test_two_tabs_of_one_browser_may_come_back_at_the_same_moment(
    visitor: Any, client: Any, neighbours: Any
) -> None:
    visitor.get("/login")
    tabs = [visitor.start() for _ in range(8)]
    session = visitor.cookie("mt_session").value
    barrier, statuses = threading.Barrier(len(tabs)), []

    def come_back(tab: Any) -> None:
        other = client.visitor()
        other.http.set_cookie("mt_session", session, domain="127.0.0.1")
        barrier.wait()
        statuses.append(other.come_back(tab, code=neighbours.code()).status_code)

    threads = [threading.Thread(target=come_back, args=(tab,)) for tab in tabs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [303] * 8


def test_a_lost_owner_of_the_lock_blocks_nobody_for_longer_than_its_end(client: Any, store: Any) -> None:
    flight = client.parts.manager._flight
    done: list[str] = []

    def outcome() -> str | None:
        return done[0] if done else None

    lock = store.keys.of("client", "lock:thing")
    store.redis.set(lock, "an owner that was killed", px=300)

    assert flight.do("thing", outcome, lambda: "done") == "done"
