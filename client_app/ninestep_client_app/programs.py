"""JSON for callers that are no browsers: the mini program, the App.

They prove who they are with the client's own token in the Authorization header (RFC 6750). No cookie is read and none
is set, so there is nothing that another site could make a browser send along: these endpoints need no CSRF token.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from ninestep.digest import fresh_id
from ninestep.trace.http import current
from ninestep.web import language

from . import errors, messages
from .accounts.login_token import bearer
from .accounts.users import LocalUser
from .errors import LoginError, Unavailable
from .services import services

RETRY_AFTER = "3"


class Problem(Exception):
    """An answer of our own: words in ``client.api.<code>``."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


def init_blueprint(bp: Blueprint) -> None:
    bp.register_error_handler(Problem, _refused)
    bp.register_error_handler(LoginError, _failed)


def body(*needed: str) -> dict[str, str]:
    """The texts named ``needed`` of the JSON object that was sent; all have to be there. Raises Problem."""
    told = sent()
    found = {name: text(told, name) for name in needed}
    if not current().check("parameters given", all(found.values())):
        raise Problem("invalid_request")
    return found


def sent() -> dict[str, Any]:
    try:
        told = json.loads(request.get_data(cache=True)) if request.is_json else None
    except (ValueError, RecursionError):
        told = None
    if not current().check("body is a JSON object", isinstance(told, dict)):
        raise Problem("invalid_request")
    return dict(told or {})


def text(told: dict[str, Any], name: str) -> str:
    """Empty for what is missing or no text; half a surrogate, which JSON can spell, is no text either."""
    value = told.get(name)
    if not isinstance(value, str):
        return ""
    try:
        value.encode()
    except UnicodeEncodeError:
        return ""
    return value


def user() -> LocalUser:
    """Whom the token names. Raises Problem."""
    parts = services()
    name = parts.login_tokens.user_of_program(request)
    found = parts.accounts.read(name) if name else None
    if not current().check("login token", found is not None) or found is None:
        raise Problem("unauthorized", 401)
    return found


def welcome(user: str) -> ResponseReturnValue:
    """⑨ for a program: the client's own token."""
    parts = services()
    found = parts.accounts.read(user)
    if found is None:
        raise LookupError(f"no local user {user}")
    parts.monitoring.record("authSuccess")
    return jsonify(token=parts.login_tokens.sign(user), user=public(found))


def public(found: LocalUser) -> dict[str, str]:
    return {"id": found.id, "nickname": found.nickname, "avatar": found.avatar, "phone": found.phone}


def _refused(problem: Problem) -> ResponseReturnValue:
    draft = current()
    draft.refuse(problem.code)
    draft.flow = draft.flow or fresh_id()
    words = language.translate(current_app, f"client.api.{problem.code}")
    answer = jsonify(error=problem.code, message=words)
    answer.status_code = problem.status
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"' if bearer(request) else "Bearer"
    return answer


def _failed(error: LoginError) -> ResponseReturnValue:
    """What went wrong at the platform: 503 where trying again may help."""
    errors.record(error)
    draft = current()
    if draft.name == "code.posted":
        services().monitoring.record("authFailures", error_code=error.code)
    draft.flow = draft.flow or fresh_id()
    busy = isinstance(error, Unavailable)
    draft.fail(error.code) if busy else draft.refuse(error.code)
    words = language.translate(current_app, f"client.notice.{messages.notice_key(error.page_code)}")
    answer: Response = jsonify(error=error.code, message=words)
    answer.status_code = 503 if busy else 400
    if busy:
        answer.headers["Retry-After"] = RETRY_AFTER
    return answer
