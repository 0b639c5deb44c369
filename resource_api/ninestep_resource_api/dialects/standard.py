"""``GET /userinfo`` → ``{id, name, avatar}`` (S1 §6), protected as RFC 6750 says."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from ninestep.dialects.standard import claims
from ninestep.records import User
from ninestep.trace.http import count
from ninestep.web.avatars import avatar_url

from ..bearer import begun, owner, refuse, verified
from ..reading import Call
from ..refused import Refused, require, too_narrow
from ..services import services

PROFILE_SCOPES = {"user_info", "profile", "openid"}


def blueprint() -> Blueprint:
    bp = Blueprint("standard", __name__)
    bp.add_url_rule("/userinfo", view_func=userinfo, methods=["GET", "POST"])
    return bp


def userinfo() -> Response:
    call, ways = begun("profile.read")
    try:
        told = _told(call, ways)
    except Refused as refused:
        return refuse(call, refused, "user_info", "profile_refusals")
    count("profiles_read")
    return jsonify(told)


def _told(call: Call, ways: list[str]) -> dict[str, Any]:
    """Raises Refused."""
    verdict = verified(call, ways)
    user, scopes = owner(call, verdict), verdict.scopes
    require(call, "scope allows the profile", bool(set(scopes) & PROFILE_SCOPES), too_narrow(verdict))
    # what the user's own app asked for one by one is not for the service that it was called by (RFC 8693)
    own = call.authorization is not None and call.token is not None and not call.token.actor
    return _profile(user, scopes, call.authorization.claims if own and call.authorization else [])


def _profile(user: User, scopes: list[str], asked: list[str]) -> dict[str, Any]:
    """OpenID Connect Core §5.3 for who asked for an id_token, the seed's three fields (S1 §6) for the others."""
    avatar = avatar_url(services().settings.provider_url, user)
    if claims.OPENID in scopes:
        return {"sub": user.uid, **claims.claims_of(user, avatar, scopes, asked)}
    return {"id": user.uid, "name": user.name, "avatar": avatar}
