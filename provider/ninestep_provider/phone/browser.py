"""微信浏览器: opens authorize links the way WeChat's own browser does.

What it opens lies in this town: the platform's own addresses are taken for ours, and no other host is reached.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.web.hosts import PLATFORM_HOSTS

from ..engine.location import split
from ..pages import wechat_browser
from ..services import services

MOST_ADDRESS = 4096


def show() -> ResponseReturnValue:
    """The address bar; with ``address`` also where it leads. A link and no redirect: a form's own redirect would be
    held to this page's form-action."""
    typed = request.args.get("address", "")[:MOST_ADDRESS].strip()
    target = _in_town(typed) if typed else ""
    if target:
        wechat_browser.enter()
    return render_template("phone/browser.html", typed=typed, target=target, inside=wechat_browser.inside())


def leave() -> ResponseReturnValue:
    wechat_browser.leave()
    return redirect(url_for("phone.show"), 303)


def _in_town(typed: str) -> str:
    """The same address in this town; "" for one that is none, or lies elsewhere."""
    address = typed if "://" in typed else f"http://{typed}"
    parts = split(address)
    if parts is None:
        return ""
    settings = services().settings
    ours = {settings.provider_url, settings.resource_url, settings.client_url, settings.gateway_url}
    if f"{parts.scheme}://{parts.netloc}" in ours:
        return address
    if parts.hostname in PLATFORM_HOSTS:
        here = urlsplit(settings.gateway_url)
        return parts._replace(scheme=here.scheme, netloc=here.netloc).geturl()
    return ""
