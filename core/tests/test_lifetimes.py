"""How long codes and tokens live: the dialect's word, over it the settings', over that the app's own (S0 §5.4).

Each life is measured at its end, on the world's clock, by whoever would use the code or token.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from ninestep.settings import ProviderSettings, SettingsError, load

CALLBACK = "http://127.0.0.1/callback"
SETTINGS = {"code": 60, "access": 600, "refresh": 3600}
STANDARD = {"code": 600, "access": 3600, "refresh": 2592000}
PLATFORM = {"code": 300, "access": 7200, "refresh": 2592000}

MEITUAN = "wx1234567890abcdef"


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory, start_town: Any, stop_town: Any) -> Iterator[Any]:
    """A town whose settings shorten every life."""
    settings = {f"NINESTEP_{name.upper()}_TTL": str(seconds) for name, seconds in SETTINGS.items()}
    town, process = start_town(tmp_path_factory.mktemp("brief"), **settings)
    yield town
    stop_town(town, process)


class Life:
    """An app in a world whose clock stands still until it is set."""

    def __init__(self, town: Any, **fields: Any) -> None:
        self.town = town
        consent = {"mode": "auto", "user": "zhangsan"}
        self.app = town.api("POST", "/apps", {"redirect_uris": [CALLBACK], "consent": consent, **fields})
        self.clock = f"/worlds/{self.app['world']}/clock"
        town.api("POST", self.clock, {"freeze": True})
        self.start = town.api("GET", self.clock)["now"]

    def at(self, seconds: float) -> None:
        when = datetime.fromtimestamp(self.start + seconds, UTC)
        self.town.api("POST", self.clock, {"set": when.isoformat()})

    def post(self, path: str, **form: str) -> dict[str, Any]:
        answer = requests.post(f"{self.town.provider}{path}", data=form, timeout=10)
        return dict(json.loads(answer.content))


class Standard(Life):
    """What a back end of the standard dialect does."""

    def __init__(self, town: Any, **fields: Any) -> None:
        super().__init__(town, dialect="standard", **fields)
        self.proof = {"client_id": self.app["appid"], "client_secret": self.app["secret"]}

    def authorize(self, scope: str = "user_info") -> dict[str, str]:
        query = {"client_id": self.app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
        query |= {"scope": scope, "state": "s"}
        url = f"{self.town.provider}/oauth/authorize"
        answer = requests.get(url, params=query, allow_redirects=False, timeout=10)
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def code(self) -> str:
        return self.authorize()["code"]

    def redeem(self, code: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return self.post("/oauth/token", **form, **self.proof)

    def refresh(self, token: str) -> dict[str, Any]:
        return self.post("/oauth/token", grant_type="refresh_token", refresh_token=token, **self.proof)

    def reads(self, token: str) -> bool:
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.get(f"{self.town.resource}/userinfo", headers=headers, timeout=10)
        assert answer.status_code in (200, 401)
        return answer.status_code == 200


class Wechat(Life):
    """The same for WeChat's."""

    def __init__(self, town: Any, **fields: Any) -> None:
        super().__init__(town, dialect="wechat", **fields)
        self.proof = {"appid": self.app["appid"], "secret": self.app["secret"]}
        self.openid = ""

    def code(self) -> str:
        return str(self.town.api("POST", f"/apps/{self.app['appid']}/codes", {"user": "zhangsan"})["code"])

    def redeem(self, code: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code}
        tokens = self.post("/sns/oauth2/access_token", **form, **self.proof)
        self.openid = tokens.get("openid", self.openid)
        return tokens

    def refresh(self, token: str) -> dict[str, Any]:
        form = {"grant_type": "refresh_token", "refresh_token": token, "appid": self.app["appid"]}
        return self.post("/sns/oauth2/refresh_token", **form)

    def reads(self, token: str) -> bool:
        who = {"access_token": token, "openid": self.openid}
        answer = requests.get(f"{self.town.resource}/sns/userinfo", params=who, timeout=10)
        told = json.loads(answer.content)
        assert told.get("errcode", 42001) == 42001
        return "nickname" in told


def measure(life: Any, expected: dict[str, int]) -> None:
    """A second before its end each thing works, a second after it none does. A used refresh token lives no longer."""
    early, late, first = life.code(), life.code(), life.redeem(life.code())
    again = life.redeem(life.code())
    assert first["expires_in"] == expected["access"]
    ends = sorted(expected.items(), key=lambda each: each[1])
    for name, end in ends:
        life.at(end - 1)
        match name:
            case "code":
                assert "access_token" in life.redeem(early), "the code ended early"
            case "access":
                assert life.reads(first["access_token"]), "the access token ended early"
            case "refresh":
                assert "access_token" in life.refresh(first["refresh_token"]), "the refresh token ended early"
        life.at(end + 1)
        match name:
            case "code":
                assert "access_token" not in life.redeem(late), "the code lived on"
            case "access":
                assert not life.reads(first["access_token"]), "the access token lived on"
            case "refresh":
                assert "access_token" not in life.refresh(again["refresh_token"]), (
                    "the refresh token lived on"
                )


DIALECTS = pytest.mark.parametrize("kind", [Standard, Wechat])


# -- without settings


def test_a_standard_app_has_the_dialects_lifetimes(town: Any) -> None:
    measure(Standard(town), STANDARD)


