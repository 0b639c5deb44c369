"""Which checks can be made for an app: by provider and resource API, and which of them only its own client can make.

A test compares the names with the code that makes the checks; their words stand in ``words/checks.*.json``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..records import App
from .vocabulary import PROVIDER, RESOURCE

NO_CHECK = frozenset({"armed decision"})  # told among the checks, and never refuses


class Checkable(NamedTuple):
    service: str
    name: str


STANDARD, QQ, WEIBO = ("standard",), ("qq",), ("weibo",)
ACCOUNT, SITE, MOBILE, MINI = (
    "wechat official_account",
    "wechat website",
    "wechat mobile",
    "wechat mini_program",
)
WECHAT = (ACCOUNT, SITE, MOBILE)  # those that give a code
PLATFORMS = (*WECHAT, *QQ, *WEIBO)
LOGINS = (*STANDARD, *PLATFORMS)
PAGES = (*STANDARD, ACCOUNT, *QQ, *WEIBO)  # their user says yes on a page
CONFIDENTIAL = ("standard web", "standard machine")
SECRET = ("standard web", "standard machine", *PLATFORMS, MINI)
IMPLICIT_KINDS = ("standard web", "standard spa")
DEVICES = ("standard web", "standard native")  # those that may have no browser (RFC 8628)
RENEWED = (*STANDARD, *WECHAT, *QQ, "weibo mobile")
NOWHERE = ()  # only where the town is set up for it, or for a call beside the login

# who checks it -> check -> the apps for which it is made: a dialect, or a dialect's kind
TABLE: dict[str, dict[str, tuple[str, ...]]] = {
    PROVIDER: {
        "client known": (*LOGINS, MINI),
        "client enabled": (*LOGINS, MINI),
        "client not banned": (*PLATFORMS, MINI),
        "client_id given": (*STANDARD, *QQ, *WEIBO),
        "appid given": (*WECHAT, MINI),
        "appid of an official account": (ACCOUNT,),
        "appid of a website": (SITE,),
        "appid of a mobile app": (MOBILE,),
        "no parameter repeated": LOGINS,
        "redirect_uri given": (*STANDARD, ACCOUNT, SITE, *QQ, *WEIBO),
        "redirect_uri registered": (*STANDARD, ACCOUNT, SITE, *QQ, *WEIBO),
        "response_type allowed": LOGINS,
        "scope given": (ACCOUNT, SITE),
        "scope allowed": LOGINS,
        "scope is *": (MOBILE,),
        "state can travel back": LOGINS,
        "state at most 128 bytes": (ACCOUNT,),
        "state at most 1024 bytes": (MOBILE,),
        "PKCE S256 challenge": STANDARD,
        "response_mode understood": STANDARD,
        "no request_uri in a pushed request": STANDARD,
        "request pushed before": STANDARD,
        "request_uri is the town's": STANDARD,
        "request_uri known": STANDARD,
        "request_uri belongs to the client": STANDARD,
        "request_uri not expired": STANDARD,
        "no request object": STANDARD,
        "no registration object": STANDARD,
        "scope openid for an id_token": IMPLICIT_KINDS,
        "nonce given": IMPLICIT_KINDS,
        "prompt understood": STANDARD,
        "max_age in seconds": STANDARD,
        "claims understood": STANDARD,
        "acr can be met": STANDARD,
        "id_token_hint of this server": STANDARD,
        "user is who was asked for": STANDARD,
        "client of the id_token_hint": STANDARD,
        "post_logout_redirect_uri registered": STANDARD,
        "opened in WeChat": (ACCOUNT,),
        "third-party platform authorized": (ACCOUNT,),
        "user authenticated": (*PAGES, SITE),
        "user who was asked": (MOBILE,),
        "user may authorize": LOGINS,
        "answer understood": (MOBILE,),
        "consent nonce of this browser": PAGES,
        "request not answered before": (*PAGES, MOBILE),
        "QR code not expired": (SITE,),
        "QR code scanned by this user": (SITE,),
        "grant_type given": (*STANDARD, *WEIBO),
        "grant_type known": QQ,
        "grant_type supported": LOGINS,
        "grant_type allowed to the app": LOGINS,
        "scope needs no user": ("standard web", "standard machine"),
        "subject_token is an access token": ("standard web", "standard machine"),
        "an access token is wanted": ("standard web", "standard machine"),
        "subject token known": ("standard web", "standard machine"),
        "token is for the town's data": ("standard web", "standard machine"),
        "scope within the subject's": ("standard web", "standard machine"),
        "grant_type is authorization_code": (*WECHAT, MINI),
        "grant_type is refresh_token": WECHAT,
        "grant_type is client_credential": (MINI,),
        "client_secret given": (*QQ, *WEIBO),
        "secret given": (*WECHAT, MINI),
        "client authentication method": LOGINS,
        "client secret": SECRET,
        "body is a form": STANDARD,
        "one way to authenticate, no parameter repeated": STANDARD,
        "client assertion of type jwt-bearer": CONFIDENTIAL,
        "client assertion signed by the client": CONFIDENTIAL,
        "client assertion about itself": CONFIDENTIAL,
        "client assertion for this server": CONFIDENTIAL,
        "client assertion in time": CONFIDENTIAL,
        "client assertion not used before": CONFIDENTIAL,
        "DPoP proof given": STANDARD,
        "DPoP proof holds": STANDARD,
        "DPoP nonce of this server": STANDARD,
        "DPoP key as before": STANDARD,
        "DPoP key is dpop_jkt": STANDARD,
        "DPoP proof not used before": STANDARD,
        "code given": (*LOGINS, MINI),
        "code known": (*LOGINS, MINI),
        "code not used": (*LOGINS, MINI),
        "code belongs to the client": LOGINS,
        "code of this app": (MINI,),
        "code not expired": (*LOGINS, MINI),
        "redirect_uri same as at authorize": (*STANDARD, *QQ, *WEIBO),
        "PKCE verifier": STANDARD,
        "login not ended": STANDARD,
        "code spent by this request": (*LOGINS, MINI),
        "user known": (*LOGINS, MINI),
        "username and password given": ("standard web", "standard native"),
        "device_code given": DEVICES,
        "device code known": DEVICES,
        "device code not used": DEVICES,
        "device code belongs to the client": DEVICES,
        "device code not expired": DEVICES,
        "device keeps its interval": DEVICES,
        "user agreed": DEVICES,
        "device code spent by this request": DEVICES,
        "user code waits for its user": DEVICES,
        "device not answered before": DEVICES,
        "refresh_token given": RENEWED,
        "app may refresh": WEIBO,
        "refresh token known": RENEWED,
        "refresh token not used": ("standard",),
        "refresh token belongs to the client": RENEWED,
        "refresh token not expired": RENEWED,
        "consent still given": RENEWED,
        "refresh token spent by this request": (*STANDARD, *QQ, "weibo mobile"),
        "access_token given": (*QQ, *WEIBO, MINI),
        "token given": STANDARD,
        "token known": (*STANDARD, *QQ, *WEIBO),
        "token belongs to the client": STANDARD,
        "caller may ask": STANDARD,
        "token not expired": (*STANDARD, *QQ, *WEIBO),
        "token and consent live": (*STANDARD, *QQ, *WEIBO),
        "unionid allowed": QQ,
        "consent existed": NOWHERE,
        "js_code given": (MINI,),
        "js_code known": (MINI,),
        "js_code of this app": (MINI,),
        "js_code not used": (MINI,),
        "js_code not expired": (MINI,),
        "js_code spent by this request": (MINI,),
        "user not blocked": (MINI,),
        "user logged in": (MINI,),
        "access_token known": (MINI,),
        "access_token not expired": (MINI,),
        "access_token is the latest": (MINI,),
        "access_token of a mini program": (MINI,),
        "account may have a token": (MINI,),
        "body is JSON": (MINI,),
        "body well formed": (MINI,),
        "force_refresh 20 times a day": (MINI,),
        "force_refresh 30 s apart": (MINI,),
        "method is POST": (MINI,),
        "openid has a session": (MINI,),
        "openid is the code's": (MINI,),
        "sig_method is hmac_sha256": (MINI,),
        "signature": (MINI,),
        "session not expired": (MINI,),
        "session_key replaced by this request": (MINI,),
    },
    RESOURCE: {
        "method is GET": WEIBO,
        "method is GET or POST": QQ,
        "one way to send the token": STANDARD,
        "token given": STANDARD,
        "access_token given": PLATFORMS,
        "openid given": (*WECHAT, *QQ),
        "oauth_consumer_key given": QQ,
        "token known": LOGINS,
        "token not expired": LOGINS,
        "token and consent live": LOGINS,
        "token of this app": QQ,
        "token active by introspection": NOWHERE,
        "client enabled": STANDARD,
        "token bound to a key or sent as Bearer": STANDARD,
        "DPoP proof given": STANDARD,
        "DPoP proof holds": STANDARD,
        "DPoP key of the token": STANDARD,
        "DPoP nonce of this server": STANDARD,
        "DPoP proof not used before": STANDARD,
        "openid belongs to the token": WECHAT,
        "openid of the token's user": QQ,
        "client not banned": WEIBO,
        "app online": QQ,
        "API open to the app": QQ,
        "API granted by the user": QQ,
        "user known": (*STANDARD, *WECHAT, *WEIBO),
        "user tests the app": WEIBO,
        "uid or screen_name given": WEIBO,
        "user exists": WEIBO,
        "token of a user": STANDARD,
        "scope allows the profile": (*STANDARD, *WECHAT),
        "scope allows the email": WEIBO,
        "scope allows reading articles": LOGINS,
        "scope allows writing drafts": LOGINS,
        "article known": STANDARD,
        "draft has a text": STANDARD,
    },
}
CLIENTS_OWN = {  # what only the client can check -> for which apps
    "state compared": (*STANDARD, ACCOUNT, SITE, *QQ, *WEIBO),
    "issuer compared": STANDARD,
}


def checkable(app: App) -> list[Checkable]:
    """In the order of a login."""
    return [
        Checkable(service, name.replace("*", app.scopes[0] if app.scopes else "*"))
        for service, names in TABLE.items()
        for name, places in names.items()
        if made_for(app, places)
    ]


def made_for(app: App, places: tuple[str, ...]) -> bool:
    return app.dialect in places or f"{app.dialect} {app.kind}" in places


def slug(name: str) -> str:
    """Under which its words stand: ``client_secret``; names with something filled in share theirs."""
    plain = re.sub(r"^(scope|grant_type) is .*", r"\1 is", name.lower())
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
