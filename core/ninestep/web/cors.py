"""CORS (the Fetch standard) for the few addresses that a page's own script calls: an answer can be read by the origins
of the calling app's redirect_uris, and by nobody else's. Never ``*``; with cookies only where nobody looks at one.

A preflight names no app, and neither does a refusal of somebody unknown: both are for the origins of all apps together,
and give nothing away. Its headers are the library's affair (some add one of their own to every call): what is asked for
is allowed. What a client finds out before it is anybody, discovery and keys, is open to every page.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

from ..records import App
from ..store import Store
from ..store.origins import origins_of

AGE = 600  # seconds for which a browser need not ask again
HEADERS = "Authorization, Content-Type, DPoP"
MOST_HEADERS = 1000  # characters
EXPOSED = "WWW-Authenticate, DPoP-Nonce, X-Ninestep-Flow"


def allow(app: App | None) -> None:
    """Who calls: the pages of this app may read the answer."""
    g.cors = app


def init_app(
    app: Flask,
    store: Store,
    *paths: str,
    public: tuple[str, ...] = (),
    cookieless: tuple[str, ...] = (),
) -> None:
    """``paths``: where scripts may call; one that ends in ``/`` means all below it. ``public``: where any may read.
    ``cookieless``: those of ``paths`` that read no cookie, so that a script that sends some (keycloak-js) is answered
    as one that does not."""

    @app.after_request
    def shared(response: Response) -> Response:
        if request.path in public:
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Allow-Headers"] = "*"
            return response
        if not _among(request.path, paths):
            return response
        response.vary.add("Origin")
        origin = request.headers.get("Origin", "")
        if not origin:
            return response
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            if store.is_origin(origin):
                response.headers["Access-Control-Allow-Origin"] = origin
                response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "")
                response.headers["Access-Control-Allow-Headers"] = f"{HEADERS}{_more()}"
                response.headers["Access-Control-Max-Age"] = str(AGE)
        elif origin in origins_of(client) if (client := g.get("cors")) else store.is_origin(origin):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
        if request.path in cookieless and "Access-Control-Allow-Origin" in response.headers:
            response.headers["Access-Control-Allow-Credentials"] = "true"
        return response


def _more() -> str:
    """The other headers that a preflight asks for."""
    asked = request.headers.get("Access-Control-Request-Headers", "")
    known = HEADERS.lower().split(", ")
    more = [name for each in asked.split(",") if (name := each.strip()) and name.lower() not in known]
    return "".join(f", {name}" for name in more) if len(asked) <= MOST_HEADERS else ""


def _among(path: str, paths: tuple[str, ...]) -> bool:
    return path in paths or any(each.endswith("/") and path.startswith(each) for each in paths)
