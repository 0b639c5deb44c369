"""What any_parameters' tests change the parameters of: a client in each way of proving itself, and one of somebody else."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import any_parameters as made
from any_parameters import Values
from by_hand import Answer
from signing import TYPE, Signing
from standard_client import CALLBACK, PKCE, VERIFIER, Client

CODE, REFRESH, PASSWORD, MACHINE = "authorization_code", "refresh_token", "password", "client_credentials"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ALL = [CODE, REFRESH, PASSWORD, MACHINE, DEVICE, EXCHANGE]


class Shop:
    """Every client may use every grant that its kind can have, and its user agrees at once."""

    def __init__(self, world: Any) -> None:
        self.world, self.town = world, world.town
        self.clients: dict[str, Client] = {
            "post": Client(world, grant_types=ALL),
            "assertion": Signing(world, grant_types=ALL),
            "none": Client(world, kind="native", grant_types=[CODE, REFRESH, PASSWORD, DEVICE]),
        }
        self.clients["basic"] = self.clients["post"]
        self.other = Client(world, grant_types=ALL)
        self.live: list[str] = []  # access tokens of this world

    def lay(self, client: Client, name: str, *, spent: bool = False) -> str:
        """A fresh value of ``name`` for ``client``; ``spent``: used up, by its right request."""
        if name == "client_id":
            return str(client.app["appid"])
        if name == "client_secret":
            return str(client.app["secret"] or "x")
        if name == "code":
            code = client.answer(scope="openid read", **PKCE)["code"]
            if spent:
                assert self.redeem(client, code).status == 200
            return code
        if name in ("refresh_token", "subject_token", "token"):
            tokens = self.redeem(client, self.lay(client, "code")).json()
            self.live.append(tokens["access_token"])
            if spent and name == "refresh_token":
                self.right(client, {"grant_type": REFRESH, "refresh_token": tokens["refresh_token"]})
            return str(tokens["refresh_token" if name == "refresh_token" else "access_token"])
        if name == "device_code":
            proof, headers = self.proof(client)
            pairs = made.written({"scope": "openid read", **proof})
            # born approved: so is the app's consent
            device = made.post(self.town.provider, "/oauth/device_authorization", pairs, *headers).json()
            if spent:
                self.right(client, {"grant_type": DEVICE, "device_code": device["device_code"]})
            return str(device["device_code"])
        return "x"

    def beside(self, client: Client) -> Callable[[str, str], str]:
        """What a change puts in a value's place: another client's, or what this client has used up."""
        return lambda kind, name: self.lay(
            self.other if kind == "other" else client, name, spent=kind == "spent"
        )

    def redeem(self, client: Client, code: str) -> Answer:
        form = {"grant_type": CODE, "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.right(client, form)

    def right(self, client: Client, form: Values, way: str = "") -> Answer:
        proof, headers = self.proof(client, way)
        return made.post(self.town.provider, "/oauth/token", made.written({**form, **proof}), *headers)

    def proof(self, client: Client, way: str = "") -> tuple[Values, list[tuple[str, str]]]:
        """(parameters, headers) with which ``client`` proves itself."""
        own, secret = str(client.app["appid"]), str(client.app["secret"] or "")
        if isinstance(client, Signing):
            return {"client_assertion_type": TYPE, "client_assertion": client.assertion()}, []
        if not secret:
            return {"client_id": own}, []
        if way == "basic":
            joined = base64.b64encode(f"{quote(own)}:{quote(secret)}".encode()).decode()
            return {}, [("Authorization", f"Basic {joined}")]
        return {"client_id": own, "client_secret": secret}, []


def names_in(scope: str) -> set[str]:
    """RFC 6749 §3.3: spaces part them, and nothing else does."""
    return {name for name in scope.split(" ") if name}


def proven(client: Client, way: str, good: Values, told: Values) -> bool:
    """Whether it is one way to prove oneself, the app's own, and with what is its own (RFC 6749 §2.3)."""
    own = str(client.app["appid"])
    if way == "assertion":
        both = all(told.get(name) == good[name] for name in ("client_assertion", "client_assertion_type"))
        return both and "client_secret" not in told and told.get("client_id", own) == own
    if {"client_assertion", "client_assertion_type"} & set(told):
        return False
    if way == "basic":
        return "client_secret" not in told and told.get("client_id", own) == own
    if way == "none":
        return told.get("client_id") == own and "client_secret" not in told
    return told.get("client_id") == own and told.get("client_secret") == client.app["secret"]


def judge(town: Any, answer: Answer, given: bool) -> None:
    """What the trace tells: with what was asked for every check of the exchange held, and a refusal has its reason."""
    flow = answer.headers.get("X-Ninestep-Flow")
    if not flow:
        assert not given, "something that no flow knows of"
        return
    exchange = town.api("GET", f"/flows/{flow}/exchanges")[-1]
    failed = [check["name"] for check in exchange.get("checks", ()) if not check["ok"]]
    assert (exchange.get("outcome", "ok") == "ok") == given, exchange
    assert bool(failed) != given, exchange
    assert bool(exchange.get("error")) != given, exchange
