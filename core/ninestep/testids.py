"""Every ``data-testid`` of every page, one catalogue for the API, the docs and their tests: ``testids.json``.

What stands between ``<`` and ``>`` is filled in. They are an interface: one that shall go stays for a minor version and
says in ``deprecated`` what to use instead.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FILE = Path(__file__).with_name("testids.json")


class TestId(msgspec.Struct, kw_only=True):
    """``data`` are the attributes that tell a state, with the values that there can be where those are few."""

    __test__ = False  # pytest: no test of its own

    zh: str
    en: str
    data: dict[str, list[str]] = {}
    deprecated: str = ""


class TestIdPage(msgspec.Struct, kw_only=True):
    """``address`` is a path of the provider, ``*`` for every page, or begins with the service that it is of."""

    __test__ = False

    page: str
    address: str
    zh: str
    en: str
    ids: dict[str, TestId]


@cache
def pages() -> list[TestIdPage]:
    return msgspec.json.decode(FILE.read_bytes(), type=list[TestIdPage])
