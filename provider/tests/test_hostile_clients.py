"""What a hostile client or a thief tries at the standard dialect, over HTTP: to get more than it was given, to have a
bound token unbound, to pass for a fresh login, to learn what nobody agreed to."""

from __future__ import annotations

import base64
import json
import secrets
import socket
import threading
from typing import Any

import pytest
import redis
import requests
from granting import EXCHANGE, exchanged, granted, machine
from joserfc.jwk import RSAKey
from key_holder import Holder, holder
from pushing import go, pushed
from signing import OKP, Signing
from standard_client import Browser, Client, answered, get, verified

pytestmark = pytest.mark.thorough

EMAIL = json.dumps({"userinfo": {"email": None}, "id_token": {"email": None}})


def service(world: Any, **fields: Any) -> Client:
    """An app that exchanges what it was called with."""
    return machine(world, **{"grant_types": [EXCHANGE], **fields})


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


# -- token exchange (RFC 8693)


def test_a_stolen_bound_token_cannot_be_exchanged_for_one_that_needs_no_key(world: Any) -> None:
    victim = holder(world)
    token = victim.login()["access_token"]
    thief = service(world)

    refused = exchanged(thief, token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    other = Holder(thief).ask(
        grant_type=EXCHANGE,
        subject_token=token,
        subject_token_type="urn:ietf:params:oauth:token-type:access_token",
    )
    assert other.json()["error"] == "invalid_grant"

    own = Holder(thief, victim.key).ask(
        grant_type=EXCHANGE,
        subject_token=token,
        subject_token_type="urn:ietf:params:oauth:token-type:access_token",
    )
    assert own.json()["token_type"] == "DPoP"
    assert victim.userinfo(own.json()["access_token"]).status_code == 200
    assert victim.userinfo(own.json()["access_token"], "Bearer", proof="none").status_code == 401


def test_an_exchange_gives_no_scope_that_is_not_the_services_own(world: Any) -> None:
    token = Client(world).login(scope="openid profile read articles.write")["access_token"]

    assert exchanged(service(world, scopes=["read"]), token).json()["scope"] == "read"
    wider = exchanged(service(world, scopes=["read"]), token, scope="read articles.write")
    assert (wider.status_code, wider.json()["error"]) == (400, "invalid_scope")
    nothing = exchanged(service(world, scopes=["email"]), token)
    assert (nothing.status_code, nothing.json()["error"]) == (400, "invalid_scope")


def test_a_token_of_a_platform_is_no_subject_token(world: Any) -> None:
    code = world.town.api("POST", f"/apps/{world.appid}/codes", {"user": "zhangsan"})["code"]
    query = {"appid": world.appid, "secret": world.secret, "code": code, "grant_type": "authorization_code"}
    token = get(f"{world.town.provider}/sns/oauth2/access_token", params=query).json()["access_token"]

    answer = exchanged(service(world), token)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_an_exchanged_token_belongs_to_the_app_that_got_it(world: Any) -> None:
    shop, acting = Client(world), service(world)
    told = exchanged(acting, shop.login(scope="openid read")["access_token"]).json()
    token = told["access_token"]

    seen = acting.form("/oauth/introspect", token=token).json()
    assert (seen["active"], seen["act"]) == (True, {"sub": acting.app["appid"]})
    assert shop.form("/oauth/introspect", token=token).json() == {"active": False}
    assert shop.form("/oauth/revoke", token=token).status_code == 400
    assert acting.userinfo(told)["sub"] == "zhangsan"
    assert acting.form("/oauth/revoke", token=token).status_code == 200
    assert acting.userinfo(told) == {"error": "invalid_token"}


def test_an_exchanged_jwt_names_whose_it_is_and_who_acts(world: Any) -> None:
    acting = service(world, access_token_format="jwt")
    job = machine(world)

    of_user = exchanged(acting, Client(world).login(scope="openid")["access_token"]).json()
    of_app = exchanged(acting, granted(job, "client_credentials", scope="read").json()["access_token"]).json()

    for told, subject in ((of_user, "zhangsan"), (of_app, job.app["appid"])):
        claims = verified(world.town, told["access_token"]).claims
        assert claims["sub"] == subject
        assert claims["act"] == {"sub": acting.app["appid"]}
        assert claims["client_id"] == acting.app["appid"]


def test_what_one_app_asked_for_one_by_one_is_not_told_to_the_service_it_called(world: Any) -> None:
    tokens = Client(world).login(scope="openid", claims=EMAIL)

    told = exchanged(service(world), tokens["access_token"]).json()

    assert Client(world).userinfo(tokens)["email"] == "zhangsan@example.test"
    assert Client(world).userinfo(told) == {"sub": "zhangsan"}


def test_a_subject_token_does_not_stand_in_the_trace(world: Any) -> None:
    """It lives on after its exchange."""
    token = Client(world).login(scope="openid")["access_token"]

    answer = exchanged(service(world), token, actor_token="actor-token-of-somebody")

    told = world.town.api("GET", f"/flows/{answer.headers['X-Ninestep-Flow']}/export.json")
    assert token not in json.dumps(told)
    answer = exchanged(service(world), token)
    told = world.town.api("GET", f"/flows/{answer.headers['X-Ninestep-Flow']}/export.json")
    assert token not in json.dumps(told)
    assert EXCHANGE.rpartition(":")[2] in json.dumps(told)


# -- scopes and claims


def test_an_app_gets_no_claim_of_a_scope_that_it_may_not_ask_for(world: Any) -> None:
    client = Client(world, scopes=["openid"])

    tokens = client.login(scope="openid", claims=EMAIL)

    assert "email" not in verified(world.town, tokens["id_token"]).claims
    assert client.userinfo(tokens) == {"sub": "zhangsan"}


def test_a_claim_is_never_told_on_an_earlier_consent_to_less(world: Any) -> None:
    client = Client(world)
    browser = Browser(client)
    browser.agree(browser.log_in(browser.ask()))
    assert "code" in answered(browser.ask(prompt="none")), "openid alone is remembered"

    assert answered(browser.ask(prompt="none", claims=EMAIL))["error"] == "consent_required"
    page = browser.ask(claims=EMAIL)
    assert page.url.startswith(f"{world.town.provider}/oauth/consent")
    assert "邮箱" in page.text
    tokens = client.token(code=browser.agree(page)["code"]).json()
    assert client.userinfo(tokens)["email"] == "zhangsan@example.test"
    browser.agree(browser.ask(scope="openid email"))
    assert "code" in answered(browser.ask(prompt="none", claims=EMAIL)), "the scope covers its claims"


@pytest.mark.parametrize("rotates", [True, False])
def test_a_refresh_that_asks_for_less_gets_less(world: Any, rotates: bool) -> None:
    client = Client(world, policies={"rotate_refresh": rotates})
    tokens = client.login(scope="openid profile read")

    fresh = granted(client, "refresh_token", refresh_token=tokens["refresh_token"], scope="read").json()

    assert fresh["scope"] == "read"
    assert client.userinfo(fresh) == {"error": "insufficient_scope"}
    again = granted(client, "refresh_token", refresh_token=fresh["refresh_token"]).json()
    assert client.userinfo(again)["name"] == "张三"


# -- fresh logins, whatever the world's clock does


@pytest.mark.parametrize("moves", [{"freeze": True}, {"advance": "-2h"}])
@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}])
def test_an_old_login_never_passes_for_a_fresh_one(
    world: Any, moves: dict[str, Any], asked: dict[str, str]
) -> None:
    client = Client(world)
    browser = Browser(client)
    clock = f"/worlds/{world.name}/clock"
    if "freeze" in moves:
        world.town.api("POST", clock, moves)
    browser.agree(browser.log_in(browser.ask()))
    if "advance" in moves:
        world.town.api("POST", clock, moves)

    page = browser.ask(**asked)

    assert page.url.startswith(f"{world.town.provider}/oauth/login")
    assert "code" in browser.agree(browser.log_in(page)), "once is enough"


