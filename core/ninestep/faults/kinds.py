"""The kinds of faults, the endpoints that each can sit on, and the one thing that each wants to be told."""

from __future__ import annotations

from ..dialects.neutral import ENDPOINTS_OF
from ..trace.vocabulary import ENDPOINTS

BEFORE, AFTER = "before", "after"
PAGES = ("authorize", "login", "consent")  # what a browser goes through
ALL = tuple(ENDPOINTS)
APIS = tuple(name for name in ALL if name not in (*PAGES, "qr_poll"))  # answers that a program reads

PLACES: dict[str, tuple[str, ...]] = {
    "error": tuple(name for name in ALL if any(name in places for places in ENDPOINTS_OF.values())),
    "status": ALL,
    "delay": ALL,
    "drop": ALL,
    "truncated": ALL,
    "content_type": ALL,
    "malformed_json": APIS,
    "missing_field": APIS,
    "extra_field": APIS,
    "wrong_type": APIS,
    "id_token": ("token", "refresh"),
    "wrong_state": ("authorize", "consent"),
    "wrong_iss": ("authorize", "consent"),
    "lose_cookie": PAGES,
}
NEEDS = {
    "error": "error",
    "status": "status",
    "delay": "seconds",
    "missing_field": "field",
    "extra_field": "field",
    "wrong_type": "field",
    "id_token": "value",
}
TAKES = ("content_type", "extra_field", "wrong_state", "wrong_iss")  # a value, if one is given
EITHER = (
    "error",
    "status",
    "delay",
    "drop",
)  # before or after the effect; the others need an answer to spoil

ONLY_OF = {"id_token": "standard", "wrong_iss": "standard"}  # what no other dialect has
AT_START = ("wrong_state", "wrong_iss")  # altered before it travels
WRONG_ID_TOKENS = {  # the value of kind id_token -> what is wrong with it
    "wrong_key": "signed by another key under a published kid",
    "unknown_kid": "signed by a key that no set has",
    "alg_none": "not signed at all",
    "iss": "of another issuer",
    "aud": "for another client",
    "nonce": "with another nonce",
    "at_hash": "beside another access token",
    "expired": "an hour too old",
}

MOST_SECONDS = 10.0
OTHER_TYPE = "application/octet-stream"  # what a proxy says of a file that it does not know


def kinds_at(endpoint: str) -> list[str]:
    return [kind for kind, places in PLACES.items() if endpoint in places]


def errors_at(endpoint: str) -> list[str]:
    return [error for error, places in ENDPOINTS_OF.items() if endpoint in places]
