"""Which SDKs there is something to say about: for which apps, in which language, by which way, and if it was run.

The one table of the page, of ``GET /_mock/api/apps/{appid}/snippets`` and of docs/sdks.md. ``packages`` with a version
are run by ``e2e/clients/test_snippets.py``; the others nobody runs here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BASE, INTERCEPT = "base_url", "intercept"  # a setting of the SDK, or the platform's own names
FLASK = {"flask": "3.1.3"}
EXPRESS = {"express": "5.3.0"}
SESSION = {**EXPRESS, "express-session": "1.18.2"}
PASSPORT = {**SESSION, "passport": "0.7.0"}


@dataclass(frozen=True)
class Fit:
    """How an SDK meets one sort of app."""

    text: str  # file in ``texts/<sdk>/``
    way: str = BASE
    packages: dict[str, str] = field(
        default_factory=dict
    )  # as its registry calls them: the version that was run
    callback: str = ""  # the path that the SDK comes back to, where it lets nobody choose
    opens: str = ""  # the path that begins a login, where the SDK has one of its own


@dataclass(frozen=True)
class Sdk:
    name: str  # in addresses and test ids
    title: str
    language: str
    file: str
    fits: dict[str, Fit]  # by ``sort_of`` an app
    tried: str = ""  # the version that was run by hand, where no test runs it
    body_alone: bool = False  # sends its secret in the body, and knows no other way

    @property
    def tested(self) -> bool:
        """All of its snippets are run, or none."""
        return self.language == "shell" or any(v for fit in self.fits.values() for v in fit.packages.values())


SORTS = (
    "official_account",
    "website",
    "mobile",
    "mini_program",
    "qq",
    "weibo",
    "web",  # dialect standard, with a secret
    "public",  # dialect standard, without one
)


def _requests(text: str) -> Fit:
    return Fit(text, packages={"requests": "2.34.2", **FLASK})


def _passport(text: str, package: str, version: str, way: str = BASE) -> Fit:
    return Fit(text, way, {**PASSPORT, package: version})


def _grant(text: str, name: str, way: str = BASE) -> Fit:
    return Fit(text, way, {**SESSION, "grant": "5.4.24"}, f"/connect/{name}/callback")


def _auth_js(text: str, name: str) -> Fit:
    packages = {**EXPRESS, "@auth/express": "0.12.3", "@auth/core": "0.41.3"}
    return Fit(text, packages=packages, callback=f"/auth/callback/{name}")


SOCIAL = Fit("login.py", INTERCEPT, {"social-auth-core": "7.0.0", **FLASK})
WECHATPY = {"wechatpy": "1.8.18", **FLASK}
SOCIALITE = Fit("login.php", INTERCEPT, {"overtrue/socialite": ""})
EASYWECHAT = Fit("login.php", INTERCEPT, {"w7corp/easywechat": ""})
JUSTAUTH = Fit("Login.java", INTERCEPT, {"me.zhyd.oauth:JustAuth": ""})
WXJAVA = Fit("Login.java", BASE, {"com.github.binarywang:weixin-java-mp": ""})
SILENCEPER = Fit("main.go", INTERCEPT, {"github.com/silenceper/wechat/v2": ""})

SDKS = (
    Sdk(
        "requests",
        "requests",
        "python",
        "login.py",
        {
            "official_account": _requests("wechat.py"),
            "website": _requests("wechat.py"),
            "mobile": _requests("code.py"),
            "mini_program": _requests("code.py"),
            "qq": _requests("qq.py"),
            "weibo": _requests("weibo.py"),
            "web": _requests("standard.py"),
            "public": _requests("standard.py"),
        },
    ),
    Sdk(
        "authlib",
        "Authlib",
        "python",
        "login.py",
        dict.fromkeys(
            ("web", "public"), Fit("login.py", packages={"authlib": "1.9.9", "requests": "2.34.2", **FLASK})
        ),
    ),
    Sdk(
        "wechatpy",
        "wechatpy",
        "python",
        "login.py",
        {
            "official_account": Fit("wechat.py", packages=WECHATPY),
            "website": Fit("wechat.py", packages=WECHATPY),
            "mini_program": Fit("mini_program.py", INTERCEPT, WECHATPY),
        },
    ),
    Sdk(
        "social-core",
        "social-core",
        "python",
        "login.py",
        dict.fromkeys(("official_account", "website", "qq", "weibo"), SOCIAL),
    ),
    Sdk(
        "passport",
        "Passport",
        "javascript",
        "login.mjs",
        {
            "official_account": _passport("wechat.mjs", "passport-wechat", "2.0.4", INTERCEPT),
            "website": _passport("wechat.mjs", "passport-wechat", "2.0.4", INTERCEPT),
            "weibo": _passport("weibo.mjs", "passport-weibo", "0.1.2", INTERCEPT),
            "web": _passport("standard.mjs", "passport-oauth2", "1.8.0"),
            "public": _passport("standard.mjs", "passport-oauth2", "1.8.0"),
        },
        body_alone=True,
    ),
    Sdk(
        "auth-js",
        "Auth.js",
        "javascript",
        "login.mjs",
        {
            "official_account": _auth_js("wechat.mjs", "wechat"),
            "website": _auth_js("wechat.mjs", "wechat"),
            "web": _auth_js("standard.mjs", "ninestep"),
            "public": _auth_js("standard.mjs", "ninestep"),
        },
    ),
    Sdk(
        "grant",
        "Grant",
        "javascript",
        "login.mjs",
        {
            "official_account": _grant("wechat.mjs", "wechat"),
            "qq": _grant("qq.mjs", "qq", INTERCEPT),
            "weibo": _grant("weibo.mjs", "weibo"),
            "web": _grant("standard.mjs", "ninestep"),
        },
    ),
    Sdk(
        "easywechat",
        "EasyWeChat",
        "php",
        "login.php",
        {
            "official_account": EASYWECHAT,
            "mini_program": Fit("mini_program.php", BASE, {"w7corp/easywechat": ""}),
        },
        tried="6.19.1",
    ),
    Sdk(
        "socialite",
        "overtrue/socialite",
        "php",
        "login.php",
        dict.fromkeys(("official_account", "website", "qq", "weibo"), SOCIALITE),
        tried="4.9.0",
    ),
    Sdk(
        "justauth",
        "JustAuth",
        "java",
        "Login.java",
        dict.fromkeys(("official_account", "website", "qq", "weibo"), JUSTAUTH),
        tried="1.16.7",
    ),
    Sdk(
        "wxjava",
        "WxJava",
        "java",
        "Login.java",
        {
            "official_account": WXJAVA,
            "website": WXJAVA,
            "mini_program": Fit(
                "MiniProgram.java", packages={"com.github.binarywang:weixin-java-miniapp": ""}
            ),
        },
    ),
    Sdk(
        "spring",
        "Spring Security",
        "yaml",
        "application.yml",
        {
            "web": Fit(
                "application.yml",
                packages={
                    "org.springframework.boot:spring-boot-starter-web": "",
                    "org.springframework.boot:spring-boot-starter-oauth2-client": "",
                },
                callback="/login/oauth2/code/ninestep",
                opens="/oauth2/authorization/ninestep",
            )
        },
    ),
    Sdk(
        "silenceper",
        "silenceper/wechat",
        "go",
        "main.go",
        {
            "official_account": SILENCEPER,
            "website": SILENCEPER,
            "mini_program": Fit("mini_program.go", INTERCEPT, SILENCEPER.packages),
        },
        tried="2.1.6",
    ),
    Sdk(
        "curl",
        "curl",
        "shell",
        "login.sh",
        {
            "official_account": Fit("wechat.sh"),
            "website": Fit("wechat.sh"),
            "mini_program": Fit("mini_program.sh"),
            "qq": Fit("qq.sh"),
            "weibo": Fit("weibo.sh"),
            "web": Fit("standard.sh"),
            "public": Fit("standard.sh"),
        },
    ),
)
