"""A gunicorn worker in which the thread that sees a request arrive also serves it.

gunicorn's own thread worker hands each request from the thread that polls to one of a pool, and back again: a third
of the CPU time of a login was spent on that, and a connection that was opened and says nothing (browsers keep spare
ones) held one of the few threads for 5 s. Here all threads wait in one ``epoll``, which gives each event to one of
them. A connection that says nothing costs no thread; one that stops in the middle of its request is dropped.

Parsing, WSGI, TLS and errors are gunicorn's: ``ThreadWorker.handle`` does one request. Needs Linux.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import sys
import threading
import time
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.http.body import ChunkedReader, LengthReader
from gunicorn.workers.gthread import TConn, ThreadWorker

from .settings import SETTINGS_PROBLEM, SettingsError

READ_WITHIN = 10.0  # seconds for the whole of a request's head
BODY_PAUSE = 15  # seconds between two pieces of its body
CLOSE_WITHIN = 2.0  # seconds for the other side to take our last bytes
ONCE = select.EPOLLIN | select.EPOLLONESHOT  # the thread that gets it has it alone, until it is armed again
LOOK_EVERY = 0.5  # seconds between two looks at deadlines, and at whether the master still lives
DRAINED = 65536  # bytes of an unread body that gunicorn reads, so that the connection can be kept
FOREVER = float("inf")


def may_stay_unread(body: object) -> bool:
    """Whether the connection may have to be closed on the rest of this body. The answer must then say so beforehand:
    a client whose next request meets the close cannot know whether it was served (RFC 9112 §9.3.1)."""
    return isinstance(body, ChunkedReader) or (isinstance(body, LengthReader) and body.length > DRAINED)


class Connection(TConn):
    """``deadline``: when its silence is over (monotonic seconds)."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.descriptor: int = self.sock.fileno()
        self.deadline = FOREVER
        self.closing = False

    def has_spoken(self) -> bool:
        poll = select.poll()  # not select(): it knows no descriptor above 1023
        try:
            poll.register(self.sock, select.POLLIN)
        except ValueError:  # closed meanwhile
            return False
        return bool(poll.poll(0))

    def wait(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds


class Worker(ThreadWorker):
    def init_process(self) -> None:
        self.epoll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.listeners: dict[int, socket.socket] = {}
        self.serving: set[Connection] = set()
        self.roster = threading.Lock()  # over the two that follow
        self.idle = self.hired = 0
        self._accepting = False
        super(ThreadWorker, self).init_process()  # not ThreadWorker's own: it makes its pool and its queue

    def load_wsgi(self) -> None:
        """A setting that cannot be used is a sentence for whoever made it, and not a traceback."""
        try:
            super().load_wsgi()
        except SettingsError as error:
            self.log.error("%s%s", SETTINGS_PROBLEM, error)
            sys.exit(Arbiter.APP_LOAD_ERROR)

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.alive = False

    def handle_quit(self, sig: int, frame: Any) -> None:
        sys.exit(0)

    def run(self) -> None:
        for listener in self.sockets:
            listener.setblocking(False)
            self.listeners[listener.fileno()] = listener
        self._listen(True)
        self._hire()
        while self.alive and self.is_parent_alive():
            self.notify()
            self._listen(len(self.connections) < self.worker_connections)
            self._drop_the_late()
            if select.select([self.PIPE[0]], [], [], LOOK_EVERY)[0]:  # a signal came
                with contextlib.suppress(BlockingIOError):
                    os.read(self.PIPE[0], 4096)
        self.alive = False  # an answer that is begun from now on says Connection: close
        self._listen(False)
        for listener in self.sockets:  # who comes now is refused at once
            listener.close()
        deadline = time.monotonic() + self.cfg.graceful_timeout
        while self.serving and time.monotonic() < deadline:
            self.notify()
            time.sleep(0.01)

    def _listen(self, wanted: bool) -> None:
        if wanted == self._accepting:
            return
        for descriptor in self.listeners:
            if wanted:
                self.epoll.register(descriptor, ONCE)
            else:
                self.epoll.unregister(descriptor)
        self._accepting = wanted

    def _hire(self) -> None:
        """One more thread, if all are busy and there may be more: long polls hold theirs for half a minute."""
        with self.roster:
            if self.idle or self.hired == self.cfg.threads:
                return
            self.idle, self.hired = self.idle + 1, self.hired + 1
        threading.Thread(target=self._work, name=f"worker-{self.hired}", daemon=True).start()

    def _work(self) -> None:
        while True:
            for descriptor, _ in self.epoll.poll(maxevents=1):
                with self.roster:
                    self.idle -= 1
                self._hire()
                try:
                    if descriptor in self.listeners:
                        self._accept(self.listeners[descriptor])
                    else:
                        self._attend(self.connections[descriptor])
                except Exception:
                    self.log.exception("A connection was given up")
                with self.roster:
                    self.idle += 1

    def _accept(self, listener: socket.socket) -> None:
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # another process was faster, or the client has gone
        except OSError:  # no descriptor is left
            time.sleep(LOOK_EVERY)
            raise
        finally:
            with contextlib.suppress(OSError):  # no longer registered
                self.epoll.modify(listener.fileno(), ONCE)
        connection = Connection(self.cfg, client, address, listener.getsockname())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", BODY_PAUSE, 0))
        connection.data_ready = True  # it is only served once epoll says so
        connection.wait(READ_WITHIN)
        self.connections[connection.descriptor] = connection
        self.epoll.register(connection.descriptor, ONCE)

    def _attend(self, connection: Connection) -> None:
        if connection.closing:
            with contextlib.suppress(OSError):
                if connection.sock.recv(65536):
                    self._arm(connection)
                    return
            self._forget(connection)
            connection.close()
            return
        self.serving.add(connection)
        try:
            connection.wait(READ_WITHIN)
            kept = self.handle(connection)
            while kept and connection.parser.unreader.buf.getvalue():  # the next came along with it
                kept = self.handle(connection)
        finally:
            self.serving.discard(connection)
        if kept:
            connection.wait(self.cfg.keepalive)
        else:
            # Not closed at once: bytes of the client that nobody read would make that a reset, which can
            # overtake our answer (RFC 9112 §9.6).
            connection.closing = True
            connection.wait(CLOSE_WITHIN)
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_WR)
        self._arm(connection)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        conn.deadline = FOREVER  # it has been read; how long an answer takes is the service's business
        if may_stay_unread(req.body.reader):
            req.force_close()
        return bool(super().handle_request(req, conn))

    def _arm(self, connection: Connection) -> None:
        try:
            self.epoll.modify(connection.sock.fileno(), ONCE)
        except (OSError, ValueError):  # gunicorn has closed it, on an error
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if self.connections.get(connection.descriptor) is connection:  # its number may already be another's
            del self.connections[connection.descriptor]

    def _drop_the_late(self) -> None:
        """Ends what has been silent for too long. Whoever waits for it, epoll or a read, then sees its end.

        One that has spoken, and waits until a thread is free, has not been silent.
        """
        now = time.monotonic()
        for connection in list(self.connections.values()):
            if connection.deadline < now and (connection in self.serving or not connection.has_spoken()):
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
