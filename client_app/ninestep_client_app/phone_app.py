"""The App's own server (S4, way 2): it makes the state, and redeems the code with the secret that only it knows.

And the App of way 1, whose secret lies in its package: the bad way, shown as such.
"""

from __future__ import annotations

import re
from pathlib import Path

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue
from ninestep.trace.http import current
from ninestep.web import policy
from ninestep.web.hosts import page

from . import programs
from .login.chain import Arrival, Login
from .login.start import prepare
from .services import services

bp = Blueprint("phone_app", __name__, url_prefix="/app")
programs.init_blueprint(bp)

NO_BROWSER = ""  # an App has no session here: its state is good for whoever brings it, once
SHORTEST = 6  # characters of what is worth listing
LITERAL = re.compile(rf'"([^"\n]{{{SHORTEST},}})"')


@bp.get("")
@page
def show() -> ResponseReturnValue:
    """The App's screen, for the phone's frame."""
    script = _framed()
    return render_template("client/app.html", script=script, appid=services().phone_app.appid)


@bp.post("/state")
def state() -> ResponseReturnValue:
    """① for an App: a state for SendAuth."""
    platform = services().phone_app
    made = prepare(platform, platform.scopes[0], NO_BROWSER)
    return jsonify(state=made.state)


@bp.post("/login")
def login() -> ResponseReturnValue:
    """⑤ to ⑨: the code that WeChat gave the App, for our own token."""
    platform = services().phone_app
    moment = services().town.moment(platform.appid)
    current().begin("code.posted", world=moment.world, app=platform.appid).at = moment.now
    told = programs.body("code", "state")
    login = Login(platform, NO_BROWSER, "code.posted")
    login.receive(Arrival(told["code"], told["state"], "", {}))
    return programs.welcome(login.attempt.user)


# -- the bad way -----------------------------------------------------------------------------------------


@bp.get("/old")
@page
def old() -> ResponseReturnValue:
    """The old App's screen: its secret is in the page, because it is in the package."""
    return render_template("client/app_old.html", script=_framed(), package=_package())


@bp.get("/old/strings")
@page
def strings() -> ResponseReturnValue:
    """What `strings` would print of that package."""
    _framed()
    package = _package()
    code = (Path(__file__).parent / "static" / "app_old.js").read_text("utf-8")
    found = [*package.values(), *LITERAL.findall(code)]
    return render_template(
        "client/app_strings.html", strings=dict.fromkeys(found), secret=package["APP_SECRET"]
    )


def _package() -> dict[str, str]:
    settings = services().settings
    return {"APP_ID": settings.meituan_old_app_appid, "APP_SECRET": settings.meituan_old_app_secret}


def _framed() -> str:
    """Let the phone show the page; the address of its SDK."""
    settings = services().settings
    script = f"{settings.provider_url}/assets/provider/opensdk.js"
    policy.allow("script-src", script)
    policy.allow("img-src", settings.provider_url)
    policy.allow_framing(settings.provider_url)
    return script
