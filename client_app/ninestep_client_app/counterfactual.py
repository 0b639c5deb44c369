"""What if there were no code (seed S3, «一定要授权码吗»)? Both answers, played with QQ's real services.

A (M040): the token comes in the redirect. It is in the browser then, where it does not belong.
B (M041): the token goes from back end to back end. This back end has the user's data; the browser is never told,
because its connection broke when it left, and only a second redirect would make a new one.

Nobody is logged in by either. Of B the profile is kept for an hour, for the browser that began; the token is not.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from ninestep.counterfactual import DELIVERY, REDIRECT
from ninestep.records import decode, encode
from ninestep.trace.http import current
from ninestep.web import policy
from ninestep.web.hosts import page

from .errors import LoginError
from .login.attempt import SCOPE, LoginAttempt
from .login.browser import browser, known_browser, remember_state
from .login.qq import QQ
from .login.start import prepare
from .services import services
from .tokens.values import Tokens

WAYS = {"redirect": REDIRECT, "delivery": DELIVERY}
KEPT = 3600  # seconds
LONGEST_LIFE = 10**9

bp = Blueprint("counterfactual", __name__)
machine = Blueprint("counterfactual_delivery", __name__)  # called by the provider's back end: no form token


class Arrived(msgspec.Struct, frozen=True):
    """What B brought: who it is. Nobody has told the browser."""

    nickname: str
    avatar: str
    flow: str


@bp.get("/counterfactual")
@page
def show() -> ResponseReturnValue:
    settings = services().settings
    policy.allow("form-action", settings.provider_url)
    policy.allow("img-src", settings.provider_url)
    browser()
    return render_template("client/counterfactual.html", arrived=_arrived(), forgot="forget" in request.args)


@bp.post("/counterfactual/play/<way>")
def play(way: str) -> ResponseReturnValue:
    """① and ②, with a request for a token instead of a code."""
    if way not in WAYS:
        abort(404)
    qq = _qq()
    made = prepare(qq, qq.scopes[0], browser())
    remember_state(made.state)
    address = urlsplit(qq.authorize_url(qq.scopes[0], made.state, ""))
    query = dict(parse_qsl(address.query))
    query |= {"response_type": "token", "redirect_uri": services().settings.client_url + WAYS[way]}
    return redirect(address._replace(query=urlencode(query)).geturl(), 303)


@bp.get(REDIRECT)
@page
def landed() -> ResponseReturnValue:
    """A: what is behind the # stays in the browser; its script says what that is."""
    attempt = services().attempts.newest(_qq().way, known_browser()) if known_browser() else None
    return render_template("client/counterfactual_token.html", flow=attempt.flow if attempt else "")


@machine.post(DELIVERY)
def delivered() -> ResponseReturnValue:
    """B: a token for the login that is known by its state, which is spent. ⑦ and ⑧ follow at once; ⑨ has nobody."""
    parts, qq, draft = services(), _qq(), current()
    draft.begin("token.delivered", app=qq.appid)
    state = request.form.get("state", "")
    seen = parts.attempts.look(state) if state else None
    if seen is None:
        return _refused("state is known")
    moment = parts.town.moment(qq.appid)
    draft.world, draft.flow, draft.at = seen.attempt.world, seen.attempt.flow, moment.now
    draft.check("state is known", True)
    ours = seen.attempt.way == qq.way
    if not draft.check("state unused", ours and seen.waiting and parts.attempts.take(state)):
        return _refused("")
    tokens = _tokens(seen.attempt)
    if not draft.check("token given", tokens is not None) or tokens is None:
        return _refused("")
    try:
        known = msgspec.structs.replace(tokens, openid=qq.whose(tokens, moment.now))
        profile = qq.profile(known, at=moment.now)
    except LoginError as error:
        draft.refuse(error.code)
        return jsonify(error=error.code), 400
    arrived = Arrived(profile.nickname, profile.avatar, seen.attempt.flow)
    parts.store.redis.set(_key(seen.attempt.browser), encode(arrived), ex=KEPT)
    return Response(status=204)


def _tokens(attempt: LoginAttempt) -> Tokens | None:
    token, life = request.form.get("access_token", ""), request.form.get("expires_in", "")
    if not token or not life.isdecimal() or len(life) > len(str(LONGEST_LIFE)):
        return None
    return Tokens(access_token=token, expires_in=float(life), world=attempt.world, flow=attempt.flow)


def _refused(check: str) -> ResponseReturnValue:
    if check:
        current().check(check, False)
    current().refuse("invalid_request")
    return jsonify(error="invalid_request"), 400


def _arrived() -> Arrived | None:
    return decode(Arrived, services().store.redis.get(_key(browser())))


def _key(browser: str) -> str:
    return services().store.keys.of(SCOPE, f"counterfactual:{browser}")


def _qq() -> QQ:
    platform: Any = services().sites["qq"].platform
    assert isinstance(platform, QQ)
    return platform
