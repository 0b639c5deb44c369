"""From ⑤ to ⑨: check_state → redeem → profile → finish, each from an attempt to the one that follows.

All that a step needs after the first stands in the attempt, so between two steps it can rest in the store
and go on in another request or another worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from flask import request
from msgspec.structs import replace
from ninestep.trace.http import current

from ..accounts.identities import Identity
from ..errors import InvalidState, LoginError, NeedReauth, NoCode, TokenExpired, Unavailable
from ..services import services
from .attempt import LoginAttempt, Profile
from .platform import Platform

REFUSED_CODE = "authdeny"  # how the platform says «refused» in the place of a code (wire.md A.1.1)

# RFC 6749 §4.1.2.1; anything else that a callback names is no code of ours to count or to log
KNOWN_ERRORS = frozenset(
    {
        "access_denied",
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)


NUMBER = re.compile(r"\d{1,9}")  # a platform's own: in error_code, or in the place of the word


class Arrival(NamedTuple):
    """What the browser brought to the callback; a parameter that came twice counts as missing."""

    code: str
    state: str
    error: str
    arguments: Mapping[str, str]
    cancelled: str = ""  # how QQ says «refused» on a phone (wire.md E.1)


class Login:
    """A run of the chain. ``attempt`` is as far as it came, also when a step raised LoginError."""

    def __init__(self, platform: Platform, browser: str, told_as: str = "callback.received") -> None:
        self.platform = platform
        self._told_as = told_as
        self.attempt = LoginAttempt(
            way=platform.way,
            provider=platform.provider,
            appid=platform.appid,
            world="",
            flow="",
            browser=browser,
            scope="",
        )

    def receive(self, arrival: Arrival) -> None:
        """Everything from ⑤ on. Raises LoginError."""
        self.arrive(arrival)
        self.go_on()

    def arrive(self, arrival: Arrival) -> None:
        """A code, for the attempt that waited for it. Raises LoginError."""
        current().begin(self._told_as, app=self.platform.appid)
        self.attempt = check_state(self.attempt, self.platform, arrival)
        if error := refusal(arrival):
            raise error

    def go_on(self) -> None:
        """Every step that is left."""
        while self.attempt.next:
            self.step()

    def step(self) -> None:
        """The next one alone. Raises LoginError."""
        self.attempt = STEPS[self.attempt.next](self.attempt, self.platform)


def refusal(arrival: Arrival) -> LoginError | None:
    """What the provider said instead of a code."""
    if arrival.code == REFUSED_CODE or (arrival.cancelled and not arrival.code):
        return LoginError("access_denied")
    if not arrival.error:
        return None
    if arrival.error in ("server_error", "temporarily_unavailable"):
        return Unavailable(arrival.error)
    number = arrival.arguments.get("error_code") or arrival.error
    text = f"授权服务器的错误: {number}" if NUMBER.fullmatch(number) else ""
    return LoginError(arrival.error if arrival.error in KNOWN_ERRORS else "unknown_error", text)


def check_state(blank: LoginAttempt, platform: Platform, arrival: Arrival) -> LoginAttempt:
    """The attempt that this browser started with this state, which is spent here."""
    parts, draft = services(), current()
    seen = parts.attempts.look(arrival.state) if arrival.state else None
    matches = seen is not None and (seen.attempt.browser, seen.attempt.way) == (blank.browser, blank.way)
    told_in = seen.attempt if seen and matches else None
    if told_in is None and blank.browser:
        told_in = parts.attempts.newest(blank.way, blank.browser)
    if told_in:
        draft.world, draft.flow = told_in.world, told_in.flow
        draft.at = parts.town.moment(platform.appid).now
    if not draft.check("code or error arrived", bool(arrival.code or arrival.error or arrival.cancelled)):
        refused = bool(seen and matches and seen.waiting and parts.attempts.take(arrival.state))
        raise NoCode(refused=refused)
    draft.check("state matches", matches)
    if seen is None or not matches:
        raise InvalidState
    if not draft.check("state unused", seen.waiting and parts.attempts.take(arrival.state)):
        raise InvalidState
    if not draft.check("issuer is the provider", not platform.issuer_problem(arrival.arguments)):
        raise LoginError("issuer_mismatch", "回调来自另一个授权服务器")
    if seen.attempt.bind and not draft.check("account still logged in", seen.attempt.bind == logged_in()):
        raise NeedReauth("绑定期间换了登录")
    return replace(seen.attempt, code=parts.attempts.seal(arrival.code), next="redeem")


def redeem(attempt: LoginAttempt, platform: Platform) -> LoginAttempt:
    """⑤ ⑥ The code for tokens. It is sent once; what went wrong afterwards starts again at ①."""
    parts = services()
    now = parts.town.moment(platform.appid).now
    code, verifier = parts.attempts.unseal(attempt.code), parts.attempts.unseal(attempt.verifier)
    tokens = platform.redeem(code, verifier, world=attempt.world, flow=attempt.flow, at=now)
    sealed = parts.attempts.seal_tokens(tokens)
    known = {"openid": tokens.openid, "unionid": tokens.unionid}
    return replace(attempt, code="", verifier="", tokens=sealed, redeemed_at=now, next="profile", **known)


def profile(attempt: LoginAttempt, platform: Platform) -> LoginAttempt:
    """⑦ ⑧ Who it is. A silent login has the openid from ⑥ and asks no further."""
    parts = services()
    if not needs_profile(attempt, platform):
        return replace(attempt, next="finish")
    tokens = parts.attempts.unseal_tokens(attempt)
    now = parts.town.moment(platform.appid).now
    try:
        found = platform.profile(tokens, at=now)
    except TokenExpired:
        tokens = platform.refresh(tokens, at=now)
        parts.monitoring.record("tokenRefreshes")
        attempt = replace(attempt, tokens=parts.attempts.seal_tokens(tokens), redeemed_at=now)
        found = platform.profile(tokens, at=now)
    unionid = found.unionid or attempt.unionid
    return replace(attempt, openid=found.openid, unionid=unionid, profile=found, next="finish")


def needs_profile(attempt: LoginAttempt, platform: Platform) -> bool:
    """Whether ⑦ is asked at all: the scope for it was granted, or the platform has none."""
    tokens = services().attempts.unseal_tokens(attempt)
    granted = re.split(r"[ ,]+", tokens.scope or attempt.scope)
    return not platform.profile_scope or platform.profile_scope in granted


def finish(attempt: LoginAttempt, platform: Platform) -> LoginAttempt:
    """⑨ The local user, found or made, and its tokens at rest; nothing before the profile was good."""
    parts = services()
    if not attempt.openid:
        raise LoginError("no_identity", "没有得到用户标识")
    user = bind(attempt) if attempt.bind else parts.accounts.find_or_create(identity(attempt))
    if isinstance(attempt.profile, Profile):
        parts.accounts.copy_profile(user, attempt.provider, attempt.profile)
    parts.vault.save(user, attempt.way, parts.attempts.unseal_tokens(attempt), attempt.redeemed_at)
    return replace(attempt, tokens="", user=user, next="")


def bind(attempt: LoginAttempt) -> str:
    """The local user that asked for it, who now has this identity too; else nothing is changed."""
    found = services().identities.bind(attempt.bind, identity(attempt))
    if not current().check("identity is free", found == "bound", found):
        raise LoginError(f"bind_{found}")
    return attempt.bind


def identity(attempt: LoginAttempt) -> Identity:
    return Identity(attempt.provider, attempt.appid, attempt.openid, attempt.unionid)


def logged_in() -> str:
    """The local user whose browser is asking; empty for nobody."""
    return services().login_tokens.user_of(request)


STEPS: dict[str, Callable[[LoginAttempt, Platform], LoginAttempt]] = {
    "redeem": redeem,
    "profile": profile,
    "finish": finish,
}
