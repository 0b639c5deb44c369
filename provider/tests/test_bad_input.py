"""What the provider answers to input that is wrong: a table of parameters and damages, then everything around them.

Each row of a table names what was done to one parameter of a good request, and the exact answer. Requests are written
to the socket byte by byte, because a client library would put most of this right. A refused redemption spends nothing:
wherever a code or a refresh token was at stake, it works afterwards.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from browser import Browser
from by_hand import Answer, ask

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"
FORM = "application/x-www-form-urlencoded"
RID = re.compile(r", rid: [0-9a-f]{8}(-[0-9a-f]{8}){2}$")

Pairs = list[tuple[str, str]]  # names and values, percent-encoded already
Damage = Callable[[str], list[str]]  # what stands in a parameter's place

DAMAGES: dict[str, Damage] = {
    "missing": lambda good: [],
    "empty": lambda good: [""],
    "twice": lambda good: [good, good],
    "twice, once empty": lambda good: ["", good],
    "1 KB": lambda good: ["a" * 1024],
    "%ff": lambda good: ["%FF%FE"],
    "%00": lambda good: [good + "%00"],
    "CR LF": lambda good: [good + "%0D%0ASet-Cookie:%20a=b"],
    "half a surrogate": lambda good: ["%ED%A0%80"],
    "broken escape": lambda good: ["%E4%BD%"],
    "emoji": lambda good: [quote("💥汉字")],
    "huge number": lambda good: ["9" * 400],
    "markup": lambda good: [quote("\"'><script>alert(1)</script>")],
    "template": lambda good: [quote("{{7*7}}${7*7}%(x)s{0}")],
    "case": lambda good: [good.swapcase()],
    "with a space": lambda good: [good + "%20"],
}
GONE = ("missing", "empty")
TWICE = ("twice",)
GARBAGE = tuple(name for name in DAMAGES if name not in (*GONE, *TWICE, "twice, once empty"))
ODD = tuple(
    name for name in GARBAGE if name not in ("case", "with a space")
)  # where those two change nothing


def encoded(**values: str) -> Pairs:
    return [(name, quote(value, safe="")) for name, value in values.items()]


def written(pairs: Pairs) -> str:
    return "&".join(f"{name}={value}" for name, value in pairs)


def damaged(pairs: Pairs, name: str, damage: str) -> Pairs:
    """``pairs`` with ``name`` damaged; it may be one that the good request does not have."""
    good = dict(pairs).get(name, "x")
    there = [pair for pair in pairs if pair[0] != name]
    return [*there, *((name, value) for value in DAMAGES[damage](good))]


Row = tuple[str, str | tuple[str, ...], Any]  # a parameter, its damages, and how all of them are answered


def rows(*table: Row) -> list[Any]:
    return [
        pytest.param(
            parameter, (names,) if isinstance(names, str) else names, expected, id=f"{parameter}: {expected}"
        )
        for parameter, names, expected in table
    ]


class Stage:
    """One world with an app of each kind; what a test spends, it mints for itself."""

    def __init__(self, town: Any) -> None:
        self.town = town
        auto = {"mode": "auto", "user": "zhangsan"}
        self.wechat = self._app(None, dialect="wechat", kind="official_account", consent=auto)
        world = self.wechat["world"]
        self.tutorial = self._app(
            world, dialect="wechat", kind="official_account", fidelity="tutorial", consent=auto
        )
        self.standard = self._app(world, dialect="standard", consent=auto)
        self.asking = self._app(world, dialect="wechat", kind="official_account", fidelity="tutorial")

    def _app(self, world: str | None, **fields: Any) -> dict[str, Any]:
        body = {
            "name": "坏输入",
            "redirect_uris": [CALLBACK],
            **({"world": world} if world else {}),
            **fields,
        }
        made: dict[str, Any] = self.town.api("POST", "/apps", body)
        return made

    def code(self, app: dict[str, Any]) -> str:
        body = {"user": "zhangsan", "redirect_uri": CALLBACK}
        return str(self.town.api("POST", f"/apps/{app['appid']}/codes", body)["code"])

    def get(self, path: str, pairs: Pairs, *headers: tuple[str, str]) -> Answer:
        return ask(self.town.provider, "GET", f"{path}?{written(pairs)}", None, headers)

    def post(self, path: str, pairs: Pairs, *headers: tuple[str, str]) -> Answer:
        typed = [("Content-Type", FORM), *headers]
        return ask(self.town.provider, "POST", path, written(pairs).encode(), typed)

    # -- good requests

    def wechat_code(self, app: dict[str, Any], code: str) -> Pairs:
        return encoded(appid=app["appid"], secret=app["secret"], code=code, grant_type="authorization_code")

    def standard_code(self, code: str) -> Pairs:
        return encoded(
            grant_type="authorization_code", code=code, redirect_uri=CALLBACK, **self.credentials()
        )

    def credentials(self) -> dict[str, str]:
        return {"client_id": self.standard["appid"], "client_secret": self.standard["secret"]}

    def standard_tokens(self) -> dict[str, Any]:
        return self.post("/oauth/token", self.standard_code(self.code(self.standard))).json()

    def wechat_tokens(self) -> dict[str, Any]:
        return self.get(
            "/sns/oauth2/access_token", self.wechat_code(self.wechat, self.code(self.wechat))
        ).json()

    def wechat_authorize(self, app: dict[str, Any]) -> Pairs:
        return encoded(
            appid=app["appid"],
            redirect_uri=CALLBACK,
            response_type="code",
            scope="snsapi_userinfo",
            state="s",
        )

    def standard_authorize(self) -> Pairs:
        return encoded(
            client_id=self.standard["appid"],
            redirect_uri=CALLBACK,
            response_type="code",
            scope="user_info",
            state="s",
        )


@pytest.fixture(scope="module")
def stage(town: Any) -> Stage:
    return Stage(town)


# -- the shapes of a refusal


def assert_errcode(answer: Answer, number: int) -> None:
    """WeChat: HTTP 200, text/plain without a charset, two members (wire.md A.2, A.6)."""
    assert (answer.status, answer.type) == (200, "text/plain")
    assert list(answer.json()) == ["errcode", "errmsg"]
    assert answer.json()["errcode"] == number
    assert RID.search(answer.json()["errmsg"])


def assert_rfc(answer: Answer, status: int, error: str) -> None:
    """RFC 6749 §5.2: JSON that nobody stores; 401 with a challenge."""
    assert (answer.status, answer.type) == (status, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.json()["error"] == error
    assert set(answer.json()) <= {"error", "error_description"}
    assert (answer.headers.get("WWW-Authenticate", "").startswith("Basic realm=")) == (status == 401)


def assert_page(answer: Answer, status: int, word: str) -> None:
    """A page of ours: it names the trouble and leads nowhere."""
    assert answer.status == status
    assert answer.type == "text/html; charset=utf-8"
    assert not answer.location
    assert word in answer.text
    assert "<script>alert" not in answer.text
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


def assert_sent_back(answer: Answer, status: int, **expected: str) -> None:
    """A redirect to the registered redirect_uri and to nowhere else."""
    assert answer.status == status
    assert answer.location.partition("?")[0] == CALLBACK
    assert {name: answer.query().get(name) for name in expected} == expected


def assert_http(answer: Answer, status: int) -> None:
    """Refused below any dialect; a program gets JSON."""
    assert (answer.status, answer.type) == (status, "application/json")
    assert answer.json() == {"error": f"http_{status}", "status": status}


# -- WeChat: /sns/oauth2/access_token and /sns/oauth2/refresh_token

OK = 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("parameter", "damages", "number"),
    rows(
        ("appid", GONE, 41002),
        ("appid", GARBAGE, 40013),
        ("secret", GONE, 41004),
        ("secret", GARBAGE, 40125),
        ("code", GONE, 41008),
        ("code", GARBAGE, 40029),
        ("grant_type", GONE, 40002),
        ("grant_type", GARBAGE, 40002),
        # the platform reads the first of two; what it does not know it ignores
        ("appid", TWICE, OK),
        ("secret", TWICE, OK),
        ("code", TWICE, OK),
        ("grant_type", TWICE, OK),
        ("redirect_uri", ODD, OK),
        ("code_verifier", "1 KB", OK),
        ("access_token", "%ff", OK),
    ),
)
def test_wechat_code_redemption(
    stage: Stage, method: str, parameter: str, damages: tuple[str, ...], number: int
) -> None:
    send = stage.get if method == "GET" else stage.post
    good = stage.wechat_code(stage.wechat, stage.code(stage.wechat))

    for damage in damages:
        answer = send("/sns/oauth2/access_token", damaged(good, parameter, damage))
        if number == OK:
            assert "access_token" in answer.json()
            good = stage.wechat_code(stage.wechat, stage.code(stage.wechat))
        else:
            assert_errcode(answer, number)

    assert "access_token" in send("/sns/oauth2/access_token", good).json(), "a refusal spent the code"


@pytest.mark.parametrize(
    ("parameter", "damages", "number"),
    rows(
        ("appid", GONE, 41002),
        ("appid", GARBAGE, 40013),
        ("refresh_token", GONE, 41003),
        ("refresh_token", GARBAGE, 40030),
        ("grant_type", GONE, 40002),
        ("grant_type", GARBAGE, 40002),
        ("secret", ODD, OK),  # no parameter of this call
        ("scope", ODD, OK),
        ("refresh_token", TWICE, OK),
    ),
)
def test_wechat_refresh(stage: Stage, parameter: str, damages: tuple[str, ...], number: int) -> None:
    token = stage.wechat_tokens()["refresh_token"]
    good = encoded(appid=stage.wechat["appid"], grant_type="refresh_token", refresh_token=token)

    for damage in damages:
        answer = stage.get("/sns/oauth2/refresh_token", damaged(good, parameter, damage))
        if number == OK:
            assert "access_token" in answer.json()
        else:
            assert_errcode(answer, number)

    assert "access_token" in stage.get("/sns/oauth2/refresh_token", good).json()


# -- standard: /oauth/token, /oauth/revoke, /oauth/introspect


@pytest.mark.parametrize(
    ("parameter", "damages", "expected"),
    rows(
        ("grant_type", GARBAGE, (400, "unsupported_grant_type")),
        ("code", GONE, (400, "invalid_request")),
        ("code", GARBAGE, (400, "invalid_grant")),
        ("redirect_uri", GONE, (400, "invalid_grant")),
        ("redirect_uri", GARBAGE, (400, "invalid_grant")),
        ("client_id", GONE, (401, "invalid_client")),
        ("client_id", ODD, (400, "invalid_client")),
        ("client_secret", GONE, (401, "invalid_client")),
        ("client_secret", GARBAGE, (401, "invalid_client")),
        ("code_verifier", ODD, (400, "invalid_request")),  # there was no challenge
        # RFC 6749 §3.1, §3.2: no parameter twice, known or unknown
        ("grant_type", TWICE, (400, "invalid_request")),
        ("code", TWICE, (400, "invalid_request")),
        ("code", "twice, once empty", (400, "invalid_request")),
        ("redirect_uri", TWICE, (400, "invalid_request")),
        ("client_id", TWICE, (400, "invalid_request")),
        ("client_secret", TWICE, (400, "invalid_request")),
        ("code_verifier", TWICE, (400, "invalid_request")),
        ("unknown", TWICE, (400, "invalid_request")),
        ("unknown", ODD, (200, "code")),
    ),
)
def test_standard_code_redemption(
    stage: Stage, parameter: str, damages: tuple[str, ...], expected: tuple[int, str]
) -> None:
    good = stage.standard_code(stage.code(stage.standard))

    for damage in damages:
        answer = stage.post("/oauth/token", damaged(good, parameter, damage))
        if expected[0] == 200:
            assert answer.status == 200
            good = stage.standard_code(stage.code(stage.standard))
        else:
            assert_rfc(answer, *expected)

    assert stage.post("/oauth/token", good).status == 200, "a refusal spent the code"


@pytest.mark.parametrize(
    ("parameter", "damages", "expected"),
    rows(
        ("refresh_token", GONE, (400, "invalid_request")),
        ("refresh_token", GARBAGE, (400, "invalid_grant")),
        ("refresh_token", TWICE, (400, "invalid_request")),
        ("scope", ODD, (400, "invalid_scope")),
        ("scope", TWICE, (400, "invalid_request")),
        ("client_secret", GARBAGE, (401, "invalid_client")),
        ("client_secret", GONE, (401, "invalid_client")),
        ("client_id", ODD, (400, "invalid_client")),
    ),
)
def test_standard_refresh(
    stage: Stage, parameter: str, damages: tuple[str, ...], expected: tuple[int, str]
) -> None:
    token = stage.standard_tokens()["refresh_token"]
    good = encoded(grant_type="refresh_token", refresh_token=token, **stage.credentials())

    for damage in damages:
        assert_rfc(stage.post("/oauth/token", damaged(good, parameter, damage)), *expected)

    assert stage.post("/oauth/token", good).status == 200, "a refusal spent the refresh token"


@pytest.mark.parametrize("path", ["/oauth/revoke", "/oauth/introspect"])
@pytest.mark.parametrize(
    ("parameter", "damages", "expected"),
    rows(
        ("token", GONE, (400, "invalid_request")),
        ("token", TWICE, (400, "invalid_request")),
        ("token", GARBAGE, (200, "")),  # RFC 7009 §2.2, RFC 7662 §2.2: an unknown token is no error
        ("token_type_hint", TWICE, (400, "invalid_request")),
        ("client_id", ODD, (400, "invalid_client")),
        ("client_id", GONE, (401, "invalid_client")),
        ("client_secret", GARBAGE, (401, "invalid_client")),
        ("client_secret", TWICE, (400, "invalid_request")),
    ),
)
def test_standard_revocation_and_introspection(
    stage: Stage, path: str, parameter: str, damages: tuple[str, ...], expected: tuple[int, str]
) -> None:
    good = encoded(token=stage.standard_tokens()["access_token"], **stage.credentials())

    for damage in damages:
        answer = stage.post(path, damaged(good, parameter, damage))
        if expected[0] == 200:
            assert answer.status == 200
            assert answer.json().get("active", False) is False
        else:
            assert_rfc(answer, *expected)

    assert stage.post("/oauth/introspect", good).json()["active"], "a refusal revoked the token"


def test_a_hint_at_the_tokens_type_may_say_anything(stage: Stage) -> None:
    """RFC 7009 §2.1, RFC 7662 §2.1: the server looks everywhere."""
    good = encoded(token=stage.standard_tokens()["access_token"], **stage.credentials())

    for damage in (*ODD, "empty"):
        answer = stage.post("/oauth/introspect", damaged(good, "token_type_hint", damage))
        assert answer.json()["active"] is True
    assert stage.post("/oauth/revoke", damaged(good, "token_type_hint", "emoji")).status == 200
    assert stage.post("/oauth/introspect", good).json()["active"] is False


def basic(raw: bytes) -> str:
    return "Basic " + base64.b64encode(raw).decode()


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
@pytest.mark.parametrize(
    "authorization",
    [
        "Basic",
        "Basic ",
        "Basic %%%",
        "Basic abcde",
        "Basic \xe4\xb9\x9d",
        basic(b"\xff\xfe:\xff"),
        basic(b"no-colon"),
        basic(b":"),
        basic(b":secret"),
        basic(b"nobody:secret"),
        basic(b"%ff%00:%zz"),
        basic("汉字:密码💥".encode()),
        basic(b"a" * 1000 + b":b"),
        "bAsIc " + base64.b64encode(b"a:b:c").decode(),
    ],
)
def test_basic_credentials_that_are_none_get_401_and_a_challenge(
    stage: Stage, path: str, authorization: str
) -> None:
    code = stage.code(stage.standard)
    pairs = encoded(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, token="x")

    assert_rfc(stage.post(path, pairs, ("Authorization", authorization)), 401, "invalid_client")

    assert stage.post("/oauth/token", stage.standard_code(code)).status == 200


def test_unreadable_basic_credentials_are_not_made_good_by_the_body(stage: Stage) -> None:
    """RFC 6749 §2.3: one way to authenticate."""
    good = stage.standard_code(stage.code(stage.standard))

    for authorization in ("Basic \xff", "Basic %%%", basic(b"no-colon")):
        assert_rfc(stage.post("/oauth/token", good, ("Authorization", authorization)), 401, "invalid_client")
    assert stage.post("/oauth/token", good).status == 200


def test_another_scheme_is_no_attempt_at_client_authentication(stage: Stage) -> None:
    for authorization in ("Bearer x", "Digest username=a", "Negotiate", "\xff\xfe", "Basically x"):
        good = stage.standard_code(stage.code(stage.standard))
        assert stage.post("/oauth/token", good, ("Authorization", authorization)).status == 200


def test_wechat_ignores_any_authorization_header(stage: Stage) -> None:
    for authorization in ("Basic \xff", "Basic %%%", "Bearer", "\xff"):
        good = stage.wechat_code(stage.wechat, stage.code(stage.wechat))
        answer = stage.get("/sns/oauth2/access_token", good, ("Authorization", authorization))
        assert "access_token" in answer.json()


# -- bodies that are no form


FIELD = b'Content-Disposition: form-data; name="grant_type"\r\n\r\n'
BODIES = [
    ("application/json", b'{"grant_type": "authorization_code", "appid": "x"}'),
    ("application/json", b"{"),
    ("application/json", b"\xff\xfe"),
    ("text/plain", b"grant_type=authorization_code&appid=x"),
    ("application/xml", b"<a/>"),
    ("", b"grant_type=authorization_code&appid=x"),
    ("/", b"grant_type=authorization_code&appid=x"),
    ("\xff", b"grant_type=authorization_code&appid=x"),
    ("multipart/form-data", b"--x\r\n" + FIELD + b"authorization_code\r\n--x--\r\n"),
    ("multipart/form-data; boundary=", b"--\r\n" + FIELD + b"authorization_code\r\n----\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\n" + FIELD + b"no end"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition\r\n\r\nv\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"\xff\x00" * 100),
    ("multipart/form-data; boundary=" + "x" * 500, b"--x"),
    ("multipart/form-data; boundary=\xff", b"--x"),
    (FORM, b"&&&===&=&%&%%%"),
    (FORM, b"\xff\xfe\x00"),
    (FORM, b"a&" * 20_000),
]


@pytest.mark.parametrize(("content_type", "body"), BODIES)
def test_a_body_that_is_no_form_says_nothing(stage: Stage, content_type: str, body: bytes) -> None:
    headers = [("Content-Type", content_type)]

    standard = ask(stage.town.provider, "POST", "/oauth/token", body, headers)
    wechat = ask(stage.town.provider, "POST", "/sns/oauth2/access_token", body, headers)
    page = ask(stage.town.provider, "POST", "/oauth/authorize", body, headers)

    assert_rfc(standard, 400, standard.json()["error"])
    assert standard.json()["error"] in ("unsupported_grant_type", "invalid_request")
    assert_errcode(wechat, 41002)
    assert_page(page, 400, "wx-error")


def test_the_query_is_read_where_the_body_is_none(stage: Stage) -> None:
    """WeChat merges the two places, so a body of another kind does not hide what the query says (wire.md A.2)."""
    good = written(stage.wechat_code(stage.wechat, stage.code(stage.wechat)))
    headers = [("Content-Type", "application/json")]

    answer = ask(stage.town.provider, "POST", f"/sns/oauth2/access_token?{good}", b"{", headers)

    assert "access_token" in answer.json()


def test_head_spends_no_code_and_makes_none(stage: Stage) -> None:
    """A program that only looks at a link (a preview, a scanner) may not use it up."""
    good = written(stage.wechat_code(stage.wechat, stage.code(stage.wechat)))
    wanted = written(encoded(appid=stage.wechat["appid"], response_type="code", redirect_uri=CALLBACK))
    targets = [f"/sns/oauth2/access_token?{good}", f"/connect/oauth2/authorize?{wanted}", "/oauth/authorize"]

    for target in targets:
        looked = ask(stage.town.provider, "HEAD", target)
        assert (looked.status, looked.location) == (405, "")
        assert "HEAD" not in looked.headers["Allow"]

    assert "access_token" in ask(stage.town.provider, "GET", targets[0]).json()


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("Referer", "http://[?code=x")], b""),
        ([("Referer", "\xff")], b""),
        ([("Content-Type", "application/json")], b'{"a":' * 1600),
        ([("Content-Type", "application/json")], b'{"a":[' * 1300),
        ([("Content-Type", "application/json")], b'{"openid": "\\ud800", "token": "\\ud800 and more"}'),
    ],
)
def test_what_the_trace_cannot_read_costs_no_answer(
    stage: Stage, headers: list[tuple[str, str]], body: bytes
) -> None:
    """The code is spent by then: an answer that is lost now is lost for good."""
    good = written(stage.wechat_code(stage.wechat, stage.code(stage.wechat)))

    answer = ask(stage.town.provider, "POST", f"/sns/oauth2/access_token?{good}", body, headers)

    assert "access_token" in answer.json()


# -- authorize


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("parameter", "damages", "expected"),
    rows(
        # an unknown client or a doubtful target: a page, whatever else is wrong
        ("client_id", GONE, "page invalid_request"),
        ("client_id", ODD, "page unauthorized_client"),
        ("client_id", TWICE, "page invalid_request"),
        ("redirect_uri", GARBAGE, "page invalid_request"),
        ("redirect_uri", TWICE, "page invalid_request"),
        # everything else travels to the client
        ("response_type", GONE, "invalid_request"),
        ("response_type", GARBAGE, "unsupported_response_type"),
        ("response_type", TWICE, "invalid_request"),
        ("scope", ODD, "invalid_scope"),
        ("scope", "case", "invalid_scope"),
        ("scope", TWICE, "invalid_request"),
        ("state", TWICE, "invalid_request"),
        ("code_challenge", ODD, "invalid_request"),
        ("code_challenge_method", ODD, "invalid_request"),
        ("code_challenge", TWICE, "invalid_request"),
        ("prompt", TWICE, "invalid_request"),
        ("prompt", ODD, "invalid_request"),
        ("unknown", TWICE, "invalid_request"),
        # what is no error
        ("redirect_uri", GONE, "code"),
        ("scope", GONE, "code"),
        ("state", GONE, "code"),
        ("state", GARBAGE, "code"),
        ("unknown", ODD, "code"),
    ),
)
def test_standard_authorize(
    stage: Stage, method: str, parameter: str, damages: tuple[str, ...], expected: str
) -> None:
    send, found = (stage.get, 302) if method == "GET" else (stage.post, 303)

    for damage in damages:
        answer = send("/oauth/authorize", damaged(stage.standard_authorize(), parameter, damage))
        if expected.startswith("page "):
            assert_page(answer, 400, expected.removeprefix("page "))
        elif expected == "code":
            assert_sent_back(answer, found, iss=stage.town.provider)
            assert "code" in answer.query()
        else:
            assert_sent_back(answer, found, error=expected, iss=stage.town.provider, state="s")


@pytest.mark.parametrize(
    ("parameter", "damages", "expected"),
    rows(
        ("appid", GONE, "appid不能为空 · 10012"),
        ("appid", GARBAGE, "AppID 参数错误"),
        ("redirect_uri", GONE, "redirect_uri不能为空 · 10011"),
        ("redirect_uri", ("%00", "CR LF", "with a space", "1 KB", "emoji", "markup"), "10003"),
        ("redirect_uri", ("%ff", "half a surrogate", "huge number", "template"), "10003"),
        ("scope", GONE, "scope不能为空 · 10010"),
        ("scope", (*ODD, "case"), "此公众号并没有这些scope的权限 · 10005"),
        ("response_type", (*ODD, "case"), "response_type 参数错误"),
        ("response_type", GONE, "code"),  # wire.md A.1
        ("state", (*GONE, *GARBAGE, *TWICE), "code"),
        ("appid", TWICE, "code"),
        ("redirect_uri", TWICE, "code"),
        ("scope", TWICE, "code"),
        ("response_type", TWICE, "code"),
        # parameters of others are ignored (wire.md A.1)
        ("code_challenge", ODD, "code"),
        ("code_challenge_method", ODD, "code"),
        ("client_id", ODD, "code"),
        ("forcePopup", ODD, "code"),
        ("lang", ODD, "code"),
    ),
)
def test_wechat_authorize(stage: Stage, parameter: str, damages: tuple[str, ...], expected: str) -> None:
    for damage in damages:
        pairs = damaged(stage.wechat_authorize(stage.wechat), parameter, damage)
        answer = stage.get("/connect/oauth2/authorize", pairs)
        if expected == "code":
            assert_sent_back(answer, 302)
            assert {"code", "state"} == set(answer.query())
        else:
            for word in expected.split(" · "):
                assert_page(answer, 200, word)


@pytest.mark.parametrize(
    ("parameter", "damages", "expected"),
    rows(
        ("redirect_uri", (*GONE, *GARBAGE), "page invalid_request"),
        ("response_type", GONE, "invalid_request"),
        ("response_type", ODD, "unsupported_response_type"),
        ("scope", GONE, "invalid_request"),
        ("scope", ODD, "invalid_scope"),
        ("state", GARBAGE, "code"),
    ),
)
def test_wechat_authorize_under_the_tutorial(
    stage: Stage, parameter: str, damages: tuple[str, ...], expected: str
) -> None:
    for damage in damages:
        pairs = damaged(stage.wechat_authorize(stage.tutorial), parameter, damage)
        answer = stage.get("/connect/oauth2/authorize", pairs)
        if expected.startswith("page "):
            assert_page(answer, 400, expected.removeprefix("page "))
        elif expected == "code":
            assert_sent_back(answer, 302)
            assert "code" in answer.query()
        else:
            assert_sent_back(answer, 302, error=expected, state="s")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1/cb\r\nSet-Cookie: a=b",
        "http://127.0.0.1/\x00",
        "http://127.0.0.1\t/",
        "\x01http://127.0.0.1/",
        " http://127.0.0.1/",
        "http://127.0.0.1/ ",
        "ht\ntp://127.0.0.1/",
        "http://[::1",
        "http://[::1]x/",
        "http://[nonsense]/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://a b.localhost/",
        "http://x;report-uri http://evil.example .localhost/",
        "http://x,y.localhost/",
        "http://x'y.localhost/",
        "http://evil.example\\.localhost/",
        "http://evil.example%2f.localhost/",
        "http://evil.example%00.localhost/",
        "http://evil.example/.localhost",
        "http://evil.example#.localhost/",
        "http://evil.example?.localhost/",
        "http://127.0.0.1@evil.example/",
        "http://127.0.0.1:80@evil.example/",
        "http://evil.example。localhost/",
        "http://127.0.0.1.evil.example/",
        "http:///evil.example/",
        "http:/127.0.0.1/",
        "//127.0.0.1/",
        "///127.0.0.1/",
        "javascript://127.0.0.1/%0aalert(1)",
        "data:text/html,127.0.0.1",
        "file://127.0.0.1/etc/passwd",
        "ftp://127.0.0.1/",
        "callback",
        "?",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_none_of_a_client(stage: Stage, target: str) -> None:
    """``relaxed`` takes any loopback name: all the more it has to know one when it sees one."""
    for app, status, word in ((stage.wechat, 200, "10003"), (stage.tutorial, 400, "invalid_request")):
        pairs = [p for p in stage.wechat_authorize(app) if p[0] != "redirect_uri"]
        answer = stage.get("/connect/oauth2/authorize", [*pairs, *encoded(redirect_uri=target)])
        assert_page(answer, status, word)
    pairs = [p for p in stage.standard_authorize() if p[0] != "redirect_uri"]
    assert_page(
        stage.get("/oauth/authorize", [*pairs, *encoded(redirect_uri=target)]), 400, "invalid_request"
    )


def test_a_chinese_host_name_travels_in_its_ascii_form(stage: Stage) -> None:
    """Headers hold no Chinese: neither the redirect nor the consent page's form-action."""
    pairs = [p for p in stage.wechat_authorize(stage.wechat) if p[0] != "redirect_uri"]

    answer = stage.get("/connect/oauth2/authorize", [*pairs, *encoded(redirect_uri="http://例.localhost/回")])

    assert answer.location.startswith("http://xn--fsq.localhost/%E5%9B%9E?code=")
    assert answer.headers["Content-Security-Policy"].endswith("form-action 'self' http://xn--fsq.localhost")


