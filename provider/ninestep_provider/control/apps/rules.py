"""What an app may hold: the rules over a whole record, each with a sentence and a fix (Problem 422)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from ninestep.dialects import DIALECTS, FIDELITIES, check_policies, policies_of
from ninestep.dialects.wechat import PHONE_KINDS
from ninestep.oauth.grant_types import GRANTS, IMPLICIT
from ninestep.records import App

from ...dialects import DIALECTS as MANNERS
from ...dialects.standard import native_apps
from ...dialects.wechat.callback_domain import BadDomain, bare_domain
from ...engine.client_authentication import jwks
from ...engine.location import origin
from ...services import services
from ..nearest import near, nearest
from ..problem import Problem
from .bodies import AUTH_METHODS, SIGNING, TOKEN_FORMATS

BAD_DOMAIN = {
    "scheme": "a callback domain has no http:// before it",
    "path": "a callback domain has no path, query or fragment",
    "port": "the port of the callback domain is no number from 1 to 65535",
    "name": "the callback domain is no domain name",
}


def checked(app: App) -> App:
    """``app`` as it is kept: its callback domain in ASCII and lower case. Raises Problem."""
    among(app.fidelity, FIDELITIES, "fidelity")
    _check_authentication(app)
    try:
        check_policies(app.dialect, app.policies)
    except ValueError as error:
        known = policies_of(app.dialect)
        unknown = next((name for name in app.policies if name not in known), "")
        fix = near(unknown, known) if unknown else "see the policies in /_mock/api/openapi.json"
        raise Problem(422, str(error), field="policies", fix=fix) from None
    words: Any = DIALECTS[app.dialect]
    for scope in app.scopes:
        among(scope, words.SCOPES[app.kind], "scopes")
    among(app.id_token_signed_response_alg, ("", *SIGNING), "id_token_signed_response_alg")
    among(app.access_token_format, TOKEN_FORMATS, "access_token_format")
    # who cannot choose carries the field without a meaning
    grants = MANNERS[app.dialect].possible_grants(app) or GRANTS
    for grant in app.grant_types:
        among(grant, grants, "grant_types")
    for uri in app.redirect_uris:
        _check_redirect_uri(uri, app)
    if app.dpop and IMPLICIT in app.grant_types:
        told = "a token in a redirect is bound to no key (RFC 9449)"
        raise Problem(422, told, field="dpop", fix="leave implicit out of grant_types")
    for uri in app.post_logout_redirect_uris:
        if not (_native(app) and native_apps.private(uri)):  # its own scheme (RP-Initiated Logout §2)
            _check_address(uri, "post_logout_redirect_uris")
        _check_tls(uri, "post_logout_redirect_uris", app)
    if app.backchannel_logout_uri:
        _check_address(app.backchannel_logout_uri, "backchannel_logout_uri", fragment=False)
    if app.page:
        _check_page(app)
    return msgspec.structs.replace(app, callback_domain=_callback_domain(app.callback_domain))


def among(value: str, allowed: tuple[str, ...], field: str) -> None:
    if value not in allowed:
        names = ", ".join(name or '""' for name in allowed)
        guess = nearest(value, allowed)
        raise Problem(
            422,
            f"{field} is {value[:80]!r}; it can be {names}",
            field=field,
            fix=f"did you mean {guess!r}?" if guess else names,
        )


def _callback_domain(typed: str) -> str:
    if not typed:
        return ""
    try:
        if typed != typed.strip():
            raise BadDomain("name")
        return bare_domain(typed)
    except BadDomain as bad:
        told = BAD_DOMAIN.get(bad.problem, BAD_DOMAIN["name"])
        raise Problem(422, f"{typed!r}: {told}", field="callback_domain", fix="www.example.com") from None


def _check_authentication(app: App) -> None:
    """RFC 6749 §2.1: what runs in the user's hands keeps no secret; RFC 7591 §2 for the names."""
    method = app.token_endpoint_auth_method
    among(method, ("", *AUTH_METHODS), "token_endpoint_auth_method")
    if app.kind in ("spa", "native") and method not in ("", "none"):
        raise Problem(
            422,
            f"a {app.kind} app keeps no secret",
            field="token_endpoint_auth_method",
            fix="none, or leave it out",
        )
    if method in ("none", "private_key_jwt") and method not in MANNERS[app.dialect].auth_methods:
        told = "public apps" if method == "none" else method
        raise Problem(
            422,
            f"dialect {app.dialect} knows no {told}",
            field="token_endpoint_auth_method",
            fix="leave it out",
        )
    if app.jwks and (wrong := jwks.problem(app.jwks)):
        raise Problem(422, f"jwks: {wrong}", field="jwks", fix='{"keys": [{"kty": "EC", …}]}')
    if method == "private_key_jwt" and not app.jwks:
        told = "private_key_jwt needs the app's public keys"
        raise Problem(
            422, told, field="jwks", fix="send them in jwks; the town fetches nothing from anywhere"
        )


def _check_redirect_uri(uri: str, app: App) -> None:
    """RFC 6749 §3.1.2: absolute, without a fragment (WeChat allows one: wire.md A.1.1); https in production. A native
    app may have a scheme of its own, and loopback addresses without TLS (RFC 8252 §7)."""
    if not _native(app) and native_apps.private(uri):
        fix = f"kind {native_apps.NATIVE} (RFC 8252 §7.1), or https://host/path"
        raise Problem(422, f"{uri!r} is no http(s) address", field="redirect_uris", fix=fix)
    if not native_apps.private(uri):
        _check_address(uri, "redirect_uris")
    if "#" in uri and not MANNERS[app.dialect].redirect_fragments:
        fix = f"{uri.partition('#')[0]} (RFC 6749 §3.1.2)"
        raise Problem(422, f"{uri!r} has a fragment", field="redirect_uris", fix=fix)
    _check_tls(uri, "redirect_uris", app)


def _native(app: App) -> bool:
    return app.kind == native_apps.NATIVE


def _check_tls(uri: str, field: str, app: App) -> None:
    """Where a browser is sent (OpenID Connect RP-Initiated Logout §3.1 too): in production over TLS, or not at all."""
    at_home = _native(app) and native_apps.own(uri)
    if services().settings.production and urlsplit(uri).scheme != "https" and not at_home:
        raise Problem(422, f"{uri!r} has to be https in production", field=field, fix="https://…")


def _check_page(app: App) -> None:
    """Where a mini program or a mobile app lives, for the phone's frame."""
    if app.kind not in MANNERS[app.dialect].phone_kinds:
        told = f"an app of kind {app.kind} is not opened on the phone"
        raise Problem(422, told, field="page", fix=f"kind {' or '.join(PHONE_KINDS)}")
    _check_address(app.page, "page")
    if not origin(app.page):  # it has to stand in a header
        raise Problem(
            422, f"{app.page!r} has no host that a browser takes", field="page", fix="https://host/path"
        )
    if "#" in app.page:
        raise Problem(422, f"{app.page!r} has a fragment", field="page", fix=app.page.partition("#")[0])


def _check_address(uri: str, field: str, *, fragment: bool = True) -> None:
    """An absolute http(s) address, without a user in it or a character that no address has."""
    try:
        parts = urlsplit(uri)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    good = good and (fragment or "#" not in uri)  # OpenID Connect Back-Channel Logout §2.2
    if not good or "@" in parts.netloc or "\\" in uri or any(ord(c) < 33 or ord(c) == 127 for c in uri):
        raise Problem(422, f"{uri!r} is no http(s) address", field=field, fix="https://host/path")
