"""What is told of a user under OpenID Connect's scopes (Core §5.1, §5.4): the same for id_token and userinfo."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...records import User

OPENID, OFFLINE = "openid", "offline_access"
OF_SCOPE = {
    "profile": (
        *("name", "nickname", "preferred_username", "picture", "gender", "locale"),
        *("family_name", "given_name", "middle_name", "profile", "website", "birthdate", "zoneinfo"),
        "updated_at",
    ),
    "email": ("email", "email_verified"),
}
CLAIMS = tuple(claim for claims in OF_SCOPE.values() for claim in claims)
GENDERS = {1: "male", 2: "female"}
ACR = "0"  # Core §2: a login that proves nothing, as a tap on somebody's name does


def claims_of(user: User, avatar: str, scopes: Iterable[str], asked: Iterable[str] = ()) -> dict[str, Any]:
    """Those of ``scopes``, and those that were ``asked`` for one by one (Core §5.5). A user without one has none."""
    wanted = [claim for scope in scopes for claim in OF_SCOPE.get(scope, ())]
    wanted += [claim for claim in asked if claim in CLAIMS]
    known = _known(user, avatar)
    return {claim: known[claim] for claim in dict.fromkeys(wanted) if known.get(claim) not in (None, "")}


def _known(user: User, avatar: str) -> dict[str, Any]:
    return {
        "nickname": user.nickname,
        "preferred_username": user.uid,
        "picture": avatar,
        "gender": GENDERS.get(user.profile.get("sex", 0)),
        "locale": "zh-CN",
        **{claim: user.profile[claim] for claim in CLAIMS if claim in user.profile},
        "name": user.name,
        "email": user.email,
        "email_verified": user.profile.get("email_verified", True) if user.email else None,
    }
