"""``ninestep.testing`` without pytest's help: what a world does, and what it says when it cannot."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import pytest
import requests
from flask import Flask, redirect, request, session
from ninestep.launcher.state import State
from ninestep.testing import App, Flow, Ninestep, NotSeen, NotStarted, Refused, Stuck, Town
from ninestep.testing.ledger import Place, Secret
from ninestep.trace.ledger import KINDS
from ninestep.trace.parameters import LEAKS
from ninestep.trace.vocabulary import LANES
from werkzeug.wrappers import Response

STATE = "4711" * 8


@pytest.fixture(scope="module")
def running(town: Any) -> Iterator[Town]:
    found = Town.at(town.provider)
    yield found
    found.close()


@pytest.fixture
def ninestep(running: Town) -> Iterator[Ninestep]:
    with Ninestep(running) as world:
        yield world


def redeem(ninestep: Ninestep, app: Any, code: str) -> dict[str, Any]:
    """Steps 5 to 8, as a client's server takes them; not through the gateway, which is a hop more."""
    query = {"appid": app.appid, "secret": app.secret, "code": code, "grant_type": "authorization_code"}
    http, town = ninestep.town.browser, ninestep.town
    token = http.get(f"{town.provider}/sns/oauth2/access_token", params=query).json()
    if "access_token" in token:
        who = {"access_token": token["access_token"], "openid": token["openid"]}
        profile = http.get(f"{town.resource}/sns/userinfo", params=who)
        token["profile"] = json.loads(
            profile.content
        )  # text/plain: requests would take it for Latin-1 (wire.md A.6)
    return dict(token)


def one_login(ninestep: Ninestep, user: str = "zhangsan") -> Flow:
    app = ninestep.app()
    redeem(ninestep, app, ninestep.callback(app.authorize_url(state=STATE), user).code)
    return ninestep.flow(app)


def test_a_town_tells_where_its_other_services_are(running: Town, town: Any) -> None:
    assert (running.resource, running.client, running.gateway) == (town.resource, town.client, town.gateway)


def test_where_no_town_is_that_is_said() -> None:
    with pytest.raises(NotStarted, match=r"no town answers at http://127.0.0.1:9: "):
        Ninestep("http://127.0.0.1:9")


def test_a_world_is_made_when_it_is_needed_and_gone_afterwards(running: Town, town: Any) -> None:
    with Ninestep(running) as world:
        assert not world.made
        app = world.app()
        assert app.world == world.name
    town.api("GET", f"/worlds/{app.world}", status=404)
    town.api("GET", f"/apps/{app.appid}", status=404)


def test_all_apps_of_a_test_are_in_its_world(ninestep: Ninestep) -> None:
    assert {ninestep.app().world, ninestep.app(dialect="weibo").world} == {ninestep.name}


@pytest.mark.parametrize(
    ("fields", "scope"),
    [
        ({}, "snsapi_userinfo"),
        ({"kind": "website"}, "snsapi_login"),
        ({"dialect": "standard", "kind": "web"}, ""),
        ({"dialect": "qq"}, ""),
        ({"dialect": "weibo"}, ""),
    ],
)
def test_a_person_agrees_in_every_dialect_without_a_browser(
    ninestep: Ninestep, fields: dict[str, Any], scope: str
) -> None:
    app = ninestep.app(**fields)

    callback = ninestep.callback(app.authorize_url(state=STATE), "lisi")

    assert callback.code
    assert callback.state == STATE
    flow = ninestep.flow(app, until="step=4")
    assert flow.user == "lisi"
    assert scope in flow.message(2).data["legs"][0]["request"]["url"]
    assert callback.code not in repr(callback)


def test_a_refusal_comes_back_as_the_dialect_tells_it(ninestep: Ninestep) -> None:
    standard, wechat = ninestep.app(dialect="standard", kind="web"), ninestep.app()
    ninestep.deny(standard)
    ninestep.deny(wechat)

    assert ninestep.callback(standard.authorize_url(state=STATE)).error == "access_denied"
    assert ninestep.callback(wechat.authorize_url(state=STATE)).code == "authdeny"
    assert ninestep.flow(standard).outcome == "refused"


