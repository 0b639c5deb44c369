"""Who may steer the town: everybody on loopback, elsewhere whoever holds the admin token; never a foreign page."""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, request, session
from ninestep.settings import ProviderSettings, SettingsError

from ..services import services
from .problem import Problem

JSON = "application/json"
ENTERED = "backstage"  # in the session of a browser that has shown the token


def require_startable(settings: ProviderSettings) -> None:
    """Whatever more than loopback reaches needs a token. Raises SettingsError in the user's words."""
    if settings.backstage and not settings.loopback_only and not settings.admin_token:
        raise SettingsError(
            f"NINESTEP_BIND is {settings.bind!r}, so other machines could steer this mock through /_mock. "
            "Set NINESTEP_ADMIN_TOKEN to a secret of your own; or NINESTEP_EXPOSURE=loopback where only "
            "this machine reaches the port; or NINESTEP_BACKSTAGE=false to do without /_mock."
        )


def protect(bp: Blueprint) -> None:
    @bp.before_request
    def guarded() -> None:
        admit(services().settings)
        if request.mimetype != JSON and request.get_data():
            # what a form of a foreign page could send, never reaches a view
            raise Problem(415, f"send the body as {JSON}, not {request.mimetype or 'without a type'}")

    @bp.after_request
    def kept(answer: Response) -> Response:
        """No other site's page holds an answer in its process, not even as a picture that fails to load."""
        answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return answer


def admit(settings: ProviderSettings) -> None:
    """Let the request that is being served pass, or raise Problem."""
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (request.host_url.rstrip("/"), settings.provider_url):
        raise Problem(403, f"A page of {origin} may not call this API.")
    if settings.loopback_only:
        return
    if not (has_bearer(settings) or _follows_a_link()):
        raise Problem(
            401,
            "More than this machine reaches this API: send Authorization: Bearer with NINESTEP_ADMIN_TOKEN.",
            headers={"WWW-Authenticate": 'Bearer realm="ninestep control"'},
        )


def has_bearer(settings: ProviderSettings) -> bool:
    """Whether the request that is being served brings the admin token in its Authorization header."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and is_token(token.strip(), settings)


def has_entered() -> bool:
    return bool(session.get(ENTERED))


def _follows_a_link() -> bool:
    """The pages link to exports and documents of this API; what a cookie admits, reads and changes nothing. Other sites
    can make a browser ask, and it would bring the cookie along."""
    ours = request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")
    return request.method in ("GET", "HEAD") and ours and has_entered()


def is_token(given: str, settings: ProviderSettings) -> bool:
    right = secrets.compare_digest(given.encode("utf-8", "replace"), settings.admin_token.encode())
    return bool(settings.admin_token) and right
