"""Calls to the neighbours over the back channel, each recorded as the client's own copy of the exchange.

One session per process; no cookies, no proxies from the environment, and no retry: a code is sent once. The
copies are in Redis before the answer that they led to leaves.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

import msgspec
import requests
from flask import Flask, Response, g
from ninestep.trace import Draft, Recorder, masking
from ninestep.trace.http import EXCHANGE_HEADER, FLOW_HEADER
from requests.adapters import HTTPAdapter

from .errors import Unavailable

PATIENCE = (2.0, 5.0)  # seconds to connect, to answer
CONNECTIONS = 32
T = TypeVar("T", bound=msgspec.Struct)
MOST_DIGITS = 9
FORM = "application/x-www-form-urlencoded"

logging.getLogger("urllib3").setLevel(logging.INFO)  # its debug lines hold whole URLs, and so tokens


class Reading(NamedTuple):
    """How a neighbour's text becomes a document; ``check`` is what the trace calls it."""

    check: str
    read: Callable[[str], Any]


AS_JSON = Reading("answer is a JSON object", json.loads)


class Answer:
    """Status and JSON document of a back-channel answer, with the draft that its checks belong to."""

    def __init__(self, status: int, document: dict[str, Any], draft: Draft) -> None:
        self.status = status
        self.document = document
        self.draft = draft

    def number(self, field: str) -> int:
        """An error's number; 0 for none. One platform's queries write it as text."""
        value = self.document.get(field, 0)
        if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) <= MOST_DIGITS:
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    def typed(self, kind: type[T], *, strict: bool = True) -> T:
        """The document as ``kind``; one that lacks a field or has it in another type is no answer at all."""
        try:
            value = msgspec.convert(self.document, kind, strict=strict)
        except msgspec.ValidationError as error:
            self.draft.check("answer has its fields", False, str(error))
            self.draft.fail("server_error")
            raise Unavailable("回答不完整") from None
        self.draft.check("answer has its fields", True)
        return value


class Outgoing:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS, max_retries=0)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def init_app(self, app: Flask) -> None:
        @app.after_request
        def hand_over(response: Response) -> Response:
            if drafts := g.pop("outgoing", None):
                self._recorder.write(*drafts)
            return response

    def draft(self, name: str, *, world: str, app: str, flow: str, at: float) -> Draft:
        """The copy of a call that is about to be made. ``flow`` is empty where only the answer tells it."""
        draft = self._recorder.draft().begin(name, world=world, app=app, flow=flow)
        draft.at = at
        return draft

    def post(
        self,
        draft: Draft,
        url: str,
        form: dict[str, str],
        *,
        bearer: str = "",
        reading: Reading = AS_JSON,
    ) -> Answer:
        headers = {"Content-Type": FORM, **_bearer(bearer)}
        return self._call(draft, "POST", url, headers, urlencode(form), reading)

    def post_json(self, draft: Draft, url: str, query: dict[str, str], document: dict[str, Any]) -> Answer:
        address = f"{url}?{urlencode(query)}" if query else url
        headers = {"Content-Type": "application/json"}
        return self._call(draft, "POST", address, headers, json.dumps(document), AS_JSON)

    def get(
        self,
        draft: Draft,
        url: str,
        query: dict[str, str],
        bearer: str = "",
        *,
        reading: Reading = AS_JSON,
    ) -> Answer:
        address = f"{url}?{urlencode(query)}" if query else url
        return self._call(draft, "GET", address, _bearer(bearer), "", reading)

    def delete(self, draft: Draft, url: str, bearer: str) -> Answer:
        return self._call(draft, "DELETE", url, _bearer(bearer), "", AS_JSON)

    def _call(
        self,
        draft: Draft,
        method: str,
        url: str,
        headers: dict[str, str],
        body: str,
        reading: Reading,
    ) -> Answer:
        headers = {**headers, "Accept": "application/json", EXCHANGE_HEADER: draft.exchange}
        draft.asked(method, url, list(headers.items()), body)
        g.setdefault("outgoing", []).append(draft)
        try:
            reply = self._session.request(
                method, url, headers=headers, data=body or None, timeout=PATIENCE, allow_redirects=False
            )
        except requests.RequestException as error:
            # its text holds the URL, and so the token: only its kind goes on
            kind = type(error).__name__
            draft.fail("server_error")
            draft.stop()
            raise Unavailable(f"没有得到回答 ({kind})") from None
        text = reply.content.decode("utf-8", "replace")
        draft.answered(reply.status_code, list(reply.headers.items()), text)
        draft.stop()
        draft.flow = draft.flow or reply.headers.get(FLOW_HEADER, "")
        if reply.status_code >= 500:
            draft.fail("server_error")
            raise Unavailable(f"HTTP {reply.status_code}")
        return Answer(reply.status_code, self._document(draft, text, reading), draft)

    def _document(self, draft: Draft, text: str, reading: Reading) -> dict[str, Any]:
        try:
            document = reading.read(text)
        except ValueError:
            document = None
        if not draft.check(reading.check, isinstance(document, dict)):
            draft.fail("server_error")
            raise Unavailable("回答不是JSON" if reading is AS_JSON else "回答读不懂")
        if reading is not AS_JSON:  # the recorder finds the secrets of JSON by itself
            texts = [(name, value) for name, value in document.items() if isinstance(value, str)]
            for kind, value, where in masking.in_pairs(texts, "response.body"):
                draft.learn(kind, value, where)
        return dict(document)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
