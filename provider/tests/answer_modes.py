"""How an authorization answer came: in the query, the fragment or a form (OAuth 2.0 Multiple Response Types)."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import requests
from browser import hidden
from standard_client import CALLBACK

MODES = ("query", "fragment", "form_post")


def told(response: requests.Response) -> tuple[str, dict[str, str]]:
    """(mode, the answer) as a browser without scripts sees it."""
    if response.status_code == 200:
        form = re.search(r'<form[^>]*data-testid="wx-form-post"[^>]*>', response.text)
        assert form is not None, response.text
        action = re.search(r'action="([^"]+)"', form[0])
        assert action is not None
        assert 'method="post"' in form[0]
        assert unescape(action[1]) == CALLBACK
        return "form_post", hidden(response.text)
    parts = urlsplit(response.headers["Location"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == CALLBACK.partition("?")[0]
    query = dict(parse_qsl(parts.query))
    assert query.pop("kept") == "1"
    assert not (query and parts.fragment)
    return ("fragment", dict(parse_qsl(parts.fragment))) if parts.fragment else ("query", query)
