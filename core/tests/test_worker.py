"""Connections that misbehave do not keep others waiting, and nobody's request is lost."""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.launcher,
    pytest.mark.skipif(not hasattr(select, "epoll"), reason="elsewhere gunicorn's own worker serves"),
]

HERE = Path(__file__).parent
THREADS_IN_ALL = 4  # two workers of two threads: waiting_app.py
HASTY, PATIENT = 1, 30  # seconds that a connection may be silent for
SOON = 5  # seconds; well below those of a patient server, and enough for a busy machine


class Server:
    def __init__(self, patience: int) -> None:
        self.connections: list[socket.socket] = []
        self.entered, entered = os.pipe()
        gate, self.gate = os.pipe()
        listener = socket.create_server(("127.0.0.1", 0))
        listener.set_inheritable(True)
        self.address: tuple[str, int] = listener.getsockname()
        argv = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "python:waiting_app",
            "-b",
            f"fd://{listener.fileno()}",
        ]
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GUNICORN")}
        path = os.pathsep.join([str(HERE), str(HERE.parent)])
        self.process = subprocess.Popen(
            [*argv, "waiting_app:application"],
            env=environ
            | {"PYTHONPATH": path, "ENTERED": str(entered), "GATE": str(gate), "PATIENCE": str(patience)},
            pass_fds=[listener.fileno(), entered, gate],
            stderr=subprocess.PIPE,
        )
        for descriptor in (entered, gate):
            os.close(descriptor)
        listener.close()

    def connect(self, sent: bytes = b"") -> socket.socket:
        connection = socket.create_connection(self.address, timeout=30)
        self.connections.append(connection)
        connection.sendall(sent)
        return connection

    def get(self, path: str) -> bytes:
        with self.connect(request(path, "Connection: close")) as connection:
            return everything(connection)

    def release(self, number: int = 1) -> None:
        os.write(self.gate, b"." * number)

    def stop(self) -> str:
        self.process.terminate()
        _, told = self.process.communicate(timeout=30)
        return told.decode()

    def close(self) -> None:
        if self.process.poll() is None:
            self.stop()
        for connection in self.connections:
            connection.close()
        for descriptor in (self.entered, self.gate):
            os.close(descriptor)


@contextlib.contextmanager
def running(patience: int) -> Iterator[Server]:
    server = Server(patience)
    try:
        server.get("/")
        yield server
    finally:
        server.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(PATIENT) as server:
        yield server


@pytest.fixture(scope="module")
def hasty() -> Iterator[Server]:
    """For what happens to a connection that is silent for too long."""
    with running(HASTY) as server:
        yield server


@pytest.fixture
def own() -> Iterator[Server]:
    """One that the test may stop."""
    with running(PATIENT) as server:
        yield server


