"""scope: asked for what was used, or for more (M077, S0 §5.2)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import address
from ..exchange import Exchange
from ..json_body import json_object
from .case import Case, sent
from .finding import GOOD, WARN, Hit, Rule

PROFILE = ("snsapi_userinfo", "snsapi_login", "profile", "user_info")
LATER = ("openid", "offline_access", "snsapi_base")  # used by the login itself, or long after it
WEIBO_EMAIL = "/2/account/profile/email.json"


def unused(case: Case) -> Iterator[Hit]:
    for e, scopes, spare in _judged(case):
        if spare:
            yield Hit(e, "scope", values={"scopes": " ".join(spare), "asked": " ".join(scopes)})


def minimal(case: Case) -> Iterator[Hit]:
    for e, scopes, spare in _judged(case):
        if not spare:
            yield Hit(e, "scope", values={"asked": " ".join(scopes)})


def _judged(case: Case) -> Iterator[tuple[Exchange, list[str], list[str]]]:
    """(request, asked-for scopes, those that nobody used) once the flow is over and a token was given."""
    given = any(e.outcome == "ok" for e in case.named("code.redeemed"))
    if not (given and case.flow.ended and case.app):
        return
    for e in case.asked():
        asked = list(dict.fromkeys(sent(e).get("scope", "").replace(",", " ").split()))
        if asked:
            yield e, asked, [scope for scope in asked if not _used(case, scope)]


def _used(case: Case, scope: str) -> bool:
    """Whether the flow shows a use of it. What only the app's own API would show is taken for used."""
    reads = [e for e in case.named("profile.read") if e.outcome == "ok"]
    paths = [address.path(e.request.url) for e in reads]
    match case.dialect:
        case "qq":
            union = any(sent(e).get("unionid") == "1" for e in case.named("token.inspected"))
            return f"/user/{scope}" in paths or (scope == "get_unionId" and union)
        case "weibo":
            return scope == "email" and WEIBO_EMAIL in paths
    if scope == "email":
        return any("email" in _members(e) for e in reads)
    return scope in LATER or scope not in PROFILE or bool(reads)


def _members(e: Exchange) -> dict[str, object]:
    return json_object(e.response.body)


RULES = (
    Rule("scope_unused", WARN, "S0 §5.2", "RFC 9700 §2.3", unused),
    Rule("scope_minimal", GOOD, "S0 §5.2", "RFC 9700 §2.3", minimal),
)
