"""Many at once: persons who stand at a line each, connected already, and all speak at the same moment."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    body: bytes


class Crowd:
    """``size`` connections to one service; they stay open from race to race."""

    def __init__(self, base: str, size: int) -> None:
        parts = urlsplit(base)
        assert parts.hostname is not None
        self._lines = [HTTPConnection(parts.hostname, parts.port or 80, timeout=60) for _ in range(size)]
        for (
            line
        ) in self._lines:  # one request each: gunicorn keeps a thread waiting for a line that is silent
            line.request("GET", "/healthz")
            line.getresponse().read()

    def race(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> list[Answer]:
        """The same request from everybody at once; every answer."""
        barrier, answers = threading.Barrier(len(self._lines)), []
        body = urlencode(form) if form is not None else None
        sent = {**(FORM if form is not None else {}), **(headers or {})}

        def speak(line: HTTPConnection) -> None:
            barrier.wait()
            line.request(method, path, body, sent)
            answer = line.getresponse()
            answers.append(Answer(answer.status, answer.headers.get("Location", ""), answer.read()))

        threads = [threading.Thread(target=speak, args=(line,)) for line in self._lines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == len(self._lines), "somebody got no answer"
        return answers

    def close(self) -> None:
        for line in self._lines:
            line.close()
