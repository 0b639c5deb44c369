"""What a developer sees on the page of a refusal that may not travel: what was sent, and how it differs from what is
registered. Addresses of apps are told only where there is a backstage, which tells them anyway."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from flask import current_app
from ninestep.web.language import translate

from ..engine.server import Context

NAMES = {"redirect_mismatch": "redirect_uri", "client_unknown": "client_id"}
MOST = 3  # registered addresses on one page
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass
class Comparison:
    """``name`` of the parameter, what was ``sent``, what is ``registered``, and a sentence about the difference."""

    name: str
    sent: str
    registered: list[str]
    hint: str
    flow: str


def of(context: Context, reason: str) -> Comparison | None:
    """None: there is nothing to hold against another."""
    name, sent, app = NAMES.get(reason, ""), context.checks.detail, context.app
    if not name or not sent:
        return None
    backstage = context.services.settings.backstage
    flow = context.draft.flow if backstage else ""
    if name == "client_id":
        other = app is not None and app.dialect != context.dialect.name
        hint = _say("dialect", dialect=app.dialect) if other and app else ""
        if not hint and backstage:
            hint = _say("client_id")
        return Comparison(name, sent, [], hint, flow)
    return of_address(name, sent, app.redirect_uris if app else [], flow, backstage=backstage)


def of_address(name: str, sent: str, registered: list[str], flow: str, *, backstage: bool) -> Comparison:
    """The one address that was sent, and those that would be good."""
    kind, nearest = nearest_of(sent, registered)
    known = [nearest, *[uri for uri in registered if uri != nearest]] if nearest else registered
    return Comparison(
        name, sent, known[:MOST] if backstage else [], _say(kind, name=name), flow if backstage else ""
    )


def nearest_of(sent: str, registered: list[str]) -> tuple[str, str]:
    """(what alone keeps it from being the same, and as what), ("other", "") where it is more than that."""
    if not registered:
        return "none", ""
    for uri in registered:
        if kind := difference(sent, uri):
            return kind, uri
    return "other", ""


def difference(sent: str, uri: str) -> str:
    """The one thing in which two addresses differ; "" where it is more."""
    if sent.strip() == uri:
        return "blank"
    try:
        one, two = urlsplit(sent), urlsplit(uri)
        ports = _port(one), _port(two)
    except ValueError:  # no address at all
        return ""
    parts = {
        "scheme": one.scheme != two.scheme,
        "host": one.hostname != two.hostname,
        "port": ports[0] != ports[1],
        "path": one.path != two.path,
        "query": (one.query, one.fragment) != (two.query, two.fragment),
    }
    differing = [name for name, differs in parts.items() if differs]
    if differing == ["scheme"]:
        return "scheme" if {one.scheme, two.scheme} == {"http", "https"} else ""
    if differing == ["host"]:
        return "loopback" if {one.hostname, two.hostname} <= LOOPBACK else "host"
    if differing == ["path"]:
        if one.path.rstrip("/") == two.path.rstrip("/"):
            return "slash"
        return "case" if one.path.lower() == two.path.lower() else "path"
    return differing[0] if len(differing) == 1 else ""


def _port(parts: SplitResult) -> str:
    """As it is written: a scheme's own stands for nothing."""
    return str(parts.port or "")


def _say(kind: str, **values: str) -> str:
    return str(translate(current_app, f"comparison.{kind}", **values))
