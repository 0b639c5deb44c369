"""小兔排版 (seed S3): reads the articles of the user's Official Account, typesets them, and writes the draft for them.

Two scopes, two powers: ``articles.read`` to read, ``articles.write`` to act (S2 «帮助用户实现基本操作»).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from ninestep.settings import ClientSettings
from ninestep.trace.http import current
from ninestep.web.hosts import page

from .. import errors, messages
from ..accounts.users import LocalUser
from ..errors import LoginError, NeedReauth, TokenExpired
from ..login.sites import Site
from ..login.standard import Own, Standard
from ..outgoing import Answer, Outgoing
from ..services import services
from ..tokens.values import Tokens
from . import visitors
from .entrance import Entrance

T = TypeVar("T")

XIAOTU = "xiaotu"
READING = "user_info articles.read"
BOTH = f"{READING} articles.write"
ENTRANCE = Entrance(XIAOTU, XIAOTU, "articles", {"reading": READING})
CJK = "\u4e00-\u9fff"
HALF_TO_FULL = {",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}
AFTER_CJK = re.compile(rf"(?<=[{CJK}])[,:;?!]|(?<=[A-Za-z0-9])[,:;?!](?=[{CJK}])")
BETWEEN = re.compile(rf"(?<=[{CJK}])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[{CJK}])")

bp = ENTRANCE.blueprint()


class Article(msgspec.Struct):
    id: str
    title: str
    text: str
    status: str
    draft: str = ""


class Shelf(msgspec.Struct):
    articles: list[Article]


class Xiaotu(Standard):
    """The wire, and the articles on it."""

    def __init__(self, settings: ClientSettings, outgoing: Outgoing) -> None:
        own = Own(settings.xiaotu_client_id, settings.xiaotu_client_secret, (BOTH, READING))
        super().__init__(settings, outgoing, XIAOTU, own, ENTRANCE.callback)
        self._articles = f"{settings.resource_internal_url}/articles"

    def articles(self, tokens: Tokens, at: float) -> list[Article]:
        draft = self._told("articles.read", tokens, at)
        answer = self._outgoing.get(draft, self._articles, {}, tokens.access_token)
        return self._good(answer).typed(Shelf).articles

    def write(self, tokens: Tokens, article: Article, *, at: float) -> None:
        draft = self._told("draft.written", tokens, at)
        form = {"text": typeset(article.text)}
        url = f"{self._articles}/{article.id}/draft"
        self._good(self._outgoing.post(draft, url, form, bearer=tokens.access_token))

    def _good(self, answer: Answer) -> Answer:
        """RFC 6750 §3.1. Raises LoginError."""
        if answer.status == 401:
            answer.draft.refuse("invalid_token")
            raise TokenExpired
        if answer.status >= 400:
            error = "insufficient_scope" if answer.status == 403 else "unknown_error"
            answer.draft.refuse(error)
            raise LoginError(error)
        return answer


def typeset(text: str) -> str:
    """Full-width punctuation, a blank between Chinese and Latin, and two blanks before each paragraph."""
    lines = (AFTER_CJK.sub(lambda found: HALF_TO_FULL[found[0]], line.strip()) for line in text.splitlines())
    return "\n".join("\u3000\u3000" + BETWEEN.sub(" ", line) for line in lines if line)


def site(settings: ClientSettings, outgoing: Outgoing) -> Site:
    return ENTRANCE.site(Xiaotu(settings, outgoing))


@bp.get("/xiaotu/articles")
@page
def articles() -> ResponseReturnValue:
    user = visitors.user_of(XIAOTU)
    if user is None:
        return redirect(url_for("xiaotu.home"), 302)
    try:
        found = _call(user, Xiaotu.articles)
    except LoginError as error:
        return _sent_home(error)
    notice = request.args.get("notice", "")
    return render_template(
        "client/xiaotu_articles.html",
        user=user,
        articles=found,
        written=request.args.get("written", ""),
        notice=messages.notice_key(notice) if notice else "",
        flow=current().flow,
    )


@bp.post("/xiaotu/articles/<name>/typeset")
def write(name: str) -> ResponseReturnValue:
    """⑦ for the user: the article is read once more, typeset here, and the draft is written there."""
    user = visitors.user_of(XIAOTU)
    if user is None:
        return redirect(url_for("xiaotu.home"), 303)
    try:
        known = {article.id: article for article in _call(user, Xiaotu.articles)}
        if name not in known:
            abort(404)
        _call(user, lambda platform, tokens, at: platform.write(tokens, known[name], at=at))
    except (NeedReauth, TokenExpired) as error:
        return _sent_home(error)
    except LoginError as error:
        errors.record(error)
        current().refuse(error.code)
        return redirect(url_for("xiaotu.articles", notice=messages.notice_key(error.code)), 303)
    return redirect(url_for("xiaotu.articles", written=name), 303)


def _call(user: LocalUser, ask: Callable[[Xiaotu, Tokens, float], T]) -> T:
    """One of the wire's calls with a valid token; told in the flow of the login that it came from."""
    parts = services()
    platform = parts.sites[XIAOTU].platform
    assert isinstance(platform, Xiaotu)

    def call(tokens: Tokens) -> T:
        now = parts.town.moment(platform.appid).now
        draft = current().begin("session.read", world=tokens.world, app=platform.appid, flow=tokens.flow)
        draft.at = now
        return ask(platform, tokens, now)

    return parts.manager.call(user.id, platform, call)


def _sent_home(error: LoginError) -> ResponseReturnValue:
    """Nothing can be read: the login page says why."""
    errors.record(error)
    current().refuse(error.code)
    visitors.forget(XIAOTU)
    return redirect(url_for("xiaotu.home", notice=messages.notice_key(error.code)), 303)
