"""What the standards ask of a server, row by row, each row with the tests that would fail if we did it differently.

One table of tab-separated values per standard, its rows in the order of its sections. A row names tests
(``path/to/test_file.py::test_function``, a space between two), or says in two languages why it has none; one that is
held only in part does both. docs/standards.md shows them all, and ``python e2e/standards_page.py`` writes it.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT")
HEADER = ("section", "level", "requirement", "zh", "tests", "reason", "reason_zh")

# In the order of the page: a table that is not named here is not shown, and a test says so.
TITLES = {
    "rfc6749": "RFC 6749: OAuth 2.0",
    "rfc6750": "RFC 6750: Bearer tokens",
    "rfc7636": "RFC 7636: PKCE",
    "rfc8252": "RFC 8252: Native apps",
    "rfc9207": "RFC 9207: `iss` in the answer",
    "rfc9700": "RFC 9700: Security best current practice",
    "rfc9449": "RFC 9449: DPoP",
    "rfc9126": "RFC 9126: Pushed authorization requests",
    "rfc8628": "RFC 8628: Device grant",
    "oidc-core": "OpenID Connect Core 1.0",
    "oidc-discovery": "OpenID Connect Discovery 1.0",
    "oidc-rp-logout": "OpenID Connect RP-Initiated Logout 1.0",
    "oidc-backchannel-logout": "OpenID Connect Back-Channel Logout 1.0",
    "rfc7009": "RFC 7009: Revocation",
    "rfc7523": "RFC 7523: JWT assertions",
    "rfc7591": "RFC 7591: Dynamic registration",
    "rfc7662": "RFC 7662: Introspection",
    "rfc8414": "RFC 8414: Metadata",
    "rfc8693": "RFC 8693: Token exchange",
    "rfc9068": "RFC 9068: JWT access tokens",
}


class Row(NamedTuple):
    section: str
    level: str
    requirement: str
    zh: str
    tests: str
    reason: str
    reason_zh: str

    @property
    def place(self) -> tuple[tuple[bool, int, str], ...]:
        """Where the section stands: 4.1.10 after 4.1.2, an appendix after all of them."""
        parts = (part.strip() for part in self.section.split("."))
        return tuple((not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in parts)


def rows_of(name: str) -> list[Row]:
    """A table's rows as they stand in its file; quotes mean nothing there."""
    with (HERE / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if tuple(lines[0]) != HEADER:
        raise ValueError(f"{name}.tsv begins with {lines[0]}, not with {HEADER}")
    wrong = [line[:3] for line in lines[1:] if len(line) != len(HEADER)]
    if wrong:
        raise ValueError(f"{name}.tsv: rows that have not {len(HEADER)} columns: {wrong}")
    return [Row(*(cell.strip() for cell in line)) for line in lines[1:]]


def standards() -> dict[str, list[Row]]:
    return {name: rows_of(name) for name in TITLES if (HERE / f"{name}.tsv").exists()}
