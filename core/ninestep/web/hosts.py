"""Which names a service answers to (DNS rebinding), and one name for browsers, whose cookies tell localhost
from 127.0.0.1."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, redirect, request
from werkzeug.wrappers import Response

from ..settings import LOOPBACK_NAMES, Settings, host_of
from . import health

V = TypeVar("V")

PLATFORM_HOSTS = frozenset(  # wire.md §0.4; known to the stage, never to the control API
    {
        "open.weixin.qq.com",
        "lp.open.weixin.qq.com",
        "long.open.weixin.qq.com",
        "res.wx.qq.com",
        "api.weixin.qq.com",
        "mp.weixin.qq.com",
        "thirdwx.qlogo.cn",
        "wx.qlogo.cn",
        "graph.qq.com",
        "api.weibo.com",
    }
)
BACKSTAGE = "/_mock"


def page(view: V) -> V:
    """Marks a view that answers HTML to a browser: it is moved to the public URL's host."""
    view.is_page = True  # type: ignore[attr-defined]
    return view


def crossing(view: V) -> V:
    """Marks a view that browsers and programs both call: only a browser is moved."""
    view.is_crossing = True  # type: ignore[attr-defined]
    return view


def own_names(settings: Settings) -> set[str]:
    urls = [
        getattr(settings, name) for name in dir(settings) if name.endswith("_url") and name != "redis_url"
    ]
    names = {host_of(url) for url in urls if isinstance(url, str)}
    return (names | LOOPBACK_NAMES | set(settings.allowed_hosts)) - {""}


def init_app(app: Flask, settings: Settings, public_url: str) -> None:
    own = own_names(settings)
    public_host = host_of(public_url)

    @app.before_request
    def known_host() -> Response | None:
        host = urlsplit("//" + request.host).hostname or ""
        if request.path in health.PATHS:
            return None
        if host not in own and (host not in PLATFORM_HOSTS or request.path.startswith(BACKSTAGE)):
            abort(421, f"This is a mock; it does not answer to the name {host!r}.")
        if _movable(host, public_host):
            parts = urlsplit(request.url)
            port = f":{parts.port}" if parts.port else ""
            return redirect(parts._replace(netloc=_bracketed(public_host) + port).geturl(), 302)
        return None

    if settings.trusted_proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    if settings.production:

        @app.before_request
        def to_https() -> Response | None:
            if not request.is_secure and request.path not in health.PATHS and _wants_page():
                return redirect("https://" + request.url.split("://", 1)[1], 308)
            return None


def _movable(host: str, public_host: str) -> bool:
    if host == public_host or request.method != "GET":
        return False
    if host not in LOOPBACK_NAMES or public_host not in LOOPBACK_NAMES:
        return False
    return _wants_page()


def _wants_page() -> bool:
    view: Any = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "is_page", False):
        return True
    return getattr(view, "is_crossing", False) and "text/html" in request.headers.get("Accept", "")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
