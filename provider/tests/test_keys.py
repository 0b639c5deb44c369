"""The town's signing keys: one for all processes, unreadable at rest, rotated while logins run."""

from __future__ import annotations

import json
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from console_pages import Pages, rows
from ninestep.settings import ProviderSettings
from ninestep.store import Store
from ninestep_provider.jose import MARK, keys
from standard_client import ALGORITHMS, Client, verified

pytestmark = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")

PROCESSES, LOGINS, ROTATIONS = 4, 24, 4
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


def first_use(redis_url: str, prefix: str, alg: str, together: Any, answers: Any) -> None:
    """One process that needs a key at the same moment as the others."""
    store = Store.at(redis_url, prefix)
    parts: Any = SimpleNamespace(settings=ProviderSettings(signing_key="k"), store=store)
    store.ping()
    together.wait(timeout=30)
    token = keys.sign(parts, alg, {"sub": "zhangsan"})
    answers.put((keys.in_use(parts, alg).kid, token))
    store.close()


@pytest.mark.launcher
@pytest.mark.parametrize("alg", ALGORITHMS)
def test_processes_that_need_the_first_key_at_once_share_one(redis_url: str, store: Store, alg: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    together, answers = spawn.Barrier(PROCESSES), spawn.Queue()
    crowd = [
        spawn.Process(target=first_use, args=(redis_url, store.keys.prefix, alg, together, answers))
        for _ in range(PROCESSES)
    ]
    for process in crowd:
        process.start()
    told = [answers.get(timeout=60) for _ in crowd]
    for process in crowd:
        process.join(timeout=10)

    assert len({kid for kid, _ in told}) == 1
    assert len(store.signing_keys()) == 1
    parts: Any = SimpleNamespace(settings=ProviderSettings(signing_key="k"), store=store)
    assert all(keys.verified(parts, token) for _, token in told)


def test_at_rest_a_private_half_can_be_read_by_who_has_the_root_secret_alone(control: Any) -> None:
    control("GET", "/keys")
    raw = control.store.redis.hgetall(control.store.keys.signing_keys)

    assert len(raw) == 2 * len(ALGORITHMS), "the ones in use, and the next"
    for value in raw.values():
        record = json.loads(value)
        assert not PRIVATE & set(record["public"])
        assert not PRIVATE & set(record)
        assert record["sealed"].startswith("gAAAA")
    told = control("GET", "/keys")
    assert not PRIVATE & {name for key in told for name in key["jwk"]}
    parts = control.app.extensions["ninestep"]
    other: Any = SimpleNamespace(settings=ProviderSettings(signing_key="another"), store=control.store)
    assert keys.sign(parts, "ES256", {"sub": "x"})
    with pytest.raises(Exception, match=r"^$"):
        keys.sign(other, "ES256", {"sub": "x"})


def test_after_a_rotation_the_old_keys_are_published_and_the_new_ones_sign(world: Any) -> None:
    client = Client(world)
    before = client.login()["id_token"]
    old = {key["alg"]: key["kid"] for key in world.town.api("GET", "/keys") if key["in_use"]}

    rotated = world.town.api("POST", "/keys/rotate")

    new = {key["alg"]: key["kid"] for key in rotated if key["in_use"]}
    assert set(new) == set(old) == set(ALGORITHMS)
    assert not set(new.values()) & set(old.values())
    retired = {key["kid"] for key in rotated if not key["in_use"]}
    assert set(old.values()) <= retired
    assert all(key["kid"].startswith(MARK) for key in rotated)
    after = client.login()["id_token"]
    assert verified(world.town, before).header["kid"] == old["RS256"]
    assert verified(world.town, after).header["kid"] == new["RS256"]


def test_a_key_is_published_before_it_signs(world: Any) -> None:
    """A client that has read the set a moment ago need not read it again after a rotation: many would not."""

    def published() -> set[str]:
        answer = requests.get(f"{world.town.provider}/oauth/jwks", timeout=10)
        return {key["kid"] for key in answer.json()["keys"]}

    before = published()
    for _ in range(2):
        rotated = world.town.api("POST", "/keys/rotate")
        assert {key["kid"] for key in rotated if key["in_use"]} <= before
        before = published()
        assert {key["kid"] for key in rotated} < before


def test_no_login_fails_while_keys_rotate(world: Any) -> None:
    clients = [Client(world, id_token_signed_response_alg=alg) for alg in ALGORITHMS]
    over = threading.Event()

    def rotate() -> None:
        for _ in range(ROTATIONS):
            answer = requests.post(f"{world.town.provider}/_mock/api/keys/rotate", timeout=30)
            assert answer.status_code == 200
        over.set()

    def login(number: int) -> str:
        return str(clients[number % len(clients)].login()["id_token"])

    with ThreadPoolExecutor(6) as pool:
        rotating = pool.submit(rotate)
        tokens = list(pool.map(login, range(LOGINS)))
        rotating.result(timeout=60)

    assert over.is_set()
    assert all(verified(world.town, token).claims["sub"] == "zhangsan" for token in tokens)


def test_the_console_shows_the_keys_and_rotates_them(control: Any) -> None:
    before = {key["kid"] for key in control("GET", "/keys")}
    pages = Pages(control.client)
    shown = rows(pages.get("/console/tokens").text, "co-key")
    assert [(row["alg"], row["state"]) for row in shown] == [(alg, "in_use") for alg in sorted(ALGORITHMS)]

    page = pages.done("/console/keys")

    assert all(kid in page for kid in before)
    told = control("GET", "/keys")
    assert {key["kid"] for key in told if not key["in_use"]} == before
    assert pages.post("/console/keys", csrf=False).status_code == 400, "another site's form rotates nothing"


def test_what_retired_long_ago_is_forgotten(control: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    control("GET", "/keys")
    monkeypatch.setattr(keys, "PUBLISHED", -1)  # everything that retired, retired long ago

    told = control("POST", "/keys/rotate")

    assert [key["alg"] for key in told if key["in_use"]] == sorted(ALGORITHMS)
    assert [key for key in told if not key["in_use"]] == []


def test_every_answer_says_that_this_is_a_mock(world: Any) -> None:
    """The marks that a resource server in production can refuse: docs/openid-connect.md."""
    answer = requests.get(f"{world.town.provider}/oauth/jwks", timeout=10)

    assert answer.headers["X-Ninestep"] == "mock"
    assert all(key["kid"].startswith("ninestep-mock-") for key in answer.json()["keys"])
