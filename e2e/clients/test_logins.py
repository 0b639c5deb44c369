"""The logins that web frameworks of Node bring along, unmodified, led to the town by its issuer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest
from clients.program import Program

# Where each begins, and the path that it wants to come back to.
PATHS = {
    "passport_oauth2": ("/login", "/callback"),
    "passport_openidconnect": ("/login", "/callback"),
    "openid_client_passport": ("/login", "/callback"),
    "express_openid_connect": ("/login", "/callback"),
    "fastify_oauth2": ("/login", "/callback"),
    "auth_js": ("/auth/signin/town", "/auth/callback/town"),
    "grant": ("/connect/town", "/connect/town/callback"),
}
# What each says of a refusal, of a wrong secret, and of a state that is not its own.
WORDS = {
    "passport_oauth2": ("Unauthorized", "invalid_client", "Forbidden"),
    "passport_openidconnect": ("Unauthorized", "invalid_client", "Forbidden"),
    "openid_client_passport": ("Unauthorized", "WWW-Authenticate", "OAUTH_INVALID_RESPONSE"),
    "express_openid_connect": ("access_denied", "WWW-Authenticate", "OAUTH_INVALID_RESPONSE"),
    "fastify_oauth2": (
        "invalid_request",
        "invalid_client",
        "Invalid state",
    ),  # it looks at no error, and has no code
    "auth_js": ("Provider returned an error", "WWW-Authenticate", "response parameter value"),
    "grant": ("access_denied", "invalid_client", "state mismatch"),
}
every = pytest.mark.parametrize("by", PATHS)
USUAL = ("/login", "/callback")


@dataclass
class Site:
    by: str
    app: Any
    url: str
    person: Any

    def away(self) -> str:
        """Press its button: where it sends the browser."""
        begin = f"{self.url}{PATHS.get(self.by, USUAL)[0]}"
        options = {"allow_redirects": False, "timeout": 20}
        if self.by != "auth_js":
            return str(self.person.session.get(begin, **options).headers["Location"])
        token = self.person.session.get(f"{self.url}/auth/csrf", timeout=20).json()["csrfToken"]
        form = {"csrfToken": token, "callbackUrl": f"{self.url}/auth/session"}
        return str(self.person.session.post(begin, data=form, **options).headers["Location"])

    def back(self) -> str:
        """And what the town sends back."""
        answer = self.person.session.get(self.away(), allow_redirects=False, timeout=20)
        return urljoin(self.url, answer.headers["Location"])

    def shown(self, url: str) -> Any:
        """The page at the end, as JSON, or its text where it is none."""
        answer = self.person.session.get(url, timeout=20)
        try:
            return answer.json()
        except ValueError:
            return answer.text

    def said(self, url: str) -> str:
        """What it says of a login that failed."""
        shown = json.dumps(self.shown(url))
        if self.by == "auth_js":
            assert self.shown(f"{self.url}/auth/session") is None
            shown = json.dumps(self.shown(f"{self.url}/errors"))
        return shown


@pytest.fixture
def site(node_program: Any, new_app: Any, person: Any) -> Any:
    program: Program = node_program("logins")

    def site(by: str, fields: dict[str, Any] | None = None, **told: Any) -> Site:
        app = new_app(dialect="standard", kind="web", **(fields or {}))
        more = {"userinfo": f"{app.town.gateway}/userinfo", **told}
        url = str(program("start", by=by, issuer=app.town.provider, app=app.told(**more)))
        app.change(redirect_uris=[url + PATHS.get(by, USUAL)[1]], post_logout_redirect_uris=[url])
        return Site(by, app, url, person)

    return site


@every
def test_a_person_logs_in(site: Any, by: str) -> None:
    made = site(by)

    shown = made.shown(made.back())

    assert shown["name"] == "张三", shown
    if by != "passport_oauth2":
        assert shown["sub"] == "zhangsan"
        assert shown["email"] == "zhangsan@example.test"
    if by in ("express_openid_connect", "fastify_oauth2"):
        assert shown["fresh"] is True


@every
def test_a_refusal_is_no_login(site: Any, by: str) -> None:
    made = site(by, {"consent": {"mode": "deny"}}, profile=False)
    back = made.back()

    said = made.said(back)

    assert "error=access_denied" in back
    assert WORDS[by][0] in said


@every
def test_a_wrong_secret_is_no_login(site: Any, by: str) -> None:
    made = site(by, secret="0" * 32, profile=False)

    assert WORDS[by][1] in made.said(made.back())


@every
def test_a_forged_state_is_no_login(site: Any, by: str) -> None:
    made = site(by, profile=False)

    back = made.back()
    said = made.said(back.replace("state=", "state=x") if "state=" in back else f"{back}&state=x")

    assert WORDS[by][2] in said
    assert not made.app.ask("GET", "/tokens")


def test_express_openid_connect_logs_out_at_both_ends(site: Any) -> None:
    made = site("express_openid_connect")
    made.shown(made.back())

    away = made.person.session.get(f"{made.url}/logout", allow_redirects=False, timeout=20)
    back = made.person.session.get(away.headers["Location"], allow_redirects=False, timeout=20)

    assert away.headers["Location"].startswith(f"{made.app.town.provider}/oauth/logout?")
    assert back.headers["Location"] == made.url
    assert made.shown(made.url) is None


def test_express_openid_connect_believes_a_back_channel_logout(site: Any) -> None:
    """It validates the logout_token by itself: issuer, audience, signature, typ, events, no nonce."""
    made = site("express_openid_connect")
    made.app.change(backchannel_logout_uri=f"{made.url}/backchannel-logout")
    made.shown(made.back())
    assert made.shown(made.url)["sub"] == "zhangsan"

    told = made.app.ask("POST", "/logout", {"user": "zhangsan"})

    assert told["status"] == 204, told
    assert made.shown(made.url) is None


def test_express_openid_connect_as_it_comes_wants_an_id_token_in_a_form(site: Any) -> None:
    made = site("express_openid_connect_as_it_comes", {"grant_types": ["implicit"]}, profile=False)

    page = made.person.session.get(made.away(), timeout=20)
    address, form = sent_by_itself(page.text)
    shown = made.person.session.post(address, data=form, timeout=20).json()

    assert address == f"{made.url}/callback"
    assert set(form) >= {"id_token", "state"}
    assert (shown["sub"], shown["name"]) == ("zhangsan", "张三")
    assert made.app.ask("GET", "/tokens") == []


def sent_by_itself(page: str) -> tuple[str, dict[str, str]]:
    """A form_post page: where its form goes, and with what."""
    action = re.search(r'<form[^>]*action="([^"]+)"', page)
    assert action is not None, page
    fields = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page)
    return unescape(action[1]), {name: unescape(value) for name, value in fields}
