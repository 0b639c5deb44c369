"""What an attacker tries with an address, a form, a header or somebody else's page; and that it comes to nothing.

Beside test_boundaries (apps, worlds, sessions), test_bad_input (damaged values) and test_control_guard (the API).
"""

from __future__ import annotations

import re
import socket
from contextlib import closing
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urljoin, urlsplit

import pytest
import requests
from browser import Browser, hidden

pytestmark = pytest.mark.thorough

GOOD = "https://shop.example.test/auth/callback"
HTML = {"Accept": "text/html"}


# -- open redirect

NEIGHBOURS = {  # what is not quite the registered address → whether its host is still the registered one
    "https://shop.example.test/auth/callback/": True,
    "https://shop.example.test/auth/callbackx": True,
    "https://shop.example.test/auth/callback?next=//evil.test": True,
    "https://shop.example.test/auth/callback#": True,
    "https://shop.example.test/auth/callback#@evil.test": True,
    "https://shop.example.test/auth/callback/../../open?to=evil.test": True,
    "https://shop.example.test/auth/%2e%2e/open": True,
    "https://shop.example.test/auth%2fcallback": True,
    "https://shop.example.test/auth/callback;x": True,
    "https://shop.example.test/AUTH/callback": True,
    "https://shop.example.test//auth/callback": True,
    "http://shop.example.test/auth/callback": True,
    "https://SHOP.example.test/auth/callback": True,
    "https://shop.example.test:443/auth/callback": True,
    "https://shop.example.test:8443/auth/callback": True,
    "https://shop.example.test./auth/callback": False,
    "https://shop.example.test.evil.test/auth/callback": False,
    "https://evil.test/shop.example.test/auth/callback": False,
    "https://evil-shop.example.test/auth/callback": False,
    "https://x.shop.example.test/auth/callback": False,
    "https://example.test/auth/callback": False,
    "https://shop.example.test@evil.test/auth/callback": False,
    "https://evil.test\\@shop.example.test/auth/callback": False,
    "https://evil.test%2f@shop.example.test/auth/callback": False,
    "https://evil.test#@shop.example.test/auth/callback": False,
    "https://evil.test?@shop.example.test/auth/callback": False,
    "https://shop.example.test%00.evil.test/auth/callback": False,
    "https://shop.example.test%2eevil.test/auth/callback": False,
    "https://shop.example.test,evil.test/auth/callback": False,
    "https://shop\u3002example\u3002test.evil.test/auth/callback": False,
    "https://shop.example.test\t.evil.test/auth/callback": False,
    "https:/shop.example.test/auth/callback": False,
    "https:shop.example.test/auth/callback": False,
    "//shop.example.test/auth/callback": False,
    "\\\\shop.example.test/auth/callback": False,
    "/auth/callback": False,
    "javascript://shop.example.test/auth/callback%0aalert(1)": False,
    "shop.example.test:x://shop.example.test/auth/callback": False,
    "https://[shop.example.test]/auth/callback": False,
    "https://[::ffff:8.8.8.8]/auth/callback": False,
    "https://134744072/auth/callback": False,
    "https://0x7f.1/auth/callback": False,
    "https://127.1/auth/callback": False,
    "https://8.8.8.8.localhost.evil.test/": False,
}

ENDPOINTS = {  # dialect → (endpoint, the client's name there, scope)
    "wechat": ("/connect/oauth2/authorize", "appid", "snsapi_userinfo"),
    "standard": ("/oauth/authorize", "client_id", "user_info"),
    "qq": ("/oauth2.0/authorize", "client_id", "get_user_info"),
    "weibo": ("/oauth2/authorize", "client_id", "email"),
}


def ask(town: Any, dialect: str, app: dict[str, Any], redirect_uri: str, **more: str) -> requests.Response:
    """The authorization request as it stands, of a browser without cookies."""
    endpoint, client, scope = ENDPOINTS[dialect]
    query = {client: app["appid"], "redirect_uri": redirect_uri, "scope": scope, "state": "s", **more}
    query.setdefault("response_type", "code")
    answer = town.http.get(
        town.provider + endpoint, params=query, headers=HTML, allow_redirects=False, timeout=10
    )
    town.http.cookies.clear()
    return answer


