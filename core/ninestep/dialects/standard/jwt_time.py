"""Which clock an app's JWTs tell and are judged by (policy ``jwt_time``): this machine's, as clients check them, or the
world's."""

from __future__ import annotations

import time

from ...records import App
from .. import policy


def moment(app: App, now: float) -> float:
    """The time on that clock, while the world's says ``now``."""
    return time.time() if policy(app, "jwt_time") == "real" else now
