"""Exports through the control API: each is parsed back, none tells a secret, and one can be read in again."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import random
import re
import xml.etree.ElementTree as ET
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urljoin, urlsplit

import pytest
import requests
from ninestep_provider.control.exports import FORMATS

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"
EXTS = [form.ext for form in FORMATS]
MESSAGES_KEPT = ("step", "name", "from", "to", "via", "channel", "at", "outcome", "error", "checks", "notes")


def logged_in(control: Any, **fields: Any) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """An app, the flow of one login with it, and the token answer."""
    app = control.wechat(**fields)
    token = control.login(app)
    return app, control("GET", "/flows", app=app["appid"])[0]["id"], token


def export(control: Any, flow: str, ext: str, *, status: int = 200, **query: str) -> str:
    answer = control.ask("GET", f"/flows/{flow}/export.{ext}", query_string=query)
    assert answer.status_code == status, answer.text[:300]
    return str(answer.get_data(as_text=True))


@pytest.mark.parametrize("ext", EXTS)
def test_each_form_has_its_type_and_its_name(control: Any, ext: str) -> None:
    _, flow, _ = logged_in(control)

    answer = control.ask("GET", f"/flows/{flow}/export.{ext}")

    types = {form.ext: form.content_type for form in FORMATS}
    assert answer.status_code == 200
    assert answer.content_type == f"{types[ext]}; charset=utf-8"
    saved = answer.headers.get("Content-Disposition")
    assert saved == (None if ext in ("mmd", "svg") else f'attachment; filename="ninestep-{flow}.{ext}"')


@pytest.mark.parametrize("ext", EXTS)
def test_nothing_secret_is_in_an_export(control: Any, ext: str) -> None:
    app = control.wechat(policies={"reveal": True})
    location = control.authorize(app, state="a-state-that-is-secret").headers["Location"]
    code = location.split("code=")[1].split("&")[0]
    token = control.redeem(app, code)
    refreshed = control.refresh(app, token["refresh_token"])
    flow = control("GET", "/flows", app=app["appid"])[0]["id"]

    text = export(control, flow, ext)

    secret = [app["secret"], code, "a-state-that-is-secret"]
    secret += [answer[name] for answer in (token, refreshed) for name in ("access_token", "refresh_token")]
    assert [value for value in secret if value in text] == []
    assert "sealed" not in text


@pytest.mark.parametrize("ext", ["har", "sh", "md", "html"])
def test_values_are_shown_where_policy_and_reader_want_it(control: Any, ext: str) -> None:
    app, flow, token = logged_in(control, policies={"reveal": True})

    opened = export(control, flow, ext, reveal="1")

    assert app["secret"] in opened
    assert (token["access_token"] in opened) is (ext != "sh")


def test_values_stay_hidden_without_the_policy(control: Any) -> None:
    _, flow, _ = logged_in(control)

    assert control.refused("GET", f"/flows/{flow}/export.har", status=409, reveal="1")["field"] == "reveal"


@pytest.mark.parametrize("ext", ["json", "py", "mmd", "svg"])
def test_what_never_holds_a_secret_cannot_be_asked_to(control: Any, ext: str) -> None:
    _, flow, _ = logged_in(control, policies={"reveal": True})

    assert control.refused("GET", f"/flows/{flow}/export.{ext}", reveal="1")["field"] == "reveal"


def test_svg_is_xml_and_says_what_was_on_the_wire(control: Any) -> None:
    _, flow, _ = logged_in(control, name="我的应用 <b>")

    root = ET.fromstring(export(control, flow, "svg"))

    texts = [element.text or "" for element in root.iter() if element.tag.endswith("}text")]
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert any("/sns/oauth2/access_token" in text for text in texts)
    assert "我的应用 <b>" in texts


@pytest.mark.parametrize("ext", EXTS)
def test_whatever_a_browser_makes_of_an_export_it_runs_no_script_of_it(control: Any, ext: str) -> None:
    _, flow, _ = logged_in(control)

    headers = control.ask("GET", f"/flows/{flow}/export.{ext}").headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


def test_mermaid_has_the_style_of_either_seed(control: Any) -> None:
    _, flow, _ = logged_in(control)

    assert "participant AuthServer as 授权服务器 (Authorization Server)" in export(
        control, flow, "mmd", style="s1"
    )
    assert "participant C as 微信授权服务器" in export(control, flow, "mmd", style="s0")
    assert control.refused("GET", f"/flows/{flow}/export.mmd", style="s2")["field"] == "style"


def test_a_lesson_is_in_the_language_that_was_asked_for(control: Any) -> None:
    _, flow, _ = logged_in(control)

    chinese, english = (export(control, flow, "md", lang=lang) for lang in ("zh-CN", "en"))

    assert chinese.startswith("# 九步课堂讲义")
    assert english.startswith("# Lesson sheet")
    assert "```mermaid\nsequenceDiagram" in english
    assert re.search(r"^\| 🔴 access\\_token `••••.{4}` \| ○ \| ● \| ● \| ○ \|", english, re.M)


@pytest.mark.parametrize("ext", EXTS)
def test_an_unknown_flow_cannot_be_exported(control: Any, ext: str) -> None:
    assert control.refused("GET", f"/flows/nowhere/export.{ext}", status=404)["field"] == "flow"


# -- and back in ------------------------------------------------------------------------------------------------


def shown(control: Any, flow: str) -> list[dict[str, Any]]:
    """What a flow's messages say, without what only this town can open."""
    found = control("GET", f"/flows/{flow}/messages", helpers="1")
    return [
        {name: message[name] for name in MESSAGES_KEPT}
        | {"legs": [(leg["request"], leg["response"], leg["values"]) for leg in message["legs"]]}
        for message in found
    ]


