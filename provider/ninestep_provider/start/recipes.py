"""Where a client of each dialect sends what: the paths behind the gateway's one base URL (wire.md A to F)."""

from __future__ import annotations

from ninestep.records import App

WECHAT = {
    "token": "/sns/oauth2/access_token",
    "refresh": "/sns/oauth2/refresh_token",
    "userinfo": "/sns/userinfo",
}
PLACES: dict[str, dict[str, str]] = {
    "official_account": {"authorize": "/connect/oauth2/authorize", **WECHAT},
    "website": {"authorize": "/connect/qrconnect", **WECHAT},
    "mobile": WECHAT,
    "mini_program": {"session": "/sns/jscode2session"},
    "qq": {
        "authorize": "/oauth2.0/authorize",
        "token": "/oauth2.0/token",
        "openid": "/oauth2.0/me",
        "userinfo": "/user/get_user_info",
    },
    "weibo": {
        "authorize": "/oauth2/authorize",
        "token": "/oauth2/access_token",
        "userinfo": "/2/users/show.json",
    },
    "standard": {
        "authorize": "/oauth/authorize",
        "token": "/oauth/token",
        "userinfo": "/userinfo",
        "revoke": "/oauth/revoke",
        "introspect": "/oauth/introspect",
    },
}
HOSTS = {
    "wechat": ("open.weixin.qq.com", "api.weixin.qq.com"),
    "qq": ("graph.qq.com",),
    "weibo": ("api.weibo.com",),
    "standard": (),
}
MASK = "••••••••"
CALLBACK = "http://127.0.0.1:8000/callback"  # where no address was registered


def places(app: App, base: str) -> dict[str, str]:
    """The app's endpoints as addresses below ``base``."""
    paths = PLACES[app.kind if app.dialect == "wechat" else app.dialect]
    return {name: base + path for name, path in paths.items()}


def environment(app: App, base: str, secret: str) -> dict[str, str]:
    """What a client's settings usually ask for, under names of its own choice."""
    names = ("APPID", "SECRET") if app.dialect == "wechat" else ("CLIENT_ID", "CLIENT_SECRET")
    values = {f"OAUTH_{names[0]}": app.appid, **({} if app.public else {f"OAUTH_{names[1]}": secret})}
    return {**values, "OAUTH_BASE_URL": base, "OAUTH_REDIRECT_URI": callback(app)}


def callback(app: App) -> str:
    """Where the client is come back to: the first address that was registered, or one on the registered domain."""
    if app.redirect_uris:
        return app.redirect_uris[0]
    return f"http://{app.callback_domain}/callback" if app.callback_domain else CALLBACK


def hosts(app: App) -> tuple[str, ...]:
    """The platform's own names that ``ninestep up --intercept`` answers to."""
    return HOSTS[app.dialect]
