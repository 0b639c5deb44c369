"""A single-page app: everything happens in the browser's script (``static/spa.js``), which can keep no secret.

With a code and PKCE, as RFC 9700 §2.1.1 has it, and beside it the implicit way that it replaces (§2.1.2).
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from ninestep.web import policy
from ninestep.web.hosts import page

from ..services import services

CALLBACK = "/spa/callback"

bp = Blueprint("spa", __name__)


@bp.get("/spa")
@page
def home() -> ResponseReturnValue:
    return render_template("client/spa.html", app=_app())


@bp.get(CALLBACK)
@page
def callback() -> ResponseReturnValue:
    """The server looks at nothing of what came: the script does."""
    settings = services().settings
    policy.allow("img-src", settings.provider_url)
    return render_template("client/spa_callback.html", app=_app())


def _app() -> dict[str, Any]:
    """What the script is told, none of it secret; it may talk to these two and to nobody else."""
    settings = services().settings
    policy.allow("connect-src", settings.provider_url, settings.resource_url)
    return {
        "client-id": settings.spa_client_id,
        "issuer": settings.provider_url,
        "userinfo": f"{settings.resource_url}/userinfo",
        "redirect-uri": settings.client_url + CALLBACK,
    }
