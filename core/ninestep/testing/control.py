"""Calls of the control API, and its refusals as exceptions that read like the problem they tell (RFC 9457)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests
from urllib3.exceptions import LocationParseError

from ..settings import sendable

MARK = "X-Ninestep"  # on each answer of a town's services
PATIENCE = 40  # seconds: longer than the longest wait that the API grants


class Refused(Exception):
    """The control API would not: ``status``, ``detail``, and ``field`` and ``fix`` where it names them."""

    def __init__(self, call: str, status: int, detail: str, field: str = "", fix: str = "") -> None:
        self.call, self.status, self.detail, self.field, self.fix = call, status, detail, field, fix
        where = f"\n  field: {field}" if field else ""
        right = f"\n  what would be right: {fix}" if fix else ""
        super().__init__(f"{call}: {status} {detail}{where}{right}")


class Foreign(Refused):
    """What answers is no control API: another program on that port, a proxy in front of a town that is away."""


class Control:
    """One keep-alive line to ``/_mock/api`` of a provider. Raises SettingsError for a token that nobody could send."""

    def __init__(self, provider: str, token: str = "") -> None:
        self.provider = provider.rstrip("/")
        self.http = requests.Session()
        self.http.trust_env = False  # a proxy of the shell has nothing to do with a town
        if token:
            self.http.headers["Authorization"] = f"Bearer {sendable(token)}"

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """JSON of the answer, None for 204. Raises Refused."""
        answer = self.ask(method, path, body, **query)
        return answer.json() if answer.content else None

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every row of a list, page after page (RFC 8288)."""
        rows: list[dict[str, Any]] = []
        while True:
            answer = self.ask("GET", path, **query)
            rows += answer.json()
            if "next" not in answer.links:
                return rows
            following = urlsplit(urljoin(answer.url, answer.links["next"]["url"]))
            path, query = following.path.partition("/_mock/api")[2], dict(parse_qsl(following.query))

    def text(self, path: str, **query: Any) -> str:
        """An answer that is no JSON: an export."""
        answer = self.ask("GET", path, **query)
        return answer.content.decode()

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        url = f"{self.provider}/_mock/api{path}"
        try:
            answer = self.http.request(method, url, json=body, params=query or None, timeout=PATIENCE)
        except LocationParseError as error:  # a host name that is too long: requests lets it through
            raise requests.exceptions.InvalidURL(str(error)) from None
        if MARK not in answer.headers:
            raise Foreign(f"{method} {path}", answer.status_code, answer.text[:200])
        if not answer.ok:
            raise refusal(f"{method} {path}", answer)
        return answer

    def close(self) -> None:
        self.http.close()


def refusal(call: str, answer: requests.Response) -> Refused:
    try:
        problem = answer.json()
        wrong = (problem.get("errors") or [{}])[0]
        return Refused(
            call, answer.status_code, problem["detail"], wrong.get("field", ""), wrong.get("fix", "")
        )
    except (ValueError, KeyError, AttributeError):  # something else answers there
        return Foreign(call, answer.status_code, answer.text[:200])
