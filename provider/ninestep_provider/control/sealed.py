"""What policy ``reveal`` kept, opened with the town's key."""

from __future__ import annotations

from contextlib import suppress

from cryptography.fernet import InvalidToken
from ninestep.keyring import cipher
from ninestep.trace.exchange import Value

from ..services import services


def unsealed(sealed: str) -> str:
    """The value; "" where none was kept, or by a town whose key is gone."""
    if sealed:
        with suppress(InvalidToken):
            return cipher(services().settings.trace_key).decrypt(sealed).decode()
    return ""


def value_of(value: Value) -> str:
    return unsealed(value.sealed)