@DIALECTS
def test_an_app_may_state_its_own(town: Any, kind: type[Life]) -> None:
    own = {"code": 7, "access": 70, "refresh": 700}
    measure(kind(town, ttl=own), own)


@pytest.mark.parametrize("order", [{"access": 500, "refresh": 50}, {"code": 900, "access": 60}])
def test_no_life_depends_on_another(town: Any, order: dict[str, int]) -> None:
    """A refresh token may end before the access token, a code after it."""
    measure(Standard(town, ttl=order), STANDARD | order)


def test_a_new_lifetime_is_that_of_what_is_issued_from_now_on(town: Any) -> None:
    life = Standard(town, ttl={"code": 50, "access": 500})
    code, tokens = life.code(), life.redeem(life.code())

    town.api("PATCH", f"/apps/{life.app['appid']}", {"ttl": {"code": 5, "access": 5000}})

    life.at(49)
    assert life.redeem(code)["expires_in"] == 5000
    short = life.code()
    life.at(49 + 6)
    assert "access_token" not in life.redeem(short)
    life.at(501)
    assert not life.reads(tokens["access_token"])


def test_introspection_tells_the_very_end(town: Any) -> None:
    life = Standard(town, ttl={"access": 90, "refresh": 900})
    tokens = life.redeem(life.code())

    ends = {}
    for name in ("access", "refresh"):
        told = life.post("/oauth/introspect", token=tokens[f"{name}_token"], **life.proof)
        ends[name] = told["exp"] - told["iat"]

    assert ends == {"access": 90, "refresh": 900}


def test_a_refreshed_token_begins_a_life_of_its_own(town: Any) -> None:
    life = Standard(town, ttl={"access": 100, "refresh": 1000})
    tokens = life.redeem(life.code())
    life.at(90)

    fresh = life.refresh(tokens["refresh_token"])

    life.at(189)
    assert life.reads(fresh["access_token"])
    life.at(191)
    assert not life.reads(fresh["access_token"])


# -- with settings


@pytest.mark.launcher
def test_the_settings_speak_for_standard_apps(brief: Any) -> None:
    measure(Standard(brief), SETTINGS)


@pytest.mark.launcher
@DIALECTS
def test_what_an_app_states_wins_and_what_it_leaves_out_is_the_settings(brief: Any, kind: type[Life]) -> None:
    fidelity = {"fidelity": "tutorial"} if kind is Wechat else {}
    measure(kind(brief, ttl={"access": 20}, **fidelity), SETTINGS | {"access": 20})


@pytest.mark.launcher
def test_an_app_under_platform_keeps_the_platforms(brief: Any) -> None:
    """Whoever tests against WeChat's own 5 minutes is not to be misled by a setting for lessons."""
    measure(Wechat(brief, fidelity="platform"), PLATFORM)


@pytest.mark.launcher
def test_the_seeded_client_lives_by_the_settings_too(brief: Any) -> None:
    """It is told how long its tokens live, and renews them in time."""
    brief.api("PATCH", f"/apps/{MEITUAN}", {"consent": {"mode": "auto", "user": "zhangsan"}})
    browser = requests.Session()
    browser.trust_env = False
    with closing(browser):
        page = browser.get(f"{brief.client}/login/wechat", headers={"Accept": "text/html"}, timeout=10)

    [flow] = brief.api("GET", "/flows", params={"app": MEITUAN})
    messages = brief.api("GET", f"/flows/{flow['id']}/messages")
    [answer] = [message for message in messages if message["step"] == 6]
    told = next(json.loads(leg["response"]["body"]) for leg in answer["legs"] if leg["response"])
    assert "张三" in page.text
    assert told["expires_in"] == SETTINGS["access"]


NAMES = ("CODE_TTL", "ACCESS_TTL", "REFRESH_TTL")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["1.5", "2h", "ten"])
def test_a_lifetime_that_is_no_number_is_told_at_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"NINESTEP_{name}"):
        load(ProviderSettings, {f"NINESTEP_{name}": value})


@pytest.mark.parametrize("name", [*NAMES, "TRUSTED_PROXIES", "TRACE_PATIENCE"])
@pytest.mark.parametrize("value", ["-1", "9" * 30])
def test_a_number_that_nothing_can_be_is_told_at_the_start(name: str, value: str) -> None:
    """Else every code is late at its birth; and a proxy less than none would be the visitor's own word."""
    with pytest.raises(SettingsError, match=f"NINESTEP_{name}"):
        load(ProviderSettings, {f"NINESTEP_{name}": value})


# -- what else the seeds say of scopes and lives


@pytest.mark.parametrize("scope", ["user_info read", "read user_info", " user_info   read "])
def test_scopes_are_told_apart_by_spaces(town: Any, scope: str) -> None:
    life = Standard(town)

    tokens = life.redeem(life.authorize(scope)["code"])

    assert set(tokens["scope"].split(" ")) == {"user_info", "read"}
    assert life.reads(tokens["access_token"])


def test_a_comma_tells_nothing_apart_in_the_standard_dialect(town: Any) -> None:
    """RFC 6749 §3.3: it may be part of a scope's name; the comma is the platforms' way (S0 §5.2)."""
    life = Standard(town)

    refused = life.authorize("user_info,read")

    assert (refused["error"], refused["state"]) == ("invalid_scope", "s")
    assert "code" not in refused
