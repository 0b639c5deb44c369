"""Requests written to the socket as they stand, because a client library would put most of what is wrong right."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# A library's name counts as a word of its own: within a random token any five letters come up now and then.
LEAKS = re.compile(
    rb"Traceback|File &?\"|\b[A-Z][A-Za-z]+(Error|Exception)\b|(?<![\w-])(authlib|werkzeug|gunicorn|redis)(?![\w-])",
    re.I,
)


@dataclass(frozen=True)
class Answer:
    asked: str  # so that a failed assert shows which of several requests it was
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def challenge(self) -> str:
        return self.headers.get("WWW-Authenticate", "")

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))


def ask(
    base: str,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: Iterable[tuple[str, str]] = (),
) -> Answer:
    """Header values as Latin-1, the way they travel. No answer may be a 5xx, leak what runs here, or set the cookie
    ``a=b`` that a header smuggled into a value would set."""
    with closing(http.client.HTTPConnection(urlsplit(base).netloc, timeout=10)) as connection:
        given = {name.lower() for name, _ in headers}
        connection.putrequest(method, target, skip_host="host" in given, skip_accept_encoding=True)
        if body is not None and not given & {"content-length", "transfer-encoding"}:
            connection.putheader("Content-Length", str(len(body)))
        for name, value in headers:
            connection.putheader(name, value.encode("latin-1"))
        connection.endheaders(body)
        response = connection.getresponse()
        asked = f"{method} {target[:400]} {(body or b'')[:400]!r} {list(headers)!r:.400}"
        answer = Answer(asked, response.status, response.headers, response.read())
    assert answer.status < 500, answer
    assert not LEAKS.search(answer.body), answer
    assert "a=b" not in answer.headers.get("Set-Cookie", ""), answer
    return answer