@pytest.mark.parametrize("kind", ["official_account", "website"])
def test_a_login_that_nobody_decides_says_how_to_decide(ninestep: Ninestep, kind: str) -> None:
    app = ninestep.app(kind=kind)

    with pytest.raises(Stuck, match=r"Say user=…"):
        ninestep.callback(app.authorize_url(state=STATE))


def test_a_refused_qr_code_leaves_the_browser_where_it_is(ninestep: Ninestep) -> None:
    app = ninestep.app(kind="website")
    app.deny()

    with pytest.raises(Stuck, match="nobody confirmed"):
        ninestep.callback(app.authorize_url(state=STATE))


def test_a_wrong_authorize_address_shows_the_page_that_a_person_would_see(ninestep: Ninestep) -> None:
    app = ninestep.app()
    wrong = app.authorize_url(state=STATE, redirect_uri="http://evil.example/")

    with pytest.raises(Stuck, match=r"the provider shows «.+» \(200\)"):
        ninestep.callback(wrong, "zhangsan")


def client_of(ninestep: Ninestep, app: Any) -> Flask:
    """Somebody's website with a login button, whose session holds the state."""
    site = Flask("site")
    site.secret_key = "k"

    @site.get("/login")
    def login() -> Response:
        session["state"] = STATE
        back = request.host_url + "callback"
        return redirect(app.authorize_url(state=STATE, redirect_uri=back))

    @site.get("/callback")
    def callback() -> Any:
        if session.pop("state", None) != request.args["state"]:
            return "whose login is this?", 400
        session["name"] = redeem(ninestep, app, request.args["code"])["profile"]["nickname"]
        return redirect("/me")

    @site.get("/me")
    def me() -> str:
        return str(session["name"])

    return site


def test_a_websites_own_login_is_followed_with_its_cookies(ninestep: Ninestep) -> None:
    app = ninestep.app(redirect_uris=["http://localhost/callback"])
    client = client_of(ninestep, app).test_client()

    page = ninestep.authorize(client, "/login", user="wangwu")

    assert page.text == "王五"
    assert ninestep.flow(app).user == "wangwu"


def test_a_flow_that_was_never_there_is_told_with_those_that_are(ninestep: Ninestep) -> None:
    flow = one_login(ninestep)

    with pytest.raises(NotSeen, match=rf"got to «step=9» in 0.1 s; flows there are:\n  flow {flow.id}"):
        ninestep.flow(until="step=9", wait=0.1)


def test_a_flow_reads_as_its_messages(ninestep: Ninestep) -> None:
    flow = one_login(ninestep, "lisi")

    assert flow.steps == [2, 4, 5, 6, 7, 8]
    assert (flow.user, flow.outcome, flow.ended) == ("lisi", "ok", True)
    assert flow.message(5).channel == "back"
    assert "⑤ code.redeemed: client_app → provider, back channel, ok" in repr(flow)
    assert flow.mermaid.startswith("sequenceDiagram")
    assert flow.har["log"]["entries"]
    assert {finding["severity"] for finding in flow.findings} <= {"bad", "warn", "info", "good"}


def test_a_check_is_found_by_a_part_of_its_name_and_one_that_failed_comes_first(ninestep: Ninestep) -> None:
    app = ninestep.app()
    code = app.code("lisi")
    assert redeem(ninestep, app, code)["openid"]
    assert redeem(ninestep, app, code)["errcode"] == 40163

    [flow] = ninestep.flows()
    assert flow.check("client secret").passed
    assert not flow.check("code not used").passed
    assert not flow.check("code").passed
    with pytest.raises(NotSeen, match="«pkce» was not checked in flow"):
        flow.check("pkce")


