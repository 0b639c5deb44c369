"""Whatever a client signs: an assertion or a DPoP proof counts if and only if every claim of it holds, and counts once."""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

import any_parameters as made
import pytest
from any_parameters import EXAMPLES
from by_hand import Answer
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey
from signing import EC, OKP, RSA, STRANGER, TYPE, Signing
from standard_client import Client

pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("ignore:EdDSA is deprecated")]

ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
SIGNERS = {"ES256": EC, "RS256": RSA, "PS256": RSA, "EdDSA": OKP}
# What stands in the place of a claim: seconds from now, a name, or a value as it is. None: the claim is left out.
TIMES = st.sampled_from((-7200, -3000, -200, -10, 10, 120, 3000, 7200))
ODD = st.sampled_from(
    (
        None,
        "",
        "x",
        True,
        False,
        0,
        -1,
        7,
        1.5,
        1e30,
        float("nan"),
        float("inf"),
        10**400,
        [],
        {},
        ["x"],
        "\ud800",
        "é" * 300,
    )
)
VALUES = st.one_of(
    st.tuples(st.just("time"), TIMES),
    st.tuples(
        st.just("name"),
        st.sampled_from(("own", "other", "issuer", "endpoint", "issuer among others", "elsewhere")),
    ),
    st.tuples(st.just("odd"), ODD),
)
HEADERS = {
    "crit": {"crit": ["exp"]},
    "no kid": {"kid": None},
    "unknown kid": {"kid": "gone"},
    "odd kid": {"kid": ["ec"]},
    "typ": {"typ": "x"},
}  # fmt: skip


def is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11


