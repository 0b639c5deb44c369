"""The twelve experiments of the worksheet; the trace alone tells whether each was really done (experience.md §4.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ninestep.trace import Exchange

from .evidence import Evidence, failed, hashes, sent


class Verdict(NamedTuple):
    """``why`` is the last part of a word's key: ``done``, ``not`` or ``almost``; ``flow`` is where it can be seen."""

    done: bool
    why: str
    flow: str = ""
    name: str = ""  # of the exchange that shows it


Judge = Callable[[Evidence], Verdict]


def _first(found: Iterator[Exchange], almost: Iterator[Exchange] | None = None) -> Verdict:
    """Done by the newest that was found; ``almost`` by one that came near."""
    for exchange in found:
        return Verdict(True, "done", exchange.flow, exchange.name)
    for exchange in almost or iter(()):
        return Verdict(False, "almost", exchange.flow, exchange.name)
    return Verdict(False, "not")


def redirect(evidence: Evidence) -> Verdict:
    asked = list(evidence.of("authorize.requested"))
    return _first(
        (e for e in asked if failed(e, "redirect_uri registered")),
        (e for e in asked if sent(e, "redirect_uri") not in ("", *evidence.app.redirect_uris)),
    )


def reload(evidence: Evidence) -> Verdict:
    """The same code a second time, whoever refused it: the client by its state, or the provider."""
    for run in evidence.runs:
        seen: set[str] = set()
        for e in run.of("callback.received", "code.redeemed"):
            code = {f"{e.name} {each}" for each in hashes(e, "code", "request")}
            if code & seen and e.outcome == "refused":
                return Verdict(True, "done", e.flow, e.name)
            seen |= code
    return Verdict(False, "not")


def late(evidence: Evidence) -> Verdict:
    redeemed = list(evidence.of("code.redeemed"))
    return _first(
        (e for e in redeemed if e.error == "code_expired"), (e for e in redeemed if e.outcome == "ok")
    )


def as_token(evidence: Evidence) -> Verdict:
    """A code of this app where an access token belongs."""
    codes = {h for run in evidence.runs for e in run.exchanges for h in hashes(e, "code", "")}
    return _first(e for e in evidence.of("profile.read") if hashes(e, "access_token", "request") & codes)


def other_app(evidence: Evidence) -> Verdict:
    return _first(e for e in evidence.of("code.redeemed") if e.error == "code_foreign")


def secret(evidence: Evidence) -> Verdict:
    return _first(e for e in evidence.of("code.redeemed") if e.error in ("secret_wrong", "invalid_client"))


def no_state(evidence: Evidence) -> Verdict:
    asked = list(evidence.of("authorize.requested"))
    return _first((e for e in asked if not sent(e, "state")), iter(asked))


def refresh(evidence: Evidence) -> Verdict:
    """A refresh that worked, after the access token's time was over."""
    early = ""
    for run in evidence.runs:
        issued = [e.at for e in run.of("code.redeemed", "token.refreshed") if e.outcome == "ok"]
        for e in run.of("token.refreshed"):
            before = max((at for at in issued if at < e.at), default=e.at)
            if e.outcome == "ok" and e.at - before >= evidence.access_life:
                return Verdict(True, "done", e.flow, e.name)
            early = early or e.flow
    return Verdict(False, "almost" if early else "not", early)


def revoked(evidence: Evidence) -> Verdict:
    read = list(evidence.of("profile.read", "token.checked"))
    dead = ("consent_withdrawn", "token_revoked")
    withdrawn = evidence.of("grant.revoked")
    return _first((e for e in read if e.error in dead), withdrawn)


def greedy(evidence: Evidence) -> Verdict:
    return _first(e for e in evidence.of("authorize.requested") if failed(e, "scope allowed"))


def deny(evidence: Evidence) -> Verdict:
    answers = evidence.of("consent.given", "authorize.requested", "login.submitted")
    return _first(e for e in answers if e.error == "access_denied")


def same_state(evidence: Evidence) -> Verdict:
    found = (e for e in evidence.of("authorize.requested") if any(n.rule == "same_state_as" for n in e.notes))
    return _first(found, evidence.of("authorize.requested"))


EXPERIMENTS: dict[str, Judge] = {  # in the order of a lesson
    "redirect": redirect,
    "deny": deny,
    "no_state": no_state,
    "same_state": same_state,
    "reload": reload,
    "late": late,
    "secret": secret,
    "other_app": other_app,
    "as_token": as_token,
    "greedy": greedy,
    "refresh": refresh,
    "revoked": revoked,
}
