"""How much a request may bring: 64 KiB of body, 16 KiB of address."""

from __future__ import annotations

from flask import Flask, abort, request

MOST_BODY = 64 * 1024
MOST_URL = 16 * 1024


def init_app(app: Flask) -> None:
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BODY

    @app.before_request
    def small_enough() -> None:
        if (request.content_length or 0) > MOST_BODY:
            abort(413)
        if len(request.environ.get("QUERY_STRING", "")) > MOST_URL:
            abort(414)