def test_a_state_that_no_address_can_carry_is_refused_on_a_page(stage: Stage) -> None:
    pairs = [p for p in stage.standard_authorize() if p[0] != "state"]

    assert_page(stage.post("/oauth/authorize", [*pairs, ("state", "s" * 4097)]), 400, "invalid_request")
    assert_sent_back(stage.post("/oauth/authorize", [*pairs, ("state", "s" * 4096)]), 303, state="s" * 4096)


def test_what_was_sent_fills_no_record(stage: Stage, world: Any) -> None:
    """A check tells what it saw, and not 50 KB of it."""
    app = world.new_app(name="标准", dialect="standard", redirect_uris=[CALLBACK])
    pairs = encoded(client_id=app["appid"], redirect_uri=CALLBACK, response_type="code", scope="x" * 50_000)
    assert_sent_back(stage.post("/oauth/authorize", pairs), 303, error="invalid_scope")

    record = stage.town.api("GET", f"/flows/{world.flow()['id']}/messages")

    details = [check.get("detail", "") for message in record for check in message.get("checks", ())]
    assert any(detail.startswith("xxx") for detail in details)
    assert max(map(len, details)) <= 256


def test_an_app_of_another_dialect_is_a_stranger(stage: Stage) -> None:
    """Also where a name of the other dialect finds its record first."""
    wechat, standard = stage.wechat["appid"], stage.standard["appid"]

    assert_page(stage.get("/connect/oauth2/authorize", encoded(client_id=standard)), 200, "10012")
    assert_page(stage.get("/connect/oauth2/authorize", encoded(appid=standard)), 200, "AppID 参数错误")
    assert_errcode(stage.get("/sns/oauth2/access_token", encoded(client_id=standard)), 41002)
    assert_errcode(stage.get("/sns/oauth2/access_token", stage.wechat_code(stage.standard, "x")), 40013)
    for name in ("appid", "client_id"):
        pairs = encoded(**{name: wechat, "response_type": "code", "redirect_uri": CALLBACK})
        word = "unauthorized_client" if name == "client_id" else "invalid_request"
        assert_page(stage.get("/oauth/authorize", pairs), 400, word)
    pairs = encoded(grant_type="authorization_code", code="x", client_id=wechat, client_secret="x")
    assert_rfc(stage.post("/oauth/token", pairs), 400, "invalid_client")


