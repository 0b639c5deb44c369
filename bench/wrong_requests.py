"""Wrong requests, and what a server answers to them, in a few words that can be compared: ``differential.py`` asks two
servers and writes the table, a test asks ours alone."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs, urlsplit

import requests

CALLBACK = "https://client.example/callback"
EVIL = "https://evil.example/"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
AT_ONCE = 16
ROUNDS = 40  # of AT_ONCE each; a race that is lost once is lost
JSON = {"Content-Type": "application/json"}


class Client(NamedTuple):
    id: str
    secret: str


class Server(Protocol):
    """Somebody's authorization server, with its metadata."""

    told: dict[str, Any]

    def client(self) -> Client:
        """A fresh confidential one with ``CALLBACK``, whose user agrees to everything."""

    def agreed(self, query: Any) -> requests.Response:
        """What an authorization request is answered after its user has said yes, where there was a page for it."""

    def nobody_there(self, client: Client) -> None:
        """From now on nobody is logged in, and nobody agrees by themselves."""

    def waits(self, seconds: int) -> bool:
        """Let that time pass; False where nobody can."""


def get(url: str, query: Any = None, **options: Any) -> requests.Response:
    return requests.get(url, params=query, allow_redirects=False, timeout=20, **options)


def post(url: str, form: Any = None, **options: Any) -> requests.Response:
    return requests.post(url, data=form, allow_redirects=False, timeout=20, **options)


@dataclass
class Case:
    """One server, one client of its own, and right requests to be spoilt."""

    server: Server
    client: Client

    def query(self, **changes: Any) -> dict[str, Any]:
        right = {"client_id": self.client.id, "redirect_uri": CALLBACK, "response_type": "code"}
        right |= {"scope": "openid profile", "state": "s"}
        return _without_none(right | changes)

    def asked(self, **changes: Any) -> requests.Response:
        return self.server.agreed(self.query(**changes))

    def code(self, **changes: Any) -> str:
        answer = self.asked(**changes)
        return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]

    def form(self, **changes: Any) -> dict[str, Any]:
        right = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
        right |= {"client_id": self.client.id, "client_secret": self.client.secret}
        return _without_none(right | changes)

    def token(self, auth: Any = None, **changes: Any) -> requests.Response:
        return post(self.endpoint("token"), self.form(**changes), auth=auth)

    def tokens(self, **changes: Any) -> dict[str, Any]:
        return dict(self.token(code=self.code(**changes)).json())

    def refresh(self, refresh_token: str, **changes: Any) -> requests.Response:
        return self.token(
            grant_type="refresh_token", redirect_uri=None, refresh_token=refresh_token, **changes
        )

    def userinfo(self, token: str) -> requests.Response:
        return get(self.endpoint("userinfo"), headers={"Authorization": f"Bearer {token}"})

    def endpoint(self, name: str) -> str:
        return str(self.server.told.get(f"{name}_endpoint", ""))

    def other(self) -> Case:
        return Case(self.server, self.server.client())


