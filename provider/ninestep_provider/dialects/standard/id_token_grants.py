"""An id_token in the redirect itself: alone or beside an access token (OpenID Connect Core §3.2), or beside a code
(§3.3). It is what some frameworks ask for unless they are told otherwise."""

from __future__ import annotations

from typing import Any

from ...engine import codes
from ...engine.grants.authorization_code import AuthorizationCodeGrant
from ...engine.grants.implicit import ImplicitGrant
from ...engine.grants.redirect import redirect


class IdTokenGrant(ImplicitGrant):
    ALONE = "id_token"
    RESPONSE_TYPES = {ALONE, "id_token token"}

    def given(self) -> list[tuple[str, str]]:
        request, context = self.request, self.request.context
        pairs: list[tuple[str, str]] = []
        if request.payload.response_type == self.ALONE:
            record = request.authorization_code.record
            request.members = context.dialect.identity(context, request.user, record.scopes, {}, record)
        else:
            pairs = super().given()
        return [*pairs, ("id_token", request.members["id_token"])]


class HybridGrant(AuthorizationCodeGrant):
    RESPONSE_TYPES = {"code id_token"}
    GRANT_TYPE = "code id_token"  # no grant_type: its code is redeemed like any other

    def create_authorization_response(
        self, redirect_uri: str, grant_user: codes.Approval
    ) -> tuple[int, str, Any]:
        context = self.request.context
        code = codes.write(context, grant_user)
        record = codes.written(context, code).record
        told = context.dialect.identity(context, grant_user.user, record.scopes, {"code": code}, record)
        return redirect(context, redirect_uri, grant_user, [("code", code), *told.items()])
