"""Single-page apps on their libraries, unmodified, in a real browser: CORS, frames and redirects are the browser's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from clients.program import Program
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

LIBRARIES = ["oidc_client_ts", "openid_client"]
NO_REFRESH = ["authorization_code"]
REFRESH = ["authorization_code", "refresh_token"]
every = pytest.mark.parametrize("by", LIBRARIES)


def agree(page: Page) -> None:
    """As a person does it, by clicking."""
    page.get_by_test_id("wx-persona-lisi").click()
    page.get_by_test_id("wx-approve").click()


@dataclass
class Spa:
    page: Page
    url: str
    app: Any

    def open(self) -> None:
        self.page.goto(self.url)
        self.ready()

    def ready(self) -> None:
        self.page.wait_for_function("window.town")

    def __call__(self, name: str, *given: Any) -> Any:
        return self.page.evaluate("([name, given]) => window.town[name](...given)", [name, list(given)])

    def go(self, name: str, *given: Any) -> None:
        """What leaves the page: its promise is never kept."""
        self.page.evaluate("([name, given]) => void window.town[name](...given)", [name, list(given)])

    def log_in(self, *given: Any) -> Any:
        self.open()
        self.go("login", *given)
        agree(self.page)
        return self.back("callback")

    def back(self, path: str) -> Any:
        self.page.wait_for_url(re.compile(rf"^{self.url}/{path}"))
        self.ready()
        return self("user")

    def status(self, token: str) -> int:
        header = {"Authorization": f"Bearer {token}"}
        answer = self.app.town.http.get(f"{self.app.town.gateway}/userinfo", headers=header, timeout=20)
        return int(answer.status_code)


@pytest.fixture
def spa(node_program: Any, new_app: Any, page: Page) -> Any:
    program: Program = node_program("pages")

    def spa(
        by: str,
        grants: list[str] = REFRESH,
        host: str = "",
        scope: str = "openid profile email",
        **fields: Any,
    ) -> Spa:
        app = new_app(
            dialect="standard",
            kind="spa",
            grant_types=grants,
            consent={"mode": "ask"},
            **fields,
        )
        told = {"issuer": app.town.provider, "appid": app.told()["appid"], "scope": scope}
        userinfo = f"{app.town.intercepting.report['resource_url']}/userinfo"
        url = str(
            program(
                "start",
                by=by,
                host=host,
                config={**told, "dpop": fields.get("dpop", False), "userinfo": userinfo},
            )
        )
        app.change(
            redirect_uris=[f"{url}/{path}" for path in ("callback", "silent", "popup")],
            post_logout_redirect_uris=[f"{url}/bye"],
        )
        page.set_default_timeout(10_000)
        return Spa(page, url, app)

    return spa


@every
def test_a_person_logs_in_and_out(spa: Any, by: str) -> None:
    made = spa(by)

    user = made.log_in()
    assert (user["sub"], user["name"], user["email"]) == ("lisi", "李四🌸", "lisi@example.test")
    made.go("logout")
    assert made.back("bye") is None

    made.go("login")
    expect(made.page.get_by_test_id("wx-persona-lisi")).to_be_visible()


@every
def test_a_refresh_token_renews(spa: Any, by: str) -> None:
    made = spa(by)
    first = made.log_in()

    second = made("renew")

    assert second["sub"] == "lisi"
    assert first["refresh"] != second["refresh"]
    assert first["access"] != second["access"]
    assert made.status(second["access"]) == 200


def test_without_a_refresh_token_a_hidden_frame_renews(spa: Any) -> None:
    """prompt=none in a frame of another origin: what answers has to be a redirect that may be framed."""
    made = spa("oidc_client_ts", grants=NO_REFRESH)
    first = made.log_in()
    assert not first.get("refresh")

    second = made("renew")

    assert second["sub"] == "lisi"
    assert first["access"] != second["access"]
    assert made.status(second["access"]) == 200


def test_a_hidden_frame_is_told_that_nobody_is_logged_in(spa: Any) -> None:
    made = spa("oidc_client_ts", grants=NO_REFRESH)
    made.open()

    said = made.page.evaluate("window.town.renew().catch((error) => `${error.name} ${error.error}`)")

    assert said == "ErrorResponse login_required"


def test_a_hidden_frame_of_another_site_has_no_login(spa: Any) -> None:
    """The provider's cookie is SameSite=Lax, and `localhost` is another site than `127.0.0.1`, as your own domain is
    another than your provider's."""
    made = spa("oidc_client_ts", grants=NO_REFRESH, host="localhost")
    made.log_in()

    said = made.page.evaluate("window.town.renew().catch((error) => `${error.name} ${error.error}`)")

    assert said == "ErrorResponse login_required"


def test_a_popup_logs_in(spa: Any) -> None:
    made = spa("oidc_client_ts")
    made.open()

    with made.page.expect_popup() as opened:
        made.page.evaluate("void (window.coming = window.town.popup())")
    agree(opened.value)
    made.page.evaluate("window.coming.then(() => null)")

    assert made("user")["name"] == "李四🌸"


@every
def test_it_revokes_its_token(spa: Any, by: str) -> None:
    made = spa(by)
    user = made.log_in()
    assert made.status(user["access"]) == 200

    made("revoke")

    assert made.status(user["access"]) == 401


@every
@pytest.mark.parametrize("nonce", [False, True])
def test_its_tokens_are_bound_to_a_key_of_the_browser(spa: Any, by: str, nonce: bool) -> None:
    made = spa(by, dpop=True, policies={"dpop_nonce": nonce})

    user = made.log_in()

    assert user["sub"] == "lisi"
    assert made("profile")["name"] == "李四🌸"
    assert user["type"].lower() == "dpop"
    assert made.status(user["access"]) == 401
    assert made("renew")["type"].lower() == "dpop"


def test_a_page_may_push_its_request(spa: Any) -> None:
    made = spa("openid_client", policies={"require_par": True})

    assert made.log_in({"pushed": True})["sub"] == "lisi"


def test_a_token_request_that_brings_cookies_can_be_read(spa: Any) -> None:
    """keycloak-js sends each with ``credentials: include``. It takes every token for a JWT, refresh tokens too."""
    made = spa("keycloak_js", grants=NO_REFRESH, access_token_format="jwt")

    user = made.log_in()
    assert (user["sub"], user["name"], user["refresh"]) == ("lisi", "李四🌸", None)
    made.open()
    again = made("user")
    assert again["sub"] == "lisi", "a hidden frame asked once more, with prompt=none"
    assert again["access"] != user["access"]
    made.go("logout")
    assert made.back("bye") is None