def register(town: Any, dialect: str, **fields: Any) -> dict[str, Any]:
    consent = {"mode": "auto", "user": "zhangsan"}
    asked = {"dialect": dialect, "redirect_uris": [GOOD], "consent": consent, **fields}
    return dict(town.api("POST", "/apps", asked))


EXACT = [
    ("standard", {}),
    ("wechat", {"fidelity": "tutorial"}),
    ("wechat", {"policies": {"redirect_match": "exact"}}),
    ("qq", {}),
    ("weibo", {}),
]


def known(dialect: str) -> bool:
    from ninestep.dialects import DIALECTS

    return dialect in DIALECTS


@pytest.mark.parametrize(("dialect", "fields"), [each for each in EXACT if known(each[0])])
def test_a_code_goes_to_the_registered_address_and_to_no_neighbour_of_it(
    town: Any, dialect: str, fields: dict[str, Any]
) -> None:
    app = register(town, dialect, **fields)
    assert ask(town, dialect, app, GOOD).headers["Location"].startswith(GOOD + "?")

    for neighbour in NEIGHBOURS:
        answer = ask(town, dialect, app, neighbour)
        assert "Location" not in answer.headers, neighbour
        assert not outside(answer.text, town), neighbour


@pytest.mark.parametrize("policy", ["relaxed", "strict"])
@pytest.mark.parametrize("registered", [{}, {"callback_domain": "shop.example.test"}])
def test_where_the_host_decides_no_other_host_is_taken_for_it(
    town: Any, policy: str, registered: dict[str, str]
) -> None:
    app = register(town, "wechat", policies={"redirect_match": policy}, **registered)

    for neighbour, same_host in NEIGHBOURS.items():
        where = ask(town, "wechat", app, neighbour).headers.get("Location", "")
        if not same_host:
            assert not where, neighbour
        elif where:
            assert urlsplit(where).hostname == "shop.example.test", neighbour
            assert "evil" not in urlsplit(where).netloc, neighbour


def test_an_error_is_not_sent_where_a_code_would_not_go(town: Any) -> None:
    app = register(town, "standard", consent={"mode": "deny"})

    for neighbour in NEIGHBOURS:
        for more in ({}, {"scope": "foo"}, {"response_type": "token"}):
            assert "Location" not in ask(town, "standard", app, neighbour, **more).headers, neighbour


LINK = re.compile(r"""(?:href|src|action|formaction|content|data-poll)=["']([^"']*)["']""")


def outside(text: str, town: Any) -> set[str]:
    """Addresses on a page that a browser would take for another host's."""
    found = set()
    for link in map(unescape, LINK.findall(text)):
        where = urlsplit(urljoin(town.provider + "/", link.replace("\\", "/").strip()))
        if where.scheme in ("http", "https") and where.hostname not in ("127.0.0.1", "localhost"):
            found.add(link)
        assert where.scheme in ("http", "https", "data", ""), link
    return found


PATHS = (
    "//evil.test",
    "//evil.test/..;/login",
    "/\\evil.test/",
    "/%5cevil.test/",
    "/%2f%2fevil.test/",
    "///evil.test/a/%2e%2e",
)


@pytest.mark.parametrize("service", ["provider", "client", "resource"])
def test_no_path_makes_a_page_whose_links_lead_away(town: Any, service: str) -> None:
    """A page that is not there still has switches, which lead to the same path."""
    place = urlsplit(getattr(town, service))
    for path in PATHS:
        status, headers, body = raw(
            place.netloc, f"GET {path} HTTP/1.1", f"Host: {place.netloc}", "Accept: text/html"
        )
        assert status in (302, 308, 400, 404), path
        assert urlsplit(urljoin(town.provider, headers.get("location", "/"))).hostname in (
            "127.0.0.1",
            None,
        ), path
        assert not outside(body, town), path


