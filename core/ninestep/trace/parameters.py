"""How public a value is, and who may therefore know it: the seed's parameter table (M067, S0 §4.6) and what follows.

The first five are the seed's own rows. Every other kind of value that the trace finds has its openness here too, and
``MAY_KNOW`` is what the ledger measures by: for a parameter of the table it follows from where that lets it travel,
for tokens and sessions from where S0 §6.4 lets them be kept.
"""

from __future__ import annotations

from typing import NamedTuple

from .vocabulary import BROWSER, CLIENT, PROVIDER, RESOURCE

PUBLIC, HALF, SECRET = "public", "half", "secret"
MARKS = {PUBLIC: "🟢", HALF: "🟡", SECRET: "🔴"}

HISTORY, REFERER, ACCESS_LOG, LOCAL_STORAGE = "history", "referer", "access_log", "local_storage"
LEAKS = (
    HISTORY,
    REFERER,
    ACCESS_LOG,
    LOCAL_STORAGE,
)  # places beside the lanes, named only when something got there

URL, BACK_CHANNEL_BODY = "url", "back_channel_body"
REACHED_BY = {  # who sees what travels there
    URL: frozenset({BROWSER, CLIENT, PROVIDER, HISTORY}),
    BACK_CHANNEL_BODY: frozenset({CLIENT, PROVIDER}),
}


class Words(NamedTuple):
    """One thing said in both languages."""

    zh: str
    en: str


class Parameter(NamedTuple):
    """A row of the table."""

    name: str
    openness: str
    called: Words  # the openness in the seed's words: it calls a code 临时
    carried: str
    carried_in: Words
    requirement: Words
    use: Words


IN_URL = Words("URL参数", "URL parameter")
PARAMETERS = (
    Parameter(
        "client_id",
        PUBLIC,
        Words("公开", "public"),
        URL,
        IN_URL,
        Words("无特殊要求", "none in particular"),
        Words("应用标识", "names the app"),
    ),
    Parameter(
        "client_secret",
        SECRET,
        Words("机密", "secret"),
        BACK_CHANNEL_BODY,
        Words("后端请求体", "body of a back-channel request"),
        Words("绝对保密", "never told to anybody"),
        Words("应用认证", "proves that it is the app"),
    ),
    Parameter(
        "redirect_uri",
        HALF,
        Words("半公开", "half public"),
        URL,
        IN_URL,
        Words("预先配置", "registered beforehand"),
        Words("回调地址", "where the user comes back"),
    ),
    Parameter(
        "state",
        HALF,
        Words("半公开", "half public"),
        URL,
        IN_URL,
        Words("随机唯一", "random, used once"),
        Words("防CSRF", "stops CSRF"),
    ),
    Parameter(
        "code",
        HALF,
        Words("临时", "temporary"),
        URL,
        IN_URL,
        Words("短期有效", "short-lived"),
        Words("换取Token", "is exchanged for a token"),
    ),
)
TABLE = {parameter.name: parameter for parameter in PARAMETERS}

OPENNESS = {parameter.name: parameter.openness for parameter in PARAMETERS} | {
    "openid": PUBLIC,
    "unionid": PUBLIC,
    "code_challenge": PUBLIC,
    "qr_uuid": HALF,  # on everybody's screen, and good for one code
    "user_code": HALF,  # on the screen of a device
    "signature": HALF,
    "password": SECRET,
    "provider_session": SECRET,
    "client_session": SECRET,
    "login_token": SECRET,
    "access_token": SECRET,
    "refresh_token": SECRET,
    "token": SECRET,  # sent to be asked about: an access or a refresh token
    "session_key": SECRET,
    "code_verifier": SECRET,
    "device_code": SECRET,
    "basic_credentials": SECRET,  # client_id and client_secret in one
    "resource_server_secret": SECRET,
    "nonce": HALF,  # in the address of the browser that it protects
    "id_token": SECRET,
    "logout_token": SECRET,
    "dpop_proof": SECRET,
    "client_assertion": SECRET,
    "request_uri": HALF,  # in an address, and good for its own client alone
    "consent_nonce": SECRET,
    "csrf_token": SECRET,
}

EVERYBODY = frozenset({BROWSER, CLIENT, PROVIDER, RESOURCE, *LEAKS})
MAY_KNOW = {name: REACHED_BY[parameter.carried] for name, parameter in TABLE.items()} | {
    "openid": EVERYBODY,
    "unionid": EVERYBODY,
    "password": frozenset({BROWSER, PROVIDER}),  # S0 §1.2: 不接触用户密码
    "provider_session": frozenset({BROWSER, PROVIDER}),
    "client_session": frozenset({BROWSER, CLIENT}),
    "login_token": frozenset({BROWSER, CLIENT}),  # S0 §6.4: 会话标识（不是OAuth Token）
    "access_token": frozenset({CLIENT, PROVIDER, RESOURCE}),
    "refresh_token": frozenset({CLIENT, PROVIDER}),
    "session_key": frozenset({CLIENT, PROVIDER}),
    "code_verifier": frozenset({CLIENT, PROVIDER}),
    "device_code": frozenset({CLIENT, PROVIDER}),
    "user_code": frozenset({BROWSER, CLIENT, PROVIDER}),
    "resource_server_secret": frozenset({RESOURCE, PROVIDER}),
}


def openness(kind: str) -> str:
    """``public``, ``half`` or ``secret``; what nobody has named is kept secret."""
    return OPENNESS.get(kind, SECRET)