def request(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: here", *headers, "", ""]).encode()


def everything(connection: socket.socket) -> bytes:
    data = b""
    while more := connection.recv(65536):
        data += more
    return data


def test_silent_connections_hold_nobody_up(server: Server, hasty: Server) -> None:
    for _ in range(5 * THREADS_IN_ALL):
        server.connect()
    before = time.monotonic()
    assert server.get("/").startswith(b"HTTP/1.1 200")
    assert time.monotonic() - before < SOON
    for connection in [hasty.connect() for _ in range(5 * THREADS_IN_ALL)]:
        assert everything(connection) == b"", "let go after a while, without a word"


def test_half_requests_are_dropped_and_hold_nobody_up_for_long(hasty: Server) -> None:
    halves = [hasty.connect(b"GET / HTTP/1.1\r\nHost: he") for _ in range(2 * THREADS_IN_ALL)]
    assert hasty.get("/").startswith(b"HTTP/1.1 200")
    for connection in halves:
        with contextlib.suppress(ConnectionResetError):
            assert b"200" not in everything(connection)


def test_a_body_that_does_not_come_frees_its_thread(hasty: Server) -> None:
    halves = [
        hasty.connect(b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: 10\r\n\r\nhalf")
        for _ in range(THREADS_IN_ALL)
    ]
    assert hasty.get("/").startswith(b"HTTP/1.1 200")
    for connection in halves:
        with contextlib.suppress(ConnectionResetError):
            assert b"200 OK" not in everything(connection)


def test_an_idle_connection_is_closed_after_keepalive(hasty: Server) -> None:
    with hasty.connect(request("/")) as connection:
        assert everything(connection).startswith(b"HTTP/1.1 200")


def test_requests_sent_together_are_answered_in_their_order(server: Server) -> None:
    bodies = [b"one", b"three", b"seventeen"]
    sent = b"".join(
        b"POST /echo HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        for body in bodies
    )
    with server.connect(sent + request("/", "Connection: close")) as connection:
        told = everything(connection)
    assert told.count(b"HTTP/1.1 200") == 4
    assert told.index(b"one") < told.index(b"three") < told.index(b"seventeen")


def test_a_chunked_body_arrives(server: Server) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    with server.connect(head) as connection:
        for chunk in (b"4\r\nwarm\r\n", b"5\r\n tea!\r\n", b"0\r\n\r\n"):
            connection.sendall(chunk)
        assert everything(connection).endswith(b"\r\n\r\nwarm tea!")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: 70000", b"." * 70_000),
        ("Transfer-Encoding: chunked", b"11170\r\n" + b"." * 70_000 + b"\r\n0\r\n\r\n"),
    ],
)
def test_a_connection_that_will_not_be_kept_is_never_offered(server: Server, head: str, body: bytes) -> None:
    """Or the next request on it, from a pool, would meet its end and be lost."""
    connection = server.connect(f"POST / HTTP/1.1\r\nHost: here\r\n{head}\r\n\r\n".encode() + body)

    answer = everything(connection)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"\r\nConnection: close\r\n" in answer


def test_an_answer_arrives_whole_though_the_body_was_not_read(server: Server) -> None:
    """Closing over unread bytes is a reset, and a reset overtakes the answer."""
    body = b"y" * 200_000
    head = b"POST /long HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
    with server.connect(head + body) as connection:
        assert len(everything(connection).partition(b"\r\n\r\n")[2]) == 3_000_000


@pytest.mark.parametrize(
    "rubbish", [b"\x16\x03\x01\x02\x00", b"GET / HTTP/9.9\r\n\r\n", b"G\x00T / HTTP/1.1\r\n\r\n"]
)
def test_rubbish_is_refused(server: Server, rubbish: bytes) -> None:
    with server.connect(rubbish + b"\r\n\r\n") as connection:
        assert everything(connection).startswith(b"HTTP/1.1 400")
    assert server.get("/").startswith(b"HTTP/1.1 200")


def test_a_view_that_fails_costs_its_own_request_alone(own: Server) -> None:
    assert own.get("/broken").startswith(b"HTTP/1.1 500")
    assert own.get("/").startswith(b"HTTP/1.1 200")
    assert "as asked for" in own.stop()


def test_many_clients_at_once_all_get_every_answer(own: Server) -> None:
    start = threading.Barrier(40)
    wrong: list[object] = []

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(*own.address)
        start.wait()
        for turn in range(25):
            body = f"{number}-{turn}".encode()
            connection.request("POST", "/echo", body)
            told = connection.getresponse().read()
            if told != body:
                wrong.append((body, told))
        connection.close()

    clients = [threading.Thread(target=client, args=(number,)) for number in range(40)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    assert not wrong
    assert own.stop() == ""


def test_a_stop_answers_what_was_begun_and_waits_for_nobody_else(own: Server) -> None:
    idle = [own.connect(request("/")) for _ in range(3)]
    held = own.connect(request("/held"))
    assert os.read(own.entered, 1) == b"."
    own.process.send_signal(signal.SIGTERM)
    wait_until_refused(own.address)
    assert own.process.poll() is None, "a request is being served"
    own.release()
    assert everything(held).endswith(b"released")
    before = time.monotonic()
    assert own.stop() == ""
    assert time.monotonic() - before < SOON, "idle connections are not waited for"
    for connection in idle:
        everything(connection)


def wait_until_refused(address: tuple[str, int]) -> None:
    """The master closes the listening socket first thing when it is told to stop."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.01)  # or its queue of connections fills up, and we wait for the kernel
    pytest.fail("it still listens")
