"""WeChat's words: wire.md A, and what of it an app's fidelity decides (design.md §4)."""

from __future__ import annotations

import secrets

from ...records import Ttl
from ..policies import COMMON, Policy, table

NAME = "wechat"
KINDS = ("official_account", "website", "mobile", "mini_program")
PHONE_KINDS = ("mini_program", "mobile")  # what the phone opens in a frame, by ``page``
SCOPES = {
    "official_account": ("snsapi_base", "snsapi_userinfo"),
    "website": ("snsapi_login",),
    "mobile": ("snsapi_userinfo",),
    "mini_program": (),
}
POLICIES = table(
    *COMMON,
    Policy("wrong_secret_error", 40125, 40001, "errcode of a wrong secret", (40125, 40001)),
    Policy("used_code_error", 40163, 40029, "errcode of a code that was used", (40163, 40029)),
    Policy("expired_code_error", 40029, 40029, "errcode of a code that came too late", (40029, 42003)),
    Policy("expired_refresh_error", 40030, 42002, "errcode of an expired refresh token", (40030, 42002)),
    Policy(
        "revoked_refresh_error",
        40030,
        40030,
        "errcode of a refresh after the user's withdrawal",
        (40030, 42007),
    ),
    Policy("expired_token_error", 42001, 42001, "errcode of an expired access token", (42001, 40001, 40014)),
    Policy(
        "withdrawn_error", 50001, 50001, "errcode at userinfo after the user's withdrawal", (50001, 42007)
    ),
    Policy("base_scope_error", 48001, 50001, "errcode of a snsapi_base token at userinfo", (48001, 50001)),
    Policy(
        "base_profile_after_grant",
        True,
        False,
        "a snsapi_base token opens the profile of who granted more before",
    ),
    Policy(
        "profile_era",
        "2021",
        "legacy",
        "sex and region: withdrawn since 2021-10, or as before",
        ("2021", "legacy"),
    ),
    Policy("bearer_header", False, True, "take the token of /sns/userinfo from an Authorization header too"),
    Policy("client_aliases", False, True, "take client_id and client_secret for appid and secret"),
    Policy(
        "refusal",
        "authdeny",
        "access_denied",
        "what a user's no looks like in the redirect",
        ("authdeny", "access_denied", "state-only", "none"),
    ),
    Policy(
        "authorize_errors",
        "platform",
        "oauth",
        "authorize errors as the platform's numbered page, or in OAuth's words",
        ("platform", "oauth"),
    ),
    Policy("errmsg_suffix", "rid", "none", "what follows an errmsg", ("rid", "none", "hints")),
    Policy(
        "login_page",
        "picker",
        "password",
        "a user picker, or personas with account and password",
        ("picker", "password"),
    ),
    Policy("scope_items", False, True, "地区 can be unticked on the consent page"),
    Policy("remember_consent", True, False, "an earlier consent answers a later request, unless forcePopup"),
    Policy(
        "redirect_match",
        "relaxed",
        "exact",
        "how a redirect_uri is compared",
        ("relaxed", "strict", "exact", "domain"),
    ),
    Policy(
        "require_micromessenger", False, False, "only WeChat's own browser, by its User-Agent, may authorize"
    ),
    Policy("followers_only", False, False, "only followers may authorize, as at a 测试号 (page 10006)"),
    Policy(
        "component_authorized",
        True,
        True,
        "the third-party platform of component_appid may act for this account",
    ),
    Policy(
        "qr_by_scope",
        False,
        True,
        "snsapi_login leads to the QR page on /connect/oauth2/authorize too, also for an official account",
    ),
    Policy("qr_life", 300, 300, "seconds in which a QR code can be scanned", (30, 60, 120, 300, 600)),
    Policy("qr_hold", 25, 25, "seconds for which a poll of the QR page is held", (25, 10, 5, 2, 1, 0)),
    Policy("strict_state", False, False, "refuse a state of more than 128 bytes"),
    Policy("same_refresh_token", True, True, "a refresh repeats the refresh token; false rotates it"),
    Policy(
        "stable_session_key",
        False,
        False,
        "wx.login keeps the session_key that is there; false makes a new one and kills the old",
    ),
    Policy("risk_blocked", False, False, "users count as risky: jscode2session answers 40226"),
    Policy(
        "cgi_token_error",
        0,
        0,
        "errcode with which cgi-bin refuses a token: IP, frozen secret, quota, state of the account",
        (0, 40164, 40243, 45009, 50004, 50007, 89503),
    ),
    Policy(
        "force_refresh_limits",
        True,
        False,
        "stable_token takes force_refresh 20 times in 24 hours, and 30 s apart",
    ),
    Policy("real_hosts", False, False, "headimgurl on the platform's own host, for intercepted use"),
)


def new_appid(kind: str) -> str:
    """wire.md D.1."""
    return "wx" + secrets.token_hex(8)


def lifetimes(kind: str, fidelity: str) -> Ttl:
    """5 minutes for an official account's code, 10 for a website's or a mobile app's (wire.md A.1.3, B.4) and as the
    seeds teach it."""
    longer = fidelity == "tutorial" or kind in ("website", "mobile")
    return Ttl(code=600 if longer else 300, access=7200, refresh=2592000)