def test_a_flow_that_was_read_in_shows_the_same_messages(control: Any) -> None:
    _, flow, _ = logged_in(control)
    other = control.wechat()

    found = control(
        "POST", "/flows", json.loads(export(control, flow, "json")), status=201, world=other["world"]
    )

    assert (found["world"], found["imported"]) == (other["world"], True)
    assert found["steps"] == control("GET", f"/flows/{flow}")["steps"]
    assert shown(control, found["id"]) == shown(control, flow)
    assert control("GET", "/flows", world=other["world"])[0]["id"] == found["id"]


def test_an_imported_flow_is_never_taken_for_a_live_one(control: Any) -> None:
    app, flow, _ = logged_in(control)

    found = control("POST", "/flows", json.loads(export(control, flow, "json")), world=app["world"])

    assert found["id"].startswith("imported-")
    assert control("GET", f"/flows/{flow}").get("imported", False) is False
    assert [f["id"] for f in control("GET", "/flows", app=app["appid"], state="s")] == [flow]
    control.authorize(app)  # the same state again joins neither
    assert len(control("GET", "/flows", app=app["appid"], state="s")) == 2
    assert shown(control, found["id"]) == shown(control, flow)


def test_what_was_read_in_can_be_exported_again(control: Any) -> None:
    app, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json"))

    again = control("POST", "/flows", document, world=app["world"])["id"]

    second = json.loads(export(control, again, "json"))
    for e in (*document["exchanges"], *second["exchanges"]):
        del e["flow"]
    assert second["exchanges"] == document["exchanges"]
    for ext in EXTS:
        assert export(control, again, ext)


def test_a_secret_that_somebody_wrote_into_a_file_is_masked(control: Any) -> None:
    app, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json"))
    redeemed = next(e for e in document["exchanges"] if e["name"] == "code.redeemed")
    redeemed["request"]["url"] += "&refresh_token=SECRET-0123456789"
    redeemed["values"][0]["masked"] = "OTHER-SECRET-0123456789"
    redeemed["request"]["headers"].append(["X-Note", "OTHER-SECRET-0123456789"])

    found = control("POST", "/flows", document, world=app["world"])

    answer = control.ask("GET", f"/flows/{found['id']}/exchanges").text
    assert "SECRET-0123456789" not in answer


def test_markup_in_a_file_stays_text(control: Any) -> None:
    app, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json"))
    evil = "</script><img src=x onerror=alert(1)>\n```\n    A->>B: x\n$(touch x)`"
    for e in document["exchanges"]:
        e["error"], e["outcome"] = evil, "refused"
        e["request"]["url"] = "http://127.0.0.1/" + evil
        e["request"]["headers"] = [["X-Evil", evil]]
        e["response"]["body"] = evil
        e["checks"] = [{"name": evil, "ok": False, "detail": evil}]

    found = control("POST", "/flows", document, world=app["world"])

    for ext in ("html", "svg"):
        text = export(control, found["id"], ext)
        assert "<img src=x" not in text
        assert "onerror=alert" in text or ext == "svg"
    ET.fromstring(export(control, found["id"], "svg"))
    assert all(
        line.startswith(("sequenceDiagram", "    participant ", "    A", "    B", "    C", "    D"))
        for line in export(control, found["id"], "mmd").splitlines()
    )
    lesson = re.sub(r"(?<!\\)`[^`\n]+`", "", export(control, found["id"], "md"))
    assert re.findall(r"(?<!\\)<", lesson) == []
    assert lesson.count("```") == 2
    compile(export(control, found["id"], "py"), "export", "exec")


