"""What a client can find out by itself: OpenID Connect Discovery, RFC 8414, and the keys (RFC 7517).

The issuer and what a browser visits are public; what a back channel calls is where the question came from, so that a
client inside compose is told addresses that it can reach.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request
from ninestep.dialects import standard
from ninestep.dialects.standard import claims
from ninestep.dialects.standard.grants import RESPONSE_TYPES
from ninestep.oauth import dpop
from ninestep.oauth.grant_types import GRANTS, IMPLICIT
from ninestep.ports import PORTS

from ...engine.client_authentication import private_key_jwt
from ...engine.server import server
from ...jose import ALGORITHMS
from ...services import services
from . import response_modes
from .manners import DIALECT

PATHS = ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server")
KEYS = "/oauth/jwks"
PUBLIC = (*PATHS, KEYS)  # read by who is nobody yet
AGE = 300  # seconds that a client may keep them; a rotated key stays published much longer


def routes(bp: Blueprint) -> None:
    for number, path in enumerate(PATHS):
        bp.add_url_rule(path, f"metadata_{number}", metadata)
    bp.add_url_rule(KEYS, view_func=jwks)


def metadata() -> Response:
    """OpenID Connect Discovery §3 and RFC 8414 §2 in one document: neither minds the other's members."""
    settings = services().settings
    inside = (
        _place(request.host_url) == _place(settings.provider_internal_url) != _place(settings.provider_url)
    )
    provider = settings.provider_internal_url if inside else settings.provider_url
    resource = settings.resource_internal_url if inside else settings.resource_url
    methods, served = list(DIALECT.auth_methods), server().grant_types
    assertions = list(private_key_jwt.ALGORITHMS)
    document: dict[str, Any] = {
        "issuer": settings.provider_url,
        "authorization_endpoint": f"{settings.provider_url}/oauth/authorize",
        "token_endpoint": f"{provider}/oauth/token",
        "device_authorization_endpoint": f"{provider}/oauth/device_authorization",
        "pushed_authorization_request_endpoint": f"{provider}/oauth/par",
        "require_pushed_authorization_requests": False,
        "revocation_endpoint": f"{provider}/oauth/revoke",
        "introspection_endpoint": f"{provider}/oauth/introspect",
        "userinfo_endpoint": f"{resource}/userinfo",
        "jwks_uri": f"{provider}/oauth/jwks",
        "end_session_endpoint": f"{settings.provider_url}/oauth/logout",
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "scopes_supported": list(standard.SCOPES["web"]),
        "response_types_supported": list(RESPONSE_TYPES),
        "response_modes_supported": list(response_modes.MODES),
        # an implicit one is never asked for at the token endpoint (RFC 6749 §4.2), and is one all the same
        "grant_types_supported": [grant for grant in GRANTS if grant in served or grant == IMPLICIT],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": assertions,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertions,
        "introspection_endpoint_auth_methods_supported": [m for m in methods if m != "none"],
        "introspection_endpoint_auth_signing_alg_values_supported": assertions,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "acr_values_supported": [claims.ACR],
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "sub",
            "iss",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "nonce",
            "acr",
            "at_hash",
            "c_hash",
            "sid",
            *claims.CLAIMS,
        ],
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": ["zh-CN", "en"],
    }
    if settings.registers:
        document["registration_endpoint"] = f"{provider}/oauth/register"
    return _kept(jsonify(document))


def _place(url: str) -> tuple[str | None, int]:
    """A host and a port that may have been left unsaid."""
    parts = urlsplit(url)
    return parts.hostname, parts.port or PORTS.get(parts.scheme, 0)


def jwks() -> Response:
    from ...jose import keys

    return _kept(jsonify(keys.published(services())))


def _kept(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={AGE}"
    return response
