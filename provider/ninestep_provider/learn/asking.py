"""One real request to a service of the town, as somebody's client would send it; redirects are answers, too."""

from __future__ import annotations

from typing import Any

from ..control.problem import Problem

PATIENCE = 10.0  # seconds for an answer


def ask(method: str, url: str, **options: Any) -> Any:
    """The response. Raises Problem 503 where nobody answers."""
    import requests  # only here: a provider that serves logins needs no HTTP client

    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, url, allow_redirects=False, timeout=PATIENCE, **options)
    except requests.RequestException as error:
        raise Problem(503, f"{url.partition('?')[0]} does not answer ({type(error).__name__})") from None