def test_a_stranger_does_not_use_up_an_apps_fault(stage: Stage, world: Any) -> None:
    world.town.api(
        "POST", f"/apps/{world.appid}/faults", {"endpoint": "token", "error": "server_error", "times": 1}
    )

    pairs = encoded(grant_type="authorization_code", code="x", client_id=world.appid, client_secret="x")
    assert_rfc(stage.post("/oauth/token", pairs), 400, "invalid_client")

    assert_errcode(stage.get("/sns/oauth2/access_token", encoded(appid=world.appid)), -1)


# -- pages


class Visitor(Browser):
    """A browser that has come to a page of the asking app, and can post what is not on it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        target = f"{stage.town.provider}/connect/oauth2/authorize"
        pairs = stage.wechat_authorize(stage.asking)
        self.login = self.follow(self.get(f"{target}?{written(pairs)}"))

    def consent(self) -> Any:
        return self.follow(self.submit(self.login, persona="zhangsan"))

    def post(self, page: Any, parameter: str, damage: str, action: str = "", **fields: str) -> Answer:
        """The page's form with one field damaged, written to the socket."""
        from browser import hidden

        form = re.search(r'<form[^>]*action="([^"]+)"', page.text)
        assert form is not None
        pairs = damaged(encoded(**{**hidden(page.text), **fields}), parameter, damage)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)
        headers = [("Content-Type", FORM), ("Cookie", cookies), ("Accept", "text/html")]
        target = action or form[1].replace("&amp;", "&")
        return ask(self.stage.town.provider, "POST", target, written(pairs).encode(), headers)


