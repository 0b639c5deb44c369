"""The 测试号 page (wire.md D, seed S4): log in, follow, set the callback domain, and go through the three links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser

pytestmark = pytest.mark.thorough

UIDS = iter(range(10_000))


class Sandbox:
    """A person at the page of their own test account."""

    def __init__(self, town: Any) -> None:
        self.town, self.browser = town, Browser()
        self.uid = f"sandbox-{next(UIDS)}-{town.pids['launcher']}"
        town.api("POST", "/users", {"uid": self.uid, "nickname": "沙盒"})
        self.home = f"{town.provider}/debug/cgi-bin/sandboxinfo?action=showinfo&t=sandbox/index"
        login = self.browser.get(f"{town.provider}/debug/cgi-bin/sandbox?t=sandbox/login")
        assert self.browser.submit(login, persona=self.uid).status_code == 303
        self.appid = self.shown("sb-appid")

    def page(self, **query: str) -> Any:
        return self.browser.get(self.home, **query)

    def shown(self, test_id: str, text: str = "") -> str:
        found = re.search(rf'data-testid="{test_id}"[^>]*>([^<]*)<', text or self.page().text)
        assert found is not None, test_id
        return unescape(found[1])

    def set_domain(self, typed: str) -> Any:
        return self.browser.submit(self.page(), action="/debug/cgi-bin/sandbox/domain", domain=typed)

    def followers(self) -> set[str]:
        return set(re.findall(r'data-testid="sb-follower-row" data-uid="([^"]+)"', self.page().text))

    def authorize(self, redirect_uri: str, uid: str = "zhangsan") -> Any:
        """Open the first link as somebody and agree."""
        link = unescape(self.shown("sb-link-authorize", self.page(redirect_uri=redirect_uri).text))
        person = Browser()
        answer = person.get(link.partition("#")[0])
        if "Location" not in answer.headers:
            return answer
        answer = person.submit(person.follow(answer), persona=uid)
        return (
            person.submit(person.follow(answer), decision="approve")
            if "consent" in answer.headers.get("Location", "")
            else answer
        )


@pytest.fixture
def people(town: Any) -> Iterator[Callable[[], Sandbox]]:
    """Makes persons with a test account; they leave the town afterwards."""
    made: list[Sandbox] = []

    def person() -> Sandbox:
        made.append(Sandbox(town))
        return made[-1]

    yield person
    for sandbox in made:
        town.api("DELETE", f"/users/{sandbox.uid}")
        town.api("DELETE", f"/apps/{sandbox.appid}")


@pytest.fixture
def sandbox(people: Callable[[], Sandbox]) -> Sandbox:
    return people()


def test_after_the_login_appid_and_appsecret_are_shown(sandbox: Sandbox) -> None:
    assert re.fullmatch(r"wx[0-9a-f]{16}", sandbox.shown("sb-appid"))
    assert re.fullmatch(r"[0-9a-f]{32}", sandbox.shown("sb-appsecret"))


def test_without_a_login_there_is_only_the_login(town: Any) -> None:
    stranger = Browser()
    for path in ("sandboxinfo", "sandboxinfo?action=showinfo"):
        answer = stranger.get(f"{town.provider}/debug/cgi-bin/{path}")
        assert answer.headers["Location"].endswith("/debug/cgi-bin/sandbox")


def test_everybody_has_one_account_of_their_own_that_stays(people: Callable[[], Sandbox]) -> None:
    first, second = people(), people()

    assert first.shown("sb-appid") != second.shown("sb-appid")
    assert first.shown("sb-appid") == first.shown("sb-appid")
    assert first.shown("sb-appsecret") != second.shown("sb-appsecret")


def test_the_three_links_work_by_hand_one_after_the_other(sandbox: Sandbox) -> None:
    """S4, 第一步 to 第三步: every variable is filled in but what the step before answers."""
    sandbox.set_domain("127.0.0.1:8000")

    sent = sandbox.authorize("http://127.0.0.1:8000/callback")
    code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    assert parse_qs(urlsplit(sent.headers["Location"]).query)["state"] == ["STATE"]
    tokens = json.loads(sandbox.browser.get(sandbox.shown("sb-link-token").replace("CODE", code)).content)
    link = sandbox.shown("sb-link-userinfo").replace("ACCESS_TOKEN", tokens["access_token"])
    profile = json.loads(sandbox.browser.get(link.replace("OPENID", tokens["openid"])).content)

    assert profile["nickname"] == "张三"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("http://xxx.com", "scheme"),
        ("https://xxx.com/", "scheme"),
        ("xxx.com/callback", "path"),
        ("xxx.com?x=1", "path"),
        ("xxx.com:", "port"),
        ("xxx.com:99999", "port"),
        ("xxx.com:http", "port"),
        ("", "empty"),
        ("   ", "empty"),
        ("xxx.com.", "name"),
        ("a b.com", "name"),
        ("user@xxx.com", "name"),
        ("-xxx.com", "name"),
        ("xxx..com", "name"),
        ("a" * 64 + ".com", "name"),
        ("x\r\ny.com", "name"),
        ("<script>", "name"),
    ],
)
def test_what_is_no_bare_domain_is_refused_with_a_hint_and_changes_nothing(
    sandbox: Sandbox, typed: str, problem: str
) -> None:
    sandbox.set_domain("good.example")

    answer = sandbox.set_domain(typed)

    assert answer.status_code == 400
    assert f'data-problem="{problem}"' in answer.text
    assert sandbox.shown("sb-callback-current") == "good.example"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("xxx.com", "xxx.com"),
        (" XXX.Com ", "xxx.com"),
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("localhost:3000", "localhost:3000"),
        ("例子.测试", "xn--fsqu00a.xn--0zwm56d"),
    ],
)
def test_a_bare_domain_is_kept_as_it_is_compared(sandbox: Sandbox, typed: str, kept: str) -> None:
    assert sandbox.set_domain(typed).status_code == 303
    assert sandbox.shown("sb-callback-current") == kept


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("redirect_uri", "good"),
    [
        ("http://www.qq.com/any/path?x=1", True),
        ("https://www.qq.com", True),
        ("http://WWW.QQ.COM/", True),
        ("http://pay.qq.com/", False),
        ("http://qq.com/", False),
        ("http://www.qq.com.evil.test/", False),
        ("http://www.qq.com:8080/", False),
        ("http://127.0.0.1/", False),
        ("http://www.qq.com@evil.test/", False),
    ],
)
def test_the_callback_has_to_lie_under_the_domain(sandbox: Sandbox, redirect_uri: str, good: bool) -> None:
    sandbox.set_domain("www.qq.com")

    answer = sandbox.authorize(redirect_uri)

    if good:
        assert "code=" in answer.headers["Location"]
    else:
        assert "Location" not in answer.headers
        assert "10003" in answer.text


def test_without_a_domain_nothing_is_called_back(sandbox: Sandbox) -> None:
    assert "10003" in sandbox.authorize("http://127.0.0.1/").text


def test_the_qr_code_leads_to_following_and_only_followers_may_authorize(sandbox: Sandbox) -> None:
    sandbox.set_domain("127.0.0.1")
    assert "10006" in sandbox.authorize("http://127.0.0.1/", "wangwu").text

    address = re.search(r'data-testid="sb-follow-qr" href="([^"]+)"', sandbox.page().text)
    assert address is not None
    assert "<svg" in sandbox.page().text
    phone = Browser()
    done = phone.follow(phone.submit(phone.get(unescape(address[1])), persona="wangwu"))

    assert 'data-testid="sb-followed"' in done.text
    assert "wangwu" in sandbox.followers()
    assert "code=" in sandbox.authorize("http://127.0.0.1/", "wangwu").headers["Location"]


def test_a_removed_follower_may_not_authorize_any_more(sandbox: Sandbox) -> None:
    sandbox.set_domain("127.0.0.1")
    assert "zhangsan" in sandbox.followers()

    sandbox.browser.submit(sandbox.page(), action="/debug/cgi-bin/sandbox/remove", uid="zhangsan")

    assert "zhangsan" not in sandbox.followers()
    assert "10006" in sandbox.authorize("http://127.0.0.1/").text


def test_snsapi_login_is_not_for_a_test_account(sandbox: Sandbox) -> None:
    sandbox.set_domain("127.0.0.1")
    link = sandbox.shown(
        "sb-link-authorize", sandbox.page(redirect_uri="http://127.0.0.1/", scope="snsapi_login").text
    )
    assert "snsapi_login" not in link

    answer = Browser().get(link.partition("#")[0].replace("snsapi_userinfo", "snsapi_login"))

    assert "10005" in answer.text


def test_nobody_follows_an_account_that_is_none(town: Any) -> None:
    for appid in ("", "wx0", "wx1234567890abcdef"):
        answer = Browser().get(f"{town.provider}/debug/cgi-bin/sandbox/follow", appid=appid)
        assert answer.status_code == 404


def test_a_persona_that_is_none_neither_logs_in_nor_follows(town: Any, sandbox: Sandbox) -> None:
    stranger, before = Browser(), sandbox.followers()
    login = stranger.get(f"{town.provider}/debug/cgi-bin/sandbox?t=sandbox/login")
    follow = stranger.get(f"{town.provider}/debug/cgi-bin/sandbox/follow", appid=sandbox.shown("sb-appid"))

    assert stranger.submit(login, persona="nobody").status_code == 401
    assert stranger.submit(follow, persona="nobody").status_code == 400
    assert sandbox.followers() == before


def test_without_a_backstage_there_is_no_sandbox(start: Any) -> None:
    assert start(backstage=False).client.get("/debug/cgi-bin/sandbox").status_code == 404