def test_a_login_that_is_yet_to_come_by_the_clock_is_of_no_known_age(world: Any) -> None:
    browser = Browser(Client(world))
    browser.agree(browser.log_in(browser.ask()))
    assert "code" in answered(browser.ask(max_age="3600"))

    world.town.api("POST", f"/worlds/{world.name}/clock", {"advance": "-2h"})

    page = browser.ask(max_age="3600")
    assert page.url.startswith(f"{world.town.provider}/oauth/login")
    assert "code" in browser.agree(browser.log_in(page))


# -- JWTs of clients


def signed(header: dict[str, Any], payload: bytes) -> str:
    """A JWS by a key that the client registered, whatever stands in it."""
    told = f"{base64url(json.dumps(header).encode())}.{base64url(payload)}"
    return f"{told}.{base64url(OKP.private_key.sign(told.encode()))}"


def test_an_assertion_of_nothing_but_brackets_is_refused(world: Any) -> None:
    client = Signing(world)
    deep = b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}"

    answer = client.redeem(signed({"alg": "EdDSA", "kid": "okp"}, deep), client_id=client.app["appid"])

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("crit", [[], ["alg"], ["exp"], ["b64"]])
def test_an_assertion_that_wants_an_extension_is_refused(world: Any, crit: list[str]) -> None:
    """RFC 7515 §4.1.11: what is critical has to be understood, and an empty list or a standard name is malformed."""
    client = Signing(world)
    usual = {"alg": "EdDSA", "kid": "okp"}
    assert client.redeem(signed(usual, json.dumps(client.claims()).encode())).status_code == 200

    answer = client.redeem(signed({**usual, "crit": crit}, json.dumps(client.claims()).encode()))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_a_dpop_proof_that_wants_an_extension_is_refused(world: Any) -> None:
    one = Holder(Client(world))
    code = one.code()

    refused = one.redeem(code, one.proof(one.endpoint, header={"crit": []}))

    assert refused.json()["error"] == "invalid_dpop_proof"
    assert one.redeem(code).status_code == 200