def _without_none(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


# -- what was answered, in a few words

NONE = "–"  # it has no such endpoint, or no clock to move


def told(answer: requests.Response) -> str:
    """``302 error=invalid_scope``, ``400 invalid_grant``, ``200 access_token``, ``400 text/html`` …"""
    if answer.is_redirect:
        return f"{answer.status_code} {_led(answer.headers['Location'])}"
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    if kind == "application/json":
        body = answer.json()
        found = next((name for name in ("access_token", "sub", "request_uri") if name in body), "json")
        return f"{answer.status_code} {body.get('error') or found}"
    challenge = re.search(r'error="(\w+)"', answer.headers.get("WWW-Authenticate", ""))
    return f"{answer.status_code} {challenge[1] if challenge else kind}".strip()


def _led(location: str) -> str:
    parts = urlsplit(location)
    answer = parse_qs(parts.query) | parse_qs(parts.fragment)
    if parts.netloc not in ("client.example", "evil.example"):
        return "page"
    away = " → evil.example" if parts.netloc == "evil.example" else ""
    if "error" in answer:
        return f"error={answer['error'][0]}{away}"
    return f"{next((name for name in ('code', 'access_token') if name in answer), 'redirect')}{away}"


# -- the requests


class Row(NamedTuple):
    """``lax`` finds in the answer what nobody should have got."""

    name: str
    english: str
    chinese: str
    source: str
    ask: Callable[[Case], str]
    lax: str = "code|access_token|^200 sub|evil|^5"


def _twice(case: Case) -> str:
    code = case.code()
    case.token(code=code)
    return told(case.token(code=code))


def _after_the_second(case: Case) -> str:
    code = case.code()
    first = case.token(code=code).json()["access_token"]
    case.token(code=code)
    return told(case.userinfo(first))


def _at_once(case: Case) -> str:
    """Of sixteen who bring the same code at once, how many get a token; the worst of a few rounds."""
    worst = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(ROUNDS):
            code = case.code()
            answers = pool.map(lambda code: case.token(code=code).status_code, [code] * AT_ONCE)
            worst = max(worst, sum(status == 200 for status in answers))
    return f"{worst} of {AT_ONCE}"


def _refreshed_twice(case: Case) -> str:
    refresh_token = case.tokens(scope="openid profile offline_access")["refresh_token"]
    case.refresh(refresh_token)
    return told(case.refresh(refresh_token))


def _refreshed_by_another(case: Case) -> str:
    refresh_token = case.tokens(scope="openid profile offline_access")["refresh_token"]
    return told(case.other().refresh(refresh_token))


def _refreshed_for_more(case: Case) -> str:
    refresh_token = case.tokens(scope="openid offline_access")["refresh_token"]
    return told(case.refresh(refresh_token, scope="openid email"))


def _two_proofs(case: Case) -> str:
    code, (own, secret) = case.code(), case.client
    return told(case.token((own, secret), code=code))


def _without_a_login(case: Case) -> str:
    case.server.nobody_there(case.client)
    return told(get(case.endpoint("authorization"), case.query(prompt="none")))


def _revoked_by_another(case: Case) -> str:
    if not case.endpoint("revocation"):
        return NONE
    token, other = case.tokens()["access_token"], case.other().client
    form = {"token": token, "client_id": other.id, "client_secret": other.secret}
    post(case.endpoint("revocation"), form)
    return told(case.userinfo(token)).replace("sub", "still good")


def _pushed_by_another(case: Case) -> str:
    if not case.endpoint("pushed_authorization_request"):
        return NONE
    form = {**case.query(), "client_secret": case.client.secret}
    pushed = post(case.endpoint("pushed_authorization_request"), form).json()["request_uri"]
    query = {"client_id": case.other().client.id, "request_uri": pushed}
    return told(get(case.endpoint("authorization"), query))


def _logged_out_to(case: Case, **query: str) -> str:
    """Where a browser is sent at last, its user having agreed to whatever page there was."""
    sent = {"client_id": case.client.id, "post_logout_redirect_uri": EVIL, **query}
    answer = get(case.endpoint("end_session"), sent)
    if answer.status_code == 200 and (form := re.search(r'<form[^>]*action="([^"]+)"', answer.text)):
        hidden = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', answer.text)
        action = requests.compat.urljoin(answer.url, form[1])
        answer = post(action, dict(hidden), cookies=answer.cookies)
    return told(answer)


def _forged(case: Case) -> str:
    header, claims, _ = case.tokens()["id_token"].split(".")
    return _logged_out_to(case, id_token_hint=f"{header}.{claims}.{secrets.token_urlsafe(256)}")


def _expired(case: Case) -> str:
    code = case.code()
    return told(case.token(code=code)) if case.server.waits(3600) else NONE


def _expired_token(case: Case) -> str:
    token = case.tokens()["access_token"]
    return told(case.userinfo(token)) if case.server.waits(7200) else NONE


ROWS = (
    Row(
        "redirect_uri",
        "`redirect_uri` that nobody registered",
        "没有登记过的 `redirect_uri`",
        "RFC 6749 §3.1.2.4",
        lambda case: told(case.asked(redirect_uri=EVIL)),
    ),
    Row(
        "redirect_uri longer",
        "a registered `redirect_uri` with something after it",
        "登记过的 `redirect_uri` 后面再加一段",
        "RFC 9700 §2.1",
        lambda case: told(case.asked(redirect_uri=f"{CALLBACK}/../open")),
    ),
    Row(
        "client_id",
        "`client_id` that nobody registered",
        "没有登记过的 `client_id`",
        "RFC 6749 §3.1.2.4",
        lambda case: told(case.asked(client_id="nobody")),
    ),
    Row(
        "response_type",
        "`response_type=token` for an app without it",
        "应用没开隐式模式，却要 `response_type=token`",
        "RFC 6749 §4.2.2.1",
        lambda case: told(case.asked(response_type="token")),
    ),
    Row(
        "scope",
        "a scope that there is not",
        "不存在的 scope",
        "RFC 6749 §4.1.2.1",
        lambda case: told(case.asked(scope="openid no_such_scope")),
    ),
    Row(
        "repeated",
        "a parameter that comes twice (`scope`)",
        "同一个参数出现两次（`scope`）",
        "RFC 6749 §3.1",
        lambda case: told(case.server.agreed([*case.query().items(), ("scope", "email")])),
    ),
    Row(
        "prompt=none",
        "`prompt=none`, and nobody is logged in",
        "`prompt=none`，但没有人登录",
        "OIDC Core §3.1.2.6",
        _without_a_login,
        lax="^200|code",
    ),
    Row(
        "request",
        "a `request` object without a signature",
        "没有签名的 `request` 对象",
        "OIDC Core §6.1",
        lambda case: told(case.asked(request="eyJhbGciOiJub25lIn0.eyJzY29wZSI6ImVtYWlsIn0.")),
    ),
    Row(
        "PKCE missing",
        "a code with a challenge, redeemed without `code_verifier`",
        "授权时带了 challenge，换令牌时不带 `code_verifier`",
        "RFC 7636 §4.6",
        lambda case: told(case.token(code=case.code(**PKCE))),
    ),
    Row(
        "PKCE wrong",
        "a wrong `code_verifier`",
        "`code_verifier` 不对",
        "RFC 7636 §4.6",
        lambda case: told(case.token(code=case.code(**PKCE), code_verifier="w" * 43)),
    ),
    Row(
        "PKCE plain",
        "`code_challenge_method=plain`",
        "`code_challenge_method=plain`",
        "RFC 9700 §2.1.1",
        lambda case: told(case.asked(code_challenge=VERIFIER, code_challenge_method="plain")),
    ),
    Row(
        "PKCE downgrade",
        "`code_verifier` for a code that had no challenge",
        "授权码没有 challenge，换令牌时却带 `code_verifier`",
        "RFC 9700 §4.8.2",
        lambda case: told(case.token(code=case.code(), code_verifier=VERIFIER)),
    ),
    Row(
        "code twice",
        "a code that was redeemed before",
        "用过的授权码",
        "RFC 6749 §4.1.2",
        _twice,
    ),
    Row(
        "code expired",
        "a code that has expired",
        "过期的授权码",
        "RFC 6749 §4.1.2",
        _expired,
    ),
    Row(
        "code at once",
        "one code from sixteen at once: who gets a token?",
        "十六个请求同时用一个授权码：几个拿到令牌？",
        "RFC 6749 §4.1.2",
        _at_once,
        lax=r"^([2-9]|1\d) of",
    ),
    Row(
        "code twice, first token",
        "the first token, after its code came a second time",
        "授权码第二次出现之后，第一次换到的令牌",
        "RFC 6749 §4.1.2",
        _after_the_second,
    ),
    Row(
        "code of another",
        "a code of another client",
        "别的客户端的授权码",
        "RFC 6749 §4.1.3",
        lambda case: told(case.other().token(code=case.code())),
    ),
    Row(
        "redirect_uri at token",
        "`redirect_uri` left out at the token endpoint",
        "换令牌时不带 `redirect_uri`",
        "RFC 6749 §4.1.3",
        lambda case: told(case.token(code=case.code(), redirect_uri=None)),
    ),
    Row(
        "secret",
        "a wrong secret",
        "密钥不对",
        "RFC 6749 §2.3.1",
        lambda case: told(case.token(code=case.code(), client_secret="wrong")),
    ),
    Row(
        "no secret",
        "a confidential client without any secret",
        "机密客户端不带密钥",
        "RFC 6749 §3.2.1",
        lambda case: told(case.token(code=case.code(), client_secret=None)),
    ),
    Row(
        "two authentications",
        "two ways of authentication at once (Basic and form)",
        "同时用两种方式认证（Basic 和表单）",
        "RFC 6749 §2.3",
        _two_proofs,
    ),
    Row(
        "content type",
        "a token request in JSON",
        "用 JSON 发的令牌请求",
        "RFC 6749 §3.2",
        lambda case: told(
            requests.post(case.endpoint("token"), json=case.form(code=case.code()), timeout=20)
        ),
    ),
    Row(
        "GET",
        "a token request by GET, secret in the address",
        "用 GET 请求令牌，密钥写在地址里",
        "RFC 6749 §3.2",
        lambda case: told(get(case.endpoint("token"), case.form(code=case.code()))),
    ),
    Row(
        "grant_type",
        "`grant_type=password` for an app without it",
        "应用没开密码模式，却用 `grant_type=password`",
        "RFC 6749 §5.2",
        lambda case: told(case.token(grant_type="password", username="zhangsan", password="ninestep")),
    ),
    Row(
        "refresh twice",
        "a refresh token that was rotated",
        "已经轮换掉的刷新令牌",
        "RFC 9700 §4.14.2",
        _refreshed_twice,
    ),
    Row(
        "refresh of another",
        "a refresh token of another client",
        "别的客户端的刷新令牌",
        "RFC 6749 §6",
        _refreshed_by_another,
    ),
    Row(
        "refresh for more",
        "a refresh that asks for more scopes than were granted",
        "刷新时要的 scope 比授权的多",
        "RFC 6749 §6",
        _refreshed_for_more,
    ),
    Row(
        "userinfo without",
        "userinfo without a token",
        "不带令牌访问 userinfo",
        "RFC 6750 §3",
        lambda case: told(get(case.endpoint("userinfo"))),
    ),
    Row(
        "userinfo dead",
        "userinfo with a token that there is not",
        "用不存在的令牌访问 userinfo",
        "RFC 6750 §3.1",
        lambda case: told(case.userinfo("no-such-token")),
        lax="^200|^403",
    ),
    Row(
        "userinfo expired",
        "userinfo with a token that has expired",
        "用过期的令牌访问 userinfo",
        "RFC 6750 §3.1",
        _expired_token,
        lax="^200|^403",
    ),
    Row(
        "revoke another's",
        "a client revokes the token of another: is it good afterwards?",
        "客户端撤销别人的令牌：之后令牌还有效吗？",
        "RFC 7009 §2.1",
        _revoked_by_another,
        lax="^401",
    ),
    Row(
        "request_uri of another",
        "`request_uri` that another client pushed",
        "别的客户端推送的 `request_uri`",
        "RFC 9126 §4",
        _pushed_by_another,
    ),
    Row(
        "logout",
        "`post_logout_redirect_uri` that nobody registered",
        "没有登记过的 `post_logout_redirect_uri`",
        "OIDC RP-Initiated Logout §3",
        _logged_out_to,
    ),
    Row(
        "logout forged",
        "the same with a forged `id_token_hint`",
        "同上，带一个伪造的 `id_token_hint`",
        "OIDC RP-Initiated Logout §2",
        _forged,
    ),
)


def answered(server: Server, row: Row) -> str:
    """What ``server`` says to a row, with a client of its own."""
    return row.ask(Case(server, server.client()))
