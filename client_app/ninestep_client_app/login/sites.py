"""The small sites of this client: which platform each logs in with, and where its pages are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from ..accounts.users import LocalUser
from .platform import Platform


@dataclass(frozen=True)
class Site:
    platform: Platform
    home: str  # endpoint of the page with the login button; takes ?notice
    page: Callable[[str], str]  # that page's HTML, with a notice
    welcome: Callable[[LocalUser], Response]  # ⑨ for a browser: logged in, and on to its page
    marks: dict[str, Any] = field(
        default_factory=dict
    )  # what ``home`` has to know to offer this login once more
    account: str = ""  # endpoint of the page that binds further identities; takes ?notice and ?bound

    def notice_url(self, key: str) -> str:
        return url_for(self.home, notice=key, **self.marks)

    def page_with(self, key: str, status: int) -> ResponseReturnValue:
        return self.page(key), status


def switched_on(endpoint: str, notice: str, **marks: str) -> Callable[[str, str], str]:
    """The page's language and theme switches lead to the page itself, also where it is shown as a callback's answer:
    that address holds a code, and asking for it again would be one more callback."""

    def switched(name: str, value: str) -> str:
        query = {"notice": notice, **marks, name: value} if notice else {name: value}
        return f"{url_for(endpoint)}?{urlencode(query)}"

    return switched
