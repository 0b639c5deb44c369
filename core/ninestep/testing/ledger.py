"""Who knows which secret, as sentences that a test can hold a flow to (S0 §6.4)."""

from __future__ import annotations

from typing import Any, Literal, get_args

from .missed import NotSeen

# The town's own lists, said again so that an editor completes them and nothing of the town is imported; a test
# compares them.
Place = Literal[
    "browser", "client_app", "provider", "resource_api", "history", "referer", "access_log", "local_storage"
]
Secret = Literal[
    "password",
    "provider_session",
    "state",
    "code",
    "user_code",
    "device_code",
    "client_secret",
    "code_verifier",
    "access_token",
    "refresh_token",
    "openid",
    "unionid",
    "session_key",
    "client_session",
    "login_token",
    "resource_server_secret",
]


class Ledger:
    """``data`` is the ledger as the control API tells it. A kind or a place with a typing error is a ValueError:
    it would never be known, and its test never fail."""

    def __init__(self, data: dict[str, Any], flow: str) -> None:
        self.data, self._flow = data, flow

    def knows(self, place: Place, kind: Secret) -> bool:
        """Whether a value of this kind ever came to this place."""
        return bool(self._told(place, kind))

    def never(self, place: Place, kind: Secret) -> bool:
        """True when no value of this kind ever came to this place. Raises NotSeen, which says when it did."""
        __tracebackhide__ = True
        for row, cell in self._told(place, kind):
            where = f" ({cell['where']})" if cell["where"] else ""
            raise NotSeen(
                f"{place} learnt {kind} {row['masked']} from message {cell['learned']}{where} of {self._flow}"
            )
        return True

    def _told(self, place: Place, kind: Secret) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        for said, known, what in (
            (str(place), get_args(Place), "place"),
            (str(kind), get_args(Secret), "secret"),
        ):
            if said not in known:
                raise ValueError(f"a ledger has no {what} {said!r}; it has: {', '.join(known)}")
        rows = [row for row in self.data["rows"] if row["kind"] == kind and place in row["cells"]]
        return [(row, row["cells"][place]) for row in rows if row["cells"][place]["learned"]]

    def __repr__(self) -> str:
        rows = [
            f"{row['kind']} {row['masked']}: "
            + ", ".join(place for place, cell in row["cells"].items() if cell["learned"])
            for row in self.data["rows"]
        ]
        return f"<Ledger of {self._flow}\n  " + "\n  ".join(rows or ["nobody learnt anything"]) + ">"