def rsa_key(bits: int, exponent: int = 65537) -> dict[str, str]:
    """A public key that nobody has the private half of."""
    modulus = secrets.randbits(bits) | 1 << (bits - 1) | 1
    return {
        "kty": "RSA",
        "n": base64url(modulus.to_bytes(bits // 8)),
        "e": base64url(exponent.to_bytes((exponent.bit_length() + 7) // 8)),
    }


WEAK = {"short": rsa_key(1024), "endless": rsa_key(16384), "dear": rsa_key(3072, secrets.randbits(3000) | 1)}


@pytest.mark.parametrize("key", WEAK)
def test_an_rsa_key_that_is_too_short_or_too_dear_to_check_is_not_taken(world: Any, key: str) -> None:
    """RFC 7518 §3.3."""
    body = {"dialect": "standard", "world": world.name, "jwks": {"keys": [WEAK[key]]}}

    told = world.town.api("POST", "/apps", body, status=422)

    assert "its modulus" in told["detail"] or "its exponent" in told["detail"]
    good = {**body, "jwks": {"keys": [rsa_key(2048), rsa_key(8192)]}}
    assert world.town.api("POST", "/apps", good)["jwks"] == good["jwks"]


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_a_dpop_proof_by_a_short_key_is_refused(world: Any) -> None:
    short = Holder(Client(world), RSAKey.generate_key(1024), "RS256")

    assert short.redeem(short.code()).json()["error"] == "invalid_dpop_proof"


# -- nothing that opens something lies in Redis


def everything(url: str) -> bytes:
    """All values of a Redis."""
    client = redis.Redis.from_url(url)
    found: list[bytes] = []
    for key in client.scan_iter(count=1000):
        kind = client.type(key)
        if kind == b"string":
            found.append(client.get(key) or b"")
        elif kind == b"hash":
            found += client.hgetall(key).values()
        elif kind == b"list":
            found += client.lrange(key, 0, -1)
    client.close()
    return b"\n".join(found)


def test_an_id_token_hint_is_read_and_not_kept(world: Any) -> None:
    client = Client(world)
    hint = client.login(scope="openid")["id_token"]
    pushed(client, id_token_hint=hint)
    Browser(client).ask(id_token_hint=hint, state="kept-" + "k" * 20)

    lying = everything(world.town.redis_url)

    assert ("kept-" + "k" * 20).encode() in lying, "the request itself waits there"
    assert hint.encode() not in lying


def test_a_pushed_hint_still_says_who_alone_may_answer(world: Any) -> None:
    client = Client(world)
    hint = client.login(scope="openid")["id_token"]
    world.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "auto", "user": "lisi"}})

    answer = go(client, pushed(client, id_token_hint=hint))

    assert answered(answer)["error"] == "login_required"


# -- clients that register themselves


@pytest.mark.parametrize("name", ["知\u202e乎", "a\x00b", "two\nlines", "zero\u200bwidth"])
def test_a_client_cannot_register_a_name_that_looks_like_another(world: Any, name: str) -> None:
    answer = registered(world, name)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    ("name", "shown"), [(" 知乎 ", "知乎"), ("家 👨\u200d👩\u200d👧", "家 👨\u200d👩\u200d👧"), ("  ", "")]
)
def test_usual_names_can_be_registered(world: Any, name: str, shown: str) -> None:
    told = registered(world, name).json()

    assert told["client_name"] == (shown or told["client_id"])


def registered(world: Any, name: str) -> requests.Response:
    return requests.post(
        f"{world.town.provider}/oauth/register",
        params={"world": world.name},
        json={"client_name": name, "redirect_uris": ["http://127.0.0.1/cb"]},
        timeout=10,
    )


# -- servers that take their time


class Dripping:
    """A client's server that never comes to the end of its headers."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/logged-out"
        self.hung_up = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        line, _ = self.socket.accept()
        line.recv(65536)
        line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        line.settimeout(0.1)
        while True:
            try:
                if not line.recv(65536):
                    break
            except TimeoutError:
                line.sendall(b"x")
            except OSError:
                break
        self.hung_up.set()
        line.close()
        self.socket.close()


@pytest.mark.launcher
def test_a_clients_server_cannot_keep_a_logout_waiting_by_one_byte_at_a_time(world: Any) -> None:
    slow = Dripping()
    client = Client(world, backchannel_logout_uri=slow.url)

    answer = requests.post(
        f"{world.town.provider}/_mock/api/apps/{client.app['appid']}/logout",
        json={"user": "zhangsan"},
        timeout=60,
    )

    assert answer.json() == {"status": 0}
    assert slow.hung_up.wait(10)
    told = world.town.api("GET", f"/flows/{world.flow()['id']}/export.json")["exchanges"]
    assert [each["outcome"] for each in told] == ["failed"]
