"""Weibo's scopes, and what an app gets of those that it asks for (wire.md F.1)."""

from __future__ import annotations

from collections.abc import Iterable

ALL = "all"
NAMES = (
    ALL,
    "email",
    "direct_messages_read",
    "direct_messages_write",
    "friendships_groups_read",
    "friendships_groups_write",
    "statuses_to_me_read",
    "follow_app_official_microblog",
    "invitation_write",
)


def asked_for(scope: str) -> list[str]:
    """The names in a ``scope`` parameter: separated by commas, and by spaces where a client follows RFC 6749."""
    return list(dict.fromkeys(scope.replace(",", " ").split()))


def allowed(asked: Iterable[str], of_app: Iterable[str]) -> list[str]:
    """Those that the app has, with ``all`` spelt out. The error table knows no invalid_scope: others are ignored."""
    wanted, own = set(asked), set(of_app)
    return [name for name in NAMES if name != ALL and (name in own or ALL in own) and {name, ALL} & wanted]


def written(scopes: Iterable[str]) -> str:
    """As answers spell it."""
    return ",".join(scopes)
