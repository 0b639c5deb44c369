"""Every code that the town can answer, from the very tables that answer it, and the recipe that brings it about."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

from ninestep.dialects import policies_of
from ninestep.dialects.qq import errors as qq
from ninestep.dialects.wechat import cgi
from ninestep.dialects.wechat import errors as wechat
from ninestep.dialects.weibo import errors as weibo

from ...engine.authorization_words import WORDS
from .lab import Lab
from .recipes import mini_program as mini_recipes
from .recipes import qq as qq_recipes
from .recipes import standard as standard_recipes
from .recipes import wechat as wechat_recipes
from .recipes import weibo as weibo_recipes

SEED_OAUTH = (  # S0 §7.1, in its order: six of the authorization, three of the token
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "invalid_client",
    "invalid_grant",
    "unsupported_grant_type",
)
SEED_WECHAT = (  # S0 §7.2
    *("40001", "40002", "40003", "40013", "40029"),
    *("41001", "41002", "42001", "42002", "50001"),
)
STANDARD: dict[str, tuple[str, ...]] = {  # beyond the words of the authorization endpoint
    "invalid_request": ("code_missing", "refresh_missing", "token_missing"),
    "invalid_client": ("client_unknown", "secret_wrong", "secret_missing"),
    "invalid_grant": (
        *("code_used", "code_expired", "code_unknown", "code_foreign", "redirect_changed", "pkce_verifier"),
        *("refresh_expired", "refresh_unknown", "refresh_used", "refresh_revoked"),
    ),
    "unsupported_grant_type": ("grant_type",),
    "invalid_token": ("token_unknown", "token_expired", "token_revoked", "consent_withdrawn"),
    "insufficient_scope": ("scope_denied",),
}
SAME = {  # one cause with two names
    "invalid_client": "secret_wrong",
    "response_type_missing": "response_type",
    "repeated_target": "repeated",
}

USUAL = {  # where a code has several causes, the one that it mostly means
    ("wechat", "40029"): "code_expired",
    ("wechat", "42007"): "consent_withdrawn",
    ("wechat", "-1"): "server_error",
    ("qq", "-1"): "busy",
    ("qq", "100010"): "redirect_mismatch",
    ("qq", "100011"): "client_banned",
    ("qq", "100021"): "refresh_expired",
    ("qq", "100030"): "scope_denied",
    ("weibo", "21331"): "busy",
}


class Entry(NamedTuple):
    """One code of one dialect; ``texts`` are the platform's own, ``reasons`` the neutral causes, usual first."""

    dialect: str
    code: str
    texts: tuple[str, ...]
    reasons: tuple[str, ...]
    seed: bool
    client: type[Lab]
    recipe: Callable[[Any], Any]


@cache
def entries() -> tuple[Entry, ...]:
    """All codes: the seeds' first, then each dialect's in the order of their numbers."""
    return tuple(_usual_first(entry) for entry in (*_standard(), *_wechat(), *_qq(), *_weibo()))


def find(dialect: str, code: str) -> Entry | None:
    return next((entry for entry in entries() if (entry.dialect, entry.code) == (dialect, code)), None)


def _standard() -> Iterable[Entry]:
    reasons: dict[str, list[str]] = {word: [] for word in standard_recipes.RECIPES}
    for reason, word in WORDS.items():
        if reason not in ("client_kind", "component_unauthorized", "not_follower", "not_tester"):
            reasons[word].append(reason)
    for word, more in STANDARD.items():
        reasons[word] += more
    order = [*SEED_OAUTH, *(word for word in reasons if word not in SEED_OAUTH)]
    for word in order:
        recipe = standard_recipes.RECIPES[word]
        seed = word in SEED_OAUTH
        yield Entry(
            "standard", word, (), _without_twins(reasons[word]), seed, standard_recipes.Standard, recipe
        )


def _wechat() -> Iterable[Entry]:
    reasons: dict[int, list[str]] = {}
    for table in (wechat.REASONS, cgi.REASONS):
        for reason, number in table.items():
            numbers = policies_of("wechat")[number].choices if isinstance(number, str) else (number,)
            for each in numbers:
                if each:
                    reasons.setdefault(int(each), []).append(reason)
    for reason, (number, _) in wechat.PAGES.items():
        reasons.setdefault(number, []).append(reason)
    pages = dict(wechat.PAGES.values())
    known = {str(number): number for number in (*wechat.MESSAGES, *cgi.MESSAGES, *pages)}
    order = [*SEED_WECHAT, *sorted((c for c in known if c not in SEED_WECHAT), key=lambda c: (len(c), c))]
    for code in order:
        number = known[code]
        texts = [table[number] for table in (wechat.MESSAGES, cgi.MESSAGES, pages) if number in table]
        client, recipe = _of_wechat(code)
        seed = code in SEED_WECHAT
        found = _without_twins(reasons.get(number, []))
        yield Entry("wechat", code, tuple(dict.fromkeys(texts)), found, seed, client, recipe)


def _of_wechat(code: str) -> tuple[type[Lab], Callable[[Any], Any]]:
    if code in mini_recipes.RECIPES:
        return mini_recipes.MiniProgram, mini_recipes.RECIPES[code]
    return wechat_recipes.WeChat, wechat_recipes.RECIPES[code]


def _qq() -> Iterable[Entry]:
    tables = [(reason, problem.number, problem.text) for reason, problem in qq.OAUTH.items()]
    tables += [(reason, problem.number, problem.text) for reason, problem in qq.API.items()]
    yield from _numbered("qq", tables, qq_recipes.QQ, qq_recipes.RECIPES)


def _weibo() -> Iterable[Entry]:
    tables = [
        (reason, problem.number, f"{problem.error} {problem.description}".strip())
        for reason, problem in weibo.OAUTH.items()
    ]
    tables += [(reason, problem.number, problem.text) for reason, problem in weibo.API.items()]
    yield from _numbered("weibo", tables, weibo_recipes.Weibo, weibo_recipes.RECIPES)


def _numbered(
    dialect: str,
    table: list[tuple[str, int, str]],
    client: type[Lab],
    recipes: dict[str, Callable[[Any], Any]],
) -> Iterable[Entry]:
    for number in sorted({number for _, number, _ in table}, key=lambda n: (n >= 0, abs(n))):
        texts = dict.fromkeys(text.strip() for _, each, text in table if each == number)
        reasons = [reason for reason, each, _ in table if each == number]
        recipe = recipes[str(number)]
        yield Entry(dialect, str(number), tuple(texts), _without_twins(reasons), False, client, recipe)


def _usual_first(entry: Entry) -> Entry:
    usual = USUAL.get((entry.dialect, entry.code), "")
    return entry._replace(reasons=tuple(sorted(entry.reasons, key=lambda reason: reason != usual)))


def _without_twins(reasons: Iterable[str]) -> tuple[str, ...]:
    """One name per cause; that a grant is invalid says nothing where another reason says why."""
    found = tuple(dict.fromkeys(SAME.get(reason, reason) for reason in reasons))
    return tuple(reason for reason in found if reason != "invalid_grant") or found
