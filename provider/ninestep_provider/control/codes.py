"""A code without a browser, for tests that start at the token endpoint."""

from __future__ import annotations

from typing import Any

from ..dialects import DIALECTS
from ..engine import codes as engine
from ..services import services
from .found import app_of, user_of
from .operation import Body, Operations
from .problem import Problem


class NewCode(Body):
    user: str = "zhangsan"
    scope: str | list[str] | None = None
    redirect_uri: str = ""


def register(operations: Operations) -> None:
    operations.add("POST", "/apps/{appid}/codes", mint, body=NewCode, status=201)


def mint(appid: str, body: NewCode) -> Any:
    """A code as the user's approval would have given it."""
    app = app_of(appid)
    scopes = body.scope.replace(",", " ").split() if isinstance(body.scope, str) else body.scope
    unknown = [scope for scope in scopes or () if scope not in app.scopes]
    if unknown:
        raise Problem(422, f"the app has no scope {unknown[0]!r}", field="scope", fix=", ".join(app.scopes))
    user = user_of(app.world, body.user)
    dialect = DIALECTS[app.dialect]
    production = services().settings.production
    if body.redirect_uri and not dialect.may_receive(app, body.redirect_uri, production=production):
        raise Problem(
            422, "the app has no such redirect_uri", field="redirect_uri", fix=", ".join(app.redirect_uris)
        )
    code, seconds = engine.mint(
        services(),
        dialect,
        app,
        user,
        scopes or list(app.scopes),
        redirect_uri=body.redirect_uri,
    )
    return {"code": code, "expires_in": seconds}