TARGETS = (
    "next",
    "redirect",
    "return_to",
    "url",
    "to",
    "continue",
    "redirect_uri",
    "notice",
    "handle",
    "world",
    "home",
)


def test_no_other_parameter_names_a_target(town: Any) -> None:
    evil = ("http://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)")
    pages = {
        town.client: (
            "/",
            "/login",
            "/login/wechat",
            "/me",
            "/zhihu",
            "/zhihu/login",
            "/zhihu/me",
            "/auth/wechat/callback",
        ),
        town.provider: (
            "/settings/authorizations",
            "/connect/login",
            "/connect/consent",
            "/_mock/",
            "/_mock/theatre",
        ),
    }
    for base, paths in pages.items():
        for path in paths:
            for value in evil:
                query = dict.fromkeys(TARGETS, value)
                answer = requests.get(
                    base + path, params=query, headers=HTML, allow_redirects=False, timeout=10
                )
                where = urlsplit(urljoin(base, answer.headers.get("Location", "/")))
                assert where.hostname == "127.0.0.1", path
                assert not outside(answer.text, town), path


# -- markup and headers

MARKUP = "\"'><img src=x onerror=alert(1)><!--{{1234567*7654321}}"


def test_no_parameter_becomes_markup(town: Any) -> None:
    app = register(town, "wechat", name=MARKUP, consent={"mode": "ask"}, fidelity="tutorial")
    browser = Browser()
    consented = browser.get(
        town.provider + ENDPOINTS["wechat"][0],
        appid=app["appid"],
        redirect_uri=GOOD,
        response_type="code",
        scope="snsapi_userinfo",
        state=MARKUP,
    )
    pages = [browser.follow(consented)]
    pages.append(browser.follow(browser.submit(pages[0], persona="zhangsan")))
    for base, path in (
        (town.provider, "/settings/authorizations"),
        (town.provider, "/_mock/theatre"),
        (town.client, "/login"),
        (town.client, "/auth/wechat/callback"),
        (town.provider, "/connect/oauth2/authorize"),
    ):
        names = (
            "world",
            "notice",
            "lang",
            "theme",
            "state",
            "code",
            "error",
            "error_description",
            "appid",
            "scope",
            MARKUP,
        )
        pages.append(requests.get(base + path, params=dict.fromkeys(names, MARKUP), headers=HTML, timeout=10))
    pages.append(requests.get(f"{town.provider}/{quote(MARKUP)}", headers=HTML, timeout=10))

    for page in pages:
        assert "html" in page.headers["Content-Type"], page.url
        assert "<img src=x" not in page.text, page.url
        assert str(1234567 * 7654321) not in page.text, page.url


def raw(netloc: str, *lines: str) -> tuple[int, dict[str, str], str]:
    """What is answered to a request of these very lines."""
    host, _, port = netloc.partition(":")
    with closing(socket.create_connection((host, int(port)), timeout=10)) as line:
        line.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8"))
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.decode("utf-8", "replace").partition("\r\n\r\n")
    status, *rest = head.split("\r\n")
    pairs = (each.partition(": ") for each in rest)
    return int(status.split(" ")[1]), {name.lower(): value for name, _, value in pairs}, body


BREAKS = (
    "%0d%0aX-Evil:%201",
    "%0aX-Evil:%201",
    "%0dX-Evil:%201",
    "%e5%98%8a%e5%98%8dX-Evil:%201",
    "%00%0d%0a%0d%0a<b>",
)


