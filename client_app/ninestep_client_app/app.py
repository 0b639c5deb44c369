"""The client app. ``create_app`` is the table of contents."""

from __future__ import annotations

from pathlib import Path

from flask import Flask
from flask_wtf import CSRFProtect
from ninestep import web
from ninestep.keyring import cipher
from ninestep.settings import ClientSettings, SettingsError, load
from ninestep.store import Store
from ninestep.trace import Recorder
from ninestep.web import language

from . import binding, counterfactual, debuglog, meituan, metrics, phone_app
from .accounts.identities import Identities
from .accounts.login_token import LoginTokens
from .accounts.users import Accounts
from .login import retry, step_pages
from .login.attempt import Attempts
from .login.qq import QQ
from .login.wechat import WeChat
from .login.weibo import Weibo
from .mini import routes as mini
from .mini.program import MiniProgram
from .monitoring import Monitoring
from .outgoing import Outgoing
from .samples import meitu, nightly, site_a, spa, tv, xiaotu, zhihu
from .services import Services
from .tokens.flight import Flight
from .tokens.manager import TokenManager
from .tokens.vault import Vault
from .town import Town

ROLE = "client"  # RFC 6749 §1.1
SESSION_COOKIE = "mt_session"


def create_app(
    settings: ClientSettings | None = None, *, store: Store | None = None, recorder: Recorder | None = None
) -> Flask:
    """The Meituan-style client and the smaller samples. Tests pass what they want to watch or replace."""
    settings = settings or load(ClientSettings)
    _fit_for_production(settings)
    store = store or Store.at(settings.redis_url, settings.redis_prefix)
    recorder = recorder or Recorder.of(settings, store, "client_app")

    app = Flask(__name__, static_url_path="/assets/client")
    app.secret_key = settings.session_key
    # Our pages send no referrer, which Flask-WTF would miss on https; the token is checked all the same.
    app.config.update(WTF_CSRF_SSL_STRICT=False, WTF_CSRF_TIME_LIMIT=None)
    web.install(
        app,
        settings,
        store,
        recorder,
        role=ROLE,
        cookie=SESSION_COOKIE,
        public_url=settings.client_url,
        ready=lambda: "" if store.redis.exists(store.keys.seeded) else "the town is not seeded yet",
    )
    language.load(app, Path(__file__).parent / "words")
    csrf = CSRFProtect(app)

    town, outgoing, seal = Town(store), Outgoing(recorder), cipher(*settings.token_keys)
    monitoring = Monitoring(settings)
    vault = Vault(store, seal)
    outgoing.init_app(app)
    identities = Identities(store)
    sites = (
        *(
            meituan.site(platform(settings, outgoing))
            for platform in (WeChat.official_account, WeChat.pc, QQ, Weibo)
        ),
        *(sample.site(settings, outgoing) for sample in (zhihu, xiaotu, site_a)),
    )
    app.extensions["ninestep"] = Services(
        settings=settings,
        store=store,
        recorder=recorder,
        town=town,
        outgoing=outgoing,
        monitoring=monitoring,
        attempts=Attempts(store, seal),
        accounts=Accounts(store, identities),
        identities=identities,
        login_tokens=LoginTokens(settings.login_key),
        vault=vault,
        manager=TokenManager(vault, Flight(store), town, monitoring),
        sites={site.platform.way: site for site in sites},
        phone_app=WeChat.app(settings, outgoing),
        mini=MiniProgram(settings, outgoing, store, seal),
    )
    debuglog.init_app(app, settings)
    pages = (meituan.bp, binding.bp, retry.bp, step_pages.bp, metrics.bp, counterfactual.bp)
    samples = (zhihu.bp, xiaotu.bp, site_a.bp, nightly.bp, meitu.bp, spa.bp, tv.bp)
    machines = (mini.bp, phone_app.bp, counterfactual.machine)
    for part in (*pages, *samples, *machines):
        app.register_blueprint(part)
    for part in machines:
        csrf.exempt(part)  # for programs: they read no cookie
    return app


def _fit_for_production(settings: ClientSettings) -> None:
    """The callback has to be https there (S0 §4.3), and no key may be the one that everybody knows."""
    if not settings.production:
        return
    if not settings.client_url.startswith("https://"):
        raise SettingsError(
            f"NINESTEP_CLIENT_URL is {settings.client_url!r}; in production it has to be https"
        )
    for name in ("session_key", "login_key", "token_keys", "trace_key"):
        if getattr(settings, name) in ("unset", ("unset",)):
            raise SettingsError(f"NINESTEP_{name.upper()} is not set; production needs one")
