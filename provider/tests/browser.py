"""A browser without scripts for tests of forms: follows nothing by itself, keeps cookies, reads hidden fields."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urljoin

import requests

FIELD = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Browser:
    def __init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.headers["Accept"] = "text/html"

    def get(self, url: str, **params: Any) -> requests.Response:
        return self.http.get(url, params=params or None, allow_redirects=False, timeout=10)

    def follow(self, response: requests.Response) -> requests.Response:
        """The page behind one redirect."""
        return self.get(urljoin(response.url, response.headers["Location"]))

    def submit(self, page: requests.Response, action: str = "", **fields: Any) -> requests.Response:
        """Post the page's form: its hidden fields and ``fields``."""
        target = action or unescape(re.search(r'<form[^>]*action="([^"]+)"', page.text)[1])  # type: ignore[index]
        data: dict[str, Any] = {**hidden(page.text), **fields}
        headers = {"Origin": re.match(r"https?://[^/]+", page.url)[0]}  # type: ignore[index]
        return self.http.post(
            urljoin(page.url, target), data=data, headers=headers, allow_redirects=False, timeout=10
        )


def hidden(text: str) -> dict[str, str]:
    found = (dict(ATTRIBUTE.findall(tag)) for tag in FIELD.findall(text))
    return {
        f["name"]: unescape(f.get("value", "")) for f in found if f.get("type") == "hidden" and "name" in f
    }