@pytest.fixture
def visitor(stage: Stage) -> Iterator[Visitor]:
    visitor = Visitor(stage)
    yield visitor
    visitor.http.close()


def test_login_form(visitor: Visitor) -> None:
    account = {"username": "zhangsan", "password": "ninestep"}
    for parameter, damages, status in (
        ("csrf_token", (*GONE, *GARBAGE), 400),
        ("username", (*GONE, *GARBAGE), 401),
        ("password", (*GONE, *GARBAGE), 401),
    ):
        for damage in damages:
            answer = visitor.post(visitor.login, parameter, damage, **account)
            assert_page(answer, status, "wx-login-error" if status == 401 else 'data-status="400"')
    for damage in ODD:
        assert_page(visitor.post(visitor.login, "persona", damage), 401, "wx-login-error")
    assert visitor.submit(visitor.login, **account).status_code == 303


def test_consent_form(visitor: Visitor) -> None:
    page = visitor.consent()
    for parameter in ("consent_nonce", "decision"):
        for damage in (*GONE, *GARBAGE):
            if (parameter, damage) == ("decision", "missing"):
                continue  # as in the row before it; the form's own button is what is missing then
            assert_page(visitor.post(page, parameter, damage, decision="approve"), 400, 'data-status="400"')
    assert_page(visitor.post(page, "scope", "emoji"), 400, 'data-status="400"')

    answer = visitor.post(page, "scope", "twice", decision="approve", scope="region")

    assert answer.status == 303
    assert answer.location.startswith(CALLBACK + "?code=")


