"""The seed's 安全检查清单 (M138, S0 §8.2), answered by the running system: an app's recent flows, its lifetimes, its
settings. Each verdict is the ledger's or the doctor's about real messages; nothing is ticked by hand.

``checklist(reader, app, settings) -> list[Item]`` is all that a page needs; ``Item`` is its row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from ..dialects.lifetimes import lifetimes
from ..records import App
from ..settings import LOOPBACK_NAMES, ProviderSettings
from .doctor import Context, Finding, findings
from .doctor.case import failed
from .exchange import Exchange
from .ledger import Ledger, ledger
from .messages import merge
from .parameters import HISTORY, LOCAL_STORAGE, REFERER
from .reader import Flow, Reader
from .vocabulary import BROWSER
from .words import both

OK, NOT_OK, NOT_SEEN = "ok", "not_ok", "not_seen"
MOST_FLOWS = 20  # the newest of the app's
MOST_CODE = 600  # seconds (S0 §4.5, RFC 6749 §4.1.2)
MOST_ACCESS = 24 * 3600  # of a token that can be refreshed
STATE = frozenset({"state_missing", "state_reused", "state_constant", "state_not_tied"})
CLUMSY = frozenset({"code_twice", "retry_after_denied"})


class Item(msgspec.Struct, kw_only=True):
    """One of the seven. ``title`` and ``why`` are in both languages (``zh``, ``en``), ``flows`` are ids that show it:
    for ``not_ok`` those to be mended."""

    name: str  # secret | https | state | refresh | ttl | scope | errors
    verdict: str  # ok | not_ok | not_seen
    title: dict[str, str]
    why: dict[str, str]
    flows: list[str] = []


class Seen(NamedTuple):
    """A flow with what is said about it."""

    flow: Flow
    exchanges: list[Exchange]
    ledger: Ledger
    rules: frozenset[str]

    def named(self, *names: str) -> list[Exchange]:
        return [e for e in self.exchanges if e.name in names]


class Patient(NamedTuple):
    app: App
    settings: ProviderSettings
    seen: list[Seen]


def checklist(reader: Reader, app: App, settings: ProviderSettings) -> list[Item]:
    """The seven items for ``app``, in the seed's order."""
    context = Context(reader=reader, world=app.world, app=app, production=settings.production)
    seen = [_seen(flow, context, reader) for flow in context.neighbours[:MOST_FLOWS]]
    patient = Patient(app, settings, seen)
    return [_item(name, *look(patient)) for name, look in LOOKS.items()]


Verdict = tuple[str, dict[str, str], list[Seen]]


def _seen(flow: Flow, context: Context, reader: Reader) -> Seen:
    exchanges = reader.exchanges(flow.world, flow.id)
    said: list[Finding] = findings(flow, exchanges, context)
    return Seen(flow, merge(exchanges), ledger(exchanges), frozenset(finding.rule for finding in said))


def _item(name: str, verdict: str, why: dict[str, str], seen: list[Seen]) -> Item:
    title = both("checklist", f"title.{name}")
    return Item(name=name, verdict=verdict, title=title, why=why, flows=[each.flow.id for each in seen])


def _counted(name: str, guilty: list[Seen], good: list[Seen], ok: str = "ok") -> Verdict:
    if guilty:
        return NOT_OK, both("checklist", f"{name}.not_ok", count=str(len(guilty))), guilty
    if good:
        return OK, both("checklist", f"{name}.{ok}", count=str(len(good))), good
    return NOT_SEEN, both("checklist", "nothing"), []


def secret(patient: Patient) -> Verdict:
    shown = [
        each for each in patient.seen if each.named("code.redeemed", "token.refreshed", "js_code.redeemed")
    ]
    places = (BROWSER, HISTORY, REFERER, LOCAL_STORAGE)
    guilty = [
        each
        for each in shown
        if any(cell.forbidden for place in places for cell in each.ledger.cells(place, "client_secret"))
    ]
    return _counted("secret", guilty, shown)


def https(patient: Patient) -> Verdict:
    uris = patient.app.redirect_uris
    guilty = [each for each in patient.seen if "redirect_not_https" in each.rules]
    if patient.settings.production:
        own = (patient.settings.provider_url, patient.settings.resource_url)
        plain = [uri for uri in (*uris, *own) if not uri.startswith("https://")]
        return _addresses("https.production", plain, guilty, bool(uris or patient.seen))
    plain = [uri for uri in uris if uri.startswith("http://") and not _on_this_machine(uri)]
    return _addresses("https.not_ok", plain, guilty, bool(uris or patient.seen))


def _addresses(key: str, plain: list[str], guilty: list[Seen], known: bool) -> Verdict:
    if plain or guilty:
        return NOT_OK, both("checklist", key, uris=", ".join(plain) or "redirect_uri"), guilty
    if not known:
        return NOT_SEEN, both("checklist", "https.nothing"), []
    return OK, both("checklist", "https.ok"), []


def _on_this_machine(uri: str) -> bool:
    host = urlsplit(uri).hostname or ""
    return host in LOOPBACK_NAMES or host.endswith(".localhost")


def state(patient: Patient) -> Verdict:
    """A foreign client's check cannot be seen; our own records its own."""
    asked = [each for each in patient.seen if each.named("authorize.requested")]
    guilty = [each for each in asked if each.rules & STATE]
    arrivals = [e for each in asked for e in each.named("callback.received", "code.posted")]
    checked = any(check.name == "state matches" for e in arrivals for check in e.checks)
    return _counted("state", guilty, asked, "checked" if checked else "ok")


def refresh(patient: Patient) -> Verdict:
    """Judged once a token has run out, or was renewed in time."""
    guilty = [each for each in patient.seen if "refresh_never" in each.rules]
    good = [each for each in patient.seen if any(e.outcome == "ok" for e in each.named("token.refreshed"))]
    return _counted("refresh", guilty, good)


def ttl(patient: Patient) -> Verdict:
    life = lifetimes(patient.app, patient.settings)
    told = {name: str(getattr(life, name)) for name in ("code", "access", "refresh")}
    long = [
        f"{name} {seconds}"
        for name, seconds, most in (
            ("code", life.code, MOST_CODE),
            ("access_token", life.access, MOST_ACCESS),
        )
        if seconds > most
    ]
    if long:
        most = {"most_code": str(MOST_CODE), "most_access": str(MOST_ACCESS)}
        return NOT_OK, both("checklist", "ttl.not_ok", long=", ".join(long), **most), []
    return OK, both("checklist", "ttl.ok", **told), []


def scope(patient: Patient) -> Verdict:
    guilty = [each for each in patient.seen if "scope_unused" in each.rules]
    return _counted("scope", guilty, [each for each in patient.seen if "scope_minimal" in each.rules])


def errors(patient: Patient) -> Verdict:
    """Judged once something went wrong: then no code comes twice, and nobody is asked again after a no."""
    guilty = [each for each in patient.seen if each.rules & CLUMSY]
    good = [
        each
        for each in patient.seen
        if each.flow.outcome not in ("", "ok") or any(failed(e, "state matches") for e in each.exchanges)
    ]
    return _counted("errors", guilty, good)


LOOKS: dict[str, Callable[[Patient], Verdict]] = {
    "secret": secret,
    "https": https,
    "state": state,
    "refresh": refresh,
    "ttl": ttl,
    "scope": scope,
    "errors": errors,
}
