"""One listener for every way in: ``CONNECT`` of a proxy's client, TLS at once, or plain HTTP.

A client that was told of a proxy asks for a tunnel to ``api.weixin.qq.com:443`` and then speaks TLS through it. The
tunnel ends here: the same connection is served, nothing is ever dialled. Who was led here by DNS or a redirected
``connect`` begins with TLS; a plain ``GET http://…`` of a proxy's client and the health checks begin with a word.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
from typing import TYPE_CHECKING, Any

from gunicorn import http
from gunicorn.sock import ssl_context

from ..gateway import PLATFORM_HOSTS

if TYPE_CHECKING or hasattr(select, "epoll"):
    from ..worker import Worker as Base
else:
    from gunicorn.workers.gthread import ThreadWorker as Base

SPEAK_WITHIN = 10.0  # seconds for the first word, the CONNECT and the handshake
BODY_PAUSE = 15.0  # seconds between two pieces of a body: Python's TLS takes no notice of SO_RCVTIMEO
LONGEST_HEAD = 16384
HANDSHAKE = b"\x16"  # the first byte of every TLS connection (RFC 8446 §5.1)
CONNECT = re.compile(rb"CONNECT (?P<host>[^\s/?#@]{1,255}):(?P<port>\d{1,5}) HTTP/1\.[01]\r\n")
OPENED = b"HTTP/1.1 200 Connection Established\r\n\r\n"


class Worker(Base):
    """gunicorn's TLS settings, on connections that may have been something else before."""

    def init_process(self) -> None:
        self.tls = ssl_context(self.cfg)  # gunicorn would read the certificate anew for each connection
        super().init_process()

    def handle(self, connection: Any) -> Any:
        if not connection.initialized:
            try:
                if not self._open(connection):
                    return False
            except ssl.SSLError as error:
                self._tell(error)
                return False
            except OSError:  # it has gone, or it said nothing for too long
                return False
            if isinstance(connection.sock, ssl.SSLSocket) and not self._holds(connection):
                return True  # browsers open spare connections: no thread waits for what they will say
        kept = super().handle(connection)
        while kept is True and self._holds(connection):
            kept = super().handle(connection)
        if kept is False:
            say_goodbye(connection.sock)
        return kept

    def handle_request(self, req: Any, conn: Any) -> bool:
        if isinstance(conn.sock, ssl.SSLSocket):
            conn.sock.settimeout(BODY_PAUSE)
        return bool(super().handle_request(req, conn))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """In TLS 1.3 a client's complaint about our certificate comes after the handshake."""
        if isinstance(exc, ssl.SSLError):
            self._tell(exc)
        else:
            super().handle_error(req, client, addr, exc)

    def _tell(self, error: ssl.SSLError) -> None:
        if "ALERT" in (error.reason or ""):
            self.log.warning(
                "A client does not trust the certificate (%s): `ninestep doctor` in its shell says why · "
                "有程序不信任证书，请在它的 shell 里运行 `ninestep doctor`",
                error.reason,
            )

    @staticmethod
    def _holds(connection: Any) -> bool:
        """Decrypted bytes that no poll sees: a further request that came in one TLS record with the last."""
        return isinstance(connection.sock, ssl.SSLSocket) and connection.sock.pending() > 0

    def _open(self, connection: Any) -> bool:
        """Up to where a request can be read; False if there will be none."""
        connection.sock.settimeout(SPEAK_WITHIN)
        first = connection.sock.recv(1, socket.MSG_PEEK)
        head = b""
        if first and first != HANDSHAKE:
            head = read_head(connection.sock)
            if head.startswith(b"CONNECT "):
                refusal = refused(head)
                connection.sock.sendall(refusal or OPENED)
                if refusal:
                    return False
                first, head = connection.sock.recv(1, socket.MSG_PEEK), b""
        if not first:
            return False
        if first == HANDSHAKE and not head:
            # Two steps, so that whoever ends late connections finds the socket that is being waited on.
            connection.sock = self.tls.wrap_socket(
                connection.sock, server_side=True, do_handshake_on_connect=False, suppress_ragged_eofs=True
            )
            connection.sock.settimeout(SPEAK_WITHIN)
            connection.sock.do_handshake()
        connection.parser = http.get_parser(self.cfg, connection.sock, connection.client)
        connection.parser.unreader.unread(head)
        connection.init()
        return True


def read_head(sock: socket.socket) -> bytes:
    """Up to the empty line and not a byte further: what follows a CONNECT may already be TLS."""
    head = b""
    while len(head) < LONGEST_HEAD and (seen := sock.recv(LONGEST_HEAD, socket.MSG_PEEK)):
        end = (head + seen).find(b"\r\n\r\n")
        wanted = len(seen) if end < 0 else end + 4 - len(head)
        head += sock.recv(wanted)
        if end >= 0:
            break
    return head


def refused(head: bytes) -> bytes:
    """Why there is no tunnel to where this CONNECT wants; empty if there is one.

    The sentence also stands in the status line: that is what most clients show of a proxy's refusal.
    """
    wanted = CONNECT.match(head)
    if not wanted:
        return _answer("400 Bad Request", "A CONNECT names host:port")
    host = wanted["host"].decode("latin-1").lower().rstrip(".")
    if host not in PLATFORM_HOSTS:
        shown = re.sub(r"[^!-~]", "?", host)
        sentence = f"Ninestep does not stand in for {shown} and dials nowhere"
        return _answer(
            f"403 {sentence}", f"{sentence}. It stands in for: {', '.join(sorted(PLATFORM_HOSTS))}"
        )
    return b""


def _answer(status: str, sentence: str) -> bytes:
    body = f"{sentence}\n".encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}"
    return f"{head}\r\nConnection: close\r\n\r\n".encode() + body


def say_goodbye(sock: socket.socket) -> None:
    """TLS's own end, without which a client cannot tell a short answer from a cut one (RFC 8446 §6.1)."""
    if isinstance(sock, ssl.SSLSocket):
        with contextlib.suppress(OSError, ValueError):
            sock.setblocking(False)  # ours is sent; theirs is not waited for
            sock.unwrap()
