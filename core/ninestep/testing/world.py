"""``Ninestep``: one world of a town, alone with its apps, users, consents, clock, faults and flows (design.md §8)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from types import TracebackType
from typing import Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from .app import App
from .clock import Clock
from .control import Control, Refused
from .fault import Fault
from .flow import Flow
from .journey import Callback, Journey, Stuck, appid_of, next_of, visit
from .missed import NotSeen
from .page import login
from .snapshot import Snapshot
from .town import Town

CALLBACK = "http://127.0.0.1:8000/callback"
URL = "http://127.0.0.1:9000"
ALL = 1000  # flows: the most that one call tells, and more than a world keeps
SHOWN = 20  # flows in the sentence about one that was not there


class Ninestep:
    """A fresh world. It is made by the first thing that needs one, and ends with ``close()`` or the ``with`` block."""

    def __init__(self, url: str | Town = "", *, token: str = "") -> None:
        """A town that runs: ``NINESTEP_URL`` or port 9000 when left out. Raises NotStarted."""
        self._borrowed = isinstance(url, Town)
        if not isinstance(url, Town):
            token = token or os.environ.get("NINESTEP_ADMIN_TOKEN", "")
            url = Town.at(url or os.environ.get("NINESTEP_URL") or URL, token)
        self.town: Town = url
        self._name = ""

    @classmethod
    def start(cls, **settings: Any) -> Ninestep:
        """A town of its own on free ports, which ends with it; ``settings`` as ``Town.start``."""
        made = cls(Town.start(settings))
        made._borrowed = False
        return made

    @property
    def name(self) -> str:
        """The world's."""
        if not self._name:
            self._name = str(self.control("POST", "/worlds", {})["name"])
        return self._name

    @property
    def made(self) -> bool:
        """Whether anything needed the world yet."""
        return bool(self._name)

    @property
    def control(self) -> Control:
        """Any call of the control API: ``ninestep.control("GET", "/state")``. Raises Refused."""
        return self.town.control

    @cached_property
    def clock(self) -> Clock:
        return Clock(self.control, self)

    # -- who is there

    def app(self, **fields: Any) -> App:
        """A new app: an official account of WeChat, or what ``dialect`` and ``kind`` say."""
        fields.setdefault("redirect_uris", [CALLBACK])
        made = self.control("POST", "/apps", {**fields, **({"world": self._name} if self._name else {})})
        self._name = self._name or made["world"]  # an app without a world brings one
        return App(self.control, self.town.gateway, made)

    def user(self, uid: str, **profile: Any) -> dict[str, Any]:
        """A person of this world alone; the town's, 张三 and the others, are in every world."""
        made: dict[str, Any] = self.control("PUT", f"/users/{quote(uid, safe='')}", profile, world=self.name)
        return made

    def storage_state(self, user: str = "zhangsan") -> dict[str, Any]:
        """For ``browser.new_context(storage_state=…)``: somebody who is logged in at the provider already."""
        state: dict[str, Any] = self.control("GET", "/storage-state", user=user, world=self.name)
        return state

    # -- what happens next

    def approve(self, app: App | str, user: str = "zhangsan", scope: str | list[str] | None = None) -> None:
        self._app(app).approve(user, scope)

    def deny(self, app: App | str, user: str = "zhangsan") -> None:
        self._app(app).deny(user)

    def fault(self, app: App | str, endpoint: str, error: str = "", **what: Any) -> Fault:
        return self._app(app).fault(endpoint, error, **what)

    def login(
        self, page: Any, user: str = "zhangsan", *, deny: bool = False, password: str = "ninestep"
    ) -> None:
        """On a Playwright page that the client has sent to the provider: be somebody, and agree (or refuse)."""
        login(page, user, deny=deny, password=password)

    def authorize(self, session: Any, url: str, user: str = "") -> Any:
        """A login without a browser, through a client: GET ``url`` of it (its login button), follow every redirect,
        and return the page it ends at. ``session`` is a requests or httpx session or a test client of Flask, Django or
        Starlette; with ``user`` they agree to this one login. Raises Stuck where somebody would have to decide."""
        self._journey.start()
        relative = not url.startswith(("http://", "https://"))
        for _ in range(10):
            answer = visit(session, url)
            target = next_of(url, answer)
            if not target:
                return answer
            if self._journey.ours(target):
                target = self.callback(target, user, same_browser=True).url
            url = _path(target) if relative else target
        raise Stuck(f"the client redirects without an end, the last time to {url.partition('?')[0]}")

    def callback(self, url: str, user: str = "", *, same_browser: bool = False) -> Callback:
        """What the provider sends back to the client for the authorize address ``url``; nobody calls the client."""
        if not same_browser:
            self._journey.start()
        appid = appid_of(url)
        if user and appid:
            self.approve(appid, user)
        elif "/connect/qrconnect" in url and appid:
            self._somebody_decides(appid)
        return self._journey.callback(url)

    # -- and back again

    def snapshot(self, name: str = "") -> Snapshot:
        """The world as it is now, to be restored as often as you like; it ends with the world."""
        return Snapshot(self.control, self.control("POST", f"/worlds/{self.name}/snapshots", {"name": name}))

    @contextmanager
    def restored(self) -> Iterator[Snapshot]:
        """What happens in the ``with`` block is undone at its end: a class of tests shares one expensive set-up."""
        snapshot = self.snapshot()
        try:
            yield snapshot
        finally:
            snapshot.restore()
            snapshot.delete()

    # -- what happened

    def flow(self, app: App | str = "", *, until: str = "ended", wait: float = 10, **query: Any) -> Flow:
        """The newest flow that got as far as ``until``: ``ended``, ``step=8``, ``messages=6``, or "" for any. It is
        waited for. Raises NotSeen, which says what flows there are."""
        __tracebackhide__ = True
        if app:
            query["app"] = app.appid if isinstance(app, App) else app
        found = self._flows(until=until, wait=wait, limit=1, **query)
        if found:
            return found[0]
        newest = self.flows(limit=SHOWN)
        there = "\n".join(f"  {flow} {flow.steps}" for flow in newest) or "  none"
        raise NotSeen(
            f"no flow of world {self.name} got to «{until or 'its start'}» in {wait} s; flows there are:\n{there}"
        )

    def flows(self, **query: Any) -> list[Flow]:
        """All flows of this world as they are now, newest first."""
        return self._flows(**{"limit": ALL, **query})

    def env(self, app: App | None = None) -> dict[str, str]:
        """Variables for the client under test: the app's, and, in a town with ``intercept``, those that lead an SDK
        with fixed host names here."""
        return {**(app.env() if app else {"OAUTH_BASE_URL": self.town.gateway}), **self.town.env()}

    # -- the end

    def close(self) -> None:
        """The world with everything in it; and the town, where this began it."""
        if self._name:
            with suppress(Refused, OSError):  # a town that went before takes its worlds along
                self.control("DELETE", f"/worlds/{self._name}")
            self._name = ""
        if not self._borrowed:
            self.town.close()

    def __enter__(self) -> Ninestep:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self.close()
        return False

    def __repr__(self) -> str:
        return f"<Ninestep {self.town.provider}, world {self._name or 'not made yet'}>"

    # -- underneath

    @cached_property
    def _journey(self) -> Journey:
        return Journey(self.town)

    def _app(self, app: App | str) -> App:
        return app if isinstance(app, App) else App(self.control, self.town.gateway, {"appid": app})

    def _flows(self, **query: Any) -> list[Flow]:
        sent = {name: value for name, value in query.items() if value not in ("", None)}
        return [Flow(self.control, data) for data in self.control("GET", "/flows", world=self.name, **sent)]

    def _somebody_decides(self, appid: str) -> None:
        """Else the poll of the QR page would be held for half a minute."""
        asks = self.control("GET", f"/apps/{appid}")["consent"]["mode"] == "ask"
        if asks and not self.control("GET", f"/apps/{appid}/next"):
            raise Stuck(
                "nobody would scan the QR code. Say user=…, or app.approve() before, "
                'or make the app with consent={"mode": "auto", "user": "zhangsan"}'
            )


def _path(url: str) -> str:
    """For a test client without a host: its cookies are those of the name it made up."""
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment))
