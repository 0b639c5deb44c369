"""The articles of a user's Official Account (S3 «我的公众号里的文章»): what there is to read, and the drafts beside it.

``GET /articles`` under ``articles.read`` · ``POST`` and ``DELETE /articles/<id>/draft`` under ``articles.write``, for
the user.

A token of any dialect is looked at: that of a WeChat login is as good as any, and its scope does not reach here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, Response, jsonify, request
from ninestep.dialects import DIALECTS
from ninestep.records import User
from ninestep.trace.http import count

from .bearer import begun, owner, refuse, verified
from .descriptions import MOST_TEXT
from .reading import Call
from .refused import Refused, require, too_narrow
from .services import services

READ, WRITE = "articles.read", "articles.write"
PUBLISHED, UNPUBLISHED = "published", "unpublished"


class Article(NamedTuple):
    id: str
    status: str
    title: str
    text: str


SHELF = (  # everybody's account has the same: it is the access that is to be learnt from
    Article(
        "a1",
        PUBLISHED,
        "九步看懂OAuth",
        "OAuth把“登录”交给授权服务。第三方拿到的是Token,不是密码。\n授权码走浏览器,Token走后端。",
    ),
    Article(
        "a2", PUBLISHED, "周末去哪儿", "深圳湾公园的日落在18点30分前后最好看。\n记得带水,也记得带走垃圾。"
    ),
    Article(
        "a3",
        UNPUBLISHED,
        "还没写完的一篇",
        "scope是一张清单:写在上面的可以做,没写的不行。\n读文章用articles.read,排版用articles.write。",
    ),
)


def blueprint() -> Blueprint:
    bp = Blueprint("articles", __name__)
    bp.add_url_rule("/articles", view_func=articles)
    bp.add_url_rule("/articles/<article>/draft", view_func=draft, methods=["POST"])
    bp.add_url_rule("/articles/<article>/draft", view_func=no_draft, methods=["DELETE"])
    return bp


def articles() -> Response:
    """A user's own, also what is not published; to an app without a user, what anybody has published."""
    call, ways = begun("articles.read")
    try:
        told = _readable(call, ways)
    except Refused as refused:
        return refuse(call, refused, READ, "article_refusals")
    count("articles_read")
    return jsonify(articles=told)


def draft(article: str) -> Response:
    """Beside the article, whose text stays as it is; a second draft replaces the first."""
    call, ways = begun("draft.written")
    try:
        told = _written(call, ways, article)
    except Refused as refused:
        return refuse(call, refused, WRITE, "article_refusals")
    count("drafts_written")
    response = jsonify(told)
    response.status_code = 201
    return response


def no_draft(article: str) -> Response:
    """The article without the draft beside it, also where there was none."""
    call, ways = begun("draft.deleted")
    try:
        user, found = _writable(call, ways, article)
    except Refused as refused:
        return refuse(call, refused, WRITE, "article_refusals")
    services().store.delete_draft(call.world, user.uid, found.id)
    count("drafts_deleted")
    return jsonify(_shown(user, found, {}))


def _readable(call: Call, ways: list[str]) -> list[dict[str, Any]]:
    """Raises Refused."""
    verdict = verified(call, ways, of=tuple(DIALECTS))
    require(call, "scope allows reading articles", READ in verdict.scopes, too_narrow(verdict))
    store, world = services().store, call.world
    if not verdict.user:
        public = [one for one in SHELF if one.status == PUBLISHED]
        return [_shown(user, one, {}) for user in store.users(world) if not user.deleted for one in public]
    user, batch = owner(call, verdict), store.batch()
    drafts = store.read_drafts(batch, world, user.uid)
    batch.run()
    return [_shown(user, one, drafts.value) for one in SHELF]


def _writable(call: Call, ways: list[str], article: str) -> tuple[User, Article]:
    """Whose draft of what the call may change. Raises Refused."""
    verdict = verified(call, ways, of=tuple(DIALECTS))
    require(call, "scope allows writing drafts", WRITE in verdict.scopes, too_narrow(verdict))
    user = owner(call, verdict)
    found = next((one for one in SHELF if one.id == article), None)
    if not call.draft.check("article known", found is not None, article[:64]) or found is None:
        raise Refused(404, "not_found")
    return user, found


def _written(call: Call, ways: list[str], article: str) -> dict[str, Any]:
    """Raises Refused; then nothing was written."""
    user, found = _writable(call, ways, article)
    text = request.form.get("text", "")
    fits = bool(text.strip()) and len(text) <= MOST_TEXT
    require(call, "draft has a text", fits, Refused(400, "invalid_request", "draft_text"))
    services().store.save_draft(call.world, user.uid, found.id, text)
    return _shown(user, found, {found.id: text})


def _shown(user: User, article: Article, drafts: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {**article._asdict(), "author": user.name}
    return {**told, "draft": drafts[article.id]} if article.id in drafts else told
