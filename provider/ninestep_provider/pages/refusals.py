"""Pages that say no: in the RFC's word, in the platform's number, or as a plain sentence."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from ninestep.web import failures
from ninestep.web.language import translate

from ..engine.authorization import Refused
from ..engine.server import Context
from .comparison import Comparison

USUAL = "provider"  # the dress of who has none of their own


def of(context: Context, problem: Refused, params: Mapping[str, str]) -> ResponseReturnValue:
    """A refusal in the words and the dress of the request's dialect. ``params`` of the request shape the page."""
    own = context.dialect.own_page(context.app, problem.reason)
    if own is None:
        return page(problem.reason, problem.error)
    dress, status = context.dialect.dress, context.dialect.refusal_status
    return _platform_page(problem.reason, *own, dress=dress, params=params), status


def page(
    reason: str,
    error: str,
    own: tuple[str, int | None] | None = None,
    *,
    compared: Comparison | None = None,
) -> ResponseReturnValue:
    """An authorization error that may not travel by redirect (RFC 6749 §4.1.2.1): 400 with the OAuth word, or the
    platform's ``own`` page (``Dialect.own_page``): HTTP 200, the exact text, «错误码:NNNNN» (wire.md A.1.2)."""
    if own is not None:
        return _platform_page(reason, *own), 200
    title = translate(current_app, f"error.{error}")
    detail = translate(current_app, f"reason.{reason}")
    told = {"title": title, "code": error, "detail": detail, "advice": "", "compared": compared}
    return render_template("provider/error.html", **told), 400


def _platform_page(
    reason: str, text: str, number: int | None, *, dress: str = USUAL, params: Mapping[str, str] | None = None
) -> str:
    code = str(number) if number is not None else ""
    advice = translate(current_app, f"reason.{reason}")
    return render_template(
        f"{dress}/error.html", title=text, code=code, detail="", advice=advice, params=params or {}
    )


def http_status(status: int) -> ResponseReturnValue:
    """A fault that asked for a bare HTTP status."""
    return failures.answer(status)


def failure(status: int, word: str) -> ResponseReturnValue:
    return failures.answer(status, word)
