"""``/oauth/register``: a client registers itself (RFC 7591, OpenID Connect Registration). It becomes an app like any
other, in the world that ``?world=`` names, else in the town.

Open where only loopback reaches us, unless ``NINESTEP_REGISTRATION`` says otherwise. What the app may hold is checked
by the same rules as the control API's, and told in RFC 7591's words.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from msgspec import Meta
from ninestep.dialects import standard
from ninestep.dialects.standard.error_description import plain
from ninestep.dialects.standard.grants import POSSIBLE, RESPONSE_TYPES, USUAL, grants_of, response_types_of
from ninestep.oauth.grant_types import CODE, DEVICE, IMPLICIT, PASSWORD
from ninestep.records import TOWN, App

from ...engine.server import Result
from ...services import services
from . import native_apps
from .calls import spoken

PATH = "/oauth/register"
MOST_APPS = 1000  # of a world, however they came to be
REDIRECTED = {CODE, IMPLICIT}  # grants that need a redirect_uri
JOINER = "\u200d"  # holds the parts of one emoji together
BASIC, POST, KEYS, NONE = "client_secret_basic", "client_secret_post", "private_key_jwt", "none"
REDIRECT, METADATA = "invalid_redirect_uri", "invalid_client_metadata"  # RFC 7591 §3.2.2

Strings = Annotated[list[Annotated[str, Meta(max_length=2048)]], Meta(max_length=100)]


class Metadata(msgspec.Struct, kw_only=True):
    """RFC 7591 §2 and what OpenID Connect, RFC 9126 and RFC 9449 add, as far as it means something here; the rest is
    ignored."""

    redirect_uris: Strings = []
    client_name: Annotated[str, Meta(max_length=128)] = ""
    application_type: str = ""
    token_endpoint_auth_method: str = ""
    grant_types: Strings = []
    response_types: Strings = []
    scope: str = ""
    jwks: dict[str, Any] = {}
    jwks_uri: str = ""
    subject_type: str = "public"
    id_token_signed_response_alg: str = ""
    post_logout_redirect_uris: Strings = []
    backchannel_logout_uri: Annotated[str, Meta(max_length=2048)] = ""
    require_pushed_authorization_requests: bool = False
    dpop_bound_access_tokens: bool = False


class Refused(Exception):
    def __init__(self, error: str, says: str, status: int = 400) -> None:
        super().__init__(says)
        self.result = Result(status, {"error": error, "error_description": plain(says)}, [])


def routes(bp: Blueprint) -> None:
    bp.add_url_rule(PATH, "register", register, methods=["POST"])


def register() -> ResponseReturnValue:
    try:
        if not services().settings.registers:
            raise Refused("access_denied", "nobody can register here (NINESTEP_REGISTRATION)", 403)
        sent = _sent()
        return spoken(Result(201, _told(sent, _made(sent)), []))
    except Refused as refused:
        return spoken(refused.result)


def _sent() -> Metadata:
    """A page of another site cannot send JSON here: its browser would have to ask first."""
    if not request.is_json:
        raise Refused(METADATA, "the body has to be application/json")
    try:
        return msgspec.json.decode(request.get_data(), type=Metadata)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        where = REDIRECT if "$.redirect_uris" in str(error) else METADATA
        raise Refused(where, str(error)) from None


def _made(sent: Metadata) -> App:
    """The app, written. Raises Refused."""
    from ...control.apps import built, fresh_secret  # it imports the dialects
    from ...control.apps.bodies import NewApp
    from ...control.found import world_of
    from ...control.problem import Problem

    grants = _grants(sent)
    kind, method = _kind(sent, grants)
    body = NewApp(
        dialect=standard.NAME,
        kind=kind,
        name=sent.client_name.strip(),
        redirect_uris=list(dict.fromkeys(sent.redirect_uris)),
        grant_types=grants,
        token_endpoint_auth_method=method,
        jwks=sent.jwks,
        scopes=_scopes(sent, kind),
        id_token_signed_response_alg=sent.id_token_signed_response_alg,
        post_logout_redirect_uris=sent.post_logout_redirect_uris,
        backchannel_logout_uri=sent.backchannel_logout_uri,
        dpop=sent.dpop_bound_access_tokens,
        policies={"require_par": True} if sent.require_pushed_authorization_requests else {},
    )
    draft = App(appid="", secret=fresh_secret(), world="", name="", created_at=time.time())
    store = services().store
    try:
        app = built(draft, body)
        world = world_of(request.args.get("world") or TOWN).name
    except Problem as problem:
        error = REDIRECT if any(wrong.field == "redirect_uris" for wrong in problem.errors) else METADATA
        raise Refused(error, problem.detail) from None
    if store.count_apps(world) >= MOST_APPS:
        raise Refused("access_denied", f"world {world} has {MOST_APPS} apps already", 403)
    while not store.reserve_appid(appid := standard.new_appid(kind), world):
        pass
    app = msgspec.structs.replace(app, world=world, appid=appid, name=app.name or appid)
    store.save_app(app)
    return app


def _grants(sent: Metadata) -> list[str]:
    """RFC 7591 §2.1: grants and response types fit each other. Left out: the code, with its refresh token."""
    grants = list(dict.fromkeys(sent.grant_types)) or list(USUAL["web"])
    if not all(c.isprintable() or c == JOINER for c in sent.client_name):  # it stands on the consent page
        raise Refused(METADATA, "client_name: characters that nobody sees, or that turn the line round")
    if sent.jwks_uri and sent.jwks:
        raise Refused(METADATA, "jwks and jwks_uri: one of them (RFC 7591, section 2)")
    if sent.jwks_uri and sent.token_endpoint_auth_method == KEYS:  # else nobody needs them
        raise Refused(
            METADATA, "jwks_uri: the town fetches nothing from anywhere; send the keys themselves in jwks"
        )
    if sent.subject_type != "public":
        raise Refused(METADATA, "subject_type can be public")
    wished = [" ".join(sorted(name.split())) for name in sent.response_types]
    strange = [name for name in wished if name not in RESPONSE_TYPES]
    if strange and len(strange) == len(wished):
        raise Refused(METADATA, f"response_types: {strange[0]} is none of {', '.join(RESPONSE_TYPES)}")
    needed = {grant for name in wished for grant in RESPONSE_TYPES.get(name, ())}
    if strange:  # relying parties list all that they could do; the answer tells what they got (§2)
        grants = [grant for grant in grants if grant not in REDIRECTED or grant in needed]
        needed &= set(grants)
    if wished and needed != REDIRECTED & set(grants):
        wanted = ", ".join(sorted(needed))
        raise Refused(METADATA, f"these response_types go with grant_types {wanted} (RFC 7591, section 2.1)")
    if REDIRECTED & set(grants) and not sent.redirect_uris:
        raise Refused(REDIRECT, "a client whose user is redirected registers where to")
    return grants


def _kind(sent: Metadata, grants: list[str]) -> tuple[str, str]:
    """(kind of app, its token_endpoint_auth_method), whose default is client_secret_basic (RFC 7591 §2)."""
    if sent.application_type not in ("", "web", "native"):
        raise Refused(METADATA, "application_type can be web or native")
    own = sent.application_type == "native" or any(map(native_apps.private, sent.redirect_uris))
    method = sent.token_endpoint_auth_method or (NONE if own else BASIC)
    if own:
        return native_apps.NATIVE, method
    if method == NONE:
        return (native_apps.NATIVE if {DEVICE, PASSWORD} & set(grants) else "spa"), method
    return ("machine" if set(grants) <= set(POSSIBLE["machine"]) else "web"), method


def _scopes(sent: Metadata, kind: str) -> list[str]:
    """RFC 7591 §2: those that there are of what is asked for; the answer tells."""
    known = standard.SCOPES[kind]
    wanted = dict.fromkeys(sent.scope.split())
    if not wanted:
        return list(known)
    found = [name for name in wanted if name in known]
    if not found:
        raise Refused(METADATA, f"scope: none of these is there; there are {' '.join(known)}")
    return found


def _response_types(sent: Metadata, app: App) -> list[str]:
    """Those that it asked for, in its order: a relying party may take the first for the one to use."""
    possible = response_types_of(app)
    wished = dict.fromkeys(" ".join(sorted(name.split())) for name in sent.response_types)
    return [name for name in wished if name in possible] or possible


def _told(sent: Metadata, app: App) -> dict[str, Any]:
    """RFC 7591 §3.2.1: what is registered, as it is in effect."""
    grants = list(grants_of(app))
    document: dict[str, Any] = {
        "client_id": app.appid,
        "client_id_issued_at": int(app.created_at),
        "client_name": app.name,
        "redirect_uris": app.redirect_uris,
        "grant_types": grants,
        "response_types": _response_types(sent, app),
        "token_endpoint_auth_method": app.token_endpoint_auth_method,
        "application_type": "native" if app.kind == native_apps.NATIVE else "web",
        "subject_type": "public",
        "id_token_signed_response_alg": app.id_token_signed_response_alg or "RS256",
        "require_pushed_authorization_requests": bool(app.policies.get("require_par")),
        "dpop_bound_access_tokens": app.dpop,
    }
    if app.token_endpoint_auth_method in (BASIC, POST):
        document |= {"client_secret": app.secret, "client_secret_expires_at": 0}
    if sent.scope:  # who asked for none is held to none
        document["scope"] = " ".join(app.scopes)
    for name in ("jwks", "post_logout_redirect_uris", "backchannel_logout_uri"):
        if value := getattr(app, name):
            document[name] = value
    return document
