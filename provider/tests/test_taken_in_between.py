"""Two who come at once: both have looked and found the thing unused, and only then does the first of them take it.

A race run with threads rarely meets that moment; here it is made: whoever takes, finds that somebody was faster.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest
from console_pages import BASE
from ninestep.oauth.grant_types import DEVICE
from ninestep.records import MiniSession
from ninestep.store import Store
from ninestep.web.sessions import HashedSessionInterface


@pytest.fixture
def somebody_is_faster(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Kinds of single-use records that another request takes first; filled by the test."""
    kinds: list[str] = []
    take_later = Store.take_later

    def beaten(self: Store, batch: Any, world: str, kind: str, secret: str, taker: str, **more: Any) -> Any:
        if kind in kinds:
            kinds.remove(kind)
            first = self.batch()
            taken = take_later(self, first, world, kind, secret, "somebody else")
            first.run()
            assert taken.value.outcome == "taken"
        return take_later(self, batch, world, kind, secret, taker, **more)

    monkeypatch.setattr(Store, "take_later", beaten)
    yield kinds
    assert kinds == [], "nobody came to take it"


def mini(control: Any) -> tuple[dict[str, Any], dict[str, str]]:
    app = control("POST", "/apps", {"dialect": "wechat", "kind": "mini_program"})
    return app, {"appid": app["appid"], "secret": app["secret"]}


def test_of_two_js_codes_exchanges_the_second_is_refused(control: Any, somebody_is_faster: list[str]) -> None:
    app, own = mini(control)
    code = control("POST", f"/apps/{app['appid']}/js_codes", {"user": "lisi"})["js_code"]
    somebody_is_faster.append("js_code")

    query = {**own, "js_code": code, "grant_type": "authorization_code"}
    answer = control.stage("/sns/jscode2session", query).get_json(force=True)

    assert answer["errcode"] == 40163
    assert "session_key" not in answer


def test_of_two_who_ask_for_a_phone_number_the_second_is_refused(
    control: Any, somebody_is_faster: list[str]
) -> None:
    app, own = mini(control)
    code = control("POST", f"/apps/{app['appid']}/mini_program/lisi/phone_number")["code"]
    token = control.stage("/cgi-bin/token", {**own, "grant_type": "client_credential"}).get_json(force=True)
    somebody_is_faster.append("phone_code")

    path = f"/wxa/business/getuserphonenumber?access_token={token['access_token']}"
    answer = control.client.post(path, json={"code": code}).get_json(force=True)

    assert answer["errcode"] == 40029
    assert "phone_info" not in answer


def test_of_two_redeemers_of_a_code_the_second_is_refused(
    control: Any, somebody_is_faster: list[str]
) -> None:
    app = control.wechat()
    code = control("POST", f"/apps/{app['appid']}/codes", {"user": "lisi"})["code"]
    somebody_is_faster.append("code")

    assert control.redeem(app, code)["errcode"] == 40163


