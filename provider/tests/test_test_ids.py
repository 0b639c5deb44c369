"""The catalogue of test ids: what the templates have, it lists, and what it lists, they have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from ninestep.testids import pages
from ninestep.trace.vocabulary import SERVICES

ROOT = Path(__file__).parents[2]
FOLDERS = ("core/ninestep", "provider/ninestep_provider", "client_app/ninestep_client_app")
TEST_ID = re.compile(r'data-testid="((?:[^"{]|\{\{.*?\}\})*)"')
ELEMENT = re.compile(
    r'<\w(?:[^<>{]|\{\{.*?\}\}|\{%.*?%\})*?data-testid="(?:[^"{]|\{\{.*?\}\})*"(?:[^<>{]|\{\{.*?\}\}|\{%.*?%\})*>'
)
FILLED = re.compile(r"\{\{.*?\}\}")
CHOICE = re.compile(r"\{\{ '([\w-]+)' if \w+ else '([\w-]+)' \}\}")
PLACE = re.compile(r"<\w+>")
DOCUMENTED = re.compile(r"`((?:mt|wx|th|co|st|ln|er|ws|sb|ph|bs|cf|zh|ct|flow)-[a-z0-9<>-]+)`")


def sources(*kinds: str) -> Iterator[Path]:
    for folder in FOLDERS:
        for kind in kinds:
            yield from (ROOT / folder).rglob(f"*.{kind}")


def written(text: str) -> Iterator[str]:
    """As glob patterns: what is filled in is ``*``."""
    for found in TEST_ID.findall(text):
        if choice := CHOICE.fullmatch(found):
            yield from choice.groups()
        else:
            yield FILLED.sub("*", found)


IDS = {name: one for page in pages() for name, one in page.ids.items()}
GLOBS = {name: PLACE.sub("*", name) for name in IDS}


def test_every_test_id_of_every_template_is_listed() -> None:
    known = set(GLOBS.values())
    strange = {
        (path.name, pattern)
        for path in sources("html")
        for pattern in written(path.read_text("utf-8"))
        if pattern not in known and not any("*" in each and fnmatchcase(pattern, each) for each in known)
        if not pattern.startswith("*")  # a macro's: its callers say which
        if not any(fnmatchcase(each, pattern) for each in known)
    }
    assert strange == set(), "core/ninestep/testids.json"


def _filled(name: str, pattern: str) -> str:
    """What would have to be filled into the pattern's place; "" where it is not of that pattern."""
    head, _, tail = pattern.partition("*")
    return name[len(head) : len(name) - len(tail)] if fnmatchcase(name, pattern) else ""


def test_every_listed_test_id_is_in_a_template_or_a_script() -> None:
    texts = [path.read_text("utf-8") for path in sources("html", "js", "py")]
    patterns = {pattern for text in texts for pattern in written(text)} - {"*", "**"}
    text = "\n".join(texts)

    def there(name: str, glob: str) -> bool:
        if glob in patterns or f'"{name}"' in text:
            return True
        if any(pattern.count("*") > 1 and fnmatchcase(glob, pattern) for pattern in patterns):
            return True
        head, star, _ = glob.partition("*")
        if star:  # composed where a macro is called
            return f'"{head}"' in text or f'"{head}{{' in text
        filled = (_filled(name, pattern) for pattern in patterns if pattern.count("*") == 1)
        return any(f'"{word}"' in text for word in filled if word)

    assert {name for name, glob in GLOBS.items() if not there(name, glob)} == set()


def test_the_attributes_that_are_listed_stand_beside_their_test_id() -> None:
    beside: dict[str, set[str]] = {}
    for path in sources("html"):
        for element in ELEMENT.findall(path.read_text("utf-8")):
            for pattern in written(element):
                beside.setdefault(pattern, set()).update(re.findall(r"\b(data-[\w-]+)=", element))

    wrong = {name: set(one.data) - beside.get(GLOBS[name], set()) for name, one in IDS.items() if one.data}
    assert {name: names for name, names in wrong.items() if names} == {}


def test_every_page_has_an_address_that_there_is_and_every_id_words_in_both_languages(control: Any) -> None:
    rules = {rule.rule for rule in control.app.url_map.iter_rules()}
    for page in pages():
        assert page.address in rules | {"*"} or page.address.startswith(SERVICES), page.page
        assert page.zh
        assert page.en
    assert [name for name, one in IDS.items() if not (one.zh and one.en)] == []
    assert sum(len(page.ids) for page in pages()) == len(IDS), "an id stands on one page"


@pytest.mark.parametrize("guide", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_test_id_that_a_guide_names_is_listed(guide: str) -> None:
    named = DOCUMENTED.findall((ROOT / "docs" / guide).read_text("utf-8"))
    plain = {PLACE.sub("x", name) for name in named}
    assert {name for name in plain if not any(fnmatchcase(name, glob) for glob in GLOBS.values())} == set()


def test_the_api_tells_them_all(control: Any) -> None:
    told = control("GET", "/testids")

    assert {name for page in told for name in page["ids"]} == set(IDS)
    [qr] = [page for page in told if page["page"] == "qr"]
    status = qr["ids"]["wx-qr-status"]
    assert status["data"] == {"data-state": ["waiting", "scanned", "confirmed", "denied", "expired"]}
    assert status["deprecated"] == ""
    assert status["zh"] != status["en"]


def test_a_deprecated_one_says_what_comes_instead() -> None:
    for name, one in IDS.items():
        assert not one.deprecated or any(other in one.deprecated for other in IDS if other != name)