def test_pkce_is_a_check_that_a_standard_client_passes_or_not(ninestep: Ninestep) -> None:
    app = ninestep.app(dialect="standard", kind="web")
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636, appendix B
    url = app.authorize_url(state=STATE, code_challenge=challenge, code_challenge_method="S256")
    code = ninestep.callback(url, "lisi").code
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": "v" * 43}
    form |= {
        "client_id": app.appid,
        "client_secret": app.secret,
        "redirect_uri": app.data["redirect_uris"][0],
    }
    answer = ninestep.town.browser.post(f"{ninestep.town.gateway}/oauth/token", data=form)

    assert answer.status_code == 400
    assert not ninestep.flow(app, until="step=6").check("pkce").passed


def test_the_ledger_holds_a_flow_to_a_sentence(ninestep: Ninestep) -> None:
    ledger = one_login(ninestep).ledger

    assert ledger.never("browser", "access_token")
    assert ledger.knows("client_app", "access_token")
    with pytest.raises(NotSeen, match=r"browser learnt code ••••\w+ from message 2 \(response.location\)"):
        ledger.never("browser", "code")


def test_a_typing_error_cannot_make_a_ledger_test_pass(ninestep: Ninestep) -> None:
    ledger = one_login(ninestep).ledger

    with pytest.raises(ValueError, match="no place 'brwser'; it has: browser, client_app"):
        ledger.never("brwser", "access_token")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no secret 'token'"):
        ledger.never("browser", "token")  # type: ignore[arg-type]


def test_places_and_secrets_are_the_towns_own() -> None:
    assert get_args(Place) == (*LANES, *LEAKS)
    assert get_args(Secret) == KINDS


def test_a_fault_knows_whether_it_was_met(ninestep: Ninestep) -> None:
    app = ninestep.app()
    busy = ninestep.fault(app, "token", "busy")
    other = app.fault("userinfo", status=503)

    assert redeem(ninestep, app, app.code())["errcode"] == -1
    assert (busy.fired, other.fired) == (True, False)
    assert [fault.id for fault in app.unfired()] == [other.id]
    assert "busy at token" in repr(busy)
    other.delete()
    assert app.unfired() == []


def test_what_is_far_down_a_long_list_is_found(ninestep: Ninestep) -> None:
    faults = [{"endpoint": "token", "error": "busy"}] * 1000  # as many as a page has
    app = {"appid": "wx-of-many-faults", "redirect_uris": ["http://127.0.0.1/"], "faults": faults}
    ninestep.control("POST", "/seed", {"worlds": {ninestep.name: {"apps": [app]}}})
    fault = ninestep.fault("wx-of-many-faults", "authorize", "server_error")
    known = App(ninestep.control, ninestep.town.gateway, ninestep.control("GET", "/apps/wx-of-many-faults"))
    assert len(known.unfired()) == 1001

    with suppress(Stuck):
        ninestep.callback(known.authorize_url(state="4711"), user="lisi")

    assert fault.fired
    assert len(known.unfired()) == 1000


def test_all_flows_are_all_and_a_sentence_shows_the_newest(ninestep: Ninestep) -> None:
    app = ninestep.app()
    for number in range(101):  # one more than a page has
        ninestep.callback(app.authorize_url(state=f"state-{number}"), user="lisi")
    assert len(ninestep.flows()) == 101
    with pytest.raises(NotSeen) as missed:
        ninestep.flow(app, until="step=8", wait=0)
    assert str(missed.value).count("\n") == 20


def test_time_is_moved_in_one_world_alone(ninestep: Ninestep, running: Town) -> None:
    ninestep.clock.freeze()
    before = ninestep.clock.now

    assert ninestep.clock.advance("2h") == before + 7200
    assert ninestep.clock.frozen
    with Ninestep(running) as other:
        assert other.clock.now < before + 3600
        assert not other.clock.frozen