BAD: list[tuple[str, Any, str]] = [
    ("format", "har", "format"),
    ("version", 2, "version"),
    ("version", "1", "version"),
    ("exchanges", [], "exchanges"),
    ("exchanges", "all", "exchanges"),
    ("more", 1, "more"),
    ("flow", {"id": {"a": 1}}, "flow.id"),
]
BAD_EXCHANGE: list[tuple[str, Any, str]] = [
    ("name", "money.sent", "exchanges[0].name"),
    ("service", "bank", "exchanges[0].service"),
    ("outcome", "fine", "exchanges[0].outcome"),
    ("exchange", "x", "exchanges[0].exchange"),
    ("app", "<b>", "exchanges[0].app"),
    ("steps", {"request": 7, "response": 1}, "exchanges[0].steps"),
    ("at", 1e300, "exchanges[0].at"),
    ("duration", -1, "exchanges[0].duration"),
    ("at_real", "now", "exchanges[0].at_real"),
    ("request", {"url": "http://[", "method": "GET"}, "exchanges[0].request.url"),
    ("request", {"url": "/", "method": "get it"}, "exchanges[0].request.method"),
    ("response", {"status": 7}, "exchanges[0].response.status"),
    ("response", {"status": 200, "body": "x" * 20_000}, "exchanges[0].response.body"),
    (
        "values",
        [{"kind": "code", "hash": "zz", "masked": "••••", "where": "request.query"}],
        "exchanges[0].values",
    ),
    ("notes", [{"rule": "r", "detail": {"a": {"b": 1}}}], "exchanges[0].notes"),
    ("checks", [{"name": "n", "ok": True}] * 201, "exchanges[0].checks"),
]


@pytest.mark.parametrize(("field", "value", "named"), BAD)
def test_a_file_that_is_none_is_refused_by_the_name_of_its_field(
    control: Any, field: str, value: Any, named: str
) -> None:
    _, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json")) | {field: value}

    assert control.refused("POST", "/flows", document)["field"] == named


@pytest.mark.parametrize(("field", "value", "named"), BAD_EXCHANGE)
def test_an_exchange_that_cannot_be_is_refused(control: Any, field: str, value: Any, named: str) -> None:
    _, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json"))
    document["exchanges"][0][field] = value

    assert control.refused("POST", "/flows", document)["field"] == named
    assert control("GET", "/flows") == []


def test_nothing_but_brackets_is_refused(control: Any) -> None:
    deep = '{"a":' * 6000 + "1" + "}" * 6000
    sent = (
        f'{{"format":"ninestep.flow","version":1,"exchanges":[{{"notes":[{{"rule":"r","detail":{deep}}}]}}]}}'
    )

    answer = control.client.post("/_mock/api/flows", data=sent, content_type="application/json")

    assert answer.status_code == 400


def test_a_file_of_another_world_or_of_more_than_a_megabyte_is_refused(control: Any) -> None:
    _, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json"))

    control.refused("POST", "/flows", document, status=404, world="nowhere")
    control.refused("POST", "/flows", {**document, "exporter": "x" * 1_100_000}, status=413)
    control.refused("POST", "/flows", {**document, "exchanges": document["exchanges"] * 101})


def test_a_file_may_be_larger_than_other_bodies(control: Any) -> None:
    app, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json")) | {"exporter": "x" * 500_000}

    assert control("POST", "/flows", document, world=app["world"])["imported"]
    control.refused("POST", "/apps", {"name": "x" * 500_000}, status=413)


