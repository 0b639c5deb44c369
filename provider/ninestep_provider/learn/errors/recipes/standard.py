"""Plain OAuth's errors (RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1), each brought about by one wrong request."""

from __future__ import annotations

from typing import Any

from ..lab import CALLBACK, Lab, sent_back


class Standard(Lab):
    dialect = "standard"

    def authorize(self, **changes: Any) -> Any:
        asked = {"client_id": self.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        return self.get("/oauth/authorize", {**asked, "scope": "user_info", "state": "s", **changes})

    def code(self, **changes: Any) -> str:
        return sent_back(self.authorize(**changes), "code")

    def token(self, **changes: Any) -> Any:
        asked = {"grant_type": "authorization_code", "client_id": self.appid, "client_secret": self.secret}
        return self.post("/oauth/token", {**asked, "code": "nobody", "redirect_uri": CALLBACK, **changes})

    def profile(self, token: str) -> Any:
        return self.get("/userinfo", {}, resource=True, headers={"Authorization": f"Bearer {token}"})


def invalid_request(client: Standard) -> Any:
    return client.token(code=None)


def unauthorized_client(client: Standard) -> Any:
    return client.authorize(client_id="nobody")


def access_denied(client: Standard) -> Any:
    client.change(consent={"mode": "deny"})
    return client.authorize()


def unsupported_response_type(client: Standard) -> Any:
    return client.authorize(response_type="token")


def invalid_scope(client: Standard) -> Any:
    return client.authorize(scope="everything")


def server_error(client: Standard) -> Any:
    client.fault("authorize", "server_error")
    return client.authorize()


def temporarily_unavailable(client: Standard) -> Any:
    client.fault("authorize", "busy")
    return client.authorize()


def invalid_client(client: Standard) -> Any:
    return client.token(client_secret="wrong", code=client.code())


def invalid_grant(client: Standard) -> Any:
    code = client.code()
    client.token(code=code)
    return client.token(code=code)


def unsupported_grant_type(client: Standard) -> Any:
    return client.token(grant_type="magic")


def invalid_token(client: Standard) -> Any:
    return client.profile("nobody")


def insufficient_scope(client: Standard) -> Any:
    token = client.token(code=client.code(scope="read")).json()["access_token"]
    return client.profile(token)


RECIPES = {
    recipe.__name__: recipe
    for recipe in (
        invalid_request,
        unauthorized_client,
        access_denied,
        unsupported_response_type,
        invalid_scope,
        server_error,
        temporarily_unavailable,
        invalid_client,
        invalid_grant,
        unsupported_grant_type,
        invalid_token,
        insufficient_scope,
    )
}
