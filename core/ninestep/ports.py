"""The port of an address that names none (RFC 9110 §4.2)."""

from __future__ import annotations

PORTS = {"http": 80, "https": 443}
