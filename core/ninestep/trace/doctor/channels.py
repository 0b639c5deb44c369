"""What travels where: secrets and tokens in addresses, in the browser, in the wrong hands."""

from __future__ import annotations

from collections.abc import Iterator

from .. import address
from ..ledger.knowledge import TOKEN_IN_QUERY
from ..parameters import ACCESS_LOG, REFERER
from .case import Case, header, values
from .finding import BAD, INFO, WARN, Hit, Rule

ISSUING = ("code.redeemed", "token.refreshed", "js_code.redeemed")
BY_OTHER_RULES = ("implicit", "front_end", "password_shared", "told", "platform_query")


def front_channel(case: Case) -> Iterator[Hit]:
    """Once per value, at the message that first carried it past the user."""
    for row in case.ledger.rows:
        told = [
            cell
            for place, cell in row.cells.items()
            if cell.forbidden and place not in (ACCESS_LOG, REFERER) and cell.why not in BY_OTHER_RULES
        ]
        if row.openness == "secret" and told:
            first = min(told, key=lambda cell: cell.learned)
            yield Hit(
                case.told_by(first.learned, row.hash),
                row.kind,
                "response" if first.where.startswith("response") else "request",
                values={"kind": row.kind},
            )


def implicit(case: Case) -> Iterator[Hit]:
    for e in case.exchanges:
        if any(value.where.endswith("fragment") for value in values(e, "access_token", "response.location")):
            yield Hit(e, "access_token", "response")


def secret_in_query(case: Case) -> Iterator[Hit]:
    for e in case.exchanges:
        if e.channel == "back" and values(e, "client_secret", "request.query"):
            documented = case.dialect not in ("", "standard")
            yield Hit(e, "client_secret", severity=INFO if documented else "")


def token_in_query(case: Case) -> Iterator[Hit]:
    for e in case.exchanges:
        if e.channel != "back" or address.path(e.request.url).startswith(TOKEN_IN_QUERY):
            continue
        for kind in ("access_token", "refresh_token", "token"):
            if values(e, kind, "request.query"):
                yield Hit(e, kind, values={"kind": kind})


def in_referer(case: Case) -> Iterator[Hit]:
    for row, place, cell in case.ledger.leaks():
        if place == REFERER:
            yield Hit(case.told_by(cell.learned, row.hash), row.kind, values={"kind": row.kind})


def password_shared(case: Case) -> Iterator[Hit]:
    for row, _, cell in case.ledger.leaks():
        if cell.why == "password_shared":
            yield Hit(case.told_by(cell.learned, row.hash), "password")


def wrong_hands(case: Case) -> Iterator[Hit]:
    for row, place, cell in case.ledger.leaks():
        if cell.why == "told":
            side = "response" if cell.where.startswith("response") else "request"
            e = case.told_by(cell.learned, row.hash)
            yield Hit(e, row.kind, side, values={"kind": row.kind, "place": place})


def may_be_stored(case: Case) -> Iterator[Hit]:
    for e in case.named(*ISSUING):
        issued = values(e, "access_token", "response.body") or values(e, "session_key", "response.body")
        headers = e.response.headers
        if issued and headers and "no-store" not in header(headers, "cache-control").lower():
            yield Hit(e, "Cache-Control", "response")


RULES = (
    Rule("secret_in_front_channel", BAD, "S0 §4.2, §4.6", "RFC 6749 §10.3, RFC 9700 §4.3", front_channel),
    Rule("implicit_grant", WARN, "S0 §3.3", "RFC 9700 §2.1.2", implicit),
    Rule("secret_in_query", WARN, "S0 §4.6", "RFC 6749 §2.3.1", secret_in_query),
    Rule("token_in_query", WARN, "S0 §5.4", "RFC 6750 §2.3, RFC 9700 §4.3.2", token_in_query),
    Rule("value_in_referer", BAD, "S0 §5.4", "RFC 9700 §4.2", in_referer),
    Rule("password_shared", BAD, "S0 §1.2", "RFC 9700 §2.4", password_shared),
    Rule("wrong_hands", WARN, "S0 §4.6, §6.4", "RFC 6749 §10.3, §10.4", wrong_hands),
    Rule("no_store_missing", WARN, "", "RFC 6749 §5.1", may_be_stored),
)
