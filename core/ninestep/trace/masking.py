"""Which values an exchange carries, and how the secret ones are hidden wherever they occur.

A value is found by the name of its parameter, in query, form, JSON, cookie, Authorization header and redirect; it is
then masked by value in every text of the record, so that a Referer or an echo does not leak what a field hides.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus

KINDS = {  # parameter name -> kind of value
    "secret": "client_secret",
    "client_secret": "client_secret",
    "code": "code",
    "js_code": "code",
    "device_code": "device_code",
    "user_code": "user_code",  # whoever types it decides whose device it is
    "state": "state",
    "access_token": "access_token",
    "refresh_token": "refresh_token",
    "token": "token",
    "subject_token": "access_token",  # RFC 8693 §2.1: lives on after its exchange
    "actor_token": "token",
    "password": "password",
    "code_verifier": "code_verifier",
    "client_assertion": "client_assertion",
    "assertion": "client_assertion",  # of RFC 7523's grant, which nobody here takes
    "request_uri": "request_uri",  # stands for a pushed request, once
    "code_challenge": "code_challenge",
    "session_key": "session_key",
    "signature": "signature",  # of checksession: proves the session_key
    "openid": "openid",
    "unionid": "unionid",
    "consent_nonce": "consent_nonce",
    "id_token": "id_token",
    "id_token_hint": "id_token",
    "logout_token": "logout_token",
    "nonce": "nonce",  # of OpenID Connect: it ties an id_token to the browser that asked
    "csrf_token": "csrf_token",
    "uuid": "qr_uuid",  # whoever knows it can fetch the code
}
COOKIES = {"wx_session": "provider_session", "mt_session": "client_session", "mt_login": "login_token"}
OPEN = frozenset({"openid", "unionid", "code_challenge"})  # public by nature: shown as they are
HEADERS_LEFT_OUT = frozenset(
    {
        "accept-encoding",
        "connection",
        "x-ninestep-exchange",
        "x-ninestep-resent",
        "content-length",
        "date",
        "server",
    }
)
PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")  # the same in every encoding
MASK = "••••"
SHORTEST = 4
MOST_BODY = 8192  # characters of a body that a record keeps


class Found(NamedTuple):
    kind: str
    value: str
    where: str


def mask(value: str) -> str:
    return MASK + value[-4:] if len(value) >= 12 else MASK


def fingerprint(trace_key: str, value: str) -> str:
    """HMAC of a value with the trace key of the three services: joins it across records without telling it."""
    return hmac.digest(trace_key.encode(), value.encode("utf-8", "replace"), hashlib.sha256).hex()[:16]


def in_pairs(pairs: Iterable[tuple[str, str]], where: str) -> Iterator[Found]:
    for name, value in pairs:
        kind = KINDS.get(name)
        if kind and value:
            yield Found(kind, value, where)


def in_url(url: str, where: str) -> Iterator[Found]:
    """Cut by hand: what a Referer holds need not be an address, and may hold a secret all the same."""
    address, _, fragment = url.partition("#")
    yield from in_pairs(parse_qsl(address.partition("?")[2]), where)
    if "=" in fragment:
        yield from in_pairs(parse_qsl(fragment), where + ".fragment")


def in_body(body: str, content_type: str, where: str) -> Iterator[Found]:
    if body.startswith("{"):
        try:
            texts = list(_texts(json.loads(body)))
        except (ValueError, RecursionError):  # no JSON, or nothing but brackets
            return
        yield from in_pairs(texts, where)
    elif "form" in content_type:
        yield from in_pairs(parse_qsl(body), where)


def in_headers(headers: Iterable[tuple[str, str]], side: str) -> Iterator[Found]:
    for name, value in headers:
        match name.lower():
            case "authorization":
                yield from _in_authorization(value, f"{side}.header")
            case "dpop":
                yield Found("dpop_proof", value, f"{side}.header")
            case "cookie":
                for part in value.split(";"):
                    yield from _in_cookie(part, f"{side}.cookie")
            case "set-cookie":
                yield from _in_cookie(value.split(";", 1)[0], f"{side}.cookie")
            case "location":
                yield from in_url(value, f"{side}.location")
            case "x-csrftoken":
                yield Found("csrf_token", value, f"{side}.header")
            case "referer":
                yield from in_url(value, f"{side}.referer")


def spellings(value: str) -> tuple[str, ...]:
    """A value as it may stand in a text: as it is, percent-encoded in either way, and in JSON. A value of three
    characters is no secret, and hiding it everywhere would only make holes in other words."""
    if len(value) < SHORTEST:
        return ()
    if PLAIN.fullmatch(value):
        return (value,)
    escaped = value.replace("/", "\\/")  # as WeChat's JSON has it, and as QQ's
    return tuple(dict.fromkeys((value, escaped, quote(value, safe=""), quote_plus(value))))


def hide(text: str, secrets: Iterable[tuple[str, str]]) -> str:
    """``text`` with every (spelling, mask) replaced."""
    for spelling, masked in secrets:
        if spelling in text:
            text = text.replace(spelling, masked)
    return text


def _texts(document: Any) -> Iterator[tuple[str, str]]:
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, str):
                yield name, value.encode("utf-8", "replace").decode()  # JSON can spell half a surrogate
            else:
                yield from _texts(value)


def _in_cookie(part: str, where: str) -> Iterator[Found]:
    name, _, value = part.strip().partition("=")
    if value and (kind := COOKIES.get(name)):
        yield Found(kind, value, where)


def _in_authorization(value: str, where: str) -> Iterator[Found]:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() in ("bearer", "dpop"):
        yield Found("access_token", rest.strip(), where)
    elif scheme.lower() == "basic":
        yield Found("basic_credentials", rest.strip(), where)
        try:
            _, _, secret = b64decode(rest).decode().partition(":")
        except ValueError:
            return
        if secret:
            yield Found("client_secret", unquote_plus(secret), where)
