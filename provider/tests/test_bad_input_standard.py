"""What the standard dialect answers to requests that are wrong as a whole: said twice, in two ways, too long, in no
letters, in another encoding, by another method. The RFC's error, its reason in the trace, and nothing is spent.

``test_bad_input.py`` takes single parameters of the code flow apart; here every endpoint meets every evil.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import any_parameters as made
import pytest
from any_parameters import FORM, Values
from any_shop import ALL, CODE, DEVICE, EXCHANGE, MACHINE, PASSWORD, REFRESH, Shop
from by_hand import Answer, ask
from granting import ACCESS
from signing import EC, TYPE, Signing
from standard_client import CALLBACK, PKCE, VERIFIER, Client

pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore:EdDSA is deprecated")]

TOKEN = "/oauth/token"
GOOD: dict[str, tuple[str, Values]] = {  # a «?» is laid down fresh for each request
    "code": (TOKEN, {"grant_type": CODE, "code": "?", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}),
    "refresh": (TOKEN, {"grant_type": REFRESH, "refresh_token": "?"}),
    "password": (TOKEN, {"grant_type": PASSWORD, "username": "lisi", "password": "ninestep"}),
    "machine": (TOKEN, {"grant_type": MACHINE, "scope": "read"}),
    "device": (TOKEN, {"grant_type": DEVICE, "device_code": "?"}),
    "exchange": (TOKEN, {"grant_type": EXCHANGE, "subject_token": "?", "subject_token_type": ACCESS}),
    "par": ("/oauth/par", {"redirect_uri": CALLBACK, "response_type": "code", "scope": "openid", **PKCE}),
    "device_authorization": ("/oauth/device_authorization", {"scope": "openid"}),
    "revoke": ("/oauth/revoke", {"token": "?"}),
    "introspect": ("/oauth/introspect", {"token": "?"}),
}
CALLS = list(GOOD)
WELL_FORMED = "one way to authenticate, no parameter repeated"


class Desk(Shop):
    """A client, and a right request of each kind that it can send."""

    def __init__(self, world: Any, call: str, way: str = "post") -> None:
        super().__init__(world)
        self.way, (self.path, form) = way, GOOD[call]
        self.client = self.clients[way]
        self.good = {n: self.lay(self.client, n) if v == "?" else v for n, v in form.items()}

    def send(self, *pairs: tuple[str, str], **changes: str | None) -> Answer:
        """The right request with some values changed (None: left out), and ``pairs`` behind it."""
        proof, headers = self.proof(self.client, self.way)
        told = {**self.good, **proof, **changes}
        values = {name: value for name, value in told.items() if value is not None}
        return made.post(self.town.provider, self.path, [*made.written(values), *pairs], *headers)

    def refused(self, answer: Answer, status: int | tuple[int, ...], error: str, check: str = "") -> None:
        """RFC 6749 §5.2; ``check`` is the one that the trace names. The right request works afterwards."""
        assert answer.status in (status if isinstance(status, tuple) else (status,)), answer
        assert answer.json()["error"] == error, answer
        assert answer.headers["Cache-Control"] == "no-store"
        flow = answer.headers.get("X-Ninestep-Flow")
        if not flow:  # it is nobody's, where nobody is known
            assert (error, "client_id" in answer.asked) == ("invalid_client", True), answer
            return
        exchange = self.town.api("GET", f"/flows/{flow}/exchanges")[-1]
        assert (exchange["outcome"], bool(exchange["error"])) == ("refused", True)
        failed = [one["name"] for one in exchange["checks"] if not one["ok"]]
        assert failed, exchange
        assert not check or failed[-1] == check, failed

    def works(self) -> None:
        answer = self.send()
        assert answer.status in (200, 201), answer
        assert self.path != "/oauth/introspect" or answer.json()["active"]


@pytest.fixture(params=CALLS)
def desk(request: pytest.FixtureRequest, world: Any) -> Iterator[Desk]:
    desk = Desk(world, request.param)
    yield desk
    desk.works()  # whatever was refused has spent nothing


def test_no_parameter_comes_twice(desk: Desk) -> None:
    """RFC 6749 §3.1, §3.2; also one that nobody knows, or that is empty the other time."""
    own, _ = desk.proof(desk.client)
    for name in (*desk.good, *own, "unknown"):
        value = {**desk.good, **own}.get(name, "x")
        for other in (value, "x", ""):
            first = {} if name in {**desk.good, **own} else {name: "x"}
            desk.refused(desk.send((name, quote(other)), **first), 400, "invalid_request", WELL_FORMED)


ENCODINGS = ["json", "multipart", "plain", "xml", "none", "form in capitals with another name"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_body_is_a_form_and_nothing_else(desk: Desk, encoding: str) -> None:
    """RFC 6749 §3.2: parameters in application/x-www-form-urlencoded. What is right in another encoding is not sent."""
    values = {**desk.good, **desk.proof(desk.client)[0]}
    form = made.body(made.written(values))
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    kind, body = {
        "json": ("application/json", json.dumps(values)),
        "multipart": (
            "multipart/form-data; boundary=x",
            "".join(part.format(*one) for one in values.items()) + "--x--\r\n",
        ),
        "plain": ("text/plain", form),
        "xml": ("application/xml", "<a/>"),
        "none": ("", form),
        "form in capitals with another name": ("APPLICATION/X-WWW-FORM", form),
    }[encoding]

    answer = ask(
        desk.town.provider, "POST", desk.path, body.encode(), [("Content-Type", kind)] if kind else []
    )

    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    basic = desk.proof(desk.client, "basic")[1]
    headers = [("Content-Type", kind), *basic] if kind else basic
    told = ask(desk.town.provider, "POST", desk.path, body.encode(), headers)
    desk.refused(told, 400, "invalid_request", "body is a form")


def test_parameters_in_the_address_are_not_sent(desk: Desk) -> None:
    """RFC 6749 §2.3.1: never in the request URI."""
    values = {**desk.good, **desk.proof(desk.client)[0]}
    address = f"{desk.path}?{made.body(made.written(values))}"

    answer = ask(desk.town.provider, "POST", address, b"", [FORM])

    assert answer.status in (400, 401)
    assert answer.json()["error"] in ("invalid_request", "invalid_client")


@pytest.mark.parametrize("call", CALLS)
def test_a_form_may_say_its_charset(world: Any, call: str) -> None:
    """Some clients do; it is UTF-8 in any case."""
    desk = Desk(world, call)
    values = {**desk.good, **desk.proof(desk.client)[0]}
    kind = ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")

    answer = ask(desk.town.provider, "POST", desk.path, made.body(made.written(values)).encode(), [kind])

    assert answer.status in (200, 201)


NONSENSE = (
    "%FF%FE",
    "%00",
    "%ED%A0%80",
    "%E4%BD%",
    "a%00b",
    "%C0%AF",
    quote("汉字💥"),
    "%0D%0ASet-Cookie:%20a=b",
)
ANSWERS = {
    "client_id": "invalid_client",
    "client_secret": "invalid_client",
    "grant_type": "unsupported_grant_type",
    "code": "invalid_grant",
    "redirect_uri": "invalid_grant",
    "code_verifier": "invalid_request",
    "refresh_token": "invalid_grant",
    "username": "invalid_grant",
    "password": "invalid_grant",
    "device_code": "invalid_grant",
    "subject_token": "invalid_request",
    "subject_token_type": "invalid_request",
    "scope": "invalid_scope",
    "response_type": "unsupported_response_type",
    "code_challenge": "invalid_request",
    "code_challenge_method": "invalid_request",
}
NO_ERROR = (
    "/oauth/revoke",
    "/oauth/introspect",
)  # for a token that is unknown (RFC 7009 §2.2, RFC 7662 §2.2)


@pytest.mark.parametrize(
    "what",
    ["60 KB", *NONSENSE[:3], *(pytest.param(value, marks=pytest.mark.slow) for value in NONSENSE[3:])],
)
def test_no_value_is_too_odd_for_an_answer(desk: Desk, what: str) -> None:
    value = "a" * 60_000 if what == "60 KB" else what
    own, _ = desk.proof(desk.client)
    for name in (*desk.good, *own):
        answer = desk.send((name, value), **{name: None})
        if name == "token":
            assert (answer.status, answer.json().get("active", False)) == (200, False)
            continue
        error = "invalid_request" if (desk.path, name) == ("/oauth/par", "redirect_uri") else ANSWERS[name]
        if name == "code_verifier":
            error = answer.json()["error"]
            assert error in ("invalid_request", "invalid_grant")  # of no verifier's shape, or another one
        desk.refused(answer, (400, 401), error)


def test_more_than_64_kib_is_413(desk: Desk) -> None:
    for name in desk.good:
        answer = desk.send((name, "a" * 65_536), **{name: None})
        assert (answer.status, answer.json()["error"]) == (413, "http_413")


def basic(name: str, secret: str) -> tuple[str, str]:
    return "Authorization", "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


@pytest.mark.parametrize(
    ("mix", "status", "error", "check"),
    [
        ("basic and secret", 400, "invalid_request", WELL_FORMED),
        ("basic and another's client_id", 400, "invalid_request", WELL_FORMED),
        ("basic and assertion", 400, "invalid_request", WELL_FORMED),
        ("secret and assertion", 400, "invalid_request", WELL_FORMED),
        ("secret and the type of an assertion", 400, "invalid_request", WELL_FORMED),
        ("wrong basic and right secret", 400, "invalid_request", WELL_FORMED),
        ("unreadable basic and right secret", 401, "invalid_client", WELL_FORMED),
        ("two basics", 401, "invalid_client", WELL_FORMED),
        ("wrong basic", 401, "invalid_client", "client secret"),
        ("wrong secret", 401, "invalid_client", "client secret"),
        ("no secret", 401, "invalid_client", ""),
        ("assertion of no key", 401, "invalid_client", ""),
        ("another's secret", 401, "invalid_client", "client secret"),
    ],
)
def test_a_client_proves_itself_in_one_way(desk: Desk, mix: str, status: int, error: str, check: str) -> None:
    """RFC 6749 §2.3: one method in each request, and no second one that makes good what the first one lacks."""
    own, secret = str(desk.client.app["appid"]), str(desk.client.app["secret"])
    both = {"client_id": own, "client_secret": secret}
    asserted = {"client_assertion_type": TYPE, "client_assertion": "a.b.c"}
    body, headers = {
        "basic and secret": (both, [basic(own, secret)]),
        "basic and another's client_id": ({"client_id": desk.other.app["appid"]}, [basic(own, secret)]),
        "basic and assertion": (asserted, [basic(own, secret)]),
        "secret and assertion": ({**both, **asserted}, []),
        "secret and the type of an assertion": ({**both, "client_assertion_type": TYPE}, []),
        "wrong basic and right secret": (both, [basic(own, "no")]),
        "unreadable basic and right secret": (both, [("Authorization", "Basic %%%")]),
        "two basics": (both, [basic(own, secret), basic(own, secret)]),
        "wrong basic": ({}, [basic(own, "no")]),
        "wrong secret": ({**both, "client_secret": secret[:-1]}, []),
        "no secret": ({"client_id": own}, []),
        "assertion of no key": ({"client_id": own, **asserted}, []),
        "another's secret": ({**both, "client_secret": desk.other.app["secret"]}, []),
    }[mix]

    answer = made.post(desk.town.provider, desk.path, made.written({**desk.good, **body}), *headers)

    desk.refused(answer, status, error, check)


EXCLUSIVE: list[tuple[str, str, dict[str, str], str, str]] = [
    ("code", "a verifier is missing", {"code_verifier": ""}, "invalid_request", "PKCE verifier"),
    ("code", "another verifier", {"code_verifier": "w" * 43}, "invalid_grant", "PKCE verifier"),
    ("par", "a request_uri in a pushed request", {"request_uri": "urn:x"}, "invalid_request", "no request_uri in a pushed request"),
    ("par", "a request object", {"request": "a.b.c"}, "request_not_supported", "no request object"),
    ("par", "a request object and a request_uri", {"request": "a.b.c", "request_uri": "urn:x"}, "invalid_request", "no request_uri in a pushed request"),
    ("par", "none beside another prompt", {"prompt": "none login"}, "invalid_request", "prompt understood"),
    ("par", "a method without a challenge", {"code_challenge": ""}, "invalid_request", "PKCE S256 challenge"),
    ("par", "plain", {"code_challenge_method": "plain"}, "invalid_request", "PKCE S256 challenge"),
    ("exchange", "an actor beside the subject", {"actor_token": "x"}, "invalid_request", "an access token is wanted"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "what", "more", "error", "check"), EXCLUSIVE, ids=lambda value: str(value)[:40]
)
def test_what_excludes_each_other_is_not_sent_together(
    world: Any, call: str, what: str, more: dict[str, str], error: str, check: str
) -> None:
    desk = Desk(world, call)

    desk.refused(desk.send(**more), 400, error, check)

    desk.works()


def test_a_verifier_without_a_challenge_is_refused(world: Any) -> None:
    """RFC 9700 §4.8.2: who took the challenge away shall not get a token for it."""
    desk = Desk(world, "code")
    desk.good["code"] = desk.client.answer(scope="openid")["code"]

    desk.refused(desk.send(), 400, "invalid_request", "PKCE verifier")

    desk.good.pop("code_verifier")
    desk.works()


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"request": "a.b.c"}, "request_not_supported"),
        ({"request_uri": "https://elsewhere.example/r"}, "request_uri_not_supported"),
        ({"request_uri": "https://elsewhere.example/r", "request": "a.b.c"}, "request_uri_not_supported"),
        ({"prompt": "none consent"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_a_browser_brings_nothing_that_excludes_each_other(world: Any, more: Values, error: str) -> None:
    answer = Client(world).answer(scope="openid", **more)

    assert (answer["error"], answer["state"]) == (error, "s")


@pytest.mark.parametrize(
    "name", ["claims", "prompt", "nonce", "state", "response_mode", "code_challenge", "max_age"]
)
def test_nothing_comes_twice_from_a_browser(world: Any, name: str) -> None:
    client = Client(world)

    answer = client.answer(scope="openid", **{name: ["1", "2"]})

    assert answer["error"] == "invalid_request"
    flow = world.flow()["id"]
    [exchange] = world.town.api("GET", f"/flows/{flow}/exchanges")
    assert [one["name"] for one in exchange["checks"] if not one["ok"]] == ["no parameter repeated"]


def test_a_pushed_request_is_not_used_beside_a_request_object(world: Any) -> None:
    """RFC 9101 §5: one of the two. The pushed one is as good as before."""
    desk = Desk(world, "par")
    asked = {"client_id": str(desk.client.app["appid"]), "request_uri": desk.send().json()["request_uri"]}

    both = made.get(desk.town.provider, "/oauth/authorize", made.written({**asked, "request": "a.b.c"}))

    assert (both.status, both.location) == (400, "")
    assert "invalid_request" in both.text
    assert "code" in made.told(made.get(desk.town.provider, "/oauth/authorize", made.written(asked)))


METHODS = {
    **dict.fromkeys((path for path, _ in GOOD.values()), "GET HEAD PUT PATCH DELETE"),
    "/oauth/register": "GET HEAD PUT DELETE",
    "/oauth/logout": "PUT PATCH DELETE",
    "/oauth/logout/answer": "GET PUT DELETE",
    "/oauth/jwks": "POST PUT DELETE",
    "/.well-known/openid-configuration": "POST PUT DELETE",
    "/.well-known/oauth-authorization-server": "POST PUT DELETE",
    "/oauth/device": "PUT PATCH DELETE",
    "/oauth/device/done": "POST PUT DELETE",
}


@pytest.mark.parametrize("path", METHODS)
def test_another_method_is_405_and_told_which_there_are(town: Any, path: str) -> None:
    for method in METHODS[path].split():
        answer = ask(town.provider, method, path, b"")
        assert answer.status == 405, answer
        assert method not in answer.headers["Allow"].split(", ")


# -- what JSON can spell


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


@pytest.mark.parametrize("levels", [390, 700, *range(940, 1000, 2), 9000])
def test_claims_of_any_depth_are_taken_or_refused(world: Any, levels: int) -> None:
    """They are read at several places, each deeper in the stack than the one before."""
    wanted = f'{{"id_token": {{"email": {{"value": {deep(levels)}}}}}}}'

    answer = Client(world).authorize("POST", scope="openid", claims=wanted)

    assert answer.status_code == 303
    assert ("code=" in answer.headers["Location"]) == (levels < 398)


@pytest.mark.parametrize("path", ["token", "par", "revoke", "introspect", "device_authorization"])
def test_an_assertion_about_half_a_letter_is_about_nobody(world: Any, path: str) -> None:
    client = Signing(world, grant_types=ALL)
    assertion = client.assertion("ES256", EC, sub="x")
    head, _, signature = assertion.split(".")
    claims = json.dumps({**client.claims(), "sub": "\ud800"}).encode()
    middle = base64.urlsafe_b64encode(claims).decode().rstrip("=")

    answer = client.call(f"{head}.{middle}.{signature}", path, grant_type=MACHINE, token="x")

    assert (answer.status_code, answer.json()["error"]) in ((400, "invalid_client"), (401, "invalid_client"))


# -- a client with a secret, and the implicit grant


def test_a_client_with_a_secret_may_have_the_implicit_grant_without_showing_it(world: Any) -> None:
    """RFC 6749 §4.2.1: nobody proves itself at the authorization endpoint."""
    client = Client(world, grant_types=[CODE, "implicit"])

    answer = client.answer(response_type="token", scope="openid")

    assert client.userinfo(answer)["sub"] == "zhangsan"


def test_a_code_that_nobody_carries_is_bound_to_no_key(world: Any) -> None:
    """A page cannot prove anything while it is redirected: RFC 9449 §10 is about codes that a client brings."""
    client = Client(world, kind="spa", grant_types=["implicit"])

    answer = client.answer(response_type="token", scope="openid", dpop_jkt="x" * 43)

    assert answer["token_type"] == "Bearer"
    assert client.userinfo(answer)["sub"] == "zhangsan"
