"""How a sample site is entered and left: the page with its login, the way to the town and back, the way out."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.web.hosts import page
from werkzeug.wrappers import Response

from .. import messages
from ..accounts.users import LocalUser
from ..login.browser import browser
from ..login.callback import receive
from ..login.platform import Platform
from ..login.sites import Site, switched_on
from ..login.start import start
from ..services import services
from . import visitors


@dataclass(frozen=True)
class Entrance:
    sample: str  # its name among the visitors, and in its addresses
    way: str  # its login's name among ``services().sites``
    inside: str  # the page of who is logged in
    told: dict[str, str] = field(default_factory=dict)  # what its first page knows besides

    @property
    def name(self) -> str:
        """Of its blueprint and its template."""
        return self.sample.replace("-", "_")

    @property
    def callback(self) -> str:
        return f"/auth/{self.sample}/callback"

    def site(self, platform: Platform) -> Site:
        return Site(platform, home=f"{self.name}.home", page=self.page, welcome=self._welcome)

    def page(self, notice: str) -> str:
        browser()
        key = messages.notice_key(notice) if notice else ""
        return render_template(
            f"client/{self.name}.html",
            notice=key,
            user=visitors.user_of(self.sample),
            switched=switched_on(f"{self.name}.home", key),
            **self.told,
        )

    def blueprint(self) -> Blueprint:
        bp = Blueprint(self.name, __name__)

        @bp.get(f"/{self.sample}")
        @page
        def home() -> ResponseReturnValue:
            return self.page(request.args.get("notice", ""))

        @bp.get(f"/{self.sample}/login")
        @page
        def login() -> ResponseReturnValue:
            return start(services().sites[self.way], asking=request.args.get("prompt") == "consent")

        @bp.get(self.callback)
        @page
        def callback() -> ResponseReturnValue:
            return receive(services().sites[self.way])

        @bp.post(f"/{self.sample}/logout")
        def logout() -> ResponseReturnValue:
            visitors.forget(self.sample)
            return redirect(url_for(f"{self.name}.home"), 303)

        return bp

    def _welcome(self, user: LocalUser) -> Response:
        visitors.remember(self.sample, user)
        return redirect(url_for(f"{self.name}.{self.inside}"), 303)
