"""Which fields of an app its form has: those that mean something for its dialect and kind; the rest is left alone."""

from __future__ import annotations

from ninestep.dialects import DIALECTS
from ninestep.records import App
from ninestep.trace.checkable import made_for

from . import forms

ALL = tuple(DIALECTS)
PEOPLE = ("standard web", "standard spa", "standard native")  # somebody logs in: a machine has no user
REDIRECTED = (*PEOPLE, "wechat official_account", "wechat website", "qq", "weibo")
RENEWED = (*PEOPLE, "wechat official_account", "wechat website", "wechat mobile", "qq", "weibo mobile")
SECRET = ("standard web", "standard machine")  # the others have one way to prove themselves, or none

# name -> what its value is, and the apps that have it: a dialect, or a dialect's kind
FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("text", ALL),
    "fidelity": ("text", ("wechat", "qq", "weibo")),
    "redirect_uris": ("lines", REDIRECTED),
    "callback_domain": ("text", ("wechat official_account", "wechat website")),
    "open_platform": ("text", ("wechat", "qq")),
    "page": ("text", ("wechat mini_program", "wechat mobile")),
    "scopes": ("many", ALL),
    "consent.mode": ("text", ("wechat", "qq", "weibo", *PEOPLE)),
    "consent.user": ("text", ("wechat", "qq", "weibo", *PEOPLE)),
    "ttl.code": ("number", ("wechat", "qq", "weibo", *PEOPLE)),
    "ttl.access": ("number", ALL),
    "ttl.refresh": ("number", RENEWED),
    "grant_types": ("many", ("standard",)),
    "token_endpoint_auth_method": ("text", SECRET),
    "jwks": ("json", SECRET),
    "access_token_format": ("text", ("standard",)),
    "dpop": ("flag", ("standard",)),
    "id_token_signed_response_alg": ("text", PEOPLE),
    "backchannel_logout_uri": ("text", PEOPLE),
    "post_logout_redirect_uris": ("lines", PEOPLE),
    "disabled": ("flag", ALL),
    "banned": ("flag", ALL),
}


def of(app: App) -> forms.Kinds:
    return {name: kind for name, (kind, places) in FIELDS.items() if made_for(app, places)}


def places(name: str) -> tuple[str, ...]:
    """Every ``dialect kind`` that has the field, for a form in which they are still to be chosen."""
    apps = (
        App(appid="", secret="", world="", name="", dialect=d, kind=k) for d in ALL for k in DIALECTS[d].KINDS
    )
    return tuple(f"{app.dialect} {app.kind}" for app in apps if made_for(app, FIELDS[name][1]))
