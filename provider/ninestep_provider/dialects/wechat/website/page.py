"""The QR page, in the looks that a site asked for (wire.md B.1), and where the browser goes from it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import g, render_template, request, url_for
from ninestep.records import Scan
from ninestep.web import policy as csp

from ....engine.location import origin, split
from ....engine.server import Context
from ..manners import DIALECT, nearby

SCHEMES = ("light", "dark", "auto")
SELF_REDIRECTS = ("true", "false")
INLINE_STYLE = "data:text/css;base64,"


def show(context: Context, scan: Scan) -> str:
    app, ask = context.app, request.args.get
    assert app is not None
    framed, lite = ask("login_type") == "jssdk", ask("stylelite") == "1"
    if framed:
        csp.allow_framing()
    if ask("lang") == "cn":
        g.language = "zh-CN"
    csp.allow("form-action", origin(scan.request.redirect_uri))  # of the button that works without scripts
    before, after = around_code(context, scan)
    return render_template(
        "provider/website/qr.html",
        app_name=app.name,
        scan=scan,
        state=scan.state_at(context.now),
        before=before,
        after=after,
        refused=_refused(context, scan),
        target=origin(scan.request.redirect_uri),
        poll=url_for("wechat.poll", uuid=scan.uuid),
        framed=framed,
        lite=lite,
        white=ask("style") == "white",
        scheme=ask("color_scheme") if ask("color_scheme") in SCHEMES else "",
        self_redirect=ask("self_redirect") if ask("self_redirect") in SELF_REDIRECTS else "default",
        stylesheet="" if lite else _stylesheet(ask("href", "")),
    )


def around_code(context: Context, scan: Scan) -> tuple[str, str]:
    """The address of the callback before and behind the code. The platform's page appends to the text of the
    redirect_uri, so behind a ``#/route`` the parameters stand in the fragment (wire.md B.1)."""
    assert context.app is not None
    beside = DIALECT.answer(context.services, context.app, scan.request)
    return _joined(scan.request.redirect_uri) + "code=", "&" + urlencode(beside) if beside else ""


def _refused(context: Context, scan: Scan) -> str:
    """Where a refusal leads; "": nowhere, the page says it (wire.md B.1)."""
    assert context.app is not None
    pairs = DIALECT.refusal(context.services, context.app, scan.request)
    return "" if pairs is None else _joined(scan.request.redirect_uri) + urlencode(pairs)


def _joined(uri: str) -> str:
    return uri + ("" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?")


def _stylesheet(href: str) -> str:
    """A site's own style: in the address itself, or from this machine or its network; nothing from afar is loaded."""
    if href.startswith(INLINE_STYLE):
        csp.allow("style-src", "data:")
        return href
    parts = split(href)
    if parts is None or not nearby(parts.hostname or ""):
        return ""
    csp.allow("style-src", origin(href))
    return href
