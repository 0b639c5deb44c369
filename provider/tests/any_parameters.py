"""Requests that hypothesis makes up: a right one, with a few of its parameters changed.

A change is drawn as words («the code of another app», «without its last letter»), and said in values when it is tried,
as each try lays down codes and tokens of its own. Parts of a request stay right, so that the late checks are reached.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_plus

import pytest
from by_hand import Answer, ask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "ninestep-hypothesis")  # not this folder

FORM = ("Content-Type", "application/x-www-form-urlencoded")
MOST_BODY = 64 * 1024
MOST_QUERY = 7900  # what a request line can hold besides
EXAMPLES = [12, pytest.param(600, marks=pytest.mark.slow)]

Pairs = list[tuple[str, str]]  # names and values, percent-encoded already
Values = dict[str, str]

NEAR: dict[str, Callable[[str], str]] = {
    "without its last letter": lambda good: good[:-1],
    "one letter more": lambda good: good + "a",
    "in the other case": str.swapcase,
    "behind a space": lambda good: f" {good}",
    "before a line": lambda good: f"{good}\n",
    "with a NUL": lambda good: f"{good}\x00",
    "twice in one": lambda good: f"{good} {good}",
    "in quotes": lambda good: f'"{good}"',
    "below it": lambda good: f"{good}/more",
    "of another host": lambda good: good.replace("127.0.0.1", "evil.example"),
    "of a host that begins so": lambda good: good.replace("127.0.0.1", "127.0.0.1.evil.example"),
    "behind an @": lambda good: good.replace("127.0.0.1", "127.0.0.1@evil.example"),
    "with a fragment": lambda good: f"{good}#f",
}
JUNK = (
    "x", "0", "-1", "null", "[]", "{}", "true", "*", "none", "plain", "S256", "code", "token", "code token", "query",
    "fragment", "form_post", "login", "none login", "openid", "read profile", "nothing", "zhangsan", "lisi",
    "zhaoliu", "ninestep", "client_credentials", "password", "refresh_token", "http://evil.example/", "//evil.example",
    "javascript:alert(1)", "http://127.0.0.1/callback", "http://127.0.0.1:81/callback", "../..", "'\"><script>alert(1)</script>",
    "{{7*7}}", "é汉字💥", "\u202e", "1e400", "9" * 400, "[" * 950, '{"id_token":' * 300, "a.b.c", "eyJhbGciOiJub25lIn0.e30.",
    '{"id_token": {"sub": {"value": "lisi"}}}', '{"userinfo": {"\\ud800": null}}', "urn:ietf:params:oauth:request_uri:x",
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "urn:ietf:params:oauth:token-type:access_token",
)  # fmt: skip
BYTES = ("%FF%FE", "%00", "%ED%A0%80", "%E4%BD%", "%", "%zz", "+", "%0D%0ASet-Cookie:%20a=b", "%C0%AF")
LONG = ("a" * 4097, "a" * 60_000)  # letters
LETTERS = "aZ09-._~ +%&=;#?/\\:@\"'<>{}[]$\x00\t\r\n\x7f\xa0éßİ汉💥\u200b\u202e\ufeff\uffff"
NAMES = (
    "client_id", "client_secret", "client_assertion", "client_assertion_type", "grant_type", "code", "redirect_uri",
    "code_verifier", "refresh_token", "scope", "username", "password", "device_code", "subject_token",
    "subject_token_type", "requested_token_type", "actor_token", "audience", "resource", "state", "response_type",
    "response_mode", "nonce", "prompt", "max_age", "claims", "display", "login_hint", "id_token_hint", "acr_values",
    "ui_locales", "request", "request_uri", "registration", "code_challenge", "code_challenge_method", "dpop_jkt",
    "token", "token_type_hint", "user_code", "post_logout_redirect_uri", "logout_hint", "consent_nonce", "decision",
    "csrf_token", "access_token", "iss", "a[]", "__proto__", "汉字",
)  # fmt: skip


class Change(NamedTuple):
    how: str  # drop | set | add
    name: str
    value: tuple[str, str]  # of which kind, and which


def values(kinds: tuple[str, ...]) -> st.SearchStrategy[tuple[str, str]]:
    """``kinds``: what a test can lay down beside the good value of a name, as «other» or «spent»."""
    return st.one_of(
        st.tuples(st.sampled_from(kinds), st.just("")) if kinds else st.nothing(),
        st.tuples(st.just("near"), st.sampled_from(sorted(NEAR))),
        st.tuples(st.just("text"), st.sampled_from(("", *JUNK))),
        st.tuples(st.just("bytes"), st.sampled_from(BYTES)),
        st.tuples(st.just("text"), st.text(LETTERS, max_size=12)),
        st.tuples(st.just("text"), st.sampled_from(LONG)),
        st.just(("good", "")),
    )


def changes(names: tuple[str, ...], kinds: tuple[str, ...] = ("other",)) -> st.SearchStrategy[list[Change]]:
    """None to four; two of three are about ``names``, those of the right request."""
    name = st.one_of(st.sampled_from(names), st.sampled_from(names), st.sampled_from(NAMES))
    how = st.sampled_from(("drop", "set", "set", "set", "add"))
    return st.lists(st.builds(Change, how, name, values(kinds)), max_size=4)


def written(
    good: Values, made: list[Change] | None = None, laid: Callable[[str, str], str] | None = None
) -> Pairs:
    """The pairs of a request; ``laid(kind, name)`` lays down a value that a test knows of."""
    pairs = [(name, quote(value, safe="")) for name, value in good.items()]

    def said(change: Change) -> str:
        kind, which = change.value
        own = good.get(change.name, "x")
        if kind == "bytes":
            return which
        told = {"text": lambda: which, "near": lambda: NEAR[which](own), "good": lambda: own}
        text = told[kind]() if kind in told or laid is None else laid(kind, change.name)
        return quote(text, safe="", errors="replace")

    for change in made or ():
        if change.how != "add":
            pairs = [pair for pair in pairs if pair[0] != change.name]
        if change.how != "drop":
            pairs.append((change.name, said(change)))
    return pairs


def body(pairs: Pairs) -> str:
    return "&".join(f"{quote(name, safe='')}={value}" for name, value in pairs)


def read(pairs: Pairs) -> Values | None:
    """As RFC 6749 §3.1 and §3.2 have it: what is empty was left out, and nothing comes twice (then None)."""
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(unquote_plus(value, errors="backslashreplace"))
    there = {name: found for name, found in lists.items() if any(found)}
    return None if any(len(found) > 1 for found in there.values()) else {n: f[0] for n, f in there.items()}


def post(base: str, path: str, pairs: Pairs, *headers: tuple[str, str]) -> Answer:
    return ask(base, "POST", path, body(pairs).encode(), [FORM, *headers])


def get(base: str, path: str, pairs: Pairs, *headers: tuple[str, str]) -> Answer:
    """Also of what a line cannot hold: that is an answer as well."""
    return ask(base, "GET", f"{path}?{body(pairs)}", None, headers)


def told(answer: Answer) -> dict[str, str]:
    """What an answer brings back to the client, in query or fragment."""
    query, _, fragment = answer.location.partition("?")[2].partition("#")
    found = f"{query}&{fragment or answer.location.partition('#')[2]}"
    return dict(parse_qsl(found, keep_blank_values=True))


def tried(examples: int, test: Callable[..., None], **drawn: st.SearchStrategy[Any]) -> None:
    """``test`` with that many draws, the same ones on each run."""
    wanted = settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )
    wanted(given(**drawn)(test))()
