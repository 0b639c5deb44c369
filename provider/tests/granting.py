"""Tokens by the grants that need no browser: of a machine, and for another token (RFC 6749 §4.4, RFC 8693)."""

from __future__ import annotations

from typing import Any

import requests
from standard_client import Client

NIGHTLY = {"kind": "machine"}
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"


def machine(world: Any, **fields: Any) -> Client:
    return Client(world, **{**NIGHTLY, **fields})


def granted(client: Client, grant: str, **changes: Any) -> requests.Response:
    return client.token(grant_type=grant, redirect_uri=None, **changes)


def exchanged(client: Client, token: str, **changes: Any) -> requests.Response:
    sent = {"subject_token": token, "subject_token_type": ACCESS, **changes}
    return granted(client, EXCHANGE, **sent)
