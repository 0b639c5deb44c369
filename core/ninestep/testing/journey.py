"""A login without a browser: a person's redirects, followed one by one between a client and the town.

What belongs to the town is fetched with a browser of its own, empty at each start; what belongs to the client goes to
the session of the test, so that the client's cookies are where it looks for them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests

from ..gateway import PLATFORM_HOSTS
from .town import Town

MOST_HOPS = 20
QR_PAGE = re.compile(r"/connect/qrcode/([^\"'>\s]+)")
CONFIRMED = re.compile(r"wx_errcode=405;\s*window\.wx_code='([^']+)'")
TITLE = re.compile(r"<title>(.*?)</title>", re.S)


class Stuck(Exception):
    """The login came to a page where somebody has to decide; the text says which, and how to do without."""


@dataclass(frozen=True)
class Callback:
    """Step 4 as the browser carries it to the client."""

    url: str

    @property
    def query(self) -> dict[str, str]:
        parts = urlsplit(self.url)
        return dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))

    @property
    def code(self) -> str:
        return self.query.get("code", "")

    @property
    def state(self) -> str:
        return self.query.get("state", "")

    @property
    def error(self) -> str:
        """RFC 6749 §4.1.2.1; WeChat calls back with ``code=authdeny`` instead, or not at all."""
        return self.query.get("error", "")

    def __repr__(self) -> str:
        code = f"code=••••{self.code[-4:]}" if len(self.code) > 12 else f"code={self.code}"
        return f"<Callback {urlsplit(self.url)._replace(query='', fragment='').geturl()} {code}{self.error}>"


@dataclass
class Journey:
    """From an authorize address to the client's callback."""

    town: Town

    @property
    def http(self) -> requests.Session:
        return self.town.browser

    def start(self) -> None:
        """Another person, whose browser nobody knows."""
        self.http.cookies.clear()

    def ours(self, url: str) -> str:
        """``url`` as an address of this town; empty for one of somebody else. The platforms' names are the town's."""
        parts = urlsplit(url)
        if (parts.hostname or "") in PLATFORM_HOSTS:
            return f"{self.town.gateway}/{parts.hostname}{urlunsplit(('', '', parts.path, parts.query, ''))}"
        origin = f"{parts.scheme}://{parts.netloc}"
        return url if origin in (self.town.provider, self.town.gateway) else ""

    def callback(self, url: str) -> Callback:
        """Follow ``url`` until the town sends the browser away. Raises Stuck."""
        for _ in range(MOST_HOPS):
            here = self.ours(url)
            if not here:
                return Callback(url)
            page = self.http.get(here, allow_redirects=False, timeout=40)
            if page.is_redirect:
                url = urljoin(url if here == url else here, page.headers["Location"])
            else:
                url = self._scanned(here, page)
        raise Stuck(f"more than {MOST_HOPS} redirects, the last to {_bare(url)}")

    def _scanned(self, url: str, page: requests.Response) -> str:
        """What the script of a QR page does once it was told the code (wire.md B.2)."""
        found = QR_PAGE.search(page.text)
        if found is None:
            raise Stuck(_where(url, page))
        parts = urlsplit(url)
        poll = parts._replace(path=parts.path.replace("/connect/qrconnect", "/connect/l/qrconnect"))
        asked = poll._replace(query=urlencode({"uuid": found[1], "last": "408"})).geturl()
        code = CONFIRMED.search(self.http.get(asked, timeout=40).text)
        if code is None:
            raise Stuck("nobody confirmed the login on the phone: the browser stays at the QR code")
        query = parse_qs(parts.query)
        back, state = query["redirect_uri"][0], query.get("state", [""])[0]
        return f"{back}{'&' if '?' in back else '?'}{urlencode({'code': code[1], 'state': state})}"


def appid_of(url: str) -> str:
    """Which app an authorize address is of."""
    query = parse_qs(urlsplit(url).query)
    return (query.get("appid") or query.get("client_id") or [""])[0]


def visit(session: Any, url: str) -> Any:
    """One GET that follows nothing, by requests, httpx, or the test client of Flask, Django or Starlette."""
    families = {kind.__module__.partition(".")[0] for kind in type(session).__mro__}
    if "requests" in families:
        return session.get(url, allow_redirects=False)
    if families & {"httpx", "starlette", "fastapi"}:
        return session.get(url, follow_redirects=False)
    return session.get(url)


def next_of(url: str, answer: Any) -> str:
    """Where a redirect leads; empty for a page."""
    location = answer.headers.get("Location", "") if answer.status_code // 100 == 3 else ""
    return urljoin(url, location) if location else ""


def _where(url: str, page: requests.Response) -> str:
    title = TITLE.search(page.text)
    shown = f" «{title[1].strip()}»" if title else ""
    if "/login" in urlsplit(url).path or "/consent" in urlsplit(url).path:
        return (
            f"the provider shows{shown}: nobody has decided. Say user=…, or app.approve() or app.deny() before, "
            'or make the app with consent={"mode": "auto", "user": "zhangsan"}'
        )
    return f"the provider shows{shown} ({page.status_code}) at {_bare(url)} and sends nobody back"


def _bare(url: str) -> str:
    """Without the query, which may hold a code."""
    return urlsplit(url)._replace(query="", fragment="").geturl()
