"""What the resource API answers to input that is wrong: damaged parameters, tokens sent in odd ways, odd requests.

Requests are written to the socket byte by byte, because a client library would put most of this right. A refusal
changes nothing: the good call works afterwards.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any
from urllib.parse import quote

import pytest
from by_hand import Answer, ask

pytestmark = pytest.mark.thorough

FORM = ("Content-Type", "application/x-www-form-urlencoded")
RID = re.compile(r", rid: [0-9a-f]{8}(-[0-9a-f]{8}){2}$")
GONE = ("missing", "")
GARBAGE = (
    *("%FF%FE", "%00", "x%0D%0ASet-Cookie:%20a=b", "%ED%A0%80", "%E4%BD%", "%F0%9F%92%A5", "%zz", "-1"),
    *("a" * 1024, "9" * 400, quote("\"'><script>alert(1)</script>"), "{}", "[]", "null", "*", "%7Btown%7D:x"),
)


class Stage:
    """A world with a WeChat app of each fidelity and a standard app, and a token of each."""

    def __init__(self, town: Any) -> None:
        self.town = town
        wechat = {"dialect": "wechat", "kind": "official_account"}
        self.app = self._app(**wechat)
        world = {"world": self.app["world"]}
        self.token, self.openid = self._wechat_token(self.app)
        tutorial = self._app(**wechat, **world, fidelity="tutorial")
        self.tutorial_token, _ = self._wechat_token(tutorial)
        standard = self._app(**world, dialect="standard")
        form = {
            "grant_type": "authorization_code",
            "code": self._code(standard, scope="user_info"),
            "redirect_uri": "http://a.test/",
        }
        auth = (standard["appid"], standard["secret"])
        answer = town.http.post(f"{town.provider}/oauth/token", data=form, auth=auth, timeout=10)
        self.standard_token = str(answer.json()["access_token"])

    def _app(self, **fields: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.town.api(
            "POST", "/apps", {"name": "坏输入", "redirect_uris": ["http://a.test/"], **fields}
        )
        return made

    def _code(self, app: dict[str, Any], **more: str) -> str:
        body = {"user": "zhangsan", "redirect_uri": "http://a.test/"} | more
        return str(self.town.api("POST", f"/apps/{app['appid']}/codes", body)["code"])

    def _wechat_token(self, app: dict[str, Any]) -> tuple[str, str]:
        query = {"appid": app["appid"], "secret": app["secret"], "code": self._code(app)}
        query |= {"grant_type": "authorization_code"}
        url = f"{self.town.provider}/sns/oauth2/access_token"
        answer = json.loads(self.town.http.get(url, params=query, timeout=10).content)
        return str(answer["access_token"]), str(answer["openid"])

    def get(self, target: str, *headers: tuple[str, str]) -> Answer:
        return ask(self.town.resource, "GET", target, None, headers)

    def post(self, target: str, body: str, *headers: tuple[str, str]) -> Answer:
        return ask(self.town.resource, "POST", target, body.encode(), headers or [FORM])


@pytest.fixture(scope="module")
def stage(town: Any) -> Stage:
    return Stage(town)


def assert_errcode(answer: Answer, number: int) -> None:
    """WeChat: HTTP 200, text/plain without a charset, two members (wire.md A.4, A.6)."""
    assert (answer.status, answer.type) == (200, "text/plain")
    assert list(answer.json()) == ["errcode", "errmsg"]
    assert answer.json()["errcode"] == number


def assert_challenged(answer: Answer, status: int, error: str) -> None:
    """RFC 6750 §3: a challenge that names the error and describes it, and no error where no token was sent."""
    assert (answer.status, answer.type) == (status, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    told = 'Bearer realm="ninestep"'
    if error:
        assert answer.challenge.startswith(f'{told}, error="{error}", error_description="')
    else:
        assert answer.challenge == told
    assert answer.json() == ({"error": error} if error else {})


def assert_http(answer: Answer, status: int) -> None:
    """Refused below any dialect; a program gets JSON."""
    assert (answer.status, answer.type) == (status, "application/json")
    assert answer.json() == {"error": f"http_{status}", "status": status}


# -- WeChat: /sns/userinfo and /sns/auth


@pytest.mark.parametrize("path", ["/sns/userinfo", "/sns/auth"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("parameter", "values", "number"),
    [
        ("access_token", GONE, 41001),
        ("access_token", GARBAGE, 40001),
        ("openid", GONE, 41009),
        ("openid", GARBAGE, 40003),
        ("lang", (*GONE, *GARBAGE), 0),
        ("unknown", GARBAGE, 0),
    ],
    ids=lambda value: value if isinstance(value, str | int) else "",
)
def test_wechat_parameters(
    stage: Stage, path: str, method: str, parameter: str, values: tuple[str, ...], number: int
) -> None:
    good = {"access_token": stage.token, "openid": stage.openid, "lang": "zh_CN"}

    def send(given: dict[str, str]) -> Answer:
        text = "&".join(f"{name}={value}" for name, value in given.items() if value != "missing")
        return stage.get(f"{path}?{text}") if method == "GET" else stage.post(path, text)

    for value in values:
        answer = send({**good, parameter: value})
        if number:
            assert_errcode(answer, number)
            assert RID.search(answer.json()["errmsg"])
        else:
            assert answer.status == 200
            assert answer.json().get("errcode", 0) == 0
    assert send(good).json().get("errcode", 0) == 0


def test_wechat_reads_the_first_of_two_and_the_form_before_the_query(stage: Stage) -> None:
    good = f"access_token={stage.token}&openid={stage.openid}"

    assert "nickname" in stage.get(f"/sns/userinfo?{good}&access_token=x&openid=y").json()
    assert_errcode(stage.get(f"/sns/userinfo?access_token=x&{good}"), 40001)
    assert "nickname" in stage.post("/sns/userinfo?access_token=x&openid=y", good).json()


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer \xff\xfe",
        "Bearer a b c",
        "Basic \xff",
        "\xff",
        "Bearer " + "a" * 4000,
    ],
)
def test_wechat_ignores_any_authorization_header_beside_the_query(stage: Stage, authorization: str) -> None:
    """wire.md §11.10: the query wins."""
    query = f"access_token={stage.token}&openid={stage.openid}"

    assert "nickname" in stage.get(f"/sns/userinfo?{query}", ("Authorization", authorization)).json()
    assert_errcode(stage.get(f"/sns/userinfo?openid={stage.openid}", ("Authorization", authorization)), 41001)


def test_a_bearer_header_alone_opens_what_the_fidelity_says_and_no_other_dialect(stage: Stage) -> None:
    def with_header(path: str, token: str) -> Answer:
        return stage.get(path, ("Authorization", f"Bearer {token}"))

    assert_errcode(with_header("/sns/userinfo", stage.token), 41001)
    assert "nickname" in with_header("/sns/userinfo", stage.tutorial_token).json()
    assert_errcode(with_header("/sns/userinfo", stage.standard_token), 41001)
    assert_errcode(with_header("/sns/auth", stage.tutorial_token), 41001)
    assert_challenged(with_header("/userinfo", stage.token), 401, "invalid_token")
    assert_challenged(with_header("/userinfo", stage.tutorial_token), 401, "invalid_token")
    assert_errcode(stage.get(f"/sns/userinfo?access_token={stage.standard_token}&openid=o"), 40001)


def test_a_token_of_another_dialect_does_not_use_up_an_apps_fault(stage: Stage, world: Any) -> None:
    fault = {"endpoint": "userinfo", "error": "server_error", "times": 1}
    code = world.town.api("POST", f"/apps/{world.appid}/codes", {"user": "zhangsan"})["code"]
    query = f"appid={world.appid}&secret={world.secret}&code={code}&grant_type=authorization_code"
    token = ask(world.town.provider, "GET", f"/sns/oauth2/access_token?{query}").json()
    world.town.api("POST", f"/apps/{world.appid}/faults", fault)

    bearer = ("Authorization", f"Bearer {token['access_token']}")
    assert_challenged(stage.get("/userinfo", bearer), 401, "invalid_token")

    query = f"access_token={token['access_token']}&openid={token['openid']}"
    assert_errcode(stage.get(f"/sns/userinfo?{query}"), -1)


# -- standard: /userinfo


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("authorization", "error"),
    [
        ("", ""),
        ("Bearer", ""),
        ("Bearer ", ""),
        ("Basic YTpi", ""),
        ("Bearerx {token}", ""),
        ("\xff\xfe", ""),
        ("Bearer {token}x", "invalid_token"),
        ("Bearer {token} {token}", "invalid_token"),
        ("Bearer {token},{token}", "invalid_token"),
        ('Bearer token="{token}"', "invalid_token"),
        ("Bearer \xff\xfe", "invalid_token"),
        ("Bearer " + "a" * 4000, "invalid_token"),
        ("Bearer ../../etc/passwd", "invalid_token"),
    ],
)
def test_standard_header(stage: Stage, method: str, authorization: str, error: str) -> None:
    header = ("Authorization", authorization.replace("{token}", stage.standard_token))

    answer = ask(stage.town.resource, method, "/userinfo", b"", [header, FORM])

    assert_challenged(answer, 401, error)


def test_standard_scheme_is_read_in_any_case(stage: Stage) -> None:
    answer = stage.get("/userinfo", ("Authorization", f"bEARER  {stage.standard_token}"))

    assert answer.json()["id"] == "zhangsan"


def test_standard_token_in_two_places_is_refused(stage: Stage) -> None:
    """RFC 6750 §2: one way per request, also where both say the same."""
    token = stage.standard_token
    header, pair = ("Authorization", f"Bearer {token}"), f"access_token={token}"

    for answer in (
        stage.get(f"/userinfo?{pair}", header),
        stage.get(f"/userinfo?{pair}&{pair}"),
        stage.get("/userinfo?access_token=a&access_token=b"),
        stage.post("/userinfo", pair, FORM, header),
        stage.post(f"/userinfo?{pair}", pair),
        stage.post("/userinfo", f"{pair}&{pair}"),
    ):
        assert_challenged(answer, 400, "invalid_request")
    assert_challenged(stage.get("/userinfo", header, header), 401, "invalid_token")
    for answer in (
        stage.get("/userinfo", header),
        stage.get(f"/userinfo?{pair}"),
        stage.post("/userinfo", pair),
    ):
        assert answer.json()["id"] == "zhangsan"


def test_standard_token_parameter(stage: Stage) -> None:
    for value in GARBAGE:
        assert_challenged(stage.get(f"/userinfo?access_token={value}"), 401, "invalid_token")
        assert_challenged(stage.post("/userinfo", f"access_token={value}"), 401, "invalid_token")
    for target in ("/userinfo", "/userinfo?access_token=", "/userinfo?access_token", "/userinfo?&&=&%"):
        assert_challenged(stage.get(target), 401, "")


def test_a_token_in_the_form_of_a_get_counts_for_nothing(stage: Stage) -> None:
    """RFC 6750 §2.2: not where the body has no meaning."""
    body = f"access_token={stage.standard_token}".encode()

    assert_challenged(ask(stage.town.resource, "GET", "/userinfo", body, [FORM]), 401, "")


# -- bodies, methods, sizes, paths


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", '{"access_token": "{token}", "openid": "x"}'),
        ("application/json", "{"),
        ("text/plain", "access_token={token}&openid=x"),
        ("", "access_token={token}&openid=x"),
        ("\xff", "access_token={token}&openid=x"),
        ("multipart/form-data", "--x"),
        (
            "multipart/form-data; boundary=x",
            '--x\r\nContent-Disposition: form-data; name="access_token"\r\n\r\nno end',
        ),
        ("multipart/form-data; boundary=x", "--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=" + "x" * 500, "--x"),
        (FORM[1], "&&==&%&%%"),
    ],
)
def test_a_body_that_is_no_form_says_nothing(stage: Stage, content_type: str, body: str) -> None:
    body = body.replace("{token}", stage.standard_token)
    header = ("Content-Type", content_type)

    assert_challenged(stage.post("/userinfo", body, header), 401, "")
    assert_errcode(stage.post("/sns/userinfo", body, header), 41001)
    assert_errcode(stage.post("/sns/auth", body, header), 41001)
    query = f"access_token={stage.token}&openid={stage.openid}"
    assert "nickname" in stage.post(f"/sns/userinfo?{query}", body, header).json()


@pytest.mark.parametrize("path", ["/userinfo", "/sns/userinfo", "/sns/auth"])
def test_methods_and_sizes(stage: Stage, path: str) -> None:
    resource = stage.town.resource
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "BREW"):
        assert_http(ask(resource, method, path, b""), 405)
    page = ask(resource, "PUT", path, b"", [("Accept", "text/html")])
    assert (page.status, page.type) == (405, "text/html; charset=utf-8")
    for content_type in (FORM[1], "application/json", "multipart/form-data; boundary=x"):
        headers = [("Content-Type", content_type)]
        assert_http(ask(resource, "POST", path, b"access_token=" + b"a" * 70_000, headers), 413)
    assert stage.get(f"{path}?access_token=" + "a" * 17_000).status == 414


@pytest.mark.parametrize(
    "path",
    [
        "/sns/userinfo/",
        "/sns/userinfo%00",
        "/sns/userinfo;a=b",
        "/sns/../userinfo/..",
        "/userinfo/../../etc/passwd",
        "/userinfo/%2e%2e%2f",
        "/%ff",
        "/%0d%0aSet-Cookie:a=b",
        "/assets/ninestep/../../app.py",
        "/assets/ninestep/%2e%2e%2fapp.py",
        "/_mock/api/apps",
        "/connect/login",
    ],
)
def test_a_path_that_leads_nowhere_is_404(stage: Stage, path: str) -> None:
    assert_http(stage.get(path), 404)


def test_the_gateway_changes_no_refusal(stage: Stage) -> None:
    header = ("Authorization", f"Bearer {stage.standard_token}")
    requests: list[tuple[str, str, bytes | None, list[tuple[str, str]]]] = [
        ("GET", "/sns/userinfo?access_token=%FF&openid=%00", None, []),
        ("GET", "/sns/auth?access_token=%0D%0A", None, []),
        ("POST", "/sns/userinfo", b"{", [("Content-Type", "application/json")]),
        ("GET", f"/userinfo?access_token={stage.standard_token}", None, [header]),
        ("GET", "/userinfo", None, [("Authorization", "Bearer \xff")]),
        ("POST", "/userinfo", b"a" * 70_000, [FORM]),
        ("GET", "/userinfo?access_token=" + "a" * 17_000, None, []),
        ("PUT", "/sns/auth", b"", []),
    ]
    for method, target, body, headers in requests:
        direct = ask(stage.town.resource, method, target, body, headers)
        through = ask(stage.town.gateway, method, target, body, headers)
        assert (direct.status, direct.type, direct.challenge) == (
            through.status,
            through.type,
            through.challenge,
        )


def test_random_requests_never_break_it(stage: Stage) -> None:
    chance = random.Random(20240609)
    words = (*GARBAGE, "", stage.token, stage.openid, stage.standard_token, stage.tutorial_token, "zh_TW")
    names = ("access_token", "openid", "lang", "appid", "%00", "", "a[]")
    odd = ("Bearer \xff", "Bearer " + stage.standard_token, "Bearer " + stage.token, "Basic \xff", "")
    headers = (
        *(("Authorization", value) for value in odd),
        *(("Accept", "text/html"), ("Accept", "\xff"), ("Cookie", "a=\xff"), ("X-Ninestep-Exchange", "\xff")),
        *(("Range", "bytes=9-1"), ("Content-Encoding", "gzip"), ("X-Forwarded-Host", "evil.example")),
    )
    for _ in range(250):
        text = "&".join(f"{chance.choice(names)}={chance.choice(words)}" for _ in range(chance.randrange(5)))
        path = chance.choice(("/userinfo", "/sns/userinfo", "/sns/auth"))
        method = chance.choice(("GET", "POST", "HEAD"))
        body = text.encode() if method == "POST" and chance.random() < 0.8 else None
        target = path if body is not None else f"{path}?{text}"
        kind = (
            "Content-Type",
            chance.choice((FORM[1], "multipart/form-data; boundary=x", "application/json")),
        )
        answer = ask(
            stage.town.resource, method, target, body, [kind, *chance.sample(headers, chance.randrange(3))]
        )
        assert "Location" not in answer.headers, answer
