"""Development: «OAuth Debug Info» for every request under /auth (S0 §7.4), secrets masked."""

from __future__ import annotations

import structlog
from flask import Flask, request
from ninestep.settings import ClientSettings
from ninestep.trace import masking

from .login.browser import newest_state

log = structlog.get_logger("ninestep.client")


def init_app(app: Flask, settings: ClientSettings) -> None:
    if settings.production:
        return

    @app.before_request
    def describe() -> None:
        if not request.path.startswith("/auth/"):
            return
        referer = request.headers.get("Referer", "")
        found = [*masking.in_url(request.url, "url"), *masking.in_url(referer, "referer")]
        secrets = [(one.value, masking.mask(one.value)) for one in found]
        log.info(
            "OAuth Debug Info",
            url=masking.hide(request.full_path.rstrip("?"), secrets),
            query={name: masking.hide(value, secrets) for name, value in request.args.items()},
            headers={
                "user-agent": request.headers.get("User-Agent", ""),
                "referer": masking.hide(referer, secrets),
            },
            session=newest_state(),
        )
