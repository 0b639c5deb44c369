"""The trace around a Flask service: a draft per request, written before the answer leaves."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from flask import Flask, Response, g, request

from . import resent
from .recorder import Draft, Recorder

EXCHANGE_HEADER = "X-Ninestep-Exchange"
FLOW_HEADER = "X-Ninestep-Flow"
ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def current() -> Draft:
    """The draft of the request that is being served."""
    draft: Draft = g.exchange
    return draft


def abandon() -> None:
    """No record of this request: Redis did not answer, and whoever asked shall not wait for it once more."""
    if g.get("exchange"):
        g.recorder.dropped += bool(g.exchange.name)
        g.exchange = None


def init_app(app: Flask, recorder: Recorder) -> None:
    def begin() -> None:
        given = request.headers.get(EXCHANGE_HEADER, "")
        g.exchange = recorder.draft(given if ID.fullmatch(given) else "")
        g.exchange.begun = g.get("begun", g.exchange.begun)
        g.metrics = {}
        g.recorder = recorder

    def finish(response: Response) -> Response:
        draft: Draft | None = g.get("exchange")
        if draft is None:
            return response
        mark = request.headers.get(resent.HEADER, "")
        if mark and (origin := resent.origin_of(recorder.trace_key, draft.exchange, mark)):
            resent.settle(draft, origin)
        if draft.flow:
            response.headers[FLOW_HEADER] = draft.flow
        if not draft.name:
            if g.metrics:
                recorder.write(metrics=g.metrics)
            return response
        draft.asked(request.method, _address(), _headers(), _sent())
        status = getattr(response, "told_status", response.status_code)  # by a fault: none
        draft.answered(status, list(response.headers.items()), _told(response))
        if response.status_code >= 500 and draft.outcome == "ok":
            draft.fail("server_error")
        if draft.error:
            count(f"refused:{draft.error}")
        recorder.write(draft, metrics=g.metrics)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(finish)


def _address() -> str:
    """The address as it was on the wire; ``request.url`` would decode it first, and not cheaply."""
    raw = (
        request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path.rstrip("?")
    )
    return f"{request.scheme}://{request.host}{raw}" if raw.startswith("/") else str(raw)


def _headers() -> list[tuple[str, str]]:
    """Whoever speaks for a user from backstage shows an admin token there: it is no part of the exchange."""
    own = "authorization" if request.path.startswith("/_mock/") else ""
    return [(name, value) for name, value in request.headers.items() if name.lower() != own]


def _sent() -> str:
    """The body as text; what Werkzeug has parsed away is written anew."""
    if not request.content_length:
        return ""
    raw = request.get_data(cache=True, as_text=True)
    return raw or urlencode(list(request.form.items(multi=True)))


def _told(response: Response) -> str:
    """A page's text is not part of the message, and a picture has none; an API's answer is."""
    kind = response.content_type or ""
    shown = "html" in kind or kind.startswith("image/")
    if (told := getattr(response, "told", None)) is not None:  # it breaks off there, by a fault
        return "" if shown else bytes(told).decode("utf-8", "replace")
    return (
        ""
        if shown or response.is_streamed or response.direct_passthrough
        else response.get_data(as_text=True)
    )


def count(name: str, amount: int = 1) -> None:
    """One event for this service's metrics, sent with the trace. Refusals are counted by reason as ``refused:…``."""
    own = f"{g.recorder.service}:{name}"
    g.metrics[own] = g.metrics.get(own, 0) + amount
