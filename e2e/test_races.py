"""What is single-use is given once: 64 at the same moment, four worker processes, one winner in every round."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey
from ninestep.launcher import engine
from races import Crowd, all_workers_of

pytestmark = pytest.mark.launcher

CROWD, WORKERS = 64, 4
BUNDLED = "the bundled engine"
ROUNDS = [5, pytest.param(1000, marks=pytest.mark.slow)]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
MEITUAN = "wx1234567890abcdef"
CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture(scope="module")
def redis_url(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a Redis server proper; "" for the one that the town brings along."""
    if server == BUNDLED:
        yield ""
        return
    binary, folder = shutil.which(server), tmp_path_factory.mktemp("redis")
    if binary is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing(f"no {server} on PATH")
    assert binary is not None
    path = folder / "redis.sock"
    process = subprocess.Popen(engine.command(binary, path, folder), stdout=subprocess.DEVNULL)
    while not engine.answers(path):
        assert process.poll() is None, f"{server} did not start"
    yield engine.url(path)
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="module")
def town(
    redis_url: str, tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any
) -> Iterator[Any]:
    """A town with more workers than the others have."""
    named = {"NINESTEP_REDIS_URL": redis_url} if redis_url else {}
    town, process = start_town(tmp_path_factory.mktemp("races"), NINESTEP_WORKERS=str(WORKERS), **named)
    yield town
    stop_town(town, process)


