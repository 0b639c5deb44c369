"""Every knob of every service; each can be set as ``NINESTEP_<NAME>``.

One frozen dataclass per service, built once from the environment and passed on whole. A name that no service
knows stops the start, so a typo is a sentence and not a surprise.
"""

from __future__ import annotations

import os
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from urllib.parse import urlsplit

PREFIX = "NINESTEP_"
MOST = 2**31 - 1  # of a number; as seconds 68 years

SETTINGS_PROBLEM = "Settings: "  # starts the line in which a service says why it will not start

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(Exception):
    """A setting that cannot be used; the text is meant for the person who typed it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What all services know. ``*_url`` is what a browser is sent to, ``*_internal_url`` what a back channel calls."""

    env: str = "development"  # development | production
    bind: str = "127.0.0.1"  # the address the listening sockets were bound to
    exposure: str = ""  # "loopback" states that only loopback reaches the ports, whatever `bind` says
    redis_url: str = "redis://127.0.0.1:6379/0"  # also taken from REDIS_URL; redis-cluster:// for a cluster
    redis_prefix: str = "n9"  # starts every key, so that towns can share one Redis
    provider_url: str = "http://127.0.0.1:9000"
    provider_internal_url: str = ""  # empty: the public one
    resource_url: str = "http://127.0.0.1:9001"
    resource_internal_url: str = ""
    client_url: str = "http://127.0.0.1:9002"
    client_internal_url: str = ""
    gateway_url: str = "http://127.0.0.1:9003"
    allowed_hosts: tuple[str, ...] = ()  # further Host names to answer to, comma-separated
    trusted_proxies: int = 0  # how many proxies in front may speak through X-Forwarded-*
    backstage: bool = True  # False turns /_mock and the links to it off
    trace_patience: int = 50  # milliseconds an answer waits for its record; then the answer matters more
    trace_key: str = "unset"  # one key of the three services: value hashes and revealed values

    def __post_init__(self) -> None:
        for name in ("provider", "resource", "client"):
            if not getattr(self, f"{name}_internal_url"):
                object.__setattr__(self, f"{name}_internal_url", getattr(self, f"{name}_url"))
        if self.env not in ("development", "production"):
            raise SettingsError(f"{PREFIX}ENV is {self.env!r}; it can be development or production")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, int) and not 0 <= value <= MOST:
                bound = "less than none" if value < 0 else f"more than {MOST}"
                raise SettingsError(f"{PREFIX}{field.name.upper()} is {value}; it cannot be {bound}")

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def loopback_only(self) -> bool:
        return self.bind in LOOPBACK_NAMES or self.exposure == "loopback"


@dataclass(frozen=True, kw_only=True)
class ProviderSettings(Settings):
    """The authorization server."""

    session_key: str = "unset"  # signs CSRF tokens
    seed_key: str = "unset"  # the seeded apps' secrets follow from it
    signing_key: str = "unset"  # encrypts the private halves of the keys that sign tokens
    introspection_secret: str = "unset"  # what resource_api proves itself with at /oauth/introspect
    admin_token: str = ""  # Bearer token of the control API; needed when more than loopback reaches it
    code_ttl: int = (
        0  # seconds; for apps under fidelity `tutorial` and standard apps; 0: what the dialect says
    )
    access_ttl: int = 0
    refresh_ttl: int = 0
    seed: str = ""  # a seed file, YAML or JSON, that is applied at each start
    registration: str = ""  # open | closed: /oauth/register; empty: open where only loopback reaches the town

    def __post_init__(self) -> None:
        super().__post_init__()
        sendable(self.admin_token)
        if self.registration not in ("", "open", "closed"):
            raise SettingsError(f"{PREFIX}REGISTRATION is {self.registration!r}; it can be open or closed")

    @property
    def registers(self) -> bool:
        """Whether clients may register themselves (RFC 7591)."""
        return self.registration == "open" or (not self.registration and self.loopback_only)


@dataclass(frozen=True, kw_only=True)
class ResourceSettings(Settings):
    """The resource server."""

    introspection_secret: str = "unset"


@dataclass(frozen=True, kw_only=True)
class ClientSettings(Settings):
    """The Meituan-style client and the smaller samples. It knows its apps from here alone."""

    session_key: str = "unset"  # signs CSRF tokens
    login_key: str = "unset"  # signs the client's own login token
    token_keys: tuple[str, ...] = ("unset",)  # encrypt stored tokens; the first encrypts, all decrypt
    meituan_appid: str = "wx1234567890abcdef"
    meituan_secret: str = ""
    meituan_pc_appid: str = "wxfedcba0987654321"
    meituan_pc_secret: str = ""
    meituan_mini_appid: str = "wx0fedcba987654321"
    meituan_mini_secret: str = ""
    meituan_app_appid: str = "wx00112233445566ff"
    meituan_app_secret: str = ""
    meituan_old_app_appid: str = "wxff66554433221100"  # 美团 App 旧版, which hands its secret out
    meituan_old_app_secret: str = ""
    zhihu_client_id: str = "zhihu"
    zhihu_client_secret: str = ""
    xiaotu_client_id: str = "xiaotu"  # 小兔排版
    xiaotu_client_secret: str = ""
    site_a_client_id: str = "site-a"
    site_a_client_secret: str = ""
    spa_client_id: str = "spa"  # of a single-page app, which has no secret
    nightly_client_id: str = "nightly"
    nightly_client_secret: str = ""
    meitu_client_id: str = "meitu"  # 美图秀秀 before OAuth
    meitu_client_secret: str = ""
    tv_client_id: str = "tv"  # no secret either
    qq_appid: str = "101234567"
    qq_secret: str = ""
    weibo_appid: str = "1357924680"
    weibo_secret: str = ""
    monitoring_url: str = ""  # production: each metric event is posted here


