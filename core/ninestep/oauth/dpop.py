"""DPoP (RFC 9449): a proof that whoever sends a token holds the key that it is bound to. Read and judged in the same
way by the token endpoint and by protected data; joserfc is loaded with the first proof."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

from ..ports import PORTS
from . import public_keys

HEADER, NONCE_HEADER, SCHEME = "DPoP", "DPoP-Nonce", "DPoP"
TYPE = "dpop+jwt"
ALGORITHMS = ("ES256", "EdDSA", "RS256", "PS256")
OLDEST, FAREST = 300, 60  # seconds: how old a proof may be, and how far ahead its clock (§11.1)
LIFE = OLDEST + FAREST  # seconds for which its jti is remembered
MOST = 4096  # characters of a proof
LONGEST_JTI = 256
WINDOW = 300  # seconds for which one nonce is the current one; the one before is still good
NOT_SIGNED = "its own key did not sign it"
QUOTED = re.compile("%([0-9A-Fa-f]{2})")


class Proof(NamedTuple):
    jkt: str  # the thumbprint of its key (RFC 7638), which tokens are bound to
    jti: str
    nonce: str


class _Wrong(Exception):
    """The proof does not hold; the text says why."""


def read(text: str, method: str, addresses: Iterable[str], now: float, token: str = "") -> tuple[Proof, str]:
    """(the proof, why it does not hold or ""). §4.3, but for what needs a memory: the nonce, and that its jti is new.
    ``addresses``: those at which this endpoint is called; ``token``: the access token that comes with it."""
    try:
        return _read(text, method, addresses, now, token), ""
    except _Wrong as wrong:
        return Proof("", "", ""), str(wrong)


def _read(text: str, method: str, addresses: Iterable[str], now: float, token: str) -> Proof:
    header, claims, key = _opened(text)
    _require(header.get("typ") == TYPE, f"typ is not {TYPE}")
    jti, issued = claims.get("jti"), _number(claims.get("iat"))
    _require(isinstance(jti, str) and 0 < len(jti) <= LONGEST_JTI and jti.isprintable(), "no jti")
    _require(claims.get("htm") == method, "htm is another method")
    known = {_bare(address) for address in addresses}
    _require(isinstance(claims.get("htu"), str) and _bare(claims["htu"]) in known, "htu is another address")
    _require(-FAREST <= now - issued <= OLDEST, "iat is too old or ahead")
    if token:
        _require(claims.get("ath") == _digest(token), "ath is not of this token")
    return Proof(key.thumbprint(), str(jti), str(claims.get("nonce", "")))


def nonce(secret: str, server: str, now: float) -> str:
    """The one to be used now at this server, and at no other (§8, §9): all its processes know it, and none keeps it."""
    return _nonce(secret, server, int(now // WINDOW))


def current(secret: str, server: str, told: str, now: float) -> bool:
    """Whether ``told`` is that one, or the one before."""
    window, given = int(now // WINDOW), told.encode("utf-8", "replace")
    return any(
        hmac.compare_digest(given, _nonce(secret, server, one).encode()) for one in (window, window - 1)
    )


def _opened(text: str) -> tuple[dict[str, Any], dict[str, Any], Any]:
    """(header, claims, key) of a JWT that its own key signed."""
    from joserfc import jws
    from joserfc.errors import JoseError

    registry = _registry()
    _require(len(text) <= MOST and text.count(".") == 2, "no single JWT")
    try:
        header = dict(jws.extract_compact(text.encode(), registry=registry).headers())
        _require("crit" not in header, "crit wants an extension, and there is none")  # RFC 7515 §4.1.11
        jwk: Any = header.get("jwk")
        _require(isinstance(jwk, dict) and not public_keys.PRIVATE & set(jwk), "jwk is no public key")
        _require(header.get("alg") in ALGORITHMS, "alg is none of those that are supported")
        key = public_keys.opened(jwk)
        _require(key is not None, NOT_SIGNED)
        _require(not (unfit := public_keys.unfit(key)), unfit)
        claims = json.loads(jws.deserialize_compact(text, key, registry=registry).payload)
        _require(isinstance(claims, dict), "its claims are no object")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _Wrong(NOT_SIGNED) from None
    return header, claims, key


@lru_cache(maxsize=1)
def _registry() -> Any:
    from joserfc import jws

    registry = jws.JWSRegistry(algorithms=list(ALGORITHMS))
    registry.max_header_length = MOST  # the usual 512 bytes are too few for the RSA key in it
    return registry


def _require(ok: bool, why: str) -> None:
    if not ok:
        raise _Wrong(why)


def _number(claim: Any) -> float:
    """0, long ago, for what is none."""
    try:
        return float(claim) if type(claim) in (int, float) else 0.0
    except OverflowError:
        return 0.0


def _bare(address: str) -> str:
    """Without query and fragment, and as RFC 3986 §6.2.2 and §6.2.3 write it (§4.3)."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme, 0)
        path = urlsplit(urljoin("http://host", QUOTED.sub(_plain, parts.path))).path  # without dot segments
    except ValueError:
        return ""
    user, at, _ = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user}{at}{parts.hostname}:{port}{path or '/'}"


def _plain(quoted: re.Match[str]) -> str:
    """A letter that need not be quoted is not, whatever else is, in capitals."""
    character = chr(int(quoted[1], 16))
    bare = character.isascii() and (character.isalnum() or character in "-._~")
    return character if bare else quoted[0].upper()


def _digest(token: str) -> str:
    digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _nonce(secret: str, server: str, window: int) -> str:
    return hmac.digest(secret.encode(), f"dpop-nonce|{server}|{window}".encode(), hashlib.sha256).hex()[:32]
