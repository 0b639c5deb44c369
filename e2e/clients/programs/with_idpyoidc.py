"""idpyoidc, the certified relying party of the Python OpenID Connect people: told of a client, or registering itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from answering import answer
from cryptojwt.key_jar import build_keyjar
from idpyoidc.client.defaults import DEFAULT_CLIENT_CONFIGS, DEFAULT_OIDC_SERVICES
from idpyoidc.client.rp_handler import RPHandler

PKCE = DEFAULT_CLIENT_CONFIGS[""]["add_ons"]
SERVICES = {
    **DEFAULT_OIDC_SERVICES,
    "end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"},
}
KEYS = [{"type": "RSA", "use": ["sig"]}, {"type": "EC", "crv": "P-256", "use": ["sig"]}]
keys = build_keyjar(KEYS)
parties: dict[str, RPHandler] = {}


def asking_by(method: str) -> Any:
    service = DEFAULT_OIDC_SERVICES["access_token"]
    return {**service, "kwargs": {"default_authn_method": method}}


def public_keys() -> Any:
    return keys.export_jwks()


def begin(
    issuer: str,
    callback: str,
    app: dict[str, str] | None = None,
    method: str = "client_secret_basic",
    alg: str = "RS256",
) -> str:
    """The address for the browser. Without an app it registers at the issuer first, with its own wishes."""
    config: dict[str, Any] = {"issuer": issuer, "redirect_uris": [callback], "add_ons": PKCE}
    if app is None:
        config |= DEFAULT_CLIENT_CONFIGS[""]
    else:
        config |= {
            "client_type": "oidc",
            "client_authn_methods": [method],
            "services": SERVICES | {"access_token": asking_by(method)},
            "client_id": app["appid"],
            "client_secret": app["secret"],
            "preference": {
                "response_types": ["code"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "token_endpoint_auth_methods_supported": [method],
                "id_token_signed_response_alg": alg,
            },
        }
    party = parties[issuer] = RPHandler("http://127.0.0.1", {issuer: config}, keyjar=keys)
    return str(party.begin(issuer))


def finish(issuer: str, callback: str) -> Any:
    """What it makes of the callback, after all that it checks."""
    said = dict(parse_qsl(urlsplit(callback).query))
    made = parties[issuer].finalize(issuer, said)
    return {
        name: value.to_dict() if hasattr(value, "to_dict") else str(value) for name, value in made.items()
    }


def refresh(issuer: str, state: str) -> Any:
    return parties[issuer].refresh_access_token(state).to_dict()


def logout(issuer: str, state: str, to: str) -> str:
    return str(parties[issuer].logout(state, post_logout_redirect_uri=to)["url"])


answer(globals())