@pytest.mark.parametrize("bad", BREAKS)
def test_no_value_becomes_a_header(town: Any, world: Any, bad: str) -> None:
    """Values that come back in a redirect, choose a cookie, or stand in a policy."""
    provider, client = urlsplit(town.provider).netloc, urlsplit(town.client).netloc
    asked = f"appid={world.appid}&redirect_uri=http%3A%2F%2F127.0.0.1%2Fcallback&response_type=code&scope=snsapi_base"
    requests_ = [
        (provider, f"/connect/oauth2/authorize?{asked}&state={bad}"),
        (provider, f"/connect/oauth2/authorize?{asked}{bad}"),
        (provider, f"/connect/oauth2/authorize?{asked.replace('callback', 'callback' + bad)}"),
        (provider, f"/connect/oauth2/authorize?{asked.replace('127.0.0.1', '127.0.0.1' + bad)}"),
        (provider, f"/settings/authorizations?lang=en{bad}&theme=dark{bad}&world={bad}"),
        (provider, f"/settings/{bad}"),
        (client, f"/login?notice={bad}&lang={bad}"),
        (client, f"/auth/wechat/callback?code={bad}&state={bad}"),
        (client, f"/login/wechat?scope=snsapi_base{bad}"),
    ]
    for netloc, path in requests_:
        for more in (
            (),
            (f"Cookie: ninestep_lang=en{bad}; ninestep_theme={bad}; wx_session={bad}; mt_session={bad}",),
        ):
            _, headers, _ = raw(netloc, f"GET {path} HTTP/1.1", f"Host: {netloc}", "Accept: text/html", *more)
            assert "x-evil" not in headers, path
            assert all("\r" not in value and "\n" not in value for value in headers.values())


# -- DNS rebinding

REBOUND = (
    "evil.test",
    "evil.test:{port}",
    "127.0.0.1.evil.test",
    "localhost.evil.test:{port}",
    "evil.test@127.0.0.1",
    "127.0.0.1@evil.test",
    "[::ffff:8.8.8.8]:{port}",
    "127.0.0.1, evil.test",
    "evil.test#127.0.0.1",
    "",
)


@pytest.mark.parametrize("service", ["provider", "client", "resource", "gateway"])
def test_a_page_of_another_name_reads_nothing_here(town: Any, service: str) -> None:
    """Also where its owner lets the name lead to 127.0.0.1. Nothing but health is answered to a foreign Host."""
    place = urlsplit(getattr(town, service))
    paths = {
        "provider": (
            "/_mock/theatre",
            "/_mock/api/worlds",
            "/settings/authorizations",
            "/metrics",
            "/oauth/token",
        ),
        "client": ("/login", "/me", "/api/me", "/metrics"),
        "resource": ("/userinfo", "/sns/userinfo?access_token=x&openid=x", "/metrics"),
        "gateway": ("/_mock/theatre", "/sns/userinfo", "/_mock/api/worlds"),
    }[service]
    for path in paths:
        for pattern in REBOUND:
            host = pattern.format(port=place.port)
            status, _, body = raw(place.netloc, f"GET {path} HTTP/1.1", f"Host: {host}")
            assert status in (400, 403, 421), (path, host)
            assert "zhangsan" not in body
        status, _, _ = raw(place.netloc, f"GET {path} HTTP/1.1", f"Host: {place.netloc}", "Host: evil.test")
        assert status in (400, 403, 421), f"{path} with two hosts"
        status, headers, _ = raw(
            place.netloc, f"GET http://evil.test{path} HTTP/1.1", f"Host: {place.netloc}"
        )
        assert "evil.test" not in headers.get("location", ""), path


@pytest.mark.parametrize(
    "origin",
    ["http://evil.test", "null", "https://127.0.0.1", "http://127.0.0.1:1", "http://127.0.0.1.evil.test"],
)
def test_no_page_of_another_origin_may_read_an_answer(town: Any, origin: str) -> None:
    """There is no CORS header, so what a browser fetched for a foreign page, stays unread."""
    for url in (
        f"{town.provider}/_mock/api/worlds",
        f"{town.provider}/settings/authorizations",
        f"{town.provider}/oauth/token",
        f"{town.resource}/userinfo",
        f"{town.client}/api/me",
        f"{town.gateway}/sns/userinfo",
    ):
        for method in ("GET", "OPTIONS"):
            asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            answer = requests.request(method, url, headers=asked, timeout=10)
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")], url


# -- forms of another site


