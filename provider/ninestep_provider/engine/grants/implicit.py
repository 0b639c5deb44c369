"""RFC 6749 §4.2, for the platforms that still have it: a token in the redirect's fragment, and no refresh token.

The consent is written with a code, as ever, and the code is spent here and now: so the token hangs on its
authorization and its consent like any other.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import grants
from ninestep.records import Code, decode

from .. import codes, tokens
from ..location import append_fragment
from ..models import CodeCredential
from ..server import Request
from .authorization_code import AuthorizationCodeGrant


class ImplicitGrant(grants.ImplicitGrant):
    request: Request

    validate_authorization_redirect_uri = staticmethod(
        AuthorizationCodeGrant.validate_authorization_redirect_uri
    )

    validate_no_multiple_request_parameter = staticmethod(
        AuthorizationCodeGrant.validate_no_multiple_request_parameter
    )

    def create_authorization_response(
        self, redirect_uri: str, grant_user: codes.Approval
    ) -> tuple[int, str, Any]:
        request = self.request
        context = request.context
        code = codes.write(context, grant_user)
        batch = context.services.store.batch()
        live, _ = context.services.store.peek_once(batch, context.world, "code", code)
        batch.run()
        record = decode(Code, live.value)
        assert record is not None
        request.authorization_code = CodeCredential(code, record, context.dialect)
        request.user = codes.spend(context, request.authorization_code)
        token = tokens.mint(request)
        tokens.issue(request, token)
        pairs = [*context.dialect.in_fragment(token, request.members), *grant_user.beside]
        return 302, "", [("Location", append_fragment(redirect_uri, pairs))]
