"""Every page that a link leads to, in both languages: no dead end, no other host, and no secret in any of them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
import requests

pytestmark = pytest.mark.browser  # it wants a town, and has many pages to see

ASSETS = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src", "image": "href"}
# what a link may not be followed to: it changes something, ends in a download, or is a stream
LEFT_OUT = re.compile(
    r"/login/|/auth/|/connect/(oauth2|qrconnect)|/oauth2?[./]|/events|\?lang=|[?&](lang|theme)="
)
MOST, FIRST = 400, 150  # pages: all that there are, and those that stand nearest


class Seen(NamedTuple):
    address: str
    status: int
    text: str
    assets: list[str]
    links: list[str]


class Links(HTMLParser):
    def __init__(self, base: str, text: str) -> None:
        super().__init__()
        self.base = base
        self.links: list[str] = []
        self.assets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and given.get("href"):
            self.links.append(urljoin(self.base, given["href"]).partition("#")[0])
        if tag in ASSETS and given.get(ASSETS[tag]):
            self.assets.append(urljoin(self.base, given[ASSETS[tag]]))


def crawl(starts: Iterable[str], language: str, own: Iterable[str], most: int = MOST) -> Iterator[Seen]:
    """The pages that can be reached from ``starts`` by links within ``own`` origins; ``most`` of them."""
    http = requests.Session()
    http.trust_env = False
    http.headers.update({"Accept": "text/html", "Accept-Language": language})
    origins, waiting, known = tuple(own), deque(starts), set[str]()
    while waiting and len(known) < most:
        address = waiting.popleft()
        if address in known or not address.startswith(origins) or LEFT_OUT.search(address):
            continue
        known.add(address)
        answer = http.get(address, timeout=20)
        found = Links(answer.url, answer.text) if "html" in answer.headers["Content-Type"] else None
        links = found.links if found else []
        yield Seen(address, answer.status_code, answer.text, found.assets if found else [], links)
        waiting.extend(links)


@pytest.fixture
def one_login(world: Any) -> dict[str, str]:
    """A login, a refresh and a refusal in the test's own world, and every secret that was in them."""
    town, app = world.town, world.new_app(dialect="wechat", redirect_uris=["http://127.0.0.1/callback"])
    call = {"appid": app["appid"], "secret": app["secret"]}
    query = {"appid": app["appid"], "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    query |= {"scope": "snsapi_userinfo", "state": "state-that-nobody-guesses"}

    def ask(path: str, base: str = town.provider, **params: str) -> requests.Response:
        answer: requests.Response = town.http.get(
            base + path, params=params, timeout=10, allow_redirects=False
        )
        return answer

    def authorize(decision: str) -> str:
        town.api("POST", f"/apps/{app['appid']}/next", {"user": "zhangsan", "decision": decision})
        location: str = ask("/connect/oauth2/authorize", **query).headers["Location"]
        return location

    authorize("deny")
    code = parse_qs(urlsplit(authorize("approve")).query)["code"][0]
    tokens = ask("/sns/oauth2/access_token", **call, code=code, grant_type="authorization_code").json()
    ask("/sns/userinfo", town.resource, access_token=tokens["access_token"], openid=tokens["openid"])
    renewed = ask(
        "/sns/oauth2/refresh_token",
        appid=app["appid"],
        grant_type="refresh_token",
        refresh_token=tokens["refresh_token"],
    ).json()
    return {
        "client_secret": app["secret"],
        "code": code,
        "state": query["state"],
        "access_token": tokens["access_token"],
        "refresh_token": tokens["refresh_token"],
        "renewed access_token": renewed["access_token"],
        "renewed refresh_token": renewed["refresh_token"],
    }


@pytest.mark.parametrize(
    ("language", "most"),
    [
        ("zh-CN", FIRST),
        *(pytest.param(language, MOST, marks=pytest.mark.slow) for language in ("zh-CN", "en")),
    ],
)
def test_no_link_is_dead_and_nothing_comes_from_another_host(
    world: Any, one_login: dict[str, str], language: str, most: int
) -> None:
    town = world.town
    own = (town.provider, town.client)
    starts = [
        *(
            f"{town.provider}/_mock/",
            f"{town.client}/",
            f"{town.client}/zhihu",
            f"{town.client}/counterfactual",
        ),
        *(
            f"{town.provider}/_mock/theatre?world={world.name}",
            f"{town.provider}/_mock/console?world={world.name}",
        ),
    ]

    pages = list(crawl(starts, language, own, most))

    assert len(pages) > 100
    assert {page.address: page.status for page in pages if page.status >= 400} == {}
    foreign = {
        asset: page.address
        for page in pages
        for asset in page.assets
        if not asset.startswith((*own, town.gateway, "data:"))
    }
    assert foreign == {}


def test_no_page_that_can_be_reached_tells_a_secret(world: Any, one_login: dict[str, str]) -> None:
    town = world.town
    flows = town.api("GET", "/flows", params={"world": world.name})
    parts = ["", "/messages?helpers=1", "/exchanges", "/ledger", "/findings"]
    parts += [f"/export.{form}" for form in ("mmd", "svg", "har", "sh", "md", "json", "html")]
    api = [f"{town.provider}/_mock/api/flows/{flow['id']}{part}" for flow in flows for part in parts]
    starts = [
        *(f"{town.provider}/_mock/{page}?world={world.name}" for page in ("theatre", "console", "learn/params")),
        *(f"{town.provider}/_mock/theatre/{flow['id']}?msg={n}&tab={tab}" for flow in flows for n in range(1, 7)
          for tab in ("story", "fields", "checks", "raw", "code", "resend")),
        *api,
    ]  # fmt: skip

    pages = list(crawl(starts, "zh-CN", [town.provider]))

    told = {
        (kind, page.address) for page in pages for kind, secret in one_login.items() if secret in page.text
    }
    assert {page.address for page in pages} >= set(api)
    assert told == set()