def test_a_form_token_of_another_session_revokes_nothing_and_logs_nobody_out(town: Any) -> None:
    app = register(town, "wechat", consent={"mode": "ask"}, fidelity="tutorial")
    victim, attacker = Browser(), Browser()
    address = f"{town.provider}/settings/authorizations?world={app['world']}"
    for browser, persona in ((victim, "zhangsan"), (attacker, "lisi")):
        login = browser.follow(ask_in(browser, town, app))
        consent = browser.follow(browser.submit(login, persona=persona))
        assert browser.submit(consent, decision="approve").headers["Location"].startswith(GOOD)
    theirs = hidden(attacker.get(address).text)["csrf_token"]
    before = town.api("GET", "/grants", params={"world": app["world"]})

    forms = {
        "/settings/authorizations/revoke": {"world": app["world"], "appid": app["appid"]},
        f"/settings/logout?world={app['world']}": {},
        f"/settings/authorizations?world={app['world']}": {"persona": "mallory"},
    }
    for path, form in forms.items():
        for token in (theirs, "", theirs[:-1] + "x", None):
            sent = form | ({} if token is None else {"csrf_token": token})
            answer = victim.http.post(town.provider + path, data=sent, allow_redirects=False, timeout=10)
            assert answer.status_code == 400, path
            assert "Location" not in answer.headers

    assert town.api("GET", "/grants", params={"world": app["world"]}) == before
    assert len(before) == 2
    assert "wx-grant-user" in victim.get(address).text
    assert "张三" in victim.get(address).text


def ask_in(browser: Browser, town: Any, app: dict[str, Any], **more: str) -> requests.Response:
    endpoint, client, scope = ENDPOINTS["wechat"]
    query = {
        client: app["appid"],
        "redirect_uri": GOOD,
        "response_type": "code",
        "scope": scope,
        "state": "s",
        **more,
    }
    return browser.get(town.provider + endpoint, **query)


@pytest.fixture
def customer(town: Any) -> Browser:
    """Logged in at both sites of the client."""
    browser = Browser()
    for appid, start in (("wx1234567890abcdef", "/login/wechat"), ("zhihu", "/zhihu/login")):
        town.api("POST", f"/apps/{appid}/next", {"user": "zhangsan", "decision": "approve"})
        page = browser.follow(browser.get(town.client + start))
        while page.status_code in (302, 303):
            page = browser.follow(page)
        assert page.status_code == 200
    return browser


def test_no_form_of_the_client_is_taken_from_another_site_or_session(town: Any, customer: Browser) -> None:
    stranger = Browser()
    town.api("POST", "/apps/zhihu/next", {"user": "lisi", "decision": "approve"})
    page = stranger.get(f"{town.client}/zhihu/login")
    while page.status_code in (302, 303):
        page = stranger.follow(page)
    theirs = hidden(page.text)["csrf_token"]
    before = customer.http.cookies.get_dict()

    for path in ("/logout", "/me/refresh-profile", "/zhihu/logout"):
        for token in (theirs, "", None):
            sent = {} if token is None else {"csrf_token": token}
            answer = customer.http.post(town.client + path, data=sent, allow_redirects=False, timeout=10)
            assert answer.status_code == 400, path
            assert "Set-Cookie" not in answer.headers
        assert customer.get(town.client + path).status_code == 405, "a link does it neither"

    assert customer.http.cookies.get_dict() == before
    assert customer.get(f"{town.client}/me").status_code == 200
    assert customer.get(f"{town.client}/zhihu/me").status_code == 200


def test_nobody_is_logged_in_by_finishing_a_login_that_an_attacker_began(town: Any) -> None:
    """The attacker's request opened in the victim's browser: the provider asks the victim, and the client knows by the
    state that this browser began nothing."""
    attacker, victim = Browser(), Browser()
    login = attacker.follow(attacker.follow(attacker.get(f"{town.client}/login/wechat"))).url

    consent = victim.follow(victim.submit(victim.get(login), persona="zhangsan"))
    callback = victim.submit(consent, decision="approve")
    ended = victim.follow(callback)

    assert ended.status_code == 400
    assert "mt_login" not in victim.http.cookies
    again = attacker.get(login)
    assert "wx-persona-zhangsan" in again.text, "nobody is logged in there by it"
    late = attacker.submit(attacker.follow(attacker.submit(again, persona="lisi")), decision="approve")
    assert late.status_code == 409, "one request, one answer"


