"""The console's pages: login, the one page with all blocks, and what its forms do."""

from __future__ import annotations

from urllib.parse import quote, urlencode

import segno
from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from ninestep.dialects.wechat import ids
from ninestep.records import TOWN, App, User

from ..dialects.wechat.callback_domain import BadDomain, bare_domain
from ..pages import interaction, people
from ..services import services
from .account import account_of, with_domain

MOST_FOLLOWERS = 100  # as the platform lists (wire.md D)
STATE = "STATE"  # what the seed leaves in its links
MOST_TYPED = 512


def login() -> ResponseReturnValue:
    """One click: the town's people need no phone to log in here."""
    if _user() is not None:
        return redirect(url_for("sandbox.index"))
    return _login_page()


def login_submit() -> ResponseReturnValue:
    user = people.identify(services(), TOWN, request.form, "picker")
    if user is None:
        return _login_page(), 401
    interaction.log_in(TOWN, user)
    return redirect(url_for("sandbox.index"), 303)


def index() -> ResponseReturnValue:
    user = _user()
    if user is None:
        return redirect(url_for("sandbox.login"))
    return _page(user)


def save_domain() -> ResponseReturnValue:
    """修改: sets the callback domain; what is no bare domain is refused with a hint and changes nothing."""
    user = _user()
    if user is None:
        return redirect(url_for("sandbox.login"), 303)
    typed = request.form.get("domain", "")[:MOST_TYPED]
    try:
        domain = bare_domain(typed)
    except BadDomain as bad:
        return _page(user, typed=typed, problem=bad.problem), 400
    services().store.save_app(with_domain(account_of(services(), user), domain))
    return redirect(url_for("sandbox.index", saved="", _anchor="permissions"), 303)


def remove() -> ResponseReturnValue:
    """移除 a follower."""
    user = _user()
    if user is None:
        return redirect(url_for("sandbox.login"), 303)
    app = account_of(services(), user)
    services().store.follow(TOWN, app.appid, request.form.get("uid", "")[:64], False)
    return redirect(url_for("sandbox.index", _anchor="followers"), 303)


def follow() -> ResponseReturnValue:
    """Where the account's QR code leads: who scans it follows."""
    app = _named()
    user = services().store.user(TOWN, request.args.get("followed", "")[:64])
    if user is not None and services().store.follows(TOWN, app.appid, user):
        return render_template("sandbox/followed.html", app=app, user=user)
    return _follow_page(app)


def follow_submit() -> ResponseReturnValue:
    app = _named()
    user = people.identify(services(), TOWN, request.form, "picker")
    if user is None:
        return _follow_page(app), 400
    services().store.follow(TOWN, app.appid, user.uid, True)
    return redirect(url_for("sandbox.follow", appid=app.appid, followed=user.uid), 303)


def _page(user: User, *, typed: str = "", problem: str = "") -> str:
    parts, app = services(), account_of(services(), user)
    followers = parts.store.followers(TOWN, app.appid, people.personas(parts, TOWN))[:MOST_FOLLOWERS]
    address = parts.settings.provider_url + url_for("sandbox.follow", appid=app.appid)
    return render_template(
        "sandbox/index.html",
        app=app,
        user=user,
        follow_url=address,
        qr=_qr(address),
        followers=[{"user": one, "openid": ids.openid(app.appid, one.uid)} for one in followers],
        typed=typed or app.callback_domain,
        problem=problem,
        saved="saved" in request.args,
        **_links(app),
    )


def _links(app: App) -> dict[str, object]:
    """The seed's three links with their variables filled in (S4, 第一步 to 第三步)."""

    def typed(name: str, default: str) -> str:
        return request.args.get(name, "")[:MOST_TYPED] or default

    settings = services().settings
    domain = app.callback_domain or "xxx.com"
    redirect_uri, state = typed("redirect_uri", f"http://{domain}"), typed("state", STATE)
    scope = typed("scope", app.scopes[-1])
    scope = scope if scope in app.scopes else app.scopes[-1]
    authorize = (
        f"{settings.provider_url}/connect/oauth2/authorize?appid={app.appid}"
        f"&redirect_uri={quote(redirect_uri, safe='')}&response_type=code&scope={scope}"
        f"&state={quote(state, safe='')}#wechat_redirect"
    )
    token = urlencode({"appid": app.appid, "secret": app.secret})
    return {
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
        "authorize": authorize,
        "token": f"{settings.provider_url}/sns/oauth2/access_token?{token}&code=CODE&grant_type=authorization_code",
        "userinfo": f"{settings.resource_url}/sns/userinfo?access_token=ACCESS_TOKEN&openid=OPENID&lang=zh_CN",
    }


def _login_page() -> str:
    return _picker(url_for("sandbox.login_submit", t="sandbox/login"))


def _follow_page(app: App) -> str:
    return _picker(url_for("sandbox.follow_submit", appid=app.appid), app)


def _picker(action: str, app: App | None = None) -> str:
    return render_template(
        "sandbox/who.html", action=action, app=app, personas=people.personas(services(), TOWN)
    )


def _named() -> App:
    app = services().store.app(request.args.get("appid", "")[:64])
    if app is None or app.world != TOWN or "followers_only" not in app.policies:
        abort(404)
    return app


def _user() -> User | None:
    uid = interaction.logged_in(TOWN)
    return services().store.user(TOWN, uid) if uid else None


def _qr(text: str) -> Markup:
    return Markup(segno.make(text, micro=False).svg_inline(scale=4, border=2, omitsize=False))