@pytest.fixture(scope="module", params=[BUNDLED, pytest.param("redis-server", marks=pytest.mark.slow)])
def server(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def crowd_at(town: Any) -> Iterator[Callable[[str], Crowd]]:
    """A crowd in front of the service of that name."""
    made: list[Crowd] = []

    def at(service: str) -> Crowd:
        workers = all_workers_of(town, service, WORKERS)
        places = {"provider": town.provider, "client_app": town.client, "resource_api": town.resource}
        base = places[service]
        made.append(Crowd(base, CROWD, workers))
        return made[-1]

    yield at
    for crowd in made:
        crowd.close()


def new_app(town: Any, **fields: Any) -> dict[str, Any]:
    made: dict[str, Any] = town.api("POST", "/apps", {"redirect_uris": [CALLBACK], **fields})
    return made


def live_access_tokens(town: Any, appid: str) -> int:
    found = town.api("GET", f"/apps/{appid}/tokens")
    return len([token for token in found if token["kind"] == "access" and token["state"] == "active"])


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_code_buys_one_token_at_wechats_endpoint(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="wechat", kind="official_account", fidelity="platform")
    crowd = crowd_at("provider")
    for _ in range(rounds):
        code = town.api("POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan"})["code"]
        query = {"appid": app["appid"], "secret": app["secret"], "code": code}
        query["grant_type"] = "authorization_code"

        answers = crowd.race("GET", f"/sns/oauth2/access_token?{urlencode(query)}")

        assert {answer.status for answer in answers} == {200}
        told = Counter(json.loads(answer.body).get("errcode", "token") for answer in answers)
        assert told == {"token": 1, 40163: CROWD - 1}
    if rounds < 100:
        assert live_access_tokens(town, app["appid"]) == rounds


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_code_buys_one_token_at_the_standard_endpoint(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="standard")
    crowd = crowd_at("provider")
    for _ in range(rounds):
        body = {"user": "zhangsan", "redirect_uri": CALLBACK}
        code = town.api("POST", f"/apps/{app['appid']}/codes", body)["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        form |= {"client_id": app["appid"], "client_secret": app["secret"]}

        answers = crowd.race("POST", "/oauth/token", form)

        assert Counter(answer.status for answer in answers) == {200: 1, 400: CROWD - 1}
        refusals = {json.loads(answer.body)["error"] for answer in answers if answer.status == 400}
        assert refusals == {"invalid_grant"}


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_refresh_token_is_rotated_once(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="standard")
    who = {"client_id": app["appid"], "client_secret": app["secret"]}
    crowd = crowd_at("provider")
    for _ in range(rounds):
        body = {"user": "zhangsan", "redirect_uri": CALLBACK}
        code = town.api("POST", f"/apps/{app['appid']}/codes", body)["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **who}
        tokens = town.http.post(f"{town.provider}/oauth/token", data=form).json()

        refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **who}
        answers = crowd.race("POST", "/oauth/token", refresh)

        assert Counter(answer.status for answer in answers) == {200: 1, 400: CROWD - 1}
        refusals = {json.loads(answer.body)["error"] for answer in answers if answer.status == 400}
        assert refusals == {"invalid_grant"}
    assert live_access_tokens(town, app["appid"]) == 0  # a reuse ends the family, the winner's token with it


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_consent_gives_one_code(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="wechat", kind="official_account", fidelity="tutorial")
    asked = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
    asked |= {"scope": "snsapi_userinfo", "state": "s"}
    authorize = f"{town.provider}/connect/oauth2/authorize"
    browser = requests.Session()
    browser.trust_env = False
    with closing(browser):
        login = browser.get(authorize, params=asked)
        csrf = first(r'name="csrf_token" value="([^"]+)"', login.text)
        origin = {"Origin": town.provider}
        browser.post(login.url, data={"persona": "zhangsan", "csrf_token": csrf}, headers=origin)
        crowd = crowd_at("provider")
        for _ in range(rounds):
            consent = browser.get(authorize, params=asked)
            nonce = first(r'name="consent_nonce" value="([^"]+)"', consent.text)
            form = {"consent_nonce": nonce, "decision": "approve"}
            address = urlsplit(consent.url)

            answers = crowd.race(
                "POST", f"{address.path}?{address.query}", form, {**origin, "Cookie": cookies(browser)}
            )

            assert Counter(answer.status for answer in answers) == {303: 1, 409: CROWD - 1}
            [location] = [answer.location for answer in answers if answer.status == 303]
            assert "code=" in location


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_state_lets_one_callback_in(town: Any, crowd_at: Any, rounds: int) -> None:
    town.api("PATCH", f"/apps/{MEITUAN}", {"consent": {"mode": "auto", "user": "zhangsan"}})
    crowd = crowd_at("client_app")
    for _ in range(rounds):
        browser = requests.Session()
        browser.trust_env = False
        with closing(browser):
            started = browser.get(f"{town.client}/login/wechat", allow_redirects=False)
            answered = browser.get(started.headers["Location"], allow_redirects=False)
            callback = urlsplit(answered.headers["Location"])

            answers = crowd.race(
                "GET",
                f"{callback.path}?{callback.query}",
                headers={"Cookie": cookies(browser), "Accept": "text/html"},
            )

        assert Counter(answer.status for answer in answers) == {303: 1, 400: CROWD - 1}
        assert [answer.location for answer in answers if answer.status == 303] == ["/me"]
        flow = started.headers["X-Ninestep-Flow"]
        told = town.api("GET", f"/flows/{flow}/exchanges")
        assert len({each["exchange"] for each in told if each["name"] == "code.redeemed"}) == 1


def first(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found is not None, f"{pattern} is not on the page"
    return found[1]


def cookies(browser: requests.Session) -> str:
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_dpop_proof_is_served_once(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="standard", kind="machine", dpop=True)
    form = {"client_id": app["appid"], "client_secret": app["secret"], "grant_type": "client_credentials"}
    key, crowd = ECKey.generate_key("P-256"), crowd_at("provider")
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    for number in range(rounds):
        claims = {"jti": f"proof-{number}", "htm": "POST", "htu": f"{town.provider}/oauth/token"}
        proof = jwt.encode(header, {**claims, "iat": int(time.time())}, key)

        answers = crowd.race("POST", "/oauth/token", form, {"DPoP": proof})

        told = Counter(json.loads(answer.body).get("error", "token") for answer in answers)
        assert told == {"token": 1, "invalid_dpop_proof": CROWD - 1}


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_client_assertion_is_taken_once(town: Any, crowd_at: Any, rounds: int) -> None:
    key, crowd = ECKey.generate_key("P-256"), crowd_at("provider")
    keys = {"jwks": {"keys": [key.as_dict(private=False)]}, "token_endpoint_auth_method": "private_key_jwt"}
    app = new_app(town, dialect="standard", kind="machine", **keys)
    claims = {"iss": app["appid"], "sub": app["appid"], "aud": town.provider}
    for number in range(rounds):
        told = {**claims, "jti": f"assertion-{number}", "exp": int(time.time()) + 60}
        form = {
            "grant_type": "client_credentials",
            "client_assertion": jwt.encode({"alg": "ES256"}, told, key),
        }
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

        answers = crowd.race("POST", "/oauth/token", form)

        assert Counter(answer.status for answer in answers) == {200: 1, 401: CROWD - 1}
    if rounds < 100:
        assert live_access_tokens(town, app["appid"]) == rounds


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_pushed_request_gets_one_answer(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="standard", consent={"mode": "auto", "user": "zhangsan"})
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    crowd = crowd_at("provider")
    for _ in range(rounds):
        asked = {**own, "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid"}
        pushed = town.http.post(f"{town.provider}/oauth/par", data=asked).json()
        query = {"client_id": app["appid"], "request_uri": pushed["request_uri"]}

        answers = crowd.race("GET", f"/oauth/authorize?{urlencode(query)}")

        assert Counter(answer.status for answer in answers) == {302: 1, 400: CROWD - 1}
        assert [answer.location for answer in answers if "code=" in answer.location]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_dpop_proof_is_served_once_at_protected_data(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="standard", dpop=True)
    key, crowd = ECKey.generate_key("P-256"), crowd_at("resource_api")
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}

    def proof(**claims: str) -> str:
        told = {"jti": secrets.token_hex(8), "iat": int(time.time()), **claims}
        return jwt.encode(header, told, key)

    made = {"user": "zhangsan", "redirect_uri": CALLBACK}
    code = town.api("POST", f"/apps/{app['appid']}/codes", made)["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    form |= {"client_id": app["appid"], "client_secret": app["secret"]}
    endpoint = f"{town.provider}/oauth/token"
    sent = {"DPoP": proof(htm="POST", htu=endpoint)}
    token = town.http.post(endpoint, data=form, headers=sent).json()["access_token"]
    digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
    for _ in range(rounds):
        headers = {"DPoP": proof(htm="GET", htu=f"{town.resource}/userinfo", ath=digest)}

        answers = crowd.race("GET", "/userinfo", headers={**headers, "Authorization": f"DPoP {token}"})

        told = Counter(json.loads(answer.body).get("error", "profile") for answer in answers)
        assert told == {"profile": 1, "invalid_dpop_proof": CROWD - 1}


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_device_code_buys_one_token(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="standard", grant_types=[DEVICE, "refresh_token"])
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    crowd = crowd_at("provider")
    for _ in range(rounds):
        device = town.http.post(f"{town.provider}/oauth/device_authorization", data=own).json()
        town.api("POST", f"/devices/{device['user_code']}", {"user": "lisi"})

        form = {**own, "grant_type": DEVICE, "device_code": device["device_code"]}
        answers = crowd.race("POST", "/oauth/token", form)

        assert Counter(answer.status for answer in answers) == {200: 1, 400: CROWD - 1}
        refusals = {json.loads(answer.body)["error"] for answer in answers if answer.status == 400}
        assert refusals == {"invalid_grant"}
    assert live_access_tokens(town, app["appid"]) == 0  # who asks again ends what the first one got


@pytest.mark.parametrize("rounds", ROUNDS)
def test_one_of_many_answers_to_a_device_counts(town: Any, crowd_at: Any, rounds: int) -> None:
    app = new_app(town, dialect="standard", grant_types=[DEVICE])
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    crowd = crowd_at("provider")
    for _ in range(rounds):
        device = town.http.post(f"{town.provider}/oauth/device_authorization", data=own).json()

        answers = crowd.race("POST", f"/_mock/api/devices/{device['user_code']}")

        assert Counter(answer.status for answer in answers) == {200: 1, 409: CROWD - 1}
        form = {**own, "grant_type": DEVICE, "device_code": device["device_code"]}
        assert "access_token" in town.http.post(f"{town.provider}/oauth/token", data=form).json()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_many_polls_at_once_one_is_told_to_wait_and_none_gets_a_token(
    town: Any, crowd_at: Any, rounds: int
) -> None:
    app = new_app(town, dialect="standard", grant_types=[DEVICE])
    town.api("POST", f"/worlds/{app['world']}/clock", {"freeze": True})  # five seconds later one more may ask
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    crowd = crowd_at("provider")
    for _ in range(rounds):
        device = town.http.post(f"{town.provider}/oauth/device_authorization", data=own).json()
        form = {**own, "grant_type": DEVICE, "device_code": device["device_code"]}

        told = Counter(json.loads(one.body)["error"] for one in crowd.race("POST", "/oauth/token", form))

        assert told == {"authorization_pending": 1, "slow_down": CROWD - 1}
