"""Tokens in use: whose they are, when they are refreshed; and what follows a refusal."""

from __future__ import annotations

from collections.abc import Iterator

from ..ledger.ends import life_of
from .case import Case, failed, sessions, values
from .finding import BAD, WARN, Hit, Rule

OWN_CHECKS = (
    "openid belongs to the token",
    "openid of the token's user",
    "openid is the token's",
    "uid is the token's",
)
DENIED = ("access_denied", "user_denied")
AGAIN = 60  # seconds


def foreign_openid(case: Case) -> Iterator[Hit]:
    for e in case.named("profile.read", "token.checked"):
        if failed(e, *OWN_CHECKS):
            yield Hit(e, "openid")


def refresh_never(case: Case) -> Iterator[Hit]:
    """A token ran out, a refresh token was at hand, and nobody used it."""
    given = any(values(e, "refresh_token", "response.body") for e in case.exchanges)
    refreshed = [e.at_real for e in case.named("token.refreshed")]
    for e in case.named("profile.read"):
        if given and e.error == "token_expired" and not any(at > e.at_real for at in refreshed):
            yield Hit(e, "refresh_token")


def refresh_too_often(case: Case) -> Iterator[Hit]:
    """More than half of the token's life was left."""
    since = life = 0.0
    for e in case.named("code.redeemed", "token.refreshed"):
        if e.outcome != "ok":
            continue
        left = since + life - e.at
        if e.name == "token.refreshed" and life and left > life / 2:
            yield Hit(e, "refresh_token", values={"left": f"{left:.0f}", "life": f"{life:.0f}"})
        since, life = e.at, life_of(e.response)


def retry_after_denied(case: Case) -> Iterator[Hit]:
    """The user said no, and was asked again at once."""
    before = [
        flow
        for flow in case.context.neighbours
        if flow.id != case.flow.id
        and flow.error in DENIED
        and 0 <= case.flow.at - flow.at <= AGAIN
        and flow.at_real < case.flow.at_real
    ]
    own = sessions(case.exchanges)["provider_session"]
    for flow, exchanges in zip(before, case.context.exchanges(before), strict=False):
        same_browser = own & sessions(exchanges)["provider_session"]
        if same_browser or (flow.user and flow.user == case.flow.user):
            seconds = f"{case.flow.at - flow.at:.0f}"
            for e in case.named("authorize.requested"):
                yield Hit(e, "", values={"flow": flow.id, "seconds": seconds})
            return


RULES = (
    Rule("foreign_openid", BAD, "S0 §3.2", "RFC 9700 §4.6", foreign_openid),
    Rule("refresh_never", WARN, "S0 §6.2, §6.3", "RFC 6749 §1.5, §6", refresh_never),
    Rule("refresh_too_often", WARN, "S0 §6.3", "RFC 6749 §1.5", refresh_too_often),
    Rule("retry_after_denied", WARN, "S0 §7.1", "RFC 6749 §4.1.2.1", retry_after_denied),
)