@dataclass(frozen=True, kw_only=True)
class InterceptSettings(Settings):
    """The gateway where it answers to the platforms' own names, over TLS."""

    state: str = ".ninestep"  # the folder in which its certificates lie


@dataclass(frozen=True, kw_only=True)
class LauncherSettings(Settings):
    """What ``ninestep up`` itself reads. A URL left empty follows from the port that was really bound."""

    redis_url: str = ""  # also taken from REDIS_URL; empty: the bundled engine, else a server on PATH
    provider_url: str = ""
    resource_url: str = ""
    client_url: str = ""
    gateway_url: str = ""
    proxy_url: str = ""  # where `ninestep up --intercept` answers as an HTTPS proxy
    state: str = ".ninestep"  # folder of the root secret, keys, pids, logs and the local engine's data
    root_secret: str = ""  # empty: the state folder's, made at the first start
    provider_port: int = 9000  # 0: any free port
    resource_port: int = 9001
    client_port: int = 9002
    gateway_port: int = 9003
    proxy_port: int = 9004  # only bound by `ninestep up --intercept`
    seed: str = ""  # a seed file; `ninestep up --seed` names one too, and wins
    workers: int = 0  # gunicorn workers per service; 0: two for the provider, one for each of the others

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("provider_port", "resource_port", "client_port", "gateway_port", "proxy_port"):
            if not 0 <= getattr(self, name) <= 65535:
                raise SettingsError(f"{PREFIX}{name.upper()} is {getattr(self, name)}; a port is 0 to 65535")


SERVICES: tuple[type[Settings], ...] = (
    *(ProviderSettings, ResourceSettings, ClientSettings),
    *(InterceptSettings, LauncherSettings),
)

S = typing.TypeVar("S", bound=Settings)

TEST_KIT = {"url"}  # `NINESTEP_URL` tells tests where a town runs already; it means nothing to the town


def load(kind: type[S], environ: Mapping[str, str] | None = None, **overrides: object) -> S:
    """``kind`` from the environment; ``overrides`` win. Raises SettingsError in the user's words."""
    environ = os.environ if environ is None else environ
    known = {f.name for service in SERVICES for f in fields(service)} | TEST_KIT
    unknown = sorted(
        n for n in environ if n.startswith(PREFIX) and n.removeprefix(PREFIX).lower() not in known
    )
    if unknown:
        raise SettingsError(f"Unknown settings: {', '.join(unknown)}")
    hints = typing.get_type_hints(kind)
    values: dict[str, object] = {}
    for field in fields(kind):
        raw = environ.get(PREFIX + field.name.upper())
        if raw is None and field.name == "redis_url":
            raw = environ.get("REDIS_URL")
        if raw is not None:
            values[field.name] = _parse(PREFIX + field.name.upper(), raw, hints[field.name])
        elif field.default is MISSING:
            raise SettingsError(f"{PREFIX}{field.name.upper()} is not set")
    return kind(**{**values, **overrides})  # type: ignore[arg-type]


def _parse(name: str, raw: str, hint: object) -> object:
    if hint is int:
        try:
            return int(raw)
        except ValueError:
            raise SettingsError(f"{name} is {raw!r}; it has to be a whole number") from None
    if hint is bool:
        if raw.lower() in ("1", "true", "yes", "on"):
            return True
        if raw.lower() in ("0", "false", "no", "off", ""):
            return False
        raise SettingsError(f"{name} is {raw!r}; it can be true or false")
    if hint == tuple[str, ...]:
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    return raw.rstrip("/") if name.endswith("_URL") and not name.endswith("REDIS_URL") else raw


def sendable(token: str) -> str:
    """The admin token, if an Authorization header can carry it (RFC 6750 §2.1). Raises SettingsError, which does not
    tell it."""
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise SettingsError(
            f"{PREFIX}ADMIN_TOKEN has a character that no Authorization header can carry; "
            "take A-Z a-z 0-9 - . _ ~ + /"
        )
    return token


def host_of(url: str) -> str:
    """The host of a URL, without its port."""
    return urlsplit(url).hostname or ""