def test_a_token_expires_two_hours_later(ninestep: Ninestep) -> None:
    app = ninestep.app()
    token = redeem(ninestep, app, app.code())
    ninestep.clock.advance("2h")

    who = {"access_token": token["access_token"], "openid": token["openid"]}
    answer = ninestep.town.browser.get(f"{ninestep.town.gateway}/sns/userinfo", params=who).json()

    assert answer["errcode"] == 42001


def test_a_person_of_the_worlds_own_logs_in(ninestep: Ninestep) -> None:
    ninestep.user("xiaowang", nickname="小王")
    app = ninestep.app()

    callback = ninestep.callback(app.authorize_url(state=STATE), "xiaowang")

    assert ninestep.flow(app, until="step=4").user == "xiaowang"
    assert callback.code


def test_a_storage_state_is_somebody_who_is_logged_in(ninestep: Ninestep) -> None:
    state = ninestep.storage_state("lisi")

    assert [cookie["httpOnly"] for cookie in state["cookies"]] == [True]


def test_a_refusal_names_the_field_and_the_fix(ninestep: Ninestep) -> None:
    with pytest.raises(Refused) as caught:
        ninestep.app(kind="nothing")

    assert (caught.value.status, caught.value.field) == (422, "kind")
    assert "official_account" in caught.value.fix
    assert caught.value.fix in str(caught.value)


def test_the_client_under_test_gets_its_settings_as_variables(ninestep: Ninestep) -> None:
    app = ninestep.app()

    told = ninestep.env(app)

    assert told["OAUTH_APPID"] == app.appid
    assert told["OAUTH_SECRET"] == app.secret
    assert told["OAUTH_BASE_URL"] == ninestep.town.gateway


def test_nothing_tells_a_secret_when_it_is_shown(ninestep: Ninestep) -> None:
    app = ninestep.app()
    code = ninestep.callback(app.authorize_url(state=STATE), "lisi").code
    token = redeem(ninestep, app, code)
    flow = ninestep.flow(app)

    shown = "".join(map(repr, (ninestep, app, flow, flow.ledger, flow.messages, ninestep.town)))
    shown += flow.mermaid + str(flow.har)

    for secret in (app.secret, code, token["access_token"], token["refresh_token"]):
        assert secret not in shown


@pytest.mark.launcher
def test_a_town_of_its_own_ends_with_its_block() -> None:
    with Ninestep.start(code_ttl=61) as ninestep:
        assert ninestep.app(dialect="standard", kind="web").data["ttl"]["code"] == 61
        address = ninestep.town.provider

    with pytest.raises(NotStarted):
        Town.at(address)


@pytest.mark.launcher
def test_a_town_ends_also_with_a_run_that_was_killed() -> None:
    program = (
        "import os, signal; from ninestep.testing import Town; "
        "print(Town.start().state, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    state = State(killed.stdout.strip())

    with state.locked(wait=True):  # a town holds it until it has ended
        assert killed.returncode == -9
        assert state.read_running() is None
    shutil.rmtree(state.folder.parent)


@pytest.mark.launcher
def test_nothing_is_left_of_a_town_whose_launcher_was_killed() -> None:
    town = Town.start()
    running = State(town.state).read_running()
    assert running is not None
    running.launcher.signal(signal.SIGKILL, group=False)

    town.close()

    assert [name for name, child in running.children.items() if child.alive()] == []
    assert not Path(town.state).exists()


@pytest.mark.launcher
def test_an_intercepting_town_leads_an_sdk_with_fixed_hosts_here() -> None:
    with Ninestep.start(intercept=True) as ninestep:
        told = ninestep.env(ninestep.app())
        with requests.Session() as http:
            http.trust_env = False
            answer = http.get(
                "https://api.weixin.qq.com/sns/auth",
                proxies={"https": told["HTTPS_PROXY"]},
                verify=told["REQUESTS_CA_BUNDLE"],
            )

    assert answer.headers["X-Ninestep"] == "mock"
