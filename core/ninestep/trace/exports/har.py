"""HAR 1.2 of both channels: what a browser's network panel shows, and what it cannot see.

Custom fields begin with an underscore, as HAR wants them: ``_step`` (of request and answer; 0 for a helper),
``_channel``, ``_lane``, ``_exchange``, ``_name``, ``_outcome``.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ... import __version__
from ..exchange import Exchange, HttpRequest, HttpResponse
from ..messages import merge
from .subject import Subject

Headers = list[tuple[str, str]]


def har(subject: Subject) -> str:
    whole = sorted(merge(subject.exchanges), key=lambda e: e.at_real)
    log = {
        "version": "1.2",
        "creator": {"name": "Ninestep", "version": __version__},
        "pages": [_page(subject, whole)],
        "entries": [_entry(e, subject.flow.id) for e in whole],
        "comment": "Secrets are masked. Times are real ones; _at is the world's clock.",
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=2) + "\n"


def _page(subject: Subject, whole: list[Exchange]) -> dict[str, Any]:
    return {
        "startedDateTime": _iso(whole[0].at_real if whole else subject.flow.at_real),
        "id": subject.flow.id,
        "title": f"{subject.app or subject.flow.app} {subject.flow.id}",
        "pageTimings": {"onContentLoad": -1, "onLoad": -1},
    }


def _entry(e: Exchange, page: str) -> dict[str, Any]:
    time = round(e.duration * 1000, 3)
    return {
        "pageref": page,
        "startedDateTime": _iso(e.at_real),
        "time": time,
        "request": _request(e.request),
        "response": _response(e.response),
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
        "_step": {"request": e.steps.request, "response": e.steps.response},
        "_channel": e.channel,
        "_lane": {"from": e.sender, "to": e.receiver, "via": e.via},
        "_exchange": e.exchange,
        "_name": e.name,
        "_outcome": e.outcome,
        "_error": e.error,
        "_at": e.at,
    }


def _request(request: HttpRequest) -> dict[str, Any]:
    found: dict[str, Any] = {
        "method": request.method,
        "url": request.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [
            {"name": name.strip(), "value": value}
            for header in _all(request.headers, "cookie")
            for name, _, value in (part.partition("=") for part in header.split(";"))
            if name.strip()
        ],
        "headers": _pairs(request.headers),
        "queryString": _pairs(parse_qsl(urlsplit(request.url).query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(request.body.encode()) if request.body else 0,
    }
    if request.body:
        kind = _first(request.headers, "content-type")
        params = parse_qsl(request.body, keep_blank_values=True) if "form-urlencoded" in kind else []
        found["postData"] = {"mimeType": kind, "params": _pairs(params), "text": request.body}
    return found


def _response(response: HttpResponse) -> dict[str, Any]:
    size = len(response.body.encode())
    content: dict[str, Any] = {"size": size, "mimeType": _first(response.headers, "content-type")}
    if response.body:
        content["text"] = response.body
    return {
        "status": response.status,
        "statusText": _phrase(response.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [cookie for text in _all(response.headers, "set-cookie") for cookie in _set(text)],
        "headers": _pairs(response.headers),
        "content": content,
        "redirectURL": _first(response.headers, "location"),
        "headersSize": -1,
        "bodySize": size if response.body else -1,  # a page's text is not part of the record
    }


def _set(text: str) -> list[dict[str, Any]]:
    first, _, rest = text.partition(";")
    name, _, value = first.partition("=")
    words = {word.strip().lower() for word in rest.split(";")}
    found: dict[str, Any] = {"name": name.strip(), "value": value}
    try:
        for morsel in SimpleCookie(f"x=y;{rest}").values():
            found |= {key: morsel[key] for key in ("path", "domain") if morsel[key]}
    except CookieError:
        pass
    return [{**found, "httpOnly": "httponly" in words, "secure": "secure" in words}] if name.strip() else []


def _pairs(pairs: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _all(headers: Headers, name: str) -> list[str]:
    return [value for known, value in headers if known.lower() == name]


def _first(headers: Headers, name: str) -> str:
    return next(iter(_all(headers, name)), "")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
