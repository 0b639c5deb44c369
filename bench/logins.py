"""One complete headless login, as a conversation: which bytes go where, and what has to come back.

A conversation is a generator: it yields (number of the server, request) and is sent the answer. It raises ``Wrong``
for anything but a code, a token and the right profile; a server that is fast at refusing must not look fast.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

REDIRECT_URI = "http://127.0.0.1/cb"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes


class Wrong(Exception):
    """Not what a login gets."""


Conversation = Generator[tuple[int, bytes], Answer, None]


@dataclass(frozen=True)
class Place:
    """Where an app logs a person in. ``addresses``: the server of authorize and token, and that of the profile."""

    dialect: str  # a key of LOGINS
    addresses: tuple[tuple[str, int], ...]
    appid: str = "bench"
    secret: str = "bench"
    paths: tuple[str, str, str] = ("/authorize", "/token", "/userinfo")
    scope: str = "profile"
    openid: bool = False  # also asks for an id_token, and wants one back
    form: str = ""  # what a person would type at authorize; empty: the server answers at once
    profile: dict[str, str] = field(default_factory=dict)  # what has to stand in it


def bearer(place: Place) -> Callable[[], Conversation]:
    """RFC 6749 with PKCE and a Bearer token, or OpenID Connect on top. Every server is sent the challenge;
    checking it is its own affair."""
    query = {
        "client_id": place.appid,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "scope": place.scope,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **({"nonce": token_hex(8)} if place.openid else {}),
    }
    authorize = f"{place.paths[0]}?{urlencode(query)}&state="
    token = urlencode(
        {
            "grant_type": "authorization_code",
            "redirect_uri": REDIRECT_URI,
            "client_id": place.appid,
            "client_secret": place.secret,
            "code_verifier": VERIFIER,
            "code": "",
        }
    )
    host, other = _hosts(place)

    def login() -> Conversation:
        state = token_hex(8)
        if place.form:
            answer = yield 0, _post(host, authorize + state, place.form)
        else:
            answer = yield 0, _get(host, authorize + state)
        answer = yield 0, _post(host, place.paths[1], token + _code(answer, state))
        told = _json(answer, "token")
        access_token = told.get("access_token")
        if not access_token or (place.openid and told.get("id_token", "").count(".") != 2):
            raise Wrong(f"no access token, or no id_token, in {answer.body[:200]!r}")
        answer = yield 1, _get(other, place.paths[2], f"Authorization: Bearer {access_token}\r\n")
        _expect(_json(answer, "profile"), place.profile)

    return login


def wechat(place: Place) -> Callable[[], Conversation]:
    """An official account: snsapi_userinfo, everything in the query, the profile under the openid of the token."""
    where = quote(REDIRECT_URI, safe="")
    authorize = (
        f"/connect/oauth2/authorize?appid={place.appid}&redirect_uri={where}"
        "&response_type=code&scope=snsapi_userinfo&state="
    )
    token = (
        f"/sns/oauth2/access_token?appid={place.appid}&secret={place.secret}"
        "&grant_type=authorization_code&code="
    )
    host, other = _hosts(place)

    def login() -> Conversation:
        state = token_hex(8)
        answer = yield 0, _get(host, authorize + state)
        answer = yield 0, _get(host, token + _code(answer, state))
        told = _json(answer, "token")
        if not told.get("access_token") or not told.get("openid"):
            raise Wrong(f"no access token in {answer.body[:200]!r}")
        answer = yield (
            1,
            _get(other, f"/sns/userinfo?access_token={told['access_token']}&openid={told['openid']}"),
        )
        _expect(_json(answer, "profile"), {"openid": told["openid"], **place.profile})

    return login


LOGINS: dict[str, Callable[[Place], Callable[[], Conversation]]] = {"bearer": bearer, "wechat": wechat}


def header(head: bytes, name: bytes) -> bytes:
    """The value of a header, ``name`` in lower case; empty when it is not there."""
    start = head.lower().find(b"\r\n" + name + b":")
    if start < 0:
        return b""
    start += len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else len(head)].strip()


def _hosts(place: Place) -> tuple[str, str]:
    host, port = place.addresses[0]
    other, another = place.addresses[-1]
    return f"{host}:{port}", f"{other}:{another}"


def _get(host: str, path: str, further: str = "") -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: */*\r\n{further}\r\n".encode()
    )


def _post(host: str, path: str, form: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: bench\r\nAccept: */*\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(form)}\r\n\r\n{form}"
    ).encode()


def _code(answer: Answer, state: str) -> str:
    """The code, as it stands in the redirect: it goes back in the same spelling."""
    target, _, query = header(answer.head, b"location").decode().partition("?")
    if answer.status not in (302, 303) or target != REDIRECT_URI:
        raise Wrong(f"authorize: {answer.status} {target} {answer.body[:200]!r}")
    params = dict(pair.partition("=")[::2] for pair in query.split("&"))
    if params.get("state") != state or not params.get("code"):
        raise Wrong(f"authorize: {query[:200]}")
    return params["code"]


def _json(answer: Answer, what: str) -> dict[str, Any]:
    if answer.status != 200:
        raise Wrong(f"{what}: {answer.status} {answer.body[:200]!r}")
    try:
        value = json.loads(answer.body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Wrong(f"{what}: not an object: {answer.body[:200]!r}")
    return value


def _expect(profile: dict[str, Any], members: dict[str, str]) -> None:
    for name, value in members.items():
        if profile.get(name) != value:
            raise Wrong(f"profile: {name} is {profile.get(name)!r}, not {value!r}")
