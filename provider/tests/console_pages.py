"""The console as a person without scripts uses it: open a page, fill in a form, press one of its buttons."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BASE = "http://127.0.0.1:9000"
ROW = re.compile(r'data-testid="([\w-]+)"((?: data-[\w-]+="[^"]*")*)')


class Pages:
    """One browser; ``world`` is named in every address."""

    def __init__(self, client: FlaskClient, world: str = "town") -> None:
        self.client, self.world, self.language = client, world, "en"

    def get(self, path: str, **query: str) -> TestResponse:
        return self.client.get(
            f"/_mock{path}", query_string={"world": self.world, "lang": self.language, **query}, base_url=BASE
        )

    def post(self, path: str, *, csrf: bool = True, **fields: Any) -> TestResponse:
        """What a form of ``path`` sends; an underscore pair in a name stands for its dot."""
        data = {name.replace("__", "."): value for name, value in fields.items()}
        if csrf:
            page = self.get("/console/inspect").text
            data["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]  # type: ignore[index]
        return self.client.post(
            f"/_mock{path}",
            data=data,
            query_string={"world": self.world, "lang": self.language},
            base_url=BASE,
        )

    def follow(self, answer: TestResponse) -> TestResponse:
        assert answer.status_code == 303, (answer.status_code, shown_problem(answer.text))
        return self.client.get(answer.headers["Location"], base_url=BASE)

    def done(self, path: str, **fields: Any) -> str:
        """The page after a form that was taken."""
        page = self.follow(self.post(path, **fields))
        assert page.status_code == 200
        assert 'data-testid="co-done"' in page.text
        return page.text

    def refused(self, path: str, **fields: Any) -> tuple[int, str, str]:
        """(status, field, page) of a form that was not."""
        answer = self.post(path, **fields)
        assert 'data-testid="co-problem"' in answer.text, answer.status_code
        return answer.status_code, shown_problem(answer.text), answer.text


class _Form(HTMLParser):
    """The fields of the one form that holds a button with ``testid``, as a browser would send them."""

    def __init__(self, testid: str) -> None:
        super().__init__()
        self.testid, self.found = testid, False
        self.fields: dict[str, list[str]] = {}
        self._name, self._area, self._first = "", "", False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        self.found |= told.get("data-testid") == self.testid
        if tag == "form" and not self.found:
            self.fields = {}
        if tag == "input" and not (told.get("type") == "checkbox" and "checked" not in told):
            self._add(told.get("name", ""), told.get("value", ""))
        if tag in ("select", "textarea"):
            self._name, self._area = told["name"], tag
            self._add(self._name, "")
        if tag == "option" and not self.found and ("selected" in told or self._first):
            self.fields[self._name] = [told.get("value", "")]
        self._first = tag == "select"

    def handle_data(self, data: str) -> None:
        if self._area == "textarea" and not self.found:
            self.fields[self._name][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._area = "" if tag == self._area else self._area

    def _add(self, name: str, value: str) -> None:
        if not self.found:
            self.fields.setdefault(name, []).append(value)


def form_with(page: str, testid: str) -> dict[str, Any]:
    """What the form around the button ``testid`` would send if nothing was touched, for ``Pages.post``."""
    form = _Form(testid)
    form.feed(page)
    assert form.found
    return {
        name.replace(".", "__"): found if len(found) > 1 else found[0] for name, found in form.fields.items()
    }


def shown_problem(page: str) -> str:
    found = re.search(r'data-testid="co-problem" data-field="([^"]*)"', page)
    return found[1] if found else ""


def rows(page: str, testid: str) -> list[dict[str, str]]:
    """The data-* attributes of every element with ``testid``, in order."""
    return [
        {name: unescape(value) for name, value in re.findall(r'data-([\w-]+)="([^"]*)"', attributes)}
        for found, attributes in ROW.findall(page)
        if found == testid
    ]


def text_of(page: str, testid: str) -> str:
    """The words of one element that holds no other of its kind."""
    found = re.search(rf'data-testid="{testid}"[^>]*>(.*?)</', page, re.S)
    return unescape(re.sub(r"<[^>]+>|\s+", " ", found[1])).strip() if found else ""