@pytest.mark.parametrize("item", ["emoji", "1 KB", "markup", "%00", "empty"])
def test_a_scope_item_that_nobody_asked_for_is_not_granted(visitor: Visitor, stage: Stage, item: str) -> None:
    answer = visitor.post(visitor.consent(), "scope", item, decision="approve")

    code = answer.query()["code"]
    tokens = stage.get("/sns/oauth2/access_token", stage.wechat_code(stage.asking, code)).json()
    assert tokens["scope"] == "snsapi_userinfo"


@pytest.mark.parametrize("page", ["login", "consent"])
@pytest.mark.parametrize("prefix", ["/connect", "/oauth"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_nobody_made_gets_a_page(stage: Stage, method: str, prefix: str, page: str) -> None:
    html = ("Accept", "text/html")
    for damage in DAMAGES:
        query = written(damaged([], "rid", damage))
        answer = ask(stage.town.provider, method, f"{prefix}/{page}?{query}", None, [html])
        assert_page(answer, 400, 'data-testid="failure"')


def test_a_request_is_only_answered_in_its_own_dialect(visitor: Visitor, stage: Stage) -> None:
    rid = dict(parse_qsl(urlsplit(visitor.login.url).query))["rid"]

    answer = ask(stage.town.provider, "GET", f"/oauth/login?rid={rid}", None, [("Accept", "text/html")])

    assert_page(answer, 400, 'data-testid="failure"')


def test_authorizations_page_and_its_forms(visitor: Visitor, stage: Stage) -> None:
    settings = "/settings/authorizations"
    for damage in DAMAGES:
        answer = stage.get(settings, damaged([], "world", damage))
        assert_page(answer, 200, "wx-login")
    for path in (settings, f"{settings}/revoke", "/settings/logout"):
        for damage in (*GONE, *GARBAGE):
            answer = visitor.post(visitor.login, "csrf_token", damage, path, username="zhangsan")
            assert_page(answer, 400, 'data-status="400"')
    for damage in (*GONE, *GARBAGE):
        answer = visitor.post(visitor.login, "username", damage, settings, password="ninestep")
        assert_page(answer, 401, "wx-login-error")

    consent = visitor.consent()
    visitor.submit(consent, decision="approve")
    own = visitor.get(f"{stage.town.provider}{settings}", world=stage.asking["world"])
    assert "wx-grant-row" in own.text
    form = {"appid": stage.asking["appid"], "world": stage.asking["world"]}
    for parameter in ("appid", "world"):
        for damage in (*GONE, *ODD):
            answer = visitor.post(own, parameter, damage, f"{settings}/revoke", **form)
            assert answer.status == 303
            assert answer.location.startswith(settings)
    again = visitor.get(own.url)
    assert "wx-grant-row" in again.text, "a damaged form took a consent away"
    assert "<script>alert" not in again.text


@pytest.mark.parametrize(
    "cookie",
    [
        "wx_session=garbage",
        "wx_session=\xff\xfe",
        "wx_session=",
        "wx_session=" + "a" * 4000,
        "wx_session=a; wx_session=b",
        'wx_session="\\377\\000"',
        "=;;=;a",
        "ninestep_lang=%00; ninestep_theme=<script>alert(1)</script>",
        "ninestep_lang=../../etc; ninestep_theme=汉字".encode().decode("latin-1"),
    ],
)
def test_a_cookie_that_is_none_of_ours_is_nobody(stage: Stage, visitor: Visitor, cookie: str) -> None:
    headers = [("Cookie", cookie), ("Accept", "text/html"), ("Content-Type", FORM)]
    path = urlsplit(visitor.login.url)._replace(scheme="", netloc="").geturl()

    shown = ask(stage.town.provider, "GET", "/settings/authorizations", None, headers)
    login = ask(stage.town.provider, "GET", path, None, headers)
    posted = ask(stage.town.provider, "POST", path, b"persona=zhangsan", headers)

    assert_page(shown, 200, "wx-login")
    assert_page(login, 200, "wx-login")
    assert_page(posted, 400, 'data-status="400"')


@pytest.mark.parametrize(
    "query", ["lang=%00&theme=%ff", "lang=xx&theme=yy", "lang=a&lang=en", "lang=" + "a" * 1024]
)
def test_a_language_or_theme_that_is_none(stage: Stage, query: str) -> None:
    answer = ask(stage.town.provider, "GET", f"/settings/authorizations?{query}")

    assert_page(answer, 200, '<html lang="zh-CN" data-theme="auto">')


# -- methods, sizes, paths, hosts


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/oauth/authorize", "PUT DELETE PATCH TRACE BREW"),
        ("/oauth/token", "GET HEAD PUT DELETE PATCH BREW"),
        ("/oauth/revoke", "GET HEAD PUT DELETE"),
        ("/oauth/introspect", "GET HEAD PUT DELETE"),
        ("/connect/oauth2/authorize", "POST PUT DELETE"),
        ("/sns/oauth2/access_token", "PUT DELETE PATCH"),
        ("/sns/oauth2/refresh_token", "PUT DELETE PATCH"),
        ("/connect/login", "PUT DELETE"),
        ("/connect/consent", "PUT DELETE"),
        ("/settings/authorizations", "PUT DELETE"),
        ("/settings/authorizations/revoke", "GET PUT"),
        ("/settings/logout", "GET PUT"),
        ("/mmopen/vi_32/x/132", "POST PUT"),
    ],
)
def test_wrong_method_is_405_in_the_shape_that_was_asked_for(stage: Stage, path: str, methods: str) -> None:
    allowed = set(ask(stage.town.provider, "OPTIONS", path).headers["Allow"].split(", "))
    for method in methods.split():
        if method != "HEAD":
            answer = ask(stage.town.provider, method, path, b"")
            assert_http(answer, 405)
            assert set(answer.headers["Allow"].split(", ")) == allowed  # RFC 9110 §15.5.6
        page = ask(stage.town.provider, method, path, b"", [("Accept", "text/html")])
        assert page.status == 405
        assert page.type == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/oauth/authorize"),
        ("POST", "/oauth/token"),
        ("POST", "/oauth/revoke"),
        ("POST", "/oauth/introspect"),
        ("POST", "/sns/oauth2/access_token"),
        ("POST", "/sns/oauth2/refresh_token"),
        ("POST", "/connect/login"),
        ("POST", "/connect/consent"),
        ("POST", "/settings/authorizations"),
        ("POST", "/settings/authorizations/revoke"),
        ("POST", "/settings/logout"),
        ("GET", "/connect/oauth2/authorize"),
    ],
)
def test_too_much_is_413_or_414(stage: Stage, method: str, path: str) -> None:
    provider = stage.town.provider
    if method == "POST":
        for content_type in (FORM, "application/json", "multipart/form-data; boundary=x"):
            headers = [("Content-Type", content_type)]
            assert_http(ask(provider, "POST", path, b"code=" + b"a" * 70_000, headers), 413)
        headers = [("Content-Type", FORM), ("Accept", "text/html")]
        assert_page(ask(provider, "POST", path, b"a" * 70_000, headers), 413, 'data-status="413"')
        chunks = b"11170\r\n" + b"a" * 70_000 + b"\r\n0\r\n\r\n"
        headers = [("Content-Type", FORM), ("Transfer-Encoding", "chunked")]
        assert_http(ask(provider, "POST", path, chunks, headers), 413)
    assert_http(ask(provider, method, f"{path}?state=" + "a" * 8_001), 414)
    assert ask(provider, method, f"{path}?state=" + "a" * 17_000).status == 414  # gunicorn's own


