"""What can be said of an app, and what is told of one."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType
from ninestep.dialects import DIALECTS, FIDELITIES
from ninestep.oauth.grant_types import GRANTS

from ..operation import Body, enum
from ..query import END, Name

SIGNING = ("RS256", "ES256", "EdDSA")
TOKEN_FORMATS = ("opaque", "jwt")
AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
MOST_URIS = 100
KINDS = tuple(sorted({kind for words in DIALECTS.values() for kind in words.KINDS}))
SCOPES = tuple(sorted({s for words in DIALECTS.values() for scopes in words.SCOPES.values() for s in scopes}))

Text = Annotated[str, Meta(max_length=128)]
Seconds = Annotated[int, Meta(ge=0, le=10 * 365 * 86400)]  # 0: the default
Host = Annotated[
    str,
    Meta(
        max_length=260,
        description="a bare name as the platform wants it: no scheme, no path; a port may follow",
    ),
]
Secret = Annotated[str, Meta(pattern=r"^[!-~]{0,128}" + END)]
Uri = Annotated[str, Meta(max_length=2048)]
Page = Annotated[
    str,
    Meta(
        max_length=2048,
        description="kinds mini_program and mobile: the http(s) address that the phone opens in its frame",
    ),
]
Jwks = Annotated[
    dict[str, Any],
    Meta(
        description="the app's public keys, a JWK set (RFC 7517 §5), for token_endpoint_auth_method private_key_jwt;"
        " {} for none. There is no jwks_uri: the town calls nobody"
    ),
]


class AppConsent(Body):
    mode: Annotated[str, enum("ask", "auto", "deny")] | UnsetType = UNSET
    user: Name | UnsetType = UNSET


class AppTtl(Body):
    code: Seconds | UnsetType = UNSET
    access: Seconds | UnsetType = UNSET
    refresh: Seconds | UnsetType = UNSET


class AppChange(Body):
    """What can be said of an app; what is left out stays as it is, or becomes its dialect's default. A policy that is
    null loses its override."""

    name: Text | UnsetType = UNSET
    fidelity: Annotated[str, enum(*FIDELITIES)] | UnsetType = UNSET
    policies: dict[str, bool | int | str | None] | UnsetType = UNSET
    redirect_uris: Annotated[list[Uri], Meta(max_length=MOST_URIS)] | UnsetType = UNSET
    callback_domain: Host | UnsetType = UNSET
    page: Page | UnsetType = UNSET
    scopes: list[Annotated[str, enum(*SCOPES)]] | UnsetType = UNSET
    consent: AppConsent | UnsetType = UNSET
    ttl: AppTtl | UnsetType = UNSET
    open_platform: Name | UnsetType = UNSET
    token_endpoint_auth_method: Annotated[str, enum("", *AUTH_METHODS)] | UnsetType = UNSET
    jwks: Jwks | UnsetType = UNSET
    grant_types: list[Annotated[str, enum(*GRANTS)]] | UnsetType = UNSET
    id_token_signed_response_alg: Annotated[str, enum("", *SIGNING)] | UnsetType = UNSET
    access_token_format: Annotated[str, enum(*TOKEN_FORMATS)] | UnsetType = UNSET
    dpop: bool | UnsetType = UNSET
    post_logout_redirect_uris: Annotated[list[Uri], Meta(max_length=MOST_URIS)] | UnsetType = UNSET
    backchannel_logout_uri: Uri | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    banned: bool | UnsetType = UNSET


class NewApp(AppChange):
    world: Name = ""
    dialect: Annotated[str, enum(*DIALECTS)] = "wechat"
    kind: Annotated[str, enum("", *KINDS)] = ""


class ChosenApp(NewApp):
    secret: Secret = ""


class ConsentAnswer(TypedDict):
    mode: Literal["ask", "auto", "deny"]
    user: str


class TtlAnswer(TypedDict):
    """Seconds, as they are in effect."""

    code: int
    access: int
    refresh: int


class AppAnswer(TypedDict):
    """A registered client (RFC 6749 §2), with its secret; policies and lifetimes as they are in effect."""

    appid: str
    secret: str  # "" of a public app
    type: Literal["public", "confidential"]
    world: str
    name: str
    dialect: str
    kind: str
    fidelity: str
    policies: dict[str, bool | int | str]
    redirect_uris: list[str]
    callback_domain: str
    page: str
    scopes: list[str]
    consent: ConsentAnswer
    ttl: TtlAnswer
    open_platform: str
    token_endpoint_auth_method: str
    jwks: dict[str, Any]
    grant_types: list[str]  # as they are in effect
    id_token_signed_response_alg: str
    access_token_format: str
    dpop: bool
    post_logout_redirect_uris: list[str]
    backchannel_logout_uri: str
    disabled: bool
    banned: bool
    created_at: float
