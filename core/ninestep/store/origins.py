"""From where the pages of registered apps come: a script may read what its own app is answered (CORS)."""

from __future__ import annotations

from urllib.parse import urlsplit

from ..ports import PORTS
from ..records import App
from .base import Base
from .batch import Batch


class Origins(Base):
    def index_origins(self, batch: Batch, app: App) -> None:
        """They stay when the app is gone: all that they tell is that a preflight may pass."""
        if origins := origins_of(app):
            batch.call("sadd", self.keys.origins, *sorted(origins))

    def is_origin(self, origin: str) -> bool:
        """Whether some app has, or had, a redirect_uri of this origin."""
        return bool(self.redis.sismember(self.keys.origins, origin))


def origin_of(uri: str) -> str:
    """As a browser writes it (RFC 6454 §6.2); "" for what no page comes from."""
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in PORTS or not host:
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port and port != PORTS[parts.scheme] else ''}"


def origins_of(app: App) -> set[str]:
    return {origin for uri in app.redirect_uris if (origin := origin_of(uri))}
