"""Refusals as RFC 9457 ``application/problem+json``: what is wrong, in which field, and how to put it right."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from ninestep.store import RedisError
from ninestep.web import failures
from werkzeug.exceptions import HTTPException

from .nearest import near

CONTENT_TYPE = "application/problem+json"
PREFIX = "/_mock/api"

log = structlog.get_logger("ninestep.control")


class Wrong(msgspec.Struct, kw_only=True):
    """One field that cannot be what it is."""

    field: str
    message: str
    fix: str = ""


class ProblemAnswer(msgspec.Struct, kw_only=True):
    """RFC 9457; ``errors`` names the fields."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Wrong] = []


class Problem(Exception):
    """A refusal; ``field`` and ``fix`` say where it is wrong and what would be right."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        field: str = "",
        fix: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.status, self.detail, self.fix = status, detail, fix
        self.errors = [Wrong(field=field, message=detail, fix=fix)] if field else []
        self.headers = headers or {}
        super().__init__(detail)

    def response(self) -> Response:
        answer = ProblemAnswer(
            title=HTTPStatus(self.status).phrase, status=self.status, detail=self.detail, errors=self.errors
        )
        body = msgspec.json.encode(answer)
        return Response(body, self.status, self.headers, content_type=CONTENT_TYPE)


def missing(kind: str, name: str, known: Iterable[str] = (), *, fix: str = "", status: int = 404) -> Problem:
    """There is no such thing; the nearest of ``known`` is offered, else ``fix``."""
    return Problem(status, f"there is no {kind} {name[:80]!r}", field=kind, fix=near(name, known) or fix)


def handle(bp: Blueprint) -> None:
    """Everything below ``/_mock/api`` fails in this one shape, also what no view was found for."""

    @bp.errorhandler(Problem)
    def refused(problem: Problem) -> Response:
        return problem.response()

    @bp.errorhandler(HTTPException)
    def plain(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        return of_exception(error)

    @bp.errorhandler(RedisError)
    def redis_away(error: Exception) -> Response:
        log.warning("redis away", error=f"{type(error).__name__}: {error}")
        return Problem(503, "Redis does not answer; try again.", headers={"Retry-After": "1"}).response()

    @bp.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        log.error("unexpected", path=request.path, exc_info=error)
        return Problem(500, "This is a bug of ours; the log has the details.").response()

    def unrouted(error: HTTPException) -> Any:
        return of_exception(error) if _ours() else failures.of_exception(error)

    def foreign_name(error: HTTPException) -> Any:
        """421 on the stage; here it is somebody who may not call (DNS rebinding)."""
        return Problem(403, str(error.description)).response() if _ours() else failures.of_exception(error)

    bp.app_errorhandler(404)(unrouted)
    bp.app_errorhandler(405)(unrouted)
    bp.app_errorhandler(421)(foreign_name)


def _ours() -> bool:
    return request.path == PREFIX or request.path.startswith(PREFIX + "/")


def of_exception(error: HTTPException) -> Response:
    headers = {k: v for k, v in error.get_headers() if k.lower() not in ("content-type", "content-length")}
    detail = f"{request.method} {request.path}: {error.description}"
    return Problem(error.code or 500, detail, headers=headers).response()
