"""What the documentation says is so: names and tables are compared with the code, examples run against the town."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from guides import FENCED, ROOT, example, text
from ninestep.dialects import DIALECTS, policies_of
from ninestep.dialects.neutral import ENDPOINTS_OF
from ninestep.faults import kinds
from ninestep.settings import PREFIX, SERVICES
from ninestep.trace.vocabulary import ENDPOINTS

READMES = ("README.md", "README.zh-CN.md")
GUIDES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").glob("*.md"))
PAGES = [*READMES, *GUIDES, "CHANGELOG.md", "CONTRIBUTING.md"]
SETTINGS = sorted({field.name for service in SERVICES for field in fields(service)})
MY_APP = "wxc0ffee0123456789"
LARGEST_PICTURE = 250_000

LINK = re.compile(r"\]\(([^)\s]+)\)")


def both(name: str) -> list[str]:
    """A guide in both languages."""
    return [f"docs/{name}.md", f"docs/{name}.zh-CN.md"]


@pytest.mark.parametrize("guide", both("settings"))
def test_every_setting_is_documented_and_no_other(guide: str) -> None:
    named = set(re.findall(rf"^\| `{PREFIX}(\w+)` \|", text(guide), re.M))
    assert named == {name.upper() for name in SETTINGS}


HEADINGS = {
    "standard": ("Standard\n", "标准\n"),
    "wechat": ("WeChat\n", "微信\n"),
    "weibo": ("Weibo\n", "微博\n"),
    "qq": ("QQ\n", "QQ\n"),
}


@pytest.mark.parametrize("guide", both("fidelity"))
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_policy_is_documented_with_what_it_is_under_each_fidelity(guide: str, dialect: str) -> None:
    sections = re.split(r"^## ", text(guide), flags=re.M)
    section = next(s for s in sections if s.startswith(HEADINGS[dialect]))
    told = re.findall(r"^\| `(\w+)` \| `(.+?)` \| `(.+?)` \| (.+?) \|", section, re.M)
    is_so = [
        (
            p.name,
            json.dumps(p.platform),
            json.dumps(p.tutorial),
            " ".join(f"`{json.dumps(c)}`" for c in p.choices),
        )
        for p in policies_of(dialect).values()
    ]
    assert told == is_so


@pytest.mark.parametrize("guide", both("faults"))
def test_every_error_that_can_be_asked_for_is_documented_at_its_endpoint(guide: str) -> None:
    told = {
        endpoint: set(re.findall(r"`(\w+)`", errors))
        for endpoint, errors in re.findall(r"^\| `(\w+)` \| [^|]+ \| ((?:`\w+` )*)\|$", text(guide), re.M)
    }
    assert told == {
        endpoint: {error for error, places in ENDPOINTS_OF.items() if endpoint in places}
        for endpoint in ENDPOINTS
    }


@pytest.mark.parametrize("guide", both("faults"))
def test_every_kind_of_fault_is_documented_with_what_it_needs(guide: str) -> None:
    rows = dict(re.findall(r"^\| `(\w+)`[^|]* \| ([^|]*) ?\| [^|]", text(guide), re.M))
    told = {kind: re.findall(r"`(\w+)`", needs) for kind, needs in rows.items() if kind in kinds.PLACES}
    assert set(told) == set(kinds.PLACES)
    for kind, names in told.items():
        wanted = [kinds.NEEDS[kind]] if kind in kinds.NEEDS else []
        assert names == wanted + (["value"] if kind in kinds.TAKES else [])


@pytest.mark.parametrize("guide", both("testing"))
def test_every_documented_test_id_is_in_a_template(guide: str) -> None:
    templates = "".join(
        path.read_text("utf-8") for path in (ROOT / "provider/ninestep_provider/templates").rglob("*.html")
    )
    starts = ("wx-persona-", "wx-scope-", "ph-owner-")
    composed = {"ph-owner-change": '"ph-owner-change"'}
    composed |= {start: f'data-testid="{start}{{{{' for start in starts}
    ids = set(re.findall(r"`((?:wx|ph)-[\w-]+)`", text(guide)))

    assert len(ids) > 15
    for name in ids:
        written = next((part for start, part in composed.items() if name.startswith(start)), f'"{name}"')
        assert written in templates, name


@pytest.mark.parametrize("guide", READMES)
def test_the_python_of_the_readme_runs(guide: str, town: Any) -> None:
    outcome = run([sys.executable, "-c", example(guide, "python", town)])

    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("guide", READMES)
def test_the_shell_of_the_readme_goes_from_authorize_to_profile_by_hand(guide: str, town: Any) -> None:
    for program in ("bash", "curl"):
        if not shutil.which(program):
            pytest.skip(f"no {program} here")

    outcome = run(["bash", "-euo", "pipefail", "-c", example(guide, "curl", town)])

    assert outcome.returncode == 0, outcome.stderr
    _, callback, token, profile, again = outcome.stdout.splitlines()
    assert parse_qs(urlsplit(callback).query)["state"] == ["4711"]
    assert json.loads(token)["scope"] == "snsapi_userinfo"
    assert json.loads(profile)["nickname"] == "张三"
    assert json.loads(again)["errcode"] == 40163


@pytest.mark.parametrize("guide", READMES)
def test_the_openid_connect_client_of_the_readme_logs_in(guide: str, town: Any) -> None:
    client: dict[str, Any] = {"__name__": "__main__"}
    exec(example(guide, "oidc", town), client)
    appid = client["mine"]["client_id"]
    try:
        town.api("POST", f"/apps/{appid}/next", {"user": "zhangsan"})
        browser = client["app"].test_client()

        callback = urlsplit(authorized(browser.get("/login").headers["Location"]))

        assert browser.get(f"/callback?{callback.query}").json["name"] == "张三"
    finally:
        town.api("DELETE", f"/apps/{appid}")


@pytest.mark.parametrize("guide", both("your-own-client"))
def test_a_wechat_client_as_the_guide_has_it_logs_in(guide: str, town: Any) -> None:
    client: dict[str, Any] = {}
    exec(example(guide, "python wechat", town), client)
    town.api("POST", f"/apps/{MY_APP}/next", {"user": "lisi"})

    callback = authorized(client["login_url"]("s"))

    assert client["profile"](parse_qs(urlsplit(callback).query)["code"][0])["nickname"] == "李四🌸"


@pytest.mark.parametrize("guide", both("your-own-client"))
def test_a_standard_client_as_the_guide_has_it_logs_in(
    guide: str, town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "0")  # the guide sets it; afterwards it is as it was
    client: dict[str, Any] = {}
    exec(example(guide, "python standard", town), client)
    try:
        town.api("POST", "/apps/my-web-app/next", {"user": "zhangsan"})
        verifier = "v" * 64
        url, state = client["login_url"](verifier)

        assert client["profile"](authorized(url), state, verifier)["name"] == "张三"
    finally:
        client["client"].close()
        town.api("DELETE", "/apps/my-web-app")


def test_both_readmes_name_the_same_commands_and_addresses() -> None:
    chinese, english = (
        {
            "commands": re.findall(r"\b(?:make [a-z-]+|docker compose \w+)\b", "\n".join(commands(guide))),
            "addresses": sorted(set(re.findall(r"http://127\.0\.0\.1:\d+[\w/]*", text(guide)))),
            "calls": [
                line.strip()
                for line in commands(guide)
                if line.strip().startswith(("curl", "TOKEN=", "SECRET="))
            ],
        }
        for guide in READMES
    )
    assert english == chinese


@pytest.mark.parametrize("guide", READMES)
def test_the_readme_names_commands_that_make_knows(guide: str) -> None:
    verbs = set(re.findall(r"^([a-z-]+):.*##", text("Makefile"), re.M))
    named = set(re.findall(r"\bmake ([a-z][a-z-]+)\b", "\n".join(commands(guide))))
    assert {"demo", "test"} <= named <= verbs


@pytest.mark.parametrize("guide", PAGES)
def test_every_relative_link_leads_to_a_file(guide: str) -> None:
    links = [link.partition("#")[0] for link in LINK.findall(text(guide)) if "://" not in link]
    assert [link for link in links if link and not ((ROOT / guide).parent / link).exists()] == []


@pytest.mark.parametrize("guide", PAGES)
def test_no_page_knows_the_machine_it_was_written_on(guide: str) -> None:
    assert re.findall(r"(?<![\w.:/])/(?:work|home|Users|root|tmp|opt)/\S*", text(guide)) == []


def test_pictures_are_small_and_all_of_them_are_shown() -> None:
    pictures = {path.name: path.stat().st_size for path in (ROOT / "docs/pictures").glob("*.png")}
    shown = {
        Path(link).name for guide in READMES for link in LINK.findall(text(guide)) if link.endswith(".png")
    }
    assert pictures.keys() == shown
    assert {name for name, size in pictures.items() if size > LARGEST_PICTURE} == set()


@pytest.mark.parametrize("guide", [guide for guide in [*READMES, *GUIDES] if not guide.endswith("zh-CN.md")])
def test_every_page_has_its_twin_in_chinese(guide: str) -> None:
    twin = guide.replace(".md", ".zh-CN.md")
    assert (ROOT / twin).exists()
    assert Path(twin).name in text(guide)
    assert Path(guide).name in text(twin)


def commands(guide: str) -> list[str]:
    """The lines of all code blocks."""
    return [line for block in FENCED.findall(text(guide)) for line in block.splitlines()]


def authorized(url: str) -> str:
    """Where a login leads that was armed beforehand."""
    return requests.get(url, allow_redirects=False, timeout=10).headers["Location"]


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    plain = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env={**plain, "PYTHONUTF8": "1"}
    )