def test_a_form_that_comes_in_chunks_is_a_form(stage: Stage) -> None:
    form = written(stage.standard_code(stage.code(stage.standard))).encode()
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (form[:20], form[20:])) + b"0\r\n\r\n"
    headers = [("Content-Type", FORM), ("Transfer-Encoding", "chunked")]

    assert "access_token" in ask(stage.town.provider, "POST", "/oauth/token", chunks, headers).json()


def test_more_parts_than_a_form_has_is_413(stage: Stage) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    headers = [("Content-Type", "multipart/form-data; boundary=x")]

    assert_http(
        ask(stage.town.provider, "POST", "/sns/oauth2/access_token", part * 1100 + b"--x--", headers), 413
    )


@pytest.mark.parametrize(
    "path",
    [
        "/mmopen/vi_32/x/132",
        "/mmopen/vi_32/%E4/132",
        "/mmopen/vi_32/%00/132",
        "/mmopen/vi_32/%ff%fe/132",
        "/mmopen/vi_32/..%2f..%2fetc%2fpasswd/132",
        "/mmopen/vi_32/../../etc/passwd",
        "/mmopen/vi_32/.../132",
        "/mmopen/vi_32/%2e%2e/132",
        "/mmopen/vi_32/a%0d%0aSet-Cookie:a=b/132",
        "/mmopen/vi_32/dG93bi8/132",  # town/
        "/mmopen/vi_32/dG93bi8A/132",  # town/ and a NUL
        "/mmopen/vi_32/L3poYW5nc2Fu/132x",
        "/mmopen/vi_32/dG93bi96aGFuZ3Nhbg/-1",
        "/mmopen/vi_32/dG93bi96aGFuZ3Nhbg/1.5",
        "/mmopen/vi_32/%E6%B1%89%E5%AD%97/132",
        "/mmopen/vi_32/" + "A" * 3000 + "/132",
        "/mmopen/" + "../" * 50,
        "/assets/provider/../app.py",
        "/assets/provider/%2e%2e%2fapp.py",
        "/assets/provider/..%5capp.py",
        "/assets/ninestep/%00",
        "/assets//etc/passwd",
        "/connect/login%00",
        "/connect/login/../../_mock",
        "/oauth/token/",
        "/sns/oauth2/access_token;a=b",
        "/%ff",
        "/%0d%0aSet-Cookie:a=b",
        "/.git/config",
    ],
)
def test_a_path_that_leads_nowhere_is_404(stage: Stage, path: str) -> None:
    assert_http(ask(stage.town.provider, "GET", path), 404)
    assert_page(ask(stage.town.provider, "GET", path, None, [("Accept", "text/html")]), 404, "404")


