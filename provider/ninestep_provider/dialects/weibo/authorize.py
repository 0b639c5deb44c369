"""``GET|POST /oauth2/authorize`` (wire.md F.1): pages for 21322 and 21324, redirects for everything else."""

from __future__ import annotations

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue
from ninestep.dialects.weibo import errors, scopes
from ninestep.records import App
from ninestep.trace.http import current
from werkzeug.wrappers import Response

from ...engine import authorization
from ...engine.authorization import Refused
from ...engine.location import append_query, carry
from ...engine.reading import read
from ...engine.server import Context
from ...pages import interaction, refusals
from ...services import services
from .. import client_first
from .manners import DIALECT, error_pairs
from .speech import sent

KNOWN = ("client_id", "redirect_uri", "response_type", "scope", "state", "display", "forcelogin", "language")
LANGUAGES = {"en": "en", "zh": "zh-CN", "zh-cn": "zh-CN"}


def authorize() -> ResponseReturnValue:
    draft = current().begin("authorize.requested")
    given = sent()
    context = read(services(), DIALECT, draft, given.get("client_id", ""), {"state": given.get("state", "")})
    server = current_app.extensions["ninestep.server"]
    try:
        params = _platform_order(context, given)
        wanted = authorization.validate(server, context, params, {})
        if status := authorization.fault_status(context, wanted):
            return refusals.http_status(status)
        fresh = params.get("forcelogin") == "true"
        who = "" if fresh else interaction.logged_in(context.world)
        outcome = authorization.decide(server, context, wanted, who)
    except Refused as problem:
        return _refuse(context, problem, given)
    answer = interaction.follow(DIALECT, context, wanted, outcome)
    return _in_language(answer, params.get("language", "")) if outcome.page else answer


def _platform_order(context: Context, given: dict[str, str]) -> dict[str, str]:
    """Canonical parameters, without those that the platform ignores."""
    params = {name: given[name] for name in KNOWN if given.get(name)}
    params.setdefault("response_type", "code")
    app = client_first.look(context, DIALECT, given, params)
    return {**params, "scope": " ".join(_scopes(context, app, params.get("scope", "")))}


def _scopes(context: Context, app: App, scope: str) -> list[str]:
    asked = scopes.asked_for(scope)
    allowed = scopes.allowed(asked, app.scopes)
    if ignored := [name for name in asked if name not in (*allowed, scopes.ALL)]:
        context.draft.note("scope_ignored", scopes=" ".join(ignored)[:256])
    return allowed


def _refuse(context: Context, problem: Refused, given: dict[str, str]) -> ResponseReturnValue:
    number = errors.oauth(problem.reason).number
    authorization.record_refusal(context, problem)
    if problem.redirect_uri and number not in errors.PAGES:
        pairs, asked = error_pairs(problem.reason, problem.state), given
        if problem.reason == "response_type":
            asked = {}  # a token that is not given is no reason for a fragment
        location = carry(DIALECT.response_mode(asked), problem.redirect_uri, pairs)
        return redirect(location, 302 if request.method == "GET" else 303)
    return refusals.of(context, problem, given)


def _in_language(answer: ResponseReturnValue, language: str) -> ResponseReturnValue:
    """``language`` chooses the words of the pages that follow."""
    wanted = LANGUAGES.get(language.lower())
    if wanted and isinstance(answer, Response) and answer.location:
        answer.location = append_query(answer.location, [("lang", wanted)])
    return answer
