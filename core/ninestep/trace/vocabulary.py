"""The fixed vocabulary: every kind of exchange that can be recorded, who speaks to whom, and which step it is.

``steps`` are the seed's numbers (S0 §3.1): what the request is and what the answer is; 0 is a helper without a number.
"""

from __future__ import annotations

from typing import NamedTuple

BROWSER, CLIENT, PROVIDER, RESOURCE = "browser", "client_app", "provider", "resource_api"
SERVICES = (CLIENT, PROVIDER, RESOURCE)
LANES = (BROWSER, CLIENT, PROVIDER, RESOURCE)
FRONT, BACK = "front", "back"


class Kind(NamedTuple):
    sender: str
    receiver: str
    via: str  # the browser, where it carries the message between two others
    channel: str
    steps: tuple[int, int]


KINDS: dict[str, Kind] = {
    "login.started": Kind(BROWSER, CLIENT, "", FRONT, (1, 2)),
    "request.pushed": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),  # RFC 9126: the browser carries a name of it
    "authorize.requested": Kind(CLIENT, PROVIDER, BROWSER, FRONT, (2, 0)),
    "login.shown": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "login.submitted": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "consent.shown": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "qr.shown": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "qr.scanned": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "qr.answered": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),  # the poll that brings the code
    "consent.given": Kind(BROWSER, PROVIDER, "", FRONT, (3, 4)),
    "device.asked": Kind(BROWSER, CLIENT, "", FRONT, (1, 0)),  # by its own button, to show a code
    "device.entered": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),  # what stands on its screen (RFC 8628 §3.3)
    "device.answered": Kind(BROWSER, PROVIDER, "", FRONT, (3, 4)),
    "js_code.given": Kind(BROWSER, PROVIDER, "", FRONT, (2, 4)),  # wx.login: silent, so there is no step 3
    "profile.given": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "phone.given": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "callback.received": Kind(PROVIDER, CLIENT, BROWSER, FRONT, (5, 9)),
    "code.posted": Kind(BROWSER, CLIENT, "", FRONT, (5, 9)),  # by an App or a mini program, to its own server
    "open_data.posted": Kind(
        BROWSER, CLIENT, "", FRONT, (0, 0)
    ),  # what WeChat encrypted, or a phone number's code
    "code.redeemed": Kind(CLIENT, PROVIDER, "", BACK, (5, 6)),
    "device.started": Kind(CLIENT, PROVIDER, "", BACK, (2, 0)),  # RFC 8628 §3.1: no browser carries it
    "device.polled": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),  # the one that settles it is 5 and 6
    "token.granted": Kind(CLIENT, PROVIDER, "", BACK, (5, 6)),  # by a grant without a code
    "token.delivered": Kind(
        PROVIDER, CLIENT, "", BACK, (4, 0)
    ),  # what S3 imagines: no code, and so no redirect
    "js_code.redeemed": Kind(CLIENT, PROVIDER, "", BACK, (5, 6)),
    "session.checked": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),
    "session.reset": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),
    "phone.read": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),
    "cgi_token.issued": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),
    "token.refreshed": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),
    "token.revoked": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),
    "token.verified": Kind(RESOURCE, PROVIDER, "", BACK, (0, 0)),
    "token.inspected": Kind(CLIENT, PROVIDER, "", BACK, (0, 0)),  # whose it is, asked of the provider
    "token.checked": Kind(CLIENT, RESOURCE, "", BACK, (0, 0)),
    "profile.read": Kind(CLIENT, RESOURCE, "", BACK, (7, 8)),
    "articles.read": Kind(CLIENT, RESOURCE, "", BACK, (7, 8)),
    "draft.written": Kind(CLIENT, RESOURCE, "", BACK, (0, 0)),
    "draft.deleted": Kind(CLIENT, RESOURCE, "", BACK, (0, 0)),
    "password.posted": Kind(BROWSER, CLIENT, "", FRONT, (0, 0)),  # before OAuth: at somebody else's site
    "job.started": Kind(BROWSER, CLIENT, "", FRONT, (0, 0)),
    "session.ended": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),  # OpenID Connect RP-Initiated Logout
    "logout.told": Kind(PROVIDER, CLIENT, "", BACK, (0, 0)),  # OpenID Connect Back-Channel Logout
    "grant.revoked": Kind(BROWSER, PROVIDER, "", FRONT, (0, 0)),
    "session.read": Kind(BROWSER, CLIENT, "", FRONT, (0, 0)),
    "logout.requested": Kind(BROWSER, CLIENT, "", FRONT, (0, 0)),
}

SILENT_STEPS = (2, 4)  # an authorize request answered at once: there is no step 3

ENDPOINTS = {  # what faults can be put on, and the exchange that it is
    "authorize": "authorize.requested",
    "par": "request.pushed",
    "login": "login.submitted",
    "consent": "consent.given",
    "qr_poll": "qr.answered",
    "device": "device.started",
    "token": "code.redeemed",
    "js_code": "js_code.redeemed",
    "refresh": "token.refreshed",
    "revoke": "token.revoked",
    "introspect": "token.verified",
    "me": "token.inspected",
    "check": "token.checked",
    "userinfo": "profile.read",
    "articles": "articles.read",
    "session": "session.checked",
    "session_reset": "session.reset",
    "phone": "phone.read",
    "cgi_token": "cgi_token.issued",
}
ENDPOINT_OF = {exchange: endpoint for endpoint, exchange in ENDPOINTS.items()} | {
    "draft.written": "articles",
    "draft.deleted": "articles",
    "token.granted": "token",
    "device.polled": "token",
}

OK, REFUSED, FAILED = "ok", "refused", "failed"
