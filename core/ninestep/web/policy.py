"""Security headers of every answer: nothing from another host, no framing, no referrer, not to be indexed.

Styles and scripts are files; a template uses classes and ``data-*`` attributes, never ``style=`` or ``onclick``.
"""

from __future__ import annotations

from flask import Flask, Response, g

from ..settings import Settings

BASE = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "font-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}


def allow(directive: str, *sources: str) -> None:
    """Let this one answer also use ``sources`` (origins) for ``directive``. A policy knows no IPv6 addresses (CSP
    Level 3 §2.3.1), so one of those stands for its scheme."""
    readable = [source.partition("//")[0] if "[" in source else source for source in sources if source]
    known: dict[str, list[str]] = g.setdefault("csp", {})
    known[directive] = list(dict.fromkeys([*known.get(directive, []), *readable]))


def allow_framing(*by: str) -> None:
    """Let pages of these origins, or of any site, show this one answer in a frame."""
    g.framed = " ".join(by) or "http: https:"


def init_app(app: Flask, settings: Settings) -> None:
    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["X-Ninestep"] = "mock"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        if "html" in (response.content_type or "") or 300 <= response.status_code < 400:
            more, framed = g.get("csp", {}), g.get("framed", "")
            base = {**BASE, "frame-ancestors": framed} if framed else BASE
            rules = [" ".join((name, rule, *more.get(name, ()))) for name, rule in base.items()]
            rules += [" ".join((name, *sources)) for name, sources in more.items() if name not in base]
            response.headers["Content-Security-Policy"] = "; ".join(rules)
            if not framed:
                response.headers["X-Frame-Options"] = "DENY"
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        if settings.production:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
