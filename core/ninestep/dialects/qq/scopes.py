"""QQ's scopes: names of APIs, each of which unlocks its own (S0 §5.1, M075); other names are ignored (wire.md E.1)."""

from __future__ import annotations

from collections.abc import Iterable

USER_INFO = "get_user_info"
EMAIL = "get_user_email"  # the seed's, as the next; the platform never had them
PHONE = "get_user_phone"
UNIONID = "get_unionId"
NAMES = (USER_INFO, EMAIL, PHONE, UNIONID)


def asked_for(scope: str) -> list[str]:
    """The names in a ``scope`` parameter: separated by commas, and by spaces where a client follows RFC 6749."""
    return list(dict.fromkeys(scope.replace(",", " ").split()))


def allowed(asked: Iterable[str], of_app: Iterable[str]) -> list[str]:
    """Those that the app has; get_user_info where nothing is left that could be asked for."""
    own = [name for name in NAMES if name in set(of_app)]
    wanted = set(asked)
    return [name for name in own if name in wanted] or [name for name in own if name == USER_INFO]
