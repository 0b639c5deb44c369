"""Keys that follow from one root secret: HKDF with a label, so nothing secret is ever in the repository."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(root: str, label: str, length: int = 32) -> bytes:
    """``length`` bytes of key material for ``label`` (RFC 5869 with SHA-256)."""
    kdf = HKDF(algorithm=hashes.SHA256(), length=length, salt=b"ninestep", info=label.encode())
    return kdf.derive(root.encode())


def derive_text(root: str, label: str) -> str:
    """The same as 43 URL-safe characters, as settings carry it."""
    return base64.urlsafe_b64encode(derive(root, label)).decode().rstrip("=")


def app_secret(seed_key: str, appid: str) -> str:
    """A seeded app's secret: 32 lower-case hex digits, as on the platform (wire.md A.2)."""
    return derive(seed_key, f"app:{appid}", 16).hex()


@lru_cache(maxsize=64)
def cipher(*keys: str) -> MultiFernet:
    """Encryption at rest: the first key encrypts, all of them decrypt (so a key can be rotated)."""
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derive(key, "at-rest"))) for key in keys])


def service_environment(root: str, service: str) -> dict[str, str]:
    """The secret settings of one service (``provider``, ``resource_api``, ``client_app``), and only its own."""
    seed_key = derive_text(root, "seed")
    shared = {"NINESTEP_TRACE_KEY": derive_text(root, "trace")}
    introspection = {"NINESTEP_INTROSPECTION_SECRET": derive_text(root, "introspection")}
    own = {
        "provider": {
            "NINESTEP_SESSION_KEY": derive_text(root, "provider-session"),
            "NINESTEP_SEED_KEY": seed_key,
            "NINESTEP_SIGNING_KEY": derive_text(root, "signing"),
            **introspection,
        },
        "resource_api": introspection,
        "client_app": {
            "NINESTEP_SESSION_KEY": derive_text(root, "client-session"),
            "NINESTEP_LOGIN_KEY": derive_text(root, "client-login"),
            "NINESTEP_TOKEN_KEYS": derive_text(root, "client-tokens"),
            "NINESTEP_MEITUAN_SECRET": app_secret(seed_key, "wx1234567890abcdef"),
            "NINESTEP_MEITUAN_PC_SECRET": app_secret(seed_key, "wxfedcba0987654321"),
            "NINESTEP_MEITUAN_MINI_SECRET": app_secret(seed_key, "wx0fedcba987654321"),
            "NINESTEP_MEITUAN_APP_SECRET": app_secret(seed_key, "wx00112233445566ff"),
            "NINESTEP_MEITUAN_OLD_APP_SECRET": app_secret(seed_key, "wxff66554433221100"),
            "NINESTEP_ZHIHU_CLIENT_SECRET": app_secret(seed_key, "zhihu"),
            "NINESTEP_XIAOTU_CLIENT_SECRET": app_secret(seed_key, "xiaotu"),
            "NINESTEP_SITE_A_CLIENT_SECRET": app_secret(seed_key, "site-a"),
            "NINESTEP_NIGHTLY_CLIENT_SECRET": app_secret(seed_key, "nightly"),
            "NINESTEP_MEITU_CLIENT_SECRET": app_secret(seed_key, "meitu"),
            "NINESTEP_QQ_SECRET": app_secret(seed_key, "101234567"),
            "NINESTEP_WEIBO_SECRET": app_secret(seed_key, "1357924680"),
        },
    }
    return {**shared, **own[service]}