@pytest.mark.parametrize("size", ["0", "9" * 300, "%D9%A3"])
def test_an_avatar_has_no_size_that_hurts(stage: Stage, size: str) -> None:
    answer = ask(stage.town.provider, "GET", f"/mmopen/vi_32/dG93bi96aGFuZ3Nhbg/{size}")

    assert answer.status in (200, 404)
    assert len(answer.body) < 10_000


@pytest.mark.parametrize(
    "path", ["//evil.example/%2e%2e", "//evil.example", "/\\evil.example", "/connect//login"]
)
def test_no_path_leads_to_another_host(stage: Stage, path: str) -> None:
    answer = ask(stage.town.provider, "GET", path)

    assert answer.status in (308, 404)
    assert not answer.location or answer.location.startswith(stage.town.provider)


@pytest.mark.parametrize(
    "host", ["", "[", "[::1", "evil.example", "localhost:99999999", "\xff", "a b", "127.0.0.1@evil.example"]
)
def test_a_host_that_is_none_of_ours_is_421(stage: Stage, host: str) -> None:
    assert ask(stage.town.provider, "GET", "/connect/login", None, [("Host", host)]).status in (400, 421)


@pytest.mark.parametrize("accept", ["", "*", "text/html;q=abc", ";;;,,,", "\xff", "text/" * 500])
def test_an_accept_header_that_is_none_still_gets_an_answer(stage: Stage, accept: str) -> None:
    assert ask(stage.town.provider, "GET", "/connect/login", None, [("Accept", accept)]).status == 400