def test_a_consent_nonce_serves_its_own_browser_user_and_request_alone(town: Any) -> None:
    app = register(town, "wechat", consent={"mode": "ask"}, fidelity="tutorial")
    owner, thief = Browser(), Browser()
    pages = {}
    for name, browser in (("owner", owner), ("thief", thief)):
        pages[name] = browser.follow(
            browser.submit(browser.follow(ask_in(browser, town, app)), persona="zhangsan")
        )
    second = owner.follow(ask_in(owner, town, app, state="another"))
    nonces = {hidden(page.text)["consent_nonce"] for page in (*pages.values(), second)}
    assert len(nonces) == 3

    for browser, page, wrong in (
        (thief, pages["owner"], pages["owner"]),  # what the owner's page holds, sent by another browser
        (owner, pages["owner"], pages["thief"]),
        (owner, second, pages["owner"]),
    ):
        form = {"consent_nonce": hidden(wrong.text)["consent_nonce"], "decision": "approve"}
        refused = browser.http.post(page.url, data=form, allow_redirects=False, timeout=10)
        assert (refused.status_code, "Location" in refused.headers) == (400, False)

    assert town.api("GET", "/grants", params={"world": app["world"]}) == []
    assert owner.submit(pages["owner"], decision="approve").headers["Location"].startswith(GOOD)


# -- what an answer may be kept as, framed in, and told to others


def assert_closed(answer: requests.Response) -> None:
    assert answer.headers["X-Frame-Options"] == "DENY", answer.url
    rules = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'", answer.url
    assert "'unsafe" not in answer.headers["Content-Security-Policy"], answer.url
    assert answer.headers["Referrer-Policy"] == "no-referrer", answer.url
    assert answer.headers["Cache-Control"] == "no-store", answer.url
    assert answer.headers["X-Content-Type-Options"] == "nosniff", answer.url


def test_every_page_of_the_client_and_every_failure_page_is_closed(town: Any, customer: Browser) -> None:
    for path in ("/", "/login", "/login?notice=other", "/me", "/zhihu", "/zhihu/me", "/metrics.html"):
        assert_closed(customer.get(town.client + path))
    for url in (
        f"{town.client}/auth/wechat/callback?code=x&state=y",
        f"{town.client}/auth/zhihu/callback?code=x&state=y",
        f"{town.client}/nothing",
        f"{town.client}/logout",
        f"{town.provider}/nothing",
        f"{town.provider}/settings/logout",
        f"{town.provider}/connect/login?rid=x",
        f"{town.resource}/nothing",
        f"{town.provider}/settings/authorizations?x={'y' * 8001}",
    ):
        answer = customer.get(url)
        assert answer.status_code >= 400, url
        assert "html" in answer.headers["Content-Type"], url
        assert_closed(answer)
    assert_closed(
        requests.get(
            f"{town.provider}/settings/authorizations", headers={**HTML, "Host": "evil.test"}, timeout=10
        )
    )