def test_imports_push_the_oldest_flows_out_and_never_fill_the_store(
    control: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ninestep.trace.imported.MOST_FLOWS", 3)
    monkeypatch.setattr("ninestep.trace.imported.TRIM_AT_ONCE", 0)
    monkeypatch.setattr("ninestep.trace.recorder.TRIM_AT_ONCE", 1)
    app, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json"))

    for _ in range(6):
        control("POST", "/flows", document, world=app["world"])

    assert len(control("GET", "/flows", world=app["world"])) == 3


EVIL: list[Any] = ["", "\n", "\0", "http://[", "//[x", "x" * 9000, "••••", "{", "[" * 2000, "%zz", "=&="]
EVIL += [-1, 0, 1.5, 1e308, True, None, [], {}, ["a", "b"], {"a": 1}, "https://user:pw@h:99999/x?y#z"]


def test_no_file_however_spoilt_makes_the_provider_fail(control: Any) -> None:
    app, flow, _ = logged_in(control)
    document = json.loads(export(control, flow, "json"))
    chance = random.Random(4)
    taken = 0
    for _ in range(120):
        spoilt = copy.deepcopy(document)
        node: Any = spoilt["exchanges"]
        while True:  # down to some leaf
            key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
            if not isinstance(node[key], (dict, list)) or not node[key] or chance.random() < 0.1:
                break
            node = node[key]
        node[key] = chance.choice(EVIL)

        answer = control.ask("POST", "/flows", spoilt, query_string={"world": app["world"]})

        assert answer.status_code in (201, 400, 422), answer.text
        if answer.status_code == 201:
            taken += 1
            found = answer.get_json()["id"]
            for part in (
                "messages?helpers=1",
                "ledger",
                f"compare/{flow}",
                *(f"export.{ext}" for ext in EXTS),
            ):
                assert control.ask("GET", f"/flows/{found}/{part}").status_code in (200, 409), (part, node)
    assert 5 < taken < 115


# -- two flows --------------------------------------------------------------------------------------------------


def test_two_logins_that_went_the_same_way_do_not_differ(control: Any) -> None:
    app, one, _ = logged_in(control)
    control.login(app, state="another")
    other = control("GET", "/flows", app=app["appid"])[0]["id"]

    found = control("GET", f"/flows/{one}/compare/{other}")

    assert found["same"] is True
    assert [pair["differences"] for pair in found["pairs"]] == [[]] * 4


def test_the_first_difference_is_where_the_second_login_was_refused(control: Any) -> None:
    app, one, _ = logged_in(control)
    wrong = {**app, "secret": "0" * 32}
    code = control.authorize(app, state="x").headers["Location"].split("code=")[1].split("&")[0]
    control.redeem(wrong, code)
    other = control("GET", "/flows", app=app["appid"], state="x")[0]["id"]

    found = control("GET", f"/flows/{one}/compare/{other}")

    [first] = [pair for pair in found["pairs"] if pair["first"]]
    parts = {(d["part"], d["name"]) for d in first["differences"]}
    assert first["step"] == 5
    assert any(part == "check" for part, _ in parts)
    sixth = next(pair for pair in found["pairs"] if pair["step"] == 6)
    assert {"part": "outcome", "name": "", "left": "ok", "right": "refused"} in sixth["differences"]


def test_a_flow_that_does_not_exist_cannot_be_compared(control: Any) -> None:
    _, flow, _ = logged_in(control)

    assert control.refused("GET", f"/flows/{flow}/compare/nowhere", status=404)["field"] == "flow"


# -- every kind of login, with secrets that the test knows ----------------------------------------------------------

Secrets = tuple[str, list[str]]  # a flow, and what nobody may read in it


def by_qr(town: Any) -> Secrets:
    app = made(town, dialect="wechat", kind="website")
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
    query |= {"scope": "snsapi_login", "state": "state-of-a-qr-login"}
    page = town.http.get(f"{town.provider}/connect/qrconnect", params=query, timeout=10)
    uuid = re.findall(r"/connect/qrcode/(\w+)", page.text)[0]
    town.api("POST", "/scan", {"uuid": uuid, "user": "zhangsan", "action": "confirm"})
    poll = town.http.get(f"{town.provider}/connect/l/qrconnect", params={"uuid": uuid}, timeout=40).text
    code = re.findall(r"wx_code='(\w+)'", poll)[0]
    form = {"appid": app["appid"], "secret": app["secret"], "code": code, "grant_type": "authorization_code"}
    token = json.loads(
        town.http.post(f"{town.provider}/sns/oauth2/access_token", data=form, timeout=10).content
    )
    flow = page.headers["X-Ninestep-Flow"]
    return flow, [uuid, code, app["secret"], query["state"], token["access_token"], token["refresh_token"]]


def by_mini_program(town: Any) -> Secrets:
    app = made(town, dialect="wechat", kind="mini_program")
    code = town.api("POST", f"/apps/{app['appid']}/js_codes", {"user": "zhangsan"})["js_code"]
    query = {
        "appid": app["appid"],
        "secret": app["secret"],
        "js_code": code,
        "grant_type": "authorization_code",
    }
    answer = town.http.get(f"{town.provider}/sns/jscode2session", params=query, timeout=10)
    key = json.loads(answer.content)["session_key"]
    return answer.headers["X-Ninestep-Flow"], [code, app["secret"], key, key.replace("/", "\\/")]


def by_basic(town: Any) -> Secrets:
    app = made(town, dialect="standard", consent={"mode": "auto", "user": "lisi"})
    verifier = "v" * 20 + "erifier-of-pkce-" + "x" * 20
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    query = {"client_id": app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
    query |= {"state": "state-of-basic", "code_challenge": challenge, "code_challenge_method": "S256"}
    query["scope"] = "openid offline_access user_info"
    sent = town.http.get(f"{town.provider}/oauth/authorize", params=query, allow_redirects=False, timeout=10)
    code = parse_qs(urlsplit(sent.headers["Location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    with requests.Session() as client:
        client.trust_env = False
        client.auth = (app["appid"], app["secret"])
        asked = client.post(f"{town.provider}/oauth/token", data=form, timeout=10)
        token = asked.json()
        again = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
        refreshed = client.post(f"{town.provider}/oauth/token", data=again, timeout=10).json()
        town.http.get(
            f"{town.resource}/userinfo",
            headers={"Authorization": f"Bearer {refreshed['access_token']}"},
            timeout=10,
        )
    basic = str(asked.request.headers["Authorization"]).removeprefix("Basic ")
    tokens = [answer[name] for answer in (token, refreshed) for name in ("access_token", "refresh_token")]
    return sent.headers["X-Ninestep-Flow"], [code, verifier, app["secret"], basic, query["state"], *tokens]


def by_password(town: Any) -> Secrets:
    app = made(town, dialect="wechat", fidelity="tutorial", consent={"mode": "ask"})
    password = "hunter2-is-no-password"
    town.api("PUT", f"/users/wang?world={app['world']}", {"nickname": "小王", "password": password})
    query = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
    query |= {"scope": "snsapi_userinfo", "state": "state-of-password"}
    with requests.Session() as browser:
        browser.trust_env = False
        page = browser.get(f"{town.provider}/connect/oauth2/authorize", params=query, timeout=10)
        flow = page.headers["X-Ninestep-Flow"]
        csrf = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)[0]
        action = urljoin(
            page.url, re.findall(r'<form[^>]* action="([^"]+)"', page.text)[0].replace("&amp;", "&")
        )
        sent = {"csrf_token": csrf, "username": "wang", "password": password}
        page = browser.post(action, data=sent, timeout=10)
        nonce = re.findall(r'name="consent_nonce" value="([^"]+)"', page.text)[0]
        action = urljoin(
            page.url, re.findall(r'<form[^>]* action="([^"]+)"', page.text)[0].replace("&amp;", "&")
        )
        given = {"consent_nonce": nonce, "decision": "approve", "scope": "snsapi_userinfo"}
        back = browser.post(action, data=given, allow_redirects=False, timeout=10)
        code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
        session = str(browser.cookies["wx_session"])
    return flow, [password, code, session, csrf, nonce, query["state"]]


def made(town: Any, **fields: Any) -> dict[str, Any]:
    app: dict[str, Any] = town.api(
        "POST", "/apps", {"redirect_uris": [CALLBACK], "policies": {"reveal": True}, **fields}
    )
    return app


@pytest.mark.parametrize("log_in", [by_qr, by_mini_program, by_basic, by_password])
def test_no_export_of_any_kind_of_login_tells_a_secret(town: Any, log_in: Any) -> None:
    flow, secrets = log_in(town)

    for ext in EXTS:
        if ext == "py" and log_in is by_mini_program:
            continue  # no page started it
        for lang in ("zh-CN", "en"):
            where = f"{town.provider}/_mock/api/flows/{flow}/export.{ext}?lang={lang}"
            answer = town.http.get(where, timeout=10)
            assert answer.status_code == 200, answer.text
            text = answer.content.decode()
            spelt = {
                part for secret in secrets for part in (secret, quote(secret, safe=""), quote_plus(secret))
            }
            assert [part for part in spelt if part in text] == [], ext


def test_a_program_that_asked_by_itself_has_no_browser_test(town: Any) -> None:
    flow, _ = by_mini_program(town)

    problem = town.api("GET", f"/flows/{flow}/export.py", status=409)

    assert "no page started this flow" in problem["detail"]
