"""Keys are rotated again and again on four worker processes while people log in: every id_token verifies, whether the
client reads the key set each time or keeps it until a kid is unknown (OpenID Connect Core §10.1.1)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from joserfc import jws, jwt
from joserfc.jwk import KeySet
from races import all_workers_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.launcher,
    pytest.mark.filterwarnings("ignore:EdDSA is deprecated"),
]

WORKERS, PEOPLE = 4, 6
ALGORITHMS = ["RS256", "ES256", "EdDSA"]
CALLBACK = "http://127.0.0.1/callback"
ROTATIONS = 60


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any) -> Iterator[Any]:
    town, process = start_town(tmp_path_factory.mktemp("rotation"), NINESTEP_WORKERS=str(WORKERS))
    all_workers_of(town, "provider", WORKERS)
    yield town
    stop_town(town, process)


class Relying:
    """A client that checks what it gets. ``keeps``: it reads the key set anew only where it misses a key."""

    def __init__(self, town: Any, alg: str, *, keeps: bool) -> None:
        self.town, self.keeps, self.reads = town, keeps, 0
        grants = ["authorization_code", "refresh_token"]
        body = {"dialect": "standard", "redirect_uris": [CALLBACK], "grant_types": grants}
        more = {"id_token_signed_response_alg": alg, "access_token_format": "jwt"}
        self.app = town.api("POST", "/apps", {**body, **more})
        self.kept: dict[str, Any] = {"keys": []}

    def read(self) -> None:
        """Without a connection of its own to keep: each of these lands on any worker."""
        answer = requests.get(f"{self.town.provider}/oauth/jwks", timeout=30)
        assert answer.status_code == 200, answer.text
        self.kept, self.reads = answer.json(), self.reads + 1

    def verified(self, token: str) -> jwt.Token:
        if not self.keeps or kid_of(token) not in {key["kid"] for key in self.kept["keys"]}:
            self.read()
        return jwt.decode(token, KeySet.import_key_set(self.kept), algorithms=ALGORITHMS)

    def ask(self, **form: str) -> dict[str, Any]:
        own = {"client_id": self.app["appid"], "client_secret": self.app["secret"]}
        answer = requests.post(f"{self.town.provider}/oauth/token", data={**own, **form}, timeout=30)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        assert self.verified(tokens["id_token"]).claims["aud"] == self.app["appid"]
        assert self.verified(tokens["access_token"]).claims["client_id"] == self.app["appid"]
        return tokens

    def log_in(self) -> list[dict[str, Any]]:
        body = {"user": "lisi", "scope": "openid", "redirect_uri": CALLBACK}
        code = self.town.api("POST", f"/apps/{self.app['appid']}/codes", body)["code"]
        first = self.ask(grant_type="authorization_code", code=code, redirect_uri=CALLBACK)
        return [first, self.ask(grant_type="refresh_token", refresh_token=first["refresh_token"])]


def test_no_login_fails_while_keys_rotate_on_four_workers(town: Any) -> None:
    over, done = threading.Event(), threading.Semaphore(0)
    people = [Relying(town, ALGORITHMS[n % 3], keeps=n >= PEOPLE // 2) for n in range(PEOPLE)]

    def rotate() -> None:
        try:
            for _ in range(ROTATIONS):
                for _ in people:  # so many logins between two rotations
                    assert done.acquire(timeout=60)
                answer = requests.post(f"{town.provider}/_mock/api/keys/rotate", timeout=60)
                assert answer.status_code == 200, answer.text
        finally:
            over.set()

    def live(person: Relying) -> list[str]:
        tokens: list[str] = []
        while not over.is_set():
            try:
                tokens += [told["id_token"] for told in person.log_in()]
            finally:
                done.release()
        return tokens

    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        rotated = pool.submit(rotate)
        logins = list(pool.map(live, people))
    rotated.result()

    assert all(logins)
    signed = {kid_of(token) for tokens in logins for token in tokens}
    assert len(signed) > len(ALGORITHMS), "logins saw the keys change"
    for person, tokens in zip(people, logins, strict=True):
        person.read()
        person.keeps = True
        before = person.reads
        for token in tokens:
            assert person.verified(token).claims["sub"] == "lisi"
        assert person.reads == before, "one set verifies all that is alive"


def kid_of(token: str) -> str:
    return str(jws.extract_compact(token.encode()).headers()["kid"])
