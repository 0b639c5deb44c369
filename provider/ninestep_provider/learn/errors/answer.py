"""What really came back: a request and its answer as they were on the wire, secrets hidden."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from ninestep.trace import masking

if TYPE_CHECKING:
    import requests

MOST_TEXT = 4000  # characters of an answer that are shown
ON_PAGE = re.compile(r'data-testid="wx-error-code">([^<]+)<')
JSONP = re.compile(r"^callback\( (\{.*\}) \);\s*$", re.S)
NAMES = ("errcode", "error", "error_code", "ret")
MAIN = re.compile(r"<main\b.*?</main>", re.S)
TAG = re.compile(r"<[^>]+>")


class Answer(msgspec.Struct, kw_only=True):
    method: str
    url: str
    body: str = ""
    status: int
    content_type: str
    location: str = ""
    text: str = ""
    codes: list[str] = []  # every error code that the answer names
    flow: str = ""  # where its trace is


def answer_of(response: requests.Response) -> Answer:
    """``response`` in words that may be shown: a page is told by the text of its middle."""
    sent, headers = response.request, response.headers
    body = sent.body.decode() if isinstance(sent.body, bytes) else str(sent.body or "")
    kind, location = headers.get("Content-Type", ""), headers.get("Location", "")
    hidden = _secrets(response, body)
    text = response.content.decode("utf-8", "replace")
    shown = _plain(text) if "<main" in text else text
    return Answer(
        method=str(sent.method),
        url=masking.hide(str(sent.url), hidden),
        body=masking.hide(body, hidden),
        status=response.status_code,
        content_type=kind,
        location=masking.hide(location, hidden),
        text=masking.hide(shown, hidden)[:MOST_TEXT],
        codes=sorted(_codes(text, location)),
        flow=headers.get("X-Ninestep-Flow", ""),
    )


def _plain(page: str) -> str:
    middle = MAIN.search(page)
    lines = TAG.sub("\n", middle[0] if middle else page).split("\n")
    return "\n".join(line.strip() for line in lines if line.strip())


def _codes(text: str, location: str) -> set[str]:
    found = set(ON_PAGE.findall(text))
    parts = urlsplit(location)
    for name, value in [*parse_qsl(parts.query), *parse_qsl(parts.fragment)]:
        if name in NAMES:
            found.add(value)
    wrapped = JSONP.match(text)
    try:
        document: Any = json.loads(wrapped[1] if wrapped else text)
    except ValueError:
        return found
    if isinstance(document, dict):
        found |= {str(document[name]) for name in NAMES if name in document}
    return found


def _secrets(response: requests.Response, body: str) -> list[tuple[str, str]]:
    sent, headers = response.request, response.headers
    kind = headers.get("Content-Type", "")
    pairs = [(name, str(value)) for name, value in headers.items()]
    found = [
        *masking.in_url(str(sent.url), "request"),
        *masking.in_body(body, sent.headers.get("Content-Type", ""), "request"),
        *masking.in_headers([(name, str(value)) for name, value in sent.headers.items()], "request"),
        *masking.in_headers(pairs, "response"),
        *masking.in_body(response.content.decode("utf-8", "replace"), kind, "response"),
    ]
    hidden = {
        spelling: masking.mask(each.value)
        for each in found
        if each.kind not in masking.OPEN
        for spelling in masking.spellings(each.value)
    }
    return sorted(hidden.items(), key=lambda pair: -len(pair[0]))
