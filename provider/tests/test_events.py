"""The stream that tells open pages of records: nothing missing, nothing double, nobody held up."""

from __future__ import annotations

import http.client
import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from ninestep.store import RedisError
from ninestep.store.connection import connect
from ninestep_provider.theatre.hall import hall

PATIENCE = 15


class Stream:
    """One browser's EventSource, by hand."""

    def __init__(self, base: str, path: str, **headers: str) -> None:
        self.line = http.client.HTTPConnection(urlsplit(base).netloc, timeout=PATIENCE)
        self.line.request("GET", path, headers={"Accept": "text/event-stream", **headers})
        self.answer = self.line.getresponse()

    def events(self) -> Iterator[dict[str, str]]:
        """As they come; ends when the other side ends."""
        event: dict[str, str] = {}
        while line := self.answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if line != "\n" and not line.startswith(":"):
                event[name] = value
            elif line == "\n" and event:
                if "id" in event:
                    yield event
                event = {}

    def take(self, count: int) -> list[dict[str, str]]:
        events = self.events()
        return [next(events) for _ in range(count)]

    def close(self) -> None:
        self.answer.close()
        self.line.close()


def recorded(world: Any) -> list[str]:
    """Every id in the world's stream, as Redis has them."""
    redis = connect(world.town.redis_url)
    with closing(redis):
        [stream] = [key for key in redis.keys("*") if f"{{{world.name}}}:stream".encode() in key]
        return [raw.decode() for raw, _ in redis.xrange(stream)]


def test_each_record_is_told_with_its_id_in_the_stream(world: Any) -> None:
    world.log_in("before")
    with closing(Stream(world.town.provider, f"/_mock/theatre/events?world={world.name}")) as stream:
        assert stream.answer.status == 200
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert stream.answer.headers["Cache-Control"] == "no-store"

        flow = world.log_in()

        told = stream.take(2)
    assert [event["id"] for event in told] == recorded(world)[-2:]
    assert {event["data"] for event in told} == {f'{{"flow": "{flow}"}}'}


def test_a_stream_that_was_cut_goes_on_where_it_was(world: Any) -> None:
    path = f"/_mock/theatre/events?world={world.name}"
    with closing(Stream(world.town.provider, path)) as stream:
        world.log_in("a")
        heard = [event["id"] for event in stream.take(2)]
    world.log_in("while nobody listened")

    with closing(Stream(world.town.provider, path, **{"Last-Event-ID": heard[-1]})) as stream:
        world.log_in("c")
        heard += [event["id"] for event in stream.take(4)]

    assert heard == recorded(world)


def test_a_page_hears_of_what_came_between_its_making_and_its_listening(world: Any) -> None:
    world.log_in("a")
    page = world.town.http.get(f"{world.town.provider}/_mock/theatre", params={"world": world.name}).text
    after = page.split("after=")[1].split('"')[0]
    world.log_in("b")

    path = f"/_mock/theatre/events?world={world.name}&after={after}"
    with closing(Stream(world.town.provider, path)) as stream:
        assert [event["id"] for event in stream.take(2)] == recorded(world)[-2:]


def test_a_flows_stream_tells_its_records_and_that_another_has_begun(world: Any) -> None:
    first = world.log_in("a")
    path = f"/_mock/theatre/{first}/events?world={world.name}"
    with closing(Stream(world.town.provider, path)) as stream:
        second = world.log_in("b")
        told = stream.take(2)

    assert [event.get("event") for event in told] == ["begun", None]
    assert told[0]["data"] == f'{{"flow": "{second}"}}'
    assert "data" not in told[1]  # the id alone: a cut stream need not hear it again


@pytest.mark.parametrize("said", ["", "x", "9" * 60, "1-2-3", "-", "\u0663-1"])
def test_an_id_that_is_none_means_from_now_on(control: Any, said: str) -> None:
    app = control.wechat()
    control.login(app)

    answer = control.client.get(
        "/_mock/theatre/events", query_string={"world": app["world"], "after": said}, buffered=False
    )
    first = next(answer.iter_encoded())
    answer.close()

    assert (answer.status_code, first) == (200, b"retry: 1000\n: here\n\n")


def test_an_unknown_flow_has_no_stream(control: Any) -> None:
    assert control.client.get("/_mock/theatre/nowhere/events").status_code == 404


def test_who_comes_when_the_hall_is_full_is_told_to_come_later(start: Any, monkeypatch: Any) -> None:
    control = start()
    with control.app.app_context():
        monkeypatch.setattr(hall(), "_most", 1)
    first = control.client.get("/_mock/theatre/events", buffered=False)

    second = control.client.get("/_mock/theatre/events")
    first.close()
    third = control.client.get("/_mock/theatre/events", buffered=False)
    third.close()

    assert (first.status_code, second.status_code, third.status_code) == (200, 503, 200)
    assert second.headers["Retry-After"] == "10"


@pytest.mark.thorough
def test_thirty_who_watch_hold_up_no_login(world: Any) -> None:
    """And each of them hears of every record."""
    flow = world.log_in("first")
    town, path = world.town, f"/_mock/theatre/{flow}/events?world={world.name}"
    watched = f"/_mock/theatre/events?world={world.name}"
    alone = statistics.median(_timed(world, n) for n in range(10))
    with ExitStack() as stack:
        streams = [
            stack.enter_context(closing(Stream(town.provider, path if n % 2 else watched))) for n in range(30)
        ]
        assert {stream.answer.status for stream in streams} == {200}

        watching = statistics.median(_timed(world, 100 + n) for n in range(10))

        wanted = recorded(world)[-20:]
        heard: list[list[str]] = [[] for _ in streams]

        def listen(n: int) -> None:
            heard[n] = [event["id"] for event in streams[n].take(20)]

        threads = [threading.Thread(target=listen, args=(n,)) for n in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert heard == [wanted] * 30
    print(f"a login alone {alone * 1000:.1f} ms, with thirty watching {watching * 1000:.1f} ms")
    assert watching < alone * 4 + 0.1


def _timed(world: Any, n: int) -> float:
    began = time.perf_counter()
    world.log_in(f"t{n}")
    return time.perf_counter() - began


def test_it_streams_through_the_gateway(world: Any) -> None:
    with closing(Stream(world.town.gateway, f"/_mock/theatre/events?world={world.name}")) as stream:
        world.log_in()
        assert len(stream.take(2)) == 2


@pytest.mark.launcher
def test_a_town_that_stops_does_not_wait_for_its_viewers(
    start_town: Any, stop_town: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    town, process = start_town(tmp_path_factory.mktemp("watched"))
    streams = [Stream(town.provider, "/_mock/theatre/events") for _ in range(4)]
    assert {stream.answer.status for stream in streams} == {200}

    os.kill(town.pids["provider"], signal.SIGTERM)
    for stream in streams:
        assert list(stream.events()) == []
    ends = [stream.answer.chunk_left for stream in streams]

    for stream in streams:
        stream.close()
    stop_town(town, process)
    assert ends == [None] * 4  # each was told its end; a worker whose two seconds are over cuts them off


def test_who_comes_without_redis_is_told_so_and_holds_no_seat(start: Any, monkeypatch: Any) -> None:
    control = start()

    def away(*_: Any, **__: Any) -> Any:
        raise RedisError("away")

    with control.app.app_context():
        room = hall()
    monkeypatch.setattr(room, "since", away)

    answer = control.client.get("/_mock/theatre/events?after=1-1", headers={"Accept": "text/html"})

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert room._viewers == set()
