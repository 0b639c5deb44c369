"""How much a request may bring: 64 KiB of body, 8000 bytes of query. ``allow`` lets one endpoint take more."""

from __future__ import annotations

import io

from flask import Flask, abort, request
from flask.sansio.app import App

MOST_BODY = 64 * 1024
MOST_QUERY = 8000  # gunicorn takes no request line above 8190 bytes


def allow(app: App, endpoint: str, most: int) -> None:
    _exceptions(app)[endpoint] = most


def init_app(app: Flask) -> None:
    exceptions = _exceptions(app)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BODY

    @app.before_request
    def small_enough() -> None:
        most = exceptions.get(request.endpoint or "", MOST_BODY)
        request.max_content_length = most
        if (request.content_length or 0) > most:
            abort(413)
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            _read_chunks(most)
        if len(request.environ.get("QUERY_STRING", "")) > MOST_QUERY:
            abort(414)


def _exceptions(app: App) -> dict[str, int]:
    found: dict[str, int] = app.extensions.setdefault("ninestep.most_body", {})
    return found


def _read_chunks(most: int) -> None:
    """A body that does not say how long it is: read now, and from here on like any other. Werkzeug would cut it off
    at the limit and parse what is left."""
    environ = request.environ
    body = environ["wsgi.input"].read(most + 1)
    if len(body) > most:
        abort(413)
    del environ["HTTP_TRANSFER_ENCODING"]
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
