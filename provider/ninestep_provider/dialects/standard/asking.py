"""What OpenID Connect adds to an authorization request (Core §3.1.2.1): read once, refused in its words (§3.1.2.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ninestep.dialects.standard.claims import CLAIMS
from ninestep.records import AuthRequest

from ...engine.authorization import Refused
from ...engine.server import Context
from ...jose import id_token

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
UNSUPPORTED = {"request": "request_not_supported", "registration": "registration_not_supported"}
PLACES = ("id_token", "userinfo")  # where a claim can be asked for
MOST_AGE = 10  # digits


def check(context: Context, wanted: AuthRequest) -> None:
    """Raises Refused, towards the client: its redirect_uri is known to be good by now."""
    params = wanted.params

    def require(name: str, ok: bool, reason: str, error: str = "invalid_request", detail: str = "") -> None:
        if not context.checks.make(name, ok, reason, detail[:64]):
            raise Refused(reason, error, wanted.redirect_uri, wanted.state)

    for name, error in UNSUPPORTED.items():
        if name in params:
            require(f"no {name} object", False, "request_object", error)
    prompt = prompts(params)
    if "prompt" in params:
        good = prompt <= PROMPTS and ("none" not in prompt or len(prompt) == 1)
        require("prompt understood", good, "prompt", detail=params["prompt"])
    if "max_age" in params:
        age = params["max_age"]
        require(
            "max_age in seconds",
            age.isascii() and age.isdecimal() and len(age) <= MOST_AGE,
            "max_age",
            detail=age,
        )
    if "claims" in params:
        require("claims understood", readable(params["claims"]), "claims")
    if "id_token_hint" in params:
        told = id_token.read(context.services, params["id_token_hint"])
        require("id_token_hint of this server", told is not None, "id_token_hint")
        wanted.subjects = [str(told["sub"])] if told else []
    if named := named_subjects(params):
        known = wanted.subjects
        wanted.subjects = sorted(named if known is None else named & set(known))


def named_subjects(params: Mapping[str, str]) -> set[str]:
    """The users whom the claims parameter asks for by ``sub`` (Core §5.5.1); empty: it names nobody."""
    sub = (json.loads(params.get("claims") or "{}").get("id_token") or {}).get("sub") or {}
    values = [sub["value"]] if "value" in sub else sub.get("values", [])
    if not isinstance(values, list):
        return set()
    return {
        str(value).encode("utf-8", "replace").decode() for value in values
    }  # JSON can spell half a surrogate


def prompts(params: Mapping[str, str]) -> set[str]:
    return set(params.get("prompt", "").split())


def needs_login(wanted: AuthRequest, since: float) -> bool:
    """Whether who logged in at ``since`` (the world's time, 0: nobody knows) has to do it again for this request."""
    if prompts(wanted.params) & {"login", "select_account"}:
        return since < wanted.created_at
    age = wanted.params.get("max_age")
    return age is not None and since < wanted.created_at - int(age)


def claims(params: Mapping[str, str]) -> dict[str, list[str]]:
    """The names that are asked for one by one (Core §5.5), for each place; those that nobody knows are left out."""
    wanted: dict[str, Any] = json.loads(params.get("claims") or "{}")
    known = {place: sorted(set(wanted.get(place) or {}) & set(CLAIMS)) for place in PLACES}
    return {place: names for place, names in known.items() if names}


def readable(text: str) -> bool:
    """Core §5.5: an object of objects, whose members are null or objects."""
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(wanted, dict):
        return False
    places = [wanted.get(place) for place in PLACES]
    return all(
        place is None
        or (isinstance(place, dict) and all(one is None or isinstance(one, dict) for one in place.values()))
        for place in places
    )
