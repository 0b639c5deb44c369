"""Whatever comes to the authorization endpoint, by GET, by POST or pushed beforehand: a code if and only if everything
was right, an error to the registered place alone, and a page for all the rest."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import any_parameters as made
import pytest
from any_parameters import EXAMPLES, Change, Values
from any_shop import judge, names_in
from by_hand import Answer
from hypothesis import strategies as st
from standard_client import CALLBACK, CHALLENGE, Client

pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore:EdDSA is deprecated")]

NAMES = (
    *(
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "response_mode",
        "nonce",
        "prompt",
        "max_age",
    ),
    *("claims", "id_token_hint", "code_challenge", "code_challenge_method", "request_uri", "dpop_jkt"),
)
HOST = "http://127.0.0.1/"
ERRORS = {  # RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6
    *(
        "invalid_request",
        "unauthorized_client",
        "unsupported_response_type",
        "invalid_scope",
        "login_required",
    ),
    *("request_not_supported", "registration_not_supported", "request_uri_not_supported"),
}
CLAIMS = '{"id_token": {"email": null, "sub": {"value": "zhangsan"}}, "userinfo": {"nickname": {"essential": true}}}'
MODES = {"query", "fragment", "form_post"}


class Door:
    """A client whose user agrees at once, one that may have tokens in the fragment, a public one, and a stranger."""

    def __init__(self, world: Any) -> None:
        self.town = world.town
        self.clients = {
            "web": Client(world),
            "implicit": Client(world, grant_types=["authorization_code", "implicit"]),
            "spa": Client(world, kind="spa"),
        }
        self.other = Client(world)
        self.town.api(
            "PATCH", f"/apps/{self.other.app['appid']}", {"redirect_uris": ["http://127.0.0.1/other"]}
        )
        self.hints = {
            name: client.login(scope="openid")["id_token"]
            for name, client in self.clients.items()
            if name != "spa"
        }
        self.hints["spa"] = self.hints["web"]

    def request(self, kind: str) -> Values:
        usual = {
            "client_id": str(self.clients[kind].app["appid"]),
            "redirect_uri": CALLBACK,
            "response_type": "token" if kind == "implicit" else "code",
            "scope": "openid profile",
            "state": "s-é",
            "nonce": "n",
            "max_age": "60",
            "claims": CLAIMS,
            "id_token_hint": self.hints[kind],
            "display": "page",
        }
        pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        return usual if kind == "implicit" else {**usual, **pkce}

    def lay(self, kind: str, name: str) -> str:
        if name == "client_id":
            return str(self.other.app["appid"])
        if name == "redirect_uri":
            return "http://127.0.0.1/other"
        if name == "request_uri":
            own = {"client_id": self.other.app["appid"], "client_secret": self.other.app["secret"]}
            asked = {**own, "redirect_uri": "http://127.0.0.1/other", "response_type": "code"}
            pairs = made.written(asked)
            return str(made.post(self.town.provider, "/oauth/par", pairs).json()["request_uri"])
        return "other"


def readable(claims: str) -> dict[str, Any] | None:
    """OpenID Connect Core §5.5."""
    try:
        told = json.loads(claims)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    for place in ("id_token", "userinfo"):
        members = told.get(place)
        if members is None:
            continue
        if not isinstance(members, dict) or not all(
            one is None or isinstance(one, dict) for one in members.values()
        ):
            return None
    return told


def asked_well(told: Values) -> bool:
    """What OpenID Connect, PKCE and the response modes ask of the parameters that there are."""
    if {"request", "registration", "request_uri"} & set(told):
        return False
    prompts = set(told.get("prompt", "").split())
    if not prompts <= {"none", "login", "consent", "select_account"} or (
        "none" in prompts and len(prompts) > 1
    ):
        return False
    if not re.fullmatch(r"[0-9]{1,10}", told.get("max_age", "0"), re.A):
        return False
    claims = readable(told.get("claims", "{}"))
    if claims is None:
        return False
    method, challenge = told.get("code_challenge_method"), told.get("code_challenge")
    codes = told["response_type"] == "code"
    if (
        codes
        and (method or challenge)
        and not (method == "S256" and re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", challenge or ""))
    ):
        return False
    return told.get("response_mode", "query") in MODES


def right(door: Door, kind: str, told: Values) -> bool:
    """Whether there is a code (or a token) for this."""
    client = door.clients[kind]
    app = client.app
    if told.get("client_id") != app["appid"] or told.get("redirect_uri", CALLBACK) != CALLBACK:
        return False
    types = {"code", "token"} if kind == "implicit" else {"code"}
    if told.get("response_type") not in types or len(told.get("state", "").encode()) > 4096:
        return False
    if told["response_type"] == "token" and told.get("response_mode") == "query":
        return False
    if kind == "spa" and not told.get("code_challenge"):
        return False
    scope = names_in(told.get("scope", "user_info"))
    if not asked_well(told) or not scope <= set(app["scopes"]):
        return False
    sub = ((readable(told.get("claims", "{}")) or {}).get("id_token") or {}).get("sub") or {}
    named = [sub["value"]] if "value" in sub else sub.get("values") or []
    return told.get("id_token_hint", door.hints[kind]) in door.hints.values() and (
        not named or "zhangsan" in named
    )


def target(answer: Answer) -> str:
    """Where the browser is led, or its form; "" for nowhere."""
    if answer.location:
        return answer.location
    form = re.search(r'<form[^>]*action="([^"]*)"', answer.text)
    return unescape(form[1]) if form and '<input type="hidden" name="iss"' in answer.text else ""


def said(answer: Answer) -> Values:
    if answer.location:
        return made.told(answer)
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text)
    return {name: unescape(value) for name, value in fields}


def check(door: Door, kind: str, sent: Values | None, answer: Answer) -> None:
    place = target(answer)
    known = door.clients[kind].app["appid"]
    if place:
        client = (sent or {}).get("client_id", known)
        registered = "http://127.0.0.1/other" if client == door.other.app["appid"] else CALLBACK
        assert place.partition("#")[0].startswith(registered), (place, answer)
        assert urlsplit(place).netloc == "127.0.0.1"
        assert set(said(answer)) & {"code", "access_token", "error"}, answer
        assert said(answer).get("iss", door.town.provider) == door.town.provider
    else:
        assert answer.status in (400, 413, 414), answer
        assert "code=" not in answer.headers.get("Content-Security-Policy", "")
    if error := said(answer).get("error") if place else "":
        assert error in ERRORS, error
    assert "evil" not in answer.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_code_comes_for_the_right_request_alone_and_no_answer_leads_elsewhere(
    world: Any, method: str, examples: int
) -> None:
    door = Door(world)
    send = made.get if method == "GET" else made.post

    def one(kind: str, wrong: list[Change]) -> None:
        pairs = made.written(door.request(kind), wrong, door.lay)
        answer = send(door.town.provider, "/oauth/authorize", pairs)
        if answer.status in (413, 414) or (method == "GET" and len(made.body(pairs)) > made.MOST_QUERY):
            return
        sent = made.read(pairs)
        others = sent is not None and sent.get("client_id") == door.other.app["appid"]
        if others:
            return check(door, kind, sent, answer)
        expected = sent is not None and right(door, kind, sent)
        check(door, kind, sent, answer)
        got = bool({"code", "access_token"} & set(said(answer))) and bool(target(answer))
        assert got == expected, (sent, answer, said(answer))
        assert target(answer) or answer.status == 400
        judge(door.town, answer, expected)
        return None

    made.tried(examples, one, kind=st.sampled_from(sorted(door.clients)), wrong=made.changes(NAMES))


@pytest.mark.parametrize("examples", EXAMPLES)
def test_what_is_pushed_is_judged_as_what_a_browser_brings(world: Any, examples: int) -> None:
    door = Door(world)
    own = door.clients["web"].app

    def one(wrong: list[Change]) -> None:
        good = {**door.request("web"), "client_secret": str(own["secret"])}
        pairs = made.written(good, wrong, door.lay)
        answer = made.post(door.town.provider, "/oauth/par", pairs)
        if answer.status == 413:
            return
        sent = made.read(pairs)
        proven = sent is not None and sent.get("client_secret") == own["secret"]
        proven = proven and not any(name.startswith("client_assertion") for name in sent or {})
        named = [name for name in ("client_id",) if sent and sent.get(name) == own["appid"]]
        well = {name: value for name, value in (sent or {}).items() if name != "client_secret"}
        alone = (
            "claims" not in well or "lisi" not in well["claims"]
        )  # whom it is for counts when somebody answers
        expected = bool(proven and named) and right(door, "web", well if alone else {**well, "claims": "{}"})
        assert (answer.status == 201) == expected, (sent, answer)
        assert not answer.location
        if not expected:
            assert answer.status in (400, 401)
            assert answer.json()["error"] in ERRORS | {"invalid_client"}
        judge(door.town, answer, expected)
        if expected:
            query = {"client_id": str(own["appid"]), "request_uri": str(answer.json()["request_uri"])}
            led = made.get(door.town.provider, "/oauth/authorize", made.written(query))
            check(door, "web", query, led)
            assert {"code", "error"} & set(said(led))

    made.tried(examples, one, wrong=made.changes((*NAMES, "client_secret")))
