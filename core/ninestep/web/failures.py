"""What a reader gets when something fails: a sentence, in their language, never a stack trace.

Redis away is 503 with Retry-After, wherever it was noticed: Flask-Session fails before any view is chosen, so the
500 handler looks at the original exception.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from ..store import RedisError
from ..trace import http

log = structlog.get_logger("ninestep.web")

KNOWN = {400, 403, 404, 405, 413, 414, 421, 500, 503}


def init_app(app: Flask) -> None:
    @app.errorhandler(RedisError)
    def redis_away(error: Exception) -> ResponseReturnValue:
        log.warning("redis away", error=f"{type(error).__name__}: {error}")
        http.abandon()
        return answer(503)

    @app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> ResponseReturnValue:
        return answer(400, "stale_form" if request.cookies else "no_cookies")

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        original = getattr(error, "original_exception", None)
        if isinstance(original, RedisError):
            return redis_away(original)
        if isinstance(error, InternalServerError) and original is not None:
            log.error("unexpected", path=request.path, exc_info=original)
        if error.code is None or error.code < 400:
            return error.get_response()
        return of_exception(error)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        log.error("unexpected", path=request.path, exc_info=error)
        return answer(500)


def of_exception(error: HTTPException) -> ResponseReturnValue:
    """``answer`` for an exception; a 405 says what would have been allowed (RFC 9110 §15.5.6)."""
    allowed = getattr(error, "valid_methods", None)
    return answer(error.code or 500, headers={"Allow": ", ".join(sorted(allowed))} if allowed else {})


def answer(status: int, word: str = "", headers: Mapping[str, str] | None = None) -> ResponseReturnValue:
    """A failure page, or the same in JSON for a caller that wants no page."""
    word = word or str(status if status in KNOWN else 500 if status >= 500 else 400)
    headers = {**(headers or {}), **({"Retry-After": "1"} if status == 503 else {})}
    if request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html":
        return render_template("ninestep/failure.html", status=status, word=word), status, headers
    return jsonify(error=f"http_{status}", status=status), status, headers
