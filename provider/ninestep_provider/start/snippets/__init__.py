"""What somebody writes to log in with an SDK that he has: whole programs, filled in with his app's own values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from ninestep.dialects.wechat import PHONE_KINDS
from ninestep.records import App
from ninestep.settings import ProviderSettings

from .. import recipes
from . import shells
from .literals import LANGUAGES
from .sdks import SDKS, Fit, Sdk

TEXTS = Path(__file__).parent / "texts"
USUAL_PORT = 8000
WECHAT_SCOPES = {"official_account": "snsapi_userinfo", "website": "snsapi_login"}
PREFIXES = {  # of social-core's settings
    "official_account": "WEIXINAPP",
    "website": "WEIXIN",
    "qq": "QQ",
    "weibo": "WEIBO",
}


@dataclass(frozen=True)
class Snippet:
    """One SDK for one app, but for its text."""

    sdk: Sdk
    fit: Fit
    install: str  # "" where nothing has to be
    run: str
    redirect_uri: str  # what it sends, if it sends any; it listens on its port
    opens: str  # what its user opens in a browser; "" where an App or a mini program brings the code

    @property
    def sends_address(self) -> bool:
        return bool(self.opens)


def sort_of(app: App) -> str:
    """The key of ``Sdk.fits``; "" for apps that no page of a browser logs in to."""
    if app.dialect == "wechat":
        return app.kind
    if app.dialect == "standard":
        return "public" if app.public else "web"
    return app.dialect if app.kind == "web" else ""


def offered(app: App) -> list[Sdk]:
    """The SDKs that make sense for ``app``, the most used ones of each language first."""
    basic = app.token_endpoint_auth_method == "client_secret_basic"
    return [sdk for sdk in SDKS if sort_of(app) in sdk.fits and not (basic and sdk.body_alone)]


def for_app(app: App, sdk: Sdk) -> Snippet:
    """``sdk`` has to be one of those that are ``offered``."""
    sort = sort_of(app)
    fit = sdk.fits[sort]
    uri = _redirect_uri(app, fit)
    opens = "" if sort in PHONE_KINDS else _origin(uri) + (fit.opens or _login(uri))
    return Snippet(sdk, fit, shells.install(sdk, fit), shells.run(sdk, fit, _port(uri)), uri, opens)


def told(snippet: Snippet) -> dict[str, Any]:
    """As the control API tells it."""
    sdk, fit = snippet.sdk, snippet.fit
    return {
        "sdk": sdk.name,
        "title": sdk.title,
        "language": sdk.language,
        "packages": fit.packages,
        "tested": sdk.tested,
        "way": fit.way,
        "file": sdk.file,
        "install": snippet.install,
        "run": snippet.run,
        "opens": snippet.opens,
        "redirect_uri": snippet.redirect_uri if snippet.sends_address else "",
    }


def text(app: App, snippet: Snippet, settings: ProviderSettings, secret: str) -> str:
    """The program, whole; ``secret`` stands in it as it is given."""
    sdk, sort, uri = snippet.sdk, sort_of(app), snippet.redirect_uri
    values: dict[str, Any] = {
        "sort": sort,
        "base_url": settings.gateway_url,
        "issuer": settings.provider_url,  # RFC 9207: it stands in the callback
        "client_id": app.appid,
        "secret": secret,
        "redirect_uri": uri,
        "origin": _origin(uri),
        "opens": snippet.opens,
        "port": _port(uri),
        "path": urlsplit(uri).path or "/",
        "login": _login(uri),
        "scope": WECHAT_SCOPES.get(sort) or _scope(app),
        "prefix": PREFIXES.get(sort, ""),
        "provider": app.dialect,  # as Socialite calls them
        "public": app.public,
        "basic": app.token_endpoint_auth_method == "client_secret_basic",
        "auth_method": app.token_endpoint_auth_method or ("none" if app.public else "client_secret_post"),
        **recipes.places(app, settings.gateway_url),
    }
    values["authorize_url"] = f"{values.get('authorize', '')}?{_asked(sort, values)}"
    return str(_environment(sdk.language).get_template(f"{sdk.name}/{snippet.fit.text}.txt").render(values))


def _port(uri: str) -> int:
    return urlsplit(uri).port or USUAL_PORT


def _asked(sort: str, values: dict[str, Any]) -> str:
    """An authorization request without its state, for those that cannot encode it themselves."""
    names = {
        "client_id": values["client_id"],
        "redirect_uri": values["redirect_uri"],
        "response_type": "code",
    }
    if sort in WECHAT_SCOPES:
        names = {"appid": names.pop("client_id"), **names}
    return urlencode({**names, **({"scope": values["scope"]} if sort != "weibo" else {})})


def _redirect_uri(app: App, fit: Fit) -> str:
    """The app's own, or what the SDK makes of its origin."""
    uri = recipes.callback(app)
    return _origin(uri) + fit.callback if fit.callback else uri


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def _login(uri: str) -> str:
    """A path beside the callback's."""
    return "/" if urlsplit(uri).path == "/login" else "/login"


def _scope(app: App) -> str:
    """Enough for a profile, where the app may ask for one."""
    return next((name for name in ("user_info", "profile") if name in app.scopes), " ".join(app.scopes[:1]))


@cache
def _environment(language: str) -> Any:
    """Whatever a text puts in becomes a literal of its language; numbers stay as they are."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    literal = LANGUAGES[language]
    return Environment(
        loader=FileSystemLoader(TEXTS),
        finalize=lambda value: value if isinstance(value, int) else literal(value),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
