"""What OpenID Connect adds to an authorization request (Core §3.1.2.1): read once, refused in its words (§3.1.2.6)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from ninestep.dialects.standard.claims import ACR, OF_SCOPE, OPENID
from ninestep.records import App, AuthRequest

from ...engine import authorization
from ...engine.server import Context
from ...jose import id_token

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
UNSUPPORTED = {"request": "request_not_supported", "registration": "registration_not_supported"}
PLACES = ("id_token", "userinfo")  # where a claim can be asked for
MOST_AGE = 10  # digits
MOST_HINT = 128  # characters
MOST_BRACKETS = 400  # of a claims parameter: of its several readings none may be one level too deep


def check(context: Context, wanted: AuthRequest) -> None:
    """Raises Refused, towards the client: its redirect_uri is known to be good by now."""
    params = wanted.params
    require = partial(authorization.require, context, state=wanted.state, back=wanted.redirect_uri)
    for name, error in UNSUPPORTED.items():
        if name in params:
            require(f"no {name} object", False, "request_object", error=error)
    if "id_token" in params.get("response_type", "").split():
        require("scope openid for an id_token", OPENID in wanted.scopes, "openid_missing")
        require("nonce given", bool(params.get("nonce")), "nonce_missing")
    prompt = prompts(params)
    if "prompt" in params:
        good = prompt <= PROMPTS and ("none" not in prompt or len(prompt) == 1)
        require("prompt understood", good, "prompt", detail=params["prompt"][:64])
    if "max_age" in params:
        age = params["max_age"]
        seconds = age.isascii() and age.isdecimal() and len(age) <= MOST_AGE
        require("max_age in seconds", seconds, "max_age", detail=age[:64])
    if "claims" in params:
        require("claims understood", readable(params["claims"]), "claims")
        require("acr can be met", acr_met(params), "acr", error="unmet_authentication_requirements")
    if "id_token_hint" in params:
        told = id_token.read(context.services, params["id_token_hint"])
        require("id_token_hint of this server", told is not None, "id_token_hint")
        wanted.subjects = [str(told["sub"])] if told else []
        # whose it is is all that is kept: no token lies in Redis
        wanted.params = {name: value for name, value in params.items() if name != "id_token_hint"}
    if named := named_subjects(params):
        known = wanted.subjects
        wanted.subjects = sorted(named if known is None else named & set(known))


def named_subjects(params: Mapping[str, str]) -> set[str]:
    """The users whom the claims parameter asks for by ``sub`` (Core §5.5.1); empty: it names nobody."""
    sub = _wish(params, "sub")
    values = [sub["value"]] if "value" in sub else sub.get("values", [])
    if not isinstance(values, list):
        return set()
    # JSON can spell half a surrogate.
    return {str(value).encode("utf-8", "replace").decode() for value in values}


def acr_met(params: Mapping[str, str]) -> bool:
    """Whether a login here has the acr that is a must, if one is (Core §5.5.1.1)."""
    acr = _wish(params, "acr")
    if acr.get("essential") is not True or not {"value", "values"} & set(acr):
        return True
    values = acr.get("values", [])
    return ACR in [acr.get("value"), *(values if isinstance(values, list) else [])]


def prompts(params: Mapping[str, str]) -> set[str]:
    return set(params.get("prompt", "").split())


def needs_login(wanted: AuthRequest, since: float) -> bool:
    """Whether who logged in at ``since`` (the world's time, 0: nobody knows), before this request came, has to do it
    again. A login that is still to come, by a clock that went back, is of no known age."""
    if prompts(wanted.params) & {"login", "select_account"}:
        return True
    age = wanted.params.get("max_age")
    return age is not None and (int(age) == 0 or not 0 <= wanted.created_at - since <= int(age))


def page_unwanted(wanted: AuthRequest, page: authorization.Page) -> str:
    """Core §3.1.2.6's word for the page that prompt=none cannot have; "" where it may come."""
    return f"{page}_required" if "none" in prompts(wanted.params) else ""


def claims(app: App, params: Mapping[str, str]) -> dict[str, list[str]]:
    """The names that are asked for one by one (Core §5.5), for each place; left out are those that nobody knows, and
    those of a scope that the app may not ask for."""
    wanted = _wished(params)
    mine = {claim for scope in app.scopes for claim in OF_SCOPE.get(scope, ())}
    known = {place: sorted(set(wanted.get(place) or {}) & mine) for place in PLACES}
    if params.get("acr_values") or "acr" in (wanted.get("id_token") or {}):
        known["id_token"].append("acr")
    return {place: names for place, names in known.items() if names}


def beside(app: App, wanted: AuthRequest) -> list[str]:
    """The scopes that a user agrees to in part, by claims that are asked for one by one."""
    asked = {name for names in claims(app, wanted.params).values() for name in names}
    return [scope for scope in OF_SCOPE if scope not in wanted.scopes and asked & set(OF_SCOPE[scope])]


def _wished(params: Mapping[str, str]) -> dict[str, Any]:
    """The claims parameter, which was found ``readable``."""
    wanted: dict[str, Any] = json.loads(params.get("claims") or "{}")
    return wanted


def _wish(params: Mapping[str, str], claim: str) -> dict[str, Any]:
    """How a claim is asked for in the id_token; empty: not at all, or without a word about its value."""
    wish: dict[str, Any] = (_wished(params).get("id_token") or {}).get(claim) or {}
    return wish


def readable(text: str) -> bool:
    """Core §5.5: an object of objects, whose members are null or objects."""
    if text.count("{") + text.count("[") > MOST_BRACKETS:
        return False
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
