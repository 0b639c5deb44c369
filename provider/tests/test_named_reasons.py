"""What the trace names as the reason, where several checks would refuse with the same words: the first that did not
hold, and not one behind it."""

from __future__ import annotations

from typing import Any

import pytest
from any_parameters import Values, post, written
from any_shop import ALL, DEVICE, PASSWORD, REFRESH, Shop
from standard_client import Client


def reason(town: Any, flow: str) -> tuple[str, list[str]]:
    """(the outcome's reason, the checks that did not hold) of the newest exchange."""
    exchange = town.api("GET", f"/flows/{flow}/exchanges")[-1]
    assert exchange["outcome"] == "refused"
    return exchange["error"], [check["name"] for check in exchange["checks"] if not check["ok"]]


@pytest.mark.parametrize(
    ("form", "error", "named", "check"),
    [
        ({"grant_type": PASSWORD}, "invalid_request", "login_missing", "username and password given"),
        ({"grant_type": PASSWORD, "username": "lisi"}, "invalid_request", "login_missing", "username and password given"),
        ({"grant_type": REFRESH}, "invalid_request", "refresh_missing", "refresh_token given"),
    ],
)  # fmt: skip
def test_a_parameter_that_is_missing(world: Any, form: Values, error: str, named: str, check: str) -> None:
    shop = Shop(world)

    answer = shop.right(shop.clients["post"], form)

    assert (answer.status, answer.json()["error"]) == (400, error)
    assert reason(world.town, answer.headers["X-Ninestep-Flow"]) == (named, [check])


def test_a_grant_that_was_taken_from_the_app(world: Any) -> None:
    shop = Shop(world)
    client = shop.clients["post"]
    kept = shop.lay(client, "refresh_token")
    address = f"/apps/{client.app['appid']}"
    world.town.api("PATCH", address, {"grant_types": [PASSWORD]})

    answer = shop.right(client, {"grant_type": REFRESH, "refresh_token": kept})

    assert (answer.status, answer.json()["error"]) == (400, "unauthorized_client")
    told = ("grant_not_allowed", ["grant_type allowed to the app"])
    assert reason(world.town, answer.headers["X-Ninestep-Flow"]) == told
    world.town.api("PATCH", address, {"grant_types": ALL})
    assert shop.right(client, {"grant_type": REFRESH, "refresh_token": kept}).status == 200


def test_a_device_code_that_was_used(world: Any) -> None:
    shop = Shop(world)
    client = shop.clients["post"]

    answer = shop.right(
        client, {"grant_type": DEVICE, "device_code": shop.lay(client, "device_code", spent=True)}
    )

    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    assert reason(world.town, answer.headers["X-Ninestep-Flow"]) == ("code_used", ["device code not used"])


@pytest.mark.parametrize(
    ("of_the_town", "told"),
    [(False, ("consent_withdrawn", ["consent still given"])), (True, ("code_unknown", ["user known"]))],
)
def test_a_device_code_of_somebody_who_is_gone(
    world: Any, of_the_town: bool, told: tuple[str, list[str]]
) -> None:
    """Deleted between the yes and the poll; one of the town leaves its consents in other worlds behind."""
    guest, where = f"guest{world.name}", {"world": "town" if of_the_town else world.name}
    world.town.api("POST", "/users", {"uid": guest}, params=where)
    client = Client(world, grant_types=ALL)
    world.town.api("PATCH", f"/apps/{client.app['appid']}", {"consent": {"mode": "auto", "user": guest}})
    own = {"client_id": client.app["appid"], "client_secret": client.app["secret"]}
    device = post(world.town.provider, "/oauth/device_authorization", written(own)).json()
    world.town.api("DELETE", f"/users/{guest}", params=where)

    answer = client.token(grant_type=DEVICE, device_code=device["device_code"], redirect_uri=None)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert reason(world.town, answer.headers["X-Ninestep-Flow"]) == told


def test_a_proof_that_an_app_always_brings(world: Any) -> None:
    client = Client(world, dpop=True)

    answer = client.token(code=client.answer()["code"])

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof")
    told = ("dpop_missing", ["DPoP proof given"])
    assert reason(world.town, answer.headers["X-Ninestep-Flow"]) == told


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke", "/oauth/par", "/oauth/token"])
def test_a_client_without_its_proof(world: Any, path: str) -> None:
    """Also where a client without a secret has no business: nobody is told of assertions who sent none."""
    form = {"client_id": Client(world).app["appid"], "token": "x", "grant_type": "client_credentials"}

    answer = post(world.town.provider, path, written(form))

    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert "proof is missing" in answer.json()["error_description"]
    told = ("secret_missing", ["client authentication method"])
    assert reason(world.town, answer.headers["X-Ninestep-Flow"]) == told
