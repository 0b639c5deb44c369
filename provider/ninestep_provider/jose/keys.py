"""The keys that sign: made when the first token needs one, once for all processes; rotated on demand."""

from __future__ import annotations

import time
import warnings
from functools import lru_cache
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, Key, KeySet, OKPKey, RSAKey
from ninestep.digest import fresh_id
from ninestep.keyring import cipher
from ninestep.records import SigningKey

from ..services import Services
from . import ALGORITHMS, MARK

# joserfc warns of the name EdDSA (RFC 9864 has narrower ones); OpenID Connect's clients know no other yet.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)

# Seconds for which a key stays in the set after it retired: longer than any token lives on.
PUBLISHED = 7 * 86400


def sign(services: Services, alg: str, claims: dict[str, Any], *, typ: str = "JWT") -> str:
    """A JWT in compact form, by the key in use for ``alg``."""
    record = in_use(services, alg)
    header = {"alg": record.alg, "kid": record.kid, "typ": typ}
    key = _opened(services.settings.signing_key, record.kid, record.alg, record.sealed)
    return jwt.encode(header, claims, key, algorithms=list(ALGORITHMS))


def sign_with_another(alg: str, claims: dict[str, Any], kid: str) -> str:
    """A JWT by a key that nobody keeps, under this kid."""
    header = {"alg": alg, "kid": kid, "typ": "JWT"}
    return jwt.encode(header, claims, _generated(alg, kid), algorithms=list(ALGORITHMS))


def verified(services: Services, text: str) -> jwt.Token | None:
    """The JWT, if one of our published keys signed it; its times are not looked at."""
    known = KeySet([_public(record) for record in services.store.signing_keys()])
    try:
        return jwt.decode(text, known, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError, TypeError, RecursionError):
        return None


def in_use(services: Services, alg: str) -> SigningKey:
    for record in services.store.signing_keys():
        if record.alg == alg and not record.retired_at:
            return record
    return services.store.keep_signing_key(_made(services, alg))


def published(services: Services) -> dict[str, Any]:
    """The JWK set (RFC 7517 §5): one key in use for each algorithm, those that retired not long ago, and the next ones.

    Clients read the set again when they meet a kid that they do not know (OpenID Connect Core §10.1.1), but the careful
    ones at most once a minute: a key has to be known before it signs.
    """
    for alg in ALGORITHMS:
        in_use(services, alg)
    upcoming = services.store.next_signing_keys()
    for alg in sorted(set(ALGORITHMS) - {record.alg for record in upcoming}):
        services.store.keep_next_signing_key(_made(services, alg))
        upcoming = services.store.next_signing_keys()
    return {"keys": [record.public for record in (*services.store.signing_keys(), *upcoming)]}


def rotate(services: Services) -> dict[str, Any]:
    """The next keys for all algorithms; what the old ones signed can still be verified. The set as it is then."""
    published(services)
    for alg in ALGORITHMS:
        services.store.rotate_signing_key(_made(services, alg), time.time() - PUBLISHED)
    return published(services)


def _made(services: Services, alg: str) -> SigningKey:
    kid = MARK + fresh_id()[:12]
    key = _generated(alg, kid)
    private = msgspec.json.encode(key.as_dict(private=True))
    return SigningKey(
        kid=kid,
        alg=alg,
        public={name: str(value) for name, value in key.as_dict(private=False).items()},
        sealed=cipher(services.settings.signing_key).encrypt(private).decode(),
        created_at=time.time(),
    )


def _generated(alg: str, kid: str) -> Key:
    parameters: Any = {"kid": kid, "alg": alg, "use": "sig"}
    if alg == "RS256":
        return RSAKey.generate_key(2048, parameters, auto_kid=False)
    if alg == "ES256":
        return ECKey.generate_key("P-256", parameters, auto_kid=False)
    return OKPKey.generate_key("Ed25519", parameters, auto_kid=False)


@lru_cache(maxsize=32)
def _opened(secret: str, kid: str, alg: str, sealed: str) -> Key:
    return _key(alg, msgspec.json.decode(cipher(secret).decrypt(sealed.encode()), type=dict[str, Any]))


def _public(record: SigningKey) -> Key:
    return _key(record.alg, dict(record.public))


def _key(alg: str, jwk: dict[str, Any]) -> Key:
    kinds: dict[str, Any] = {"RS256": RSAKey, "ES256": ECKey, "EdDSA": OKPKey}
    key: Key = kinds[alg].import_key(jwk)
    return key
