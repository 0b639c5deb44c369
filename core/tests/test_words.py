"""Every page can be read in both languages: the catalogues have the same keys, and templates ask only for those."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = ROOT / "core/ninestep"
PACKAGES = [CORE, ROOT / "provider/ninestep_provider", ROOT / "client_app/ninestep_client_app"]
ASKED = re.compile(
    r"""\bt\(\s*["']([\w.]+)["']\s*[,)]"""
)  # a key that is written out; composed ones are not seen
PLACE = re.compile(r"\{(\w+)\}")
IDS = [package.name for package in PACKAGES]


def words(package: Path, language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in (package / "words").glob(f"*{language}.json"):
        part: dict[str, str] = json.loads(file.read_text("utf-8"))
        assert part.keys() & found.keys() == set(), file.name
        found |= part
    return found


@pytest.mark.parametrize("package", PACKAGES, ids=IDS)
def test_both_languages_have_the_same_keys_and_places(package: Path) -> None:
    chinese, english = words(package, "zh-CN"), words(package, "en")
    assert chinese.keys() == english.keys()
    assert {k: set(PLACE.findall(v)) for k, v in chinese.items()} == {
        k: set(PLACE.findall(v)) for k, v in english.items()
    }


@pytest.mark.parametrize("package", PACKAGES, ids=IDS)
def test_templates_ask_only_for_words_that_exist(package: Path) -> None:
    known = words(CORE, "en") | words(package, "en")
    asked = {
        (page.name, key)
        for page in (package / "templates").rglob("*.html")
        for key in ASKED.findall(page.read_text("utf-8"))
    }
    assert {(page, key) for page, key in asked if key not in known} == set()


@pytest.mark.parametrize("package", PACKAGES, ids=IDS)
def test_no_template_has_inline_script_or_style_or_another_host(package: Path) -> None:
    """The policy would block the first two silently (design.md §1, law 8)."""
    blocked = re.compile(r"""\sstyle=|<style|\son\w+=|<script(?![^>]*\ssrc=)|(?:src|href)="(?:https?:)?//""")
    found = [
        (page.name, hit.group())
        for page in (package / "templates").rglob("*.html")
        for hit in blocked.finditer(page.read_text("utf-8"))
    ]
    assert found == []


def test_every_reason_and_error_of_the_authorize_pages_has_words() -> None:
    from ninestep.dialects.neutral import ENDPOINTS_OF
    from ninestep.dialects.wechat.errors import PAGES, UNNUMBERED_PAGES

    known = words(ROOT / "provider/ninestep_provider", "en")
    source = (ROOT / "provider/ninestep_provider/engine/authorization.py").read_text("utf-8")
    table = dict(re.findall(r'^    "(\w+)": "(\w+)",$', source, re.M))
    reasons = {
        *table,
        *PAGES,
        *UNNUMBERED_PAGES,
        *(r for r, places in ENDPOINTS_OF.items() if "authorize" in places),
    }

    assert {f"reason.{reason}" for reason in reasons} - known.keys() == set()
    assert {f"error.{error}" for error in table.values()} - known.keys() == set()