# -- the same through the gateway


def test_the_gateway_changes_no_refusal(stage: Stage) -> None:
    code = stage.code(stage.standard)
    form = [("Content-Type", FORM)]
    requests: list[tuple[str, str, bytes | None, list[tuple[str, str]]]] = [
        ("GET", "/sns/oauth2/access_token?appid=%FF%00&secret=x&code=%0D%0A&grant_type=x", None, []),
        ("POST", "/sns/oauth2/refresh_token", b"appid=%00", form),
        ("POST", "/oauth/token", b"code=a&code=b", form),
        ("POST", "/oauth/token", f"code={code}".encode(), [*form, ("Authorization", "Basic \xff")]),
        ("POST", "/oauth/token", b"{", [("Content-Type", "application/json")]),
        ("POST", "/oauth/token", b"a" * 70_000, form),
        ("GET", "/oauth/token", None, []),
        ("GET", "/oauth/authorize?client_id=%FF&redirect_uri=http://evil.example/", None, []),
        ("GET", f"/oauth/authorize?{written(damaged(stage.standard_authorize(), 'scope', '%ff'))}", None, []),
        ("GET", f"/connect/oauth2/authorize?{written(damaged(stage.wechat_authorize(stage.wechat), 'redirect_uri', 'CR LF'))}", None, []),
        ("GET", "/connect/login?rid=%00", None, [("Accept", "text/html")]),
        ("GET", "/mmopen/vi_32/..%2f..%2f/132", None, []),
        ("GET", "/oauth/authorize?state=" + "a" * 17_000, None, []),
        ("PUT", "/connect/consent", b"", []),
    ]  # fmt: skip
    for method, target, body, headers in requests:
        direct = ask(stage.town.provider, method, target, body, headers)
        through = ask(stage.town.gateway, method, target, body, headers)
        told = [(a.status, a.type, a.location, a.headers.get("WWW-Authenticate")) for a in (direct, through)]
        assert told[0] == told[1], target[:100]
        assert RID.sub("", direct.text.rstrip('"}')) == RID.sub("", through.text.rstrip('"}'))


# -- at random, with a fixed seed

WORDS = (
    "", "x", "code", "authorization_code", "refresh_token", "snsapi_base", "snsapi_userinfo,user_info", "user_info",
    "S256", "true", "consent", "%00", "%FF%FE", "%0D%0ALocation:%20http://evil.example", "%ED%A0%80", "%", "%zz",
    "+", "%F0%9F%92%A5", "-1", "9" * 50, "NaN", "null", "[]", "{}", "%7B%22a%22:1%7D", "../../etc/passwd", "a" * 900,
    "http://evil.example/", "//evil.example/", "http://127.0.0.1@evil.example/", "javascript:alert(1)", "http://[",
    quote(CALLBACK, safe=""), "%2F%2Fevil.example", "'%20OR%201=1--", "*", "town", "%7Btown%7D:users", "zhangsan",
)  # fmt: skip
NAMES = (
    "appid", "client_id", "secret", "client_secret", "code", "grant_type", "refresh_token", "redirect_uri", "state",
    "scope", "response_type", "token", "token_type_hint", "code_challenge", "code_challenge_method", "code_verifier",
    "prompt", "forcePopup", "rid", "nonce", "consent_nonce", "decision", "persona", "username", "password", "csrf_token", "world",
    "lang", "theme", "access_token", "openid", "%00", "", "a[]", "__proto__",
)  # fmt: skip
PATHS = (
    "/oauth/authorize", "/oauth/token", "/oauth/revoke", "/oauth/introspect", "/connect/oauth2/authorize",
    "/sns/oauth2/access_token", "/sns/oauth2/refresh_token", "/connect/login", "/connect/consent", "/oauth/login",
    "/oauth/consent", "/settings/authorizations", "/settings/authorizations/revoke", "/settings/logout",
    "/mmopen/vi_32/%00/132", "/mmopen/vi_32/dG93bi96aGFuZ3Nhbg/0",
)  # fmt: skip
HEADERS = (
    ("Accept", "text/html"), ("Accept", "application/json"), ("Accept", "\xff"), ("Cookie", "wx_session=\xff"),
    ("Cookie", "wx_session=x; ninestep_lang=en"), ("Authorization", "Basic \xff"), ("Authorization", "Basic Og=="),
    ("Authorization", "Bearer a b"), ("Origin", "http://evil.example"), ("Origin", "null"),
    ("X-Ninestep-Exchange", "a" * 64), ("X-Ninestep-Exchange", "\xff"), ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Proto", "https"), ("Accept-Language", "\xff;q=x"), ("Range", "bytes=9-1"),
    ("Content-Encoding", "gzip"), ("Referer", "http://[::1"), ("Referer", "\xff"),
)  # fmt: skip


def test_random_requests_never_break_it_and_never_lead_away(stage: Stage) -> None:
    chance = random.Random(20240609)
    good = [
        *stage.wechat_authorize(stage.wechat),
        *stage.standard_authorize(),
        *encoded(appid=stage.asking["appid"], client_secret=stage.standard["secret"]),
        *encoded(secret=stage.wechat["secret"], code=stage.code(stage.wechat), world=stage.wechat["world"]),
    ]
    own = {urlsplit(stage.town.provider).netloc, "127.0.0.1", ""}
    for _ in range(400):
        pairs = [
            chance.choice(good) if chance.random() < 0.6 else (chance.choice(NAMES), chance.choice(WORDS))
            for _ in range(chance.randrange(9))
        ]
        path, method = chance.choice(PATHS), chance.choice(("GET", "GET", "POST", "POST", "HEAD"))
        types = (FORM, FORM, "multipart/form-data; boundary=x", "application/json", "text/plain")
        headers = [*chance.sample(HEADERS, chance.randrange(3)), ("Content-Type", chance.choice(types))]
        in_body = written(pairs).encode() if method == "POST" and chance.random() < 0.8 else None
        target = path if in_body is not None else f"{path}?{written(pairs)}"
        answer = ask(stage.town.provider, method, target, in_body, headers)
        host = urlsplit(answer.location).netloc
        assert host in own, (method, target, pairs, answer.location)
        assert "evil" not in answer.headers.get("Content-Security-Policy", "")