def test_nothing_that_carries_a_code_or_a_token_may_be_kept(town: Any) -> None:
    wechat, standard = register(town, "wechat"), register(town, "standard")
    seen: list[requests.Response] = []

    def note(answer: requests.Response) -> requests.Response:
        seen.append(answer)
        return answer

    def post(path: str, **form: str) -> requests.Response:
        return note(requests.post(town.provider + path, data=form, timeout=10))

    at = {"appid": wechat["appid"], "secret": wechat["secret"]}
    code = code_of(note(ask(town, "wechat", wechat, GOOD)))
    tokens = post("/sns/oauth2/access_token", **at, code=code, grant_type="authorization_code").json()
    post("/sns/oauth2/access_token", **at, code=code, grant_type="authorization_code")
    post(
        "/sns/oauth2/refresh_token",
        appid=at["appid"],
        grant_type="refresh_token",
        refresh_token=tokens["refresh_token"],
    )
    who = {"access_token": tokens["access_token"], "openid": tokens["openid"]}
    note(requests.get(f"{town.resource}/sns/userinfo", params=who, timeout=10))
    note(requests.get(f"{town.gateway}/sns/auth", params=who, timeout=10))
    at = {"client_id": standard["appid"], "client_secret": standard["secret"]}
    code = code_of(note(ask(town, "standard", standard, GOOD)))
    redeemed = post("/oauth/token", **at, grant_type="authorization_code", code=code, redirect_uri=GOOD)
    assert redeemed.headers["Pragma"] == "no-cache", "RFC 6749 §5.1"
    bearer = redeemed.json()["access_token"]
    post("/oauth/introspect", **at, token=bearer)
    post("/oauth/token", **at, grant_type="refresh_token", refresh_token=redeemed.json()["refresh_token"])
    post("/oauth/token", **at, grant_type="refresh_token", refresh_token="none")
    note(requests.get(f"{town.resource}/userinfo", headers={"Authorization": f"Bearer {bearer}"}, timeout=10))
    note(requests.get(f"{town.resource}/userinfo", params={"access_token": bearer}, timeout=10))
    api = f"{town.provider}/_mock/api"
    note(requests.post(f"{api}/apps/{wechat['appid']}/codes", json={"user": "zhangsan"}, timeout=10))
    note(requests.get(f"{api}/apps/{wechat['appid']}", timeout=10))
    note(requests.get(f"{api}/apps/{wechat['appid']}/tokens", timeout=10))
    flow = town.api("GET", "/flows", params={"world": wechat["world"]})[0]["id"]
    note(requests.get(f"{api}/flows/{flow}/messages", timeout=10))
    asked = {"Accept": "application/json"}
    note(requests.get(f"{town.client}/auth/wechat/callback?code=x&state=y", headers=asked, timeout=10))
    note(requests.get(f"{town.client}/api/me", timeout=10))

    assert len(seen) > 16
    assert {
        answer.url: answer.headers["Cache-Control"]
        for answer in seen
        if answer.headers["Cache-Control"] != "no-store"
    } == {}
    assert {
        answer.url for answer in seen if "ETag" in answer.headers or "Last-Modified" in answer.headers
    } == set()


def code_of(answer: requests.Response) -> str:
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


# -- codes


def test_a_stolen_code_is_of_no_use_at_the_client_without_the_browser_that_asked(town: Any) -> None:
    """Whether it was meant for another browser, or for a login of the attacker's own that the victim is to finish."""
    victim, attacker = Browser(), Browser()
    stolen = {}
    for name, browser in (("victim", victim), ("attacker", attacker)):
        town.api(
            "POST",
            "/apps/zhihu/next",
            {"user": "zhangsan" if name == "victim" else "mallory", "decision": "approve"},
        )
        callback = browser.follow(browser.get(f"{town.client}/zhihu/login"))
        stolen[name] = callback.headers["Location"]
    queries = {name: dict(parse_qsl(urlsplit(address).query)) for name, address in stolen.items()}
    place = f"{town.client}/auth/zhihu/callback"

    assert attacker.get(stolen["victim"]).status_code == 400, "the victim's callback, elsewhere"
    mixed = attacker.get(
        place, code=queries["victim"]["code"], state=queries["attacker"]["state"], iss=town.provider
    )
    assert mixed.status_code == 303, "told on the login page: PKCE knows whose code it is"
    assert "notice=" in mixed.headers["Location"]
    assert victim.get(stolen["attacker"]).status_code == 400, (
        "the attacker's callback in the victim's browser"
    )
    for browser in (victim, attacker):
        assert browser.get(f"{town.client}/zhihu/me").status_code == 302, "nobody is logged in"
    assert victim.get(stolen["victim"]).headers["Location"] == "/zhihu/me", (
        "and nothing of the victim's was spent"
    )
