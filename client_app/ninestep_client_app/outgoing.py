"""Calls to the neighbours over the back channel, each recorded as the client's own copy of the exchange.

One session per process; no cookies, no proxies from the environment, and no retry: a code is sent once. The
copies are in Redis before the answer that they led to leaves.
"""

from __future__ import annotations

import json
import logging
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec
import requests
from flask import Flask, Response, g
from ninestep.trace import Draft, Recorder
from ninestep.trace.http import EXCHANGE_HEADER
from requests.adapters import HTTPAdapter

from .errors import Unavailable

PATIENCE = (2.0, 5.0)  # seconds to connect, to answer
CONNECTIONS = 32
T = TypeVar("T", bound=msgspec.Struct)
FORM = "application/x-www-form-urlencoded"

logging.getLogger("urllib3").setLevel(logging.INFO)  # its debug lines hold whole URLs, and so tokens


class Answer:
    """Status and JSON document of a back-channel answer, with the draft that its checks belong to."""

    def __init__(self, status: int, document: dict[str, Any], draft: Draft) -> None:
        self.status = status
        self.document = document
        self.draft = draft

    def typed(self, kind: type[T]) -> T:
        """The document as ``kind``; one that lacks a field or has it in another type is no answer at all."""
        try:
            value = msgspec.convert(self.document, kind)
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
        """The copy of a call that is about to be made."""
        draft = self._recorder.draft().begin(name, world=world, app=app, flow=flow)
        draft.at = at
        return draft

    def post(self, draft: Draft, url: str, form: dict[str, str]) -> Answer:
        return self._call(draft, "POST", url, {"Content-Type": FORM}, urlencode(form))

    def get(self, draft: Draft, url: str, query: dict[str, str], bearer: str) -> Answer:
        address = f"{url}?{urlencode(query)}" if query else url
        return self._call(draft, "GET", address, {"Authorization": f"Bearer {bearer}"}, "")

    def _call(self, draft: Draft, method: str, url: str, headers: dict[str, str], body: str) -> Answer:
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
        if reply.status_code >= 500:
            draft.fail("server_error")
            raise Unavailable(f"HTTP {reply.status_code}")
        return Answer(reply.status_code, self._document(draft, text), draft)

    def _document(self, draft: Draft, text: str) -> dict[str, Any]:
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        if not draft.check("answer is a JSON object", isinstance(document, dict)):
            draft.fail("server_error")
            raise Unavailable("回答不是JSON")
        return dict(document)