def changed(claims: dict[str, Any], wrong: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    now = int(time.time())
    said = {"time": lambda value: now + value, "name": lambda value: names[value], "odd": lambda value: value}
    told = {**claims, **{name: said[kind](value) for name, (kind, value) in wrong.items()}}
    return {name: value for name, value in told.items() if value is not None}


def signed(header: dict[str, Any], claims: dict[str, Any], key: Any) -> str:
    """By hand: a library would not sign such headers."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    told = {name: value for name, value in header.items() if value is not None}
    text = ".".join(part(json.dumps(one).encode()) for one in (told, claims))
    algorithm = jws.JWSRegistry(algorithms=ALGORITHMS).get_alg(header["alg"])
    return f"{text}.{part(algorithm.sign(text.encode(), key))}"


@pytest.mark.parametrize("examples", EXAMPLES)
def test_an_assertion_counts_if_every_claim_of_it_holds(world: Any, examples: int) -> None:
    client = Signing(world, kind="machine", grant_types=["client_credentials"])
    own, provider = str(client.app["appid"]), world.town.provider
    names = {
        "own": own,
        "other": world.appid,
        "issuer": provider,
        "endpoint": f"{provider}/oauth/token",
        "issuer among others": ["https://elsewhere.example", provider],
        "elsewhere": "https://elsewhere.example",
    }

    def ask(assertion: str) -> Answer:
        form = {"grant_type": "client_credentials", "client_id": own}
        form |= {"client_assertion_type": TYPE, "client_assertion": assertion}
        return made.post(provider, "/oauth/token", made.written(form))

    def holds(claims: dict[str, Any]) -> bool:
        now, to = time.time(), claims.get("aud")
        meant = to if isinstance(to, list) else [to]
        if claims.get("iss") != own or claims.get("sub") != own:
            return False
        if not {provider, f"{provider}/oauth/token"} & {one for one in meant if isinstance(one, str)}:
            return False
        times = [claims[name] for name in ("exp", "nbf", "iat") if name in claims]
        if "exp" not in claims or not all(map(is_time, times)):
            return False
        late = claims["exp"] <= now - 30 or claims["exp"] > now + 3630
        early = any(claims.get(name, now) > now + 30 for name in ("nbf", "iat"))
        jti = claims.get("jti")
        return not late and not early and isinstance(jti, str) and 0 < len(jti) <= 256

    def one(wrong: dict[str, Any], alg: str, signer: str, header: str) -> None:
        jti = secrets.token_hex()
        claims = changed(client.claims(jti=jti), wrong, names)
        if "jti" in wrong and isinstance(claims.get("jti"), str) and claims["jti"]:
            claims["jti"] = jti[:8] + claims["jti"]  # one that nobody had before
        key: Any = STRANGER if signer == "stranger" and alg == "ES256" else SIGNERS[alg]
        head = {"alg": alg, "kid": key.kid, **HEADERS.get(header, {})}
        assertion = signed(head, claims, key)

        answer = ask(assertion)

        genuine = key is not STRANGER and header not in ("crit", "unknown kid", "odd kid")
        expected = genuine and holds(claims)
        assert (answer.status == 200) == expected, (answer, head, claims)
        if not expected:
            assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
        assert ask(assertion).status == 401, "it counted twice"

    claims = st.sampled_from(("iss", "sub", "aud", "exp", "iat", "nbf", "jti"))
    made.tried(
        examples,
        one,
        wrong=st.dictionaries(claims, VALUES, max_size=2),
        alg=st.sampled_from(ALGORITHMS),
        signer=st.sampled_from(("own", "own", "stranger")),
        header=st.sampled_from(("", "", *HEADERS)),
    )


@pytest.mark.parametrize("examples", EXAMPLES)
def test_a_proof_counts_if_every_claim_of_it_holds_and_a_refused_one_spends_no_code(
    world: Any, examples: int
) -> None:
    client, key, other = Client(world, dpop=True), ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    own, provider = str(client.app["appid"]), world.town.provider
    endpoint = f"{provider}/oauth/token"
    names = {
        "own": "POST",
        "other": "GET",
        "issuer": provider,
        "endpoint": f"{endpoint}?more=1",
        "issuer among others": [endpoint],
        "elsewhere": "https://elsewhere.example/oauth/token",
    }

    def redeem(code: str, proof: str) -> Answer:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.app["redirect_uris"][0],
        }
        form |= {"client_id": own, "client_secret": str(client.app["secret"])}
        return made.post(provider, "/oauth/token", made.written(form), ("DPoP", proof))

    def holds(claims: dict[str, Any]) -> bool:
        jti, at = claims.get("jti"), claims.get("iat")
        named = isinstance(jti, str) and 0 < len(jti) <= 256 and jti.isprintable()
        here = claims.get("htm") == "POST" and claims.get("htu") in (endpoint, f"{endpoint}?more=1")
        return named and here and is_time(at) and -60 <= time.time() - float(at) <= 300

    def good() -> dict[str, Any]:
        return {"jti": secrets.token_hex(8), "htm": "POST", "htu": endpoint, "iat": int(time.time())}

    def head(header: str, shown: ECKey) -> dict[str, Any]:
        usual = {"typ": "dpop+jwt", "alg": "ES256", "jwk": shown.as_dict(private=False)}
        changes: dict[str, dict[str, Any]] = {
            "typ": {"typ": "JWT"},
            "no typ": {"typ": None},
            "no jwk": {"jwk": None},
            "private": {"jwk": shown.as_dict(private=True)},
            "odd jwk": {"jwk": {"kty": "EC"}},
            "another's jwk": {"jwk": other.as_dict(private=False)},
        }
        return {**usual, **changes.get(header, {})}

    def one(wrong: dict[str, Any], header: str) -> None:
        claims, code = changed(good(), wrong, names), client.answer(scope="openid")["code"]
        if "jti" in wrong and isinstance(claims.get("jti"), str) and claims["jti"]:
            claims["jti"] = secrets.token_hex(4) + claims["jti"]
        proof = signed(head(header, key), claims, key)

        answer = redeem(code, proof)

        expected = not header and holds(claims)
        assert (answer.status == 200) == expected, (answer, header, claims)
        if expected:
            assert answer.json()["token_type"] == "DPoP"
            assert (
                redeem(client.answer(scope="openid")["code"], proof).json()["error"] == "invalid_dpop_proof"
            )
        else:
            assert (answer.status, answer.json()["error"]) == (400, "invalid_dpop_proof")
            assert redeem(code, signed(head("", key), good(), key)).status == 200, "the code was spent"

    headers = ("", "", "", "typ", "no typ", "no jwk", "private", "odd jwk", "another's jwk")
    claims = st.sampled_from(("jti", "htm", "htu", "iat", "ath", "nonce", "exp"))
    made.tried(
        examples, one, wrong=st.dictionaries(claims, VALUES, max_size=2), header=st.sampled_from(headers)
    )
