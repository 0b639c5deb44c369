"""The load: people who log in over keep-alive connections, in processes of their own, one epoll loop each.

There are no threads and no HTTP library here, so that a login costs the generator a tenth of what it costs a server
(``canned.py`` shows what the generator alone can do). A login that was begun is finished: what the servers'
clocks say over a run belongs to exactly the logins that are counted.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import socket
import time
from dataclasses import dataclass, field
from multiprocessing.pool import Pool

from logins import LOGINS, Answer, Conversation, Place, Wrong, header

PATIENCE = 20.0  # seconds without any answer: the server is stuck
ENOUGH = 5  # failures after which a process gives up


@dataclass
class Load:
    """What was done in one run. ``latencies`` are whole logins, in seconds; ``answers`` single requests."""

    logins: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    latencies: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class Line:
    """One connection to one server, opened anew where the server closes it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.socket: socket.socket | None = None
        self.buffer = b""
        self.sent = 0.0

    def send(self, request: bytes) -> int:
        """Returns the descriptor to listen to."""
        if self.socket is None:
            self.socket = socket.create_connection(self.address, timeout=PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.sent = time.perf_counter()
        self.socket.sendall(request)
        return self.socket.fileno()

    def receive(self) -> Answer | None:
        """Call it when there is something to read; None until the answer is whole."""
        assert self.socket is not None
        data = self.socket.recv(65536)
        self.buffer += data
        head, blank, body = self.buffer.partition(b"\r\n\r\n")
        if not blank:
            if not data:
                raise Wrong(f"connection lost after {self.buffer[:100]!r}")
            return None
        length = header(head, b"content-length")
        if length:
            if len(body) < int(length):
                if not data:
                    raise Wrong("connection lost in the middle of an answer")
                return None
        elif header(head, b"transfer-encoding") == b"chunked":
            whole = _dechunked(body)
            if whole is None:
                if not data:
                    raise Wrong("connection lost in the middle of an answer")
                return None
            body = whole
        elif data:
            return None  # it ends with the connection
        if not data or header(head, b"connection").lower() == b"close":
            self.close()
        return Answer(int(head[9:12]), head, body)

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def _dechunked(body: bytes) -> bytes | None:
    parts: list[bytes] = []
    while True:
        size, line, rest = body.partition(b"\r\n")
        if not line:
            return None
        length = int(size.split(b";")[0], 16)
        if len(rest) < length + 2:
            return None
        if not length:
            return b"".join(parts)
        parts.append(rest[:length])
        body = rest[length + 2 :]


class Person:
    """Logs in again and again, with one connection to each server."""

    def __init__(self, place: Place) -> None:
        known: dict[tuple[str, int], Line] = {}
        self.lines = [known.setdefault(address, Line(address)) for address in place.addresses]
        self.begin_login = LOGINS[place.dialect](place)
        self.login: Conversation | None = None
        self.begun = 0.0
        self.line = self.lines[0]

    def begin(self) -> int:
        self.login = self.begin_login()
        self.begun = time.perf_counter()
        return self._send(next(self.login))

    def go_on(self, answer: Answer) -> int:
        """Raises StopIteration when the login is complete."""
        assert self.login is not None
        return self._send(self.login.send(answer))

    def _send(self, step: tuple[int, bytes]) -> int:
        self.line = self.lines[min(step[0], len(self.lines) - 1)]
        return self.line.send(step[1])

    def leave(self) -> None:
        for line in self.lines:
            line.close()


def log_in_once(place: Place) -> None:
    """One complete login; raises ``Wrong`` or OSError."""
    person = Person(place)
    try:
        person.begin()
        while True:
            answer = person.line.receive()
            if answer is not None:
                person.go_on(answer)
    except StopIteration:
        pass
    finally:
        person.leave()


def _run(place: Place, people: int, start_at: float, seconds: float) -> Load:
    """``people`` at once in this process, all on one epoll."""
    load = Load()
    poll = select.epoll()
    waiting: dict[int, Person] = {}
    crowd = [Person(place) for _ in range(people)]

    def listen(person: Person, descriptor: int) -> None:
        waiting[descriptor] = person
        poll.register(descriptor, select.EPOLLIN | select.EPOLLONESHOT)

    def failed(person: Person, what: str) -> None:
        load.failures.append(what)
        person.leave()
        begin(person)

    def begin(person: Person) -> None:
        if time.perf_counter() < ends and len(load.failures) < ENOUGH:
            try:
                listen(person, person.begin())
            except OSError as error:
                failed(person, str(error))

    time.sleep(max(0.0, start_at - time.monotonic()))
    cpu, began = time.process_time(), time.perf_counter()
    ends = began + seconds
    for person in crowd:
        begin(person)
    while waiting:
        ready = poll.poll(PATIENCE)
        if not ready:
            load.failures.append(f"no answer within {PATIENCE:.0f} s")
            break
        for descriptor, _ in ready:
            person = waiting[descriptor]
            try:
                answer = person.line.receive()
                if answer is None:
                    poll.modify(descriptor, select.EPOLLIN | select.EPOLLONESHOT)
                    continue
                del waiting[descriptor]
                if person.line.socket is not None:  # a closed one has left the epoll by itself
                    poll.unregister(descriptor)
                load.answers.append(time.perf_counter() - person.line.sent)
                listen(person, person.go_on(answer))
            except StopIteration:
                load.logins += 1
                load.latencies.append(time.perf_counter() - person.begun)
                begin(person)
            except (Wrong, OSError) as error:
                waiting.pop(descriptor, None)
                failed(person, str(error))
    load.seconds = time.perf_counter() - began
    load.cpu = time.process_time() - cpu
    for person in crowd:
        person.leave()
    poll.close()
    return load


class Generator:
    """The processes; ``with Generator() as generator: generator.run(...)``."""

    def __init__(self) -> None:
        # Half of the cores, so that the servers have the other half. One process does several thousand logins a second.
        self.processes = max(1, min(4, (os.cpu_count() or 2) // 2))
        self.pool: Pool | None = None

    def __enter__(self) -> Generator:
        self.pool = multiprocessing.get_context("spawn").Pool(self.processes)
        self.pool.starmap(abs, [(0,)] * self.processes)  # started and imported before anything is measured
        return self

    def __exit__(self, *_: object) -> None:
        assert self.pool is not None
        self.pool.terminate()
        self.pool.join()

    def run(self, place: Place, connections: int, seconds: float) -> Load:
        """``connections`` people log in for ``seconds``; a person who has begun finishes."""
        assert self.pool is not None
        shares = [connections // self.processes] * self.processes
        for i in range(connections % self.processes):
            shares[i] += 1
        start_at = time.monotonic() + 0.03
        jobs = [(place, share, start_at, seconds) for share in shares if share]
        loads = self.pool.starmap(_run, jobs, chunksize=1)
        total = Load(seconds=max(load.seconds for load in loads))
        for load in loads:
            total.logins += load.logins
            total.cpu += load.cpu
            total.latencies += load.latencies
            total.answers += load.answers
            total.failures += load.failures
        return total