def test_of_two_who_refresh_with_a_rotating_token_the_second_is_refused(
    control: Any, somebody_is_faster: list[str]
) -> None:
    app = control("POST", "/apps", {"dialect": "standard", "redirect_uris": ["http://127.0.0.1/cb"]})
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    body = {"user": "lisi", "redirect_uri": "http://127.0.0.1/cb"}
    code = control("POST", f"/apps/{app['appid']}/codes", body)["code"]
    form = {**own, "grant_type": "authorization_code", "code": code, "redirect_uri": "http://127.0.0.1/cb"}
    token = control.client.post("/oauth/token", data=form).get_json()
    somebody_is_faster.append("refresh")

    form = {**own, "grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    answer = control.client.post("/oauth/token", data=form)

    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


def test_of_two_resets_with_one_session_key_the_second_is_refused(
    control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, own = mini(control)
    code = control("POST", f"/apps/{app['appid']}/js_codes", {"user": "lisi"})["js_code"]
    query = {**own, "js_code": code, "grant_type": "authorization_code"}
    session = control.stage("/sns/jscode2session", query).get_json(force=True)
    token = control.stage("/cgi-bin/token", {**own, "grant_type": "client_credential"}).get_json(force=True)
    change = Store.change_mini_session

    def beaten(self: Store, world: str, appid: str, openid: str, after: Any, life: float) -> Any:
        monkeypatch.setattr(Store, "change_mini_session", change)

        def faster(before: MiniSession | None) -> MiniSession:
            assert before is not None
            return msgspec.structs.replace(before, nonce="somebody else", generation=before.generation + 1)

        change(self, world, appid, openid, faster, life)
        return change(self, world, appid, openid, after, life)

    monkeypatch.setattr(Store, "change_mini_session", beaten)
    signature = hmac.new(session["session_key"].encode(), b"", hashlib.sha256).hexdigest()
    sent = {"access_token": token["access_token"], "openid": session["openid"], "signature": signature}
    answer = control.stage("/wxa/resetusersessionkey", {**sent, "sig_method": "hmac_sha256"})

    assert answer.get_json(force=True)["errcode"] == 87009


def test_of_two_polls_of_a_device_the_one_that_finds_it_spent_says_so(
    control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both find it waiting; its user agrees, the other has the token, and only then does this one go on."""
    app = control("POST", "/apps", {"dialect": "standard", "grant_types": [DEVICE]})
    control("PATCH", f"/apps/{app['appid']}", {"consent": {"mode": "ask"}})
    own = {"client_id": app["appid"], "client_secret": app["secret"]}
    device = control.client.post("/oauth/device_authorization", data=own).get_json()
    form = {**own, "grant_type": DEVICE, "device_code": device["device_code"]}
    change, first = Store.change_device, []

    def agree_and_poll() -> None:
        control("POST", f"/devices/{device['user_code']}", {"user": "lisi"})
        first.append(control.client.post("/oauth/token", data=form).get_json())

    def beaten(self: Store, *read: Any) -> Any:
        monkeypatch.setattr(Store, "change_device", change)
        other = threading.Thread(target=agree_and_poll)
        other.start()
        other.join()
        return change(self, *read)

    monkeypatch.setattr(Store, "change_device", beaten)
    second = control.client.post("/oauth/token", data=form)

    assert "access_token" in first[0]
    assert (second.status_code, second.get_json()["error"]) == (400, "invalid_grant")
    told = control("GET", f"/flows/{second.headers['X-Ninestep-Flow']}/exchanges")
    failed = [check["name"] for each in told for check in each.get("checks", ()) if not check["ok"]]
    assert failed == ["device code not used"]


class AtBrowser:
    """李四 at a browser, before a standard app's login."""

    def __init__(self, control: Any) -> None:
        app = control("POST", "/apps", {"dialect": "standard", "redirect_uris": ["http://127.0.0.1/cb"]})
        self.client, self.own = control.client, {"client_id": app["appid"]}
        self.secret = {"client_secret": app["secret"], "redirect_uri": "http://127.0.0.1/cb"}

    def ask(self, **more: str) -> str:
        query = urlencode({**self.own, "response_type": "code", "scope": "openid", "state": "s", **more})
        address = f"/oauth/authorize?{query}"
        raw = {"RAW_URI": address}
        return str(self.client.get(address, base_url=BASE, environ_overrides=raw).headers["Location"])

    def send(self, page: str, name: str, *, to: str = "", **fields: str) -> str:
        """Where a page's form leads, sent with its hidden field ``name``."""
        text = self.client.get(page, base_url=BASE).text
        hidden = text.split(f'name="{name}"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
        sent = {name: hidden, **fields}
        return str(self.client.post(to or page, base_url=BASE, data=sent).headers.get("Location", ""))

    def log_in(self) -> str:
        return self.send(self.ask(), "csrf_token", persona="lisi")


def test_who_comes_while_a_login_ends_is_not_logged_in(control: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session forgets its user before anything is revoked: what comes afterwards no revocation would see."""
    browser, end_login, came = AtBrowser(control), Store.end_login, []

    def meanwhile(self: Store, world: str, sid: str, at: float) -> Any:
        ended = end_login(self, world, sid, at)
        came.append(browser.ask(prompt="none"))
        return ended

    browser.log_in()
    assert "error=consent_required" in browser.ask(prompt="none"), "somebody is logged in"
    monkeypatch.setattr(Store, "end_login", meanwhile)
    page, answer = f"/oauth/logout?{urlencode(browser.own)}", "/oauth/logout/answer"
    browser.send(page, "consent_nonce", to=answer, decision="approve", **browser.own)

    assert ["error=login_required" in location for location in came] == [True]


def test_a_code_is_of_the_login_that_its_request_found_however_soon_that_ended(
    control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, open_session, ended = AtBrowser(control), HashedSessionInterface.open_session, []

    def meanwhile(self: Any, app: Any, request: Any) -> Any:
        session = open_session(self, app, request)
        if request.method == "POST" and session.get("sids"):
            [(world, sid)] = session["sids"].items()
            ended.append(control.store.end_login(world, sid, 0.0))
        return session

    consent = browser.log_in()
    monkeypatch.setattr(HashedSessionInterface, "open_session", meanwhile)
    location = browser.send(consent, "consent_nonce", decision="approve")
    monkeypatch.undo()

    code = parse_qs(urlsplit(location).query)["code"][0]
    form = {**browser.own, **browser.secret, "grant_type": "authorization_code", "code": code}
    answer = control.client.post("/oauth/token", data=form)
    assert len(ended) == 1
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("wanted", ["token", "id_token", "id_token token"])
def test_a_token_in_the_redirect_is_not_given_once_the_login_has_ended(
    control: Any, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    fields = {"redirect_uris": ["http://127.0.0.1/cb"], "grant_types": ["authorization_code", "implicit"]}
    consent = {"mode": "auto", "user": "lisi"}
    app = control("POST", "/apps", {"dialect": "standard", "consent": consent, **fields})
    approve = Store.approve

    def beaten(self: Store, world: str, code: str, record: Any, at: float, life: float, **more: Any) -> None:
        self.end_login(world, record.sid, at)
        approve(self, world, code, record, at, life, **more)

    monkeypatch.setattr(Store, "approve", beaten)
    asked = {
        "client_id": app["appid"],
        "response_type": wanted,
        "scope": "openid",
        "nonce": "n",
        "state": "s",
    }
    answer = control.stage("/oauth/authorize", asked)

    told = parse_qs(urlsplit(answer.headers["Location"]).fragment)
    assert (answer.status_code, told["error"], told["state"]) == (302, ["login_required"], ["s"])
    assert not {"access_token", "id_token"} & set(told)
