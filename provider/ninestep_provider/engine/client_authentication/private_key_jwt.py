"""private_key_jwt: the client signs who it is, for whom and until when (RFC 7523 §3, OpenID Connect Core §9).

No secret is shared, so nothing of the client's has to be kept here but its public keys. An assertion counts once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import InvalidClientError

from ..checks import refusal

if TYPE_CHECKING:
    from ..models import Client
    from ..server import Context, Request

METHOD = "private_key_jwt"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"  # RFC 7523 §2.2
ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
ENDPOINTS = ("token", "par", "revoke", "introspect", "device_authorization")
SKEW = 30  # seconds by which two clocks may differ
LONGEST = 3600  # seconds for which an assertion may be good: who steals one has no longer
LAST_TIME = 1e11  # seconds since the epoch: the year 5138
MOST_JTI = 256  # characters
MOST_KEYS = 20


def sent(form: Mapping[str, str]) -> bool:
    return "client_assertion" in form or "client_assertion_type" in form


def named(form: Mapping[str, str]) -> str:
    """The client that an assertion names, before anything of it was checked; "" where it names none."""
    subject = _unverified(form.get("client_assertion", ""), 1).get("sub")
    # JSON can spell half a surrogate, and no store can be asked for it
    return subject.encode("utf-8", "replace").decode() if isinstance(subject, str) else ""


def authenticate(query_client: Callable[[str], Client | None], request: Request) -> Client | None:
    """The client whose assertion holds in every point. It is spent last: one that is refused stays unspent."""
    form, checks = request.form, request.context.checks
    right = form.get("client_assertion_type") == TYPE and bool(form.get("client_assertion"))
    if not checks.make("client assertion of type jwt-bearer", right, "assertion_type"):
        return None
    name = form.get("client_id") or named(form)
    client = query_client(name) if name else None
    if client is None:
        raise InvalidClientError(status_code=401)
    if not client.check_endpoint_auth_method(METHOD, "token"):
        raise refusal(InvalidClientError, "secret_missing", status_code=401)
    claims = _verified(client, form["client_assertion"])
    if not checks.make("client assertion signed by the client", claims is not None, "assertion_signature"):
        return None
    assert claims is not None
    return client if _good(request.context, client, claims) else None


def _good(context: Context, client: Client, claims: dict[str, Any]) -> bool:
    """RFC 7523 §3, point by point; then its jti is taken."""
    checks, own = context.checks, client.client_id
    itself = claims.get("iss") == own and claims.get("sub") == own
    if not checks.make("client assertion about itself", itself, "assertion_subject"):
        return False
    to = claims.get("aud")
    meant = {one for one in (to if isinstance(to, list) else [to]) if isinstance(one, str)}
    here = bool(meant & audiences(context))
    if not checks.make(
        "client assertion for this server", here, "assertion_audience", ", ".join(sorted(meant))
    ):
        return False
    now = context.dialect.moment(client.app, context.now)
    wrong = _untimely(claims, now)
    if not checks.make("client assertion in time", not wrong, "assertion_time", wrong):
        return False
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= MOST_JTI:
        return checks.make("client assertion not used before", False, "assertion_jti", "no jti")
    life = float(claims["exp"]) - now + SKEW
    first = context.services.store.use_jti(context.world, "assertion", own, jti, life)
    return checks.make("client assertion not used before", first, "assertion_used")


def audiences(context: Context) -> set[str]:
    """What names this server: its issuer, and the endpoints where clients prove themselves (RFC 7523 §3, RFC 9126 §2),
    as browsers and as back channels know them."""
    settings, prefix = context.services.settings, context.dialect.prefix
    bases = {settings.provider_url, settings.provider_internal_url}
    return bases | {f"{base}{prefix}/{endpoint}" for base in bases for endpoint in ENDPOINTS}


def _untimely(claims: dict[str, Any], now: float) -> str:
    """What is wrong with its times; "" for nothing."""
    times: dict[str, Any] = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if not all(_is_time(at) for at in times.values()):
        return "no number of seconds"
    if "exp" not in times:
        return "no exp"
    if times["exp"] <= now - SKEW:
        return f"exp {now - times['exp']:.0f} s ago"
    if times["exp"] > now + LONGEST + SKEW:
        return f"exp in {times['exp'] - now:.0f} s, at most {LONGEST}"
    early = [name for name in ("nbf", "iat") if times.get(name, now) > now + SKEW]
    return f"{early[0]} in {times[early[0]] - now:.0f} s" if early else ""


def _is_time(at: Any) -> bool:
    """Python's JSON knows NaN and numbers beyond all measure."""
    return isinstance(at, int | float) and not isinstance(at, bool) and 0 <= at < LAST_TIME


def _verified(client: Client, assertion: str) -> dict[str, Any] | None:
    """Its claims, if one of the client's keys signed it."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    header = _unverified(assertion, 0)
    algorithm = header.get("alg")
    # no «none», and nothing that a public key could be mistaken for the secret of; no extension (RFC 7515 §4.1.11)
    if algorithm not in ALGORITHMS or "crit" in header:
        return None
    for key in _keys(client, header):
        try:
            return dict(jwt.decode(assertion, key, algorithms=[algorithm]).claims)
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
            continue
    return None


def _keys(client: Client, header: dict[str, Any]) -> list[Any]:
    """Those of the app that may have signed: the one that ``kid`` names, or all where it names none."""
    from .jwks import keys_of

    kid = header.get("kid")
    return [key for key in keys_of(client.app)[:MOST_KEYS] if kid is None or key.kid == kid]


def _unverified(jws: str, part: int) -> dict[str, Any]:
    """Header (0) or payload (1) of a compact JWS, unproven; empty where it cannot be read."""
    pieces = jws.split(".")
    if len(pieces) != 3:
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(pieces[part] + "=" * (-len(pieces[part]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
