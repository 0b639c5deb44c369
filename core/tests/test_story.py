"""Every message has a sentence, a dialogue and a reason, in both languages, whatever became of it."""

from __future__ import annotations

import re

import pytest
from ninestep.trace.exchange import Check, HttpRequest, Note, Value
from ninestep.trace.messages import Leg, Message
from ninestep.trace.picture import caption
from ninestep.trace.story import LANGUAGES, Story, chapter_of, story
from ninestep.trace.vocabulary import KINDS
from ninestep.trace.words import catalogue

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def told(name: str, step: int = 0, side: str = "request", **fields: object) -> Message:
    """A message of one leg, as the reader makes them."""
    kind = KINDS[name]
    ends = (kind.sender, kind.receiver) if side == "request" else (kind.receiver, kind.sender)
    leg = Leg(
        exchange="e",
        name=name,
        side=side,
        sender=ends[0],
        receiver=ends[1],
        channel=kind.channel,
        at=0,
        at_real=0,
        duration=0,
        request=fields.pop("request", HttpRequest()) if side == "request" else None,  # type: ignore[arg-type]
        values=fields.pop("values", []),  # type: ignore[arg-type]
    )
    found = {"sender": ends[0], "receiver": ends[1], "channel": kind.channel, "legs": [leg], **fields}
    return Message(seq=1, step=step, name=name, at=0, **found)  # type: ignore[arg-type]


ALL = [
    (name, step, side)
    for name, kind in KINDS.items()
    for step, side in {(0, "request"), (kind.steps[0], "request"), (kind.steps[1], "response")}
    if step or side == "request"
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", ["ok", "refused", "failed"])
def test_every_kind_has_a_story(outcome: str, language: str) -> None:
    error = "" if outcome == "ok" else "invalid_grant"
    for place in sorted(ALL):
        found = story(told(*place, outcome=outcome, error=error), language, app="Tuan", dialect="wechat")

        for part in (found.said, found.dialogue, found.why):
            assert part, place
            assert "{" not in part, place
            assert bool(CHINESE.search(part)) is (language == "zh-CN"), place
        assert (outcome == "ok") is ("invalid_grant" not in found.said), place
        assert (outcome == "ok") is (found == story(told(*place), language, app="Tuan", dialect="wechat")), (
            place
        )


def test_every_numbered_step_tells_something_else() -> None:
    said = [story(told("callback.received", step), "en").said for step in range(1, 10)]

    assert len(set(said)) == 9


def test_parties_have_their_real_names() -> None:
    found = story(told("code.redeemed", 6, "response"), "zh-CN", app="知乎", user="张三", dialect="wechat")

    assert "知乎" in found.said
    assert "微信授权服务器" in found.said
    assert found.dialogue.startswith("授权服务：“知乎，")


def test_without_names_the_roles_stand() -> None:
    found = story(told("profile.read", 8, "response"), "en")

    assert found.said.startswith("The resource server has checked the token")
    assert "the client app" in found.said


@pytest.mark.parametrize(
    ("language", "away", "back"),
    [("zh-CN", "第一次重定向", "第二次重定向"), ("en", "First redirect", "Second redirect")],
)
def test_both_redirects_are_named(language: str, away: str, back: str) -> None:
    assert away in story(told("login.started", 2, "response"), language).said
    assert back in story(told("consent.given", 4, "response"), language).said
    assert back.lower() in story(told("authorize.requested", 4, "response"), language).said.lower()


def test_the_dialogue_is_the_seeds() -> None:
    lines = [
        story(told(name, step), "zh-CN", app="xx").dialogue
        for name, step in (("login.started", 1), ("login.started", 2), ("consent.given", 4))
    ]

    assert lines == [
        "我：“xx，我要访问你了。”",
        "xx：“我把你引到授权服务，我需要授权服务给我一个授权码。”",
        "授权服务：“xx，我把授权码发给浏览器了。”",
    ]


def chapter(name: str, step: int, side: str = "request", **fields: object) -> str:
    return chapter_of(told(name, step, side, **fields))


def test_variants_have_chapters_of_their_own() -> None:
    token = Value(kind="access_token", hash="h", masked="••••", where="response.location.fragment")

    assert chapter("js_code.given", 2) == "s2.js_code"
    assert chapter("authorize.requested", 4, "response") == "s4.silent"
    assert chapter("consent.given", 4, "response") == "s4"
    assert chapter("consent.given", 4, "response", values=[token]) == "s4.implicit"
    assert chapter("js_code.redeemed", 6, "response") == "s6.js_code"
    assert chapter("device.asked", 1) == "s1.device"
    assert chapter("token.refreshed", 0) == "token.refreshed"


def test_a_redirect_with_a_token_is_not_called_one_with_a_code() -> None:
    token = Value(kind="access_token", hash="h", masked="••••", where="response.location.fragment")

    assert caption(told("consent.given", 4, "response", values=[token]), "zh-CN") == "返回令牌，没有授权码"
    assert caption(told("consent.given", 4, "response"), "zh-CN") == "返回授权码"


@pytest.mark.parametrize(
    ("name", "dialect", "said"),
    [
        ("login.started", "wechat", "点击微信登录"),
        ("login.started", "", "点击微信登录"),
        ("login.started", "qq", "点击QQ登录"),
        ("login.started", "weibo", "点击微博登录"),
        ("login.started", "standard", "点击登录"),
        ("device.asked", "standard", "让设备显示登录码"),
    ],
)
def test_the_first_step_names_the_button_that_was_really_pressed(name: str, dialect: str, said: str) -> None:
    assert caption(told(name, 1), "zh-CN", dialect=dialect) == said


def test_an_id_token_without_a_code_has_a_chapter_of_its_own() -> None:
    token, code = (
        Value(kind=kind, hash="h", masked="••••", where="response.location.fragment")
        for kind in ("id_token", "code")
    )

    assert chapter("consent.given", 4, "response", values=[token]) == "s4.id_token"
    assert chapter("consent.given", 4, "response", values=[token, code]) == "s4"


def test_a_callback_that_went_no_further_says_why() -> None:
    altered = [Check(name="code or error arrived", ok=True), Check(name="state matches", ok=False)]
    without = [Check(name="code or error arrived", ok=False)]
    denied = HttpRequest(method="GET", url="http://c/cb?error=access_denied&state=s")
    authdeny = HttpRequest(method="GET", url="http://c/cb?code=authdeny")

    assert chapter("callback.received", 5, checks=altered) == "s5.state"
    assert chapter("callback.received", 5, checks=without) == "s5.stopped"
    assert chapter("callback.received", 5, request=denied) == "s5.denied"
    assert chapter("callback.received", 5, request=authdeny) == "s5.denied"
    assert "state matches" in story(told("callback.received", 5, checks=altered), "en").said


def test_a_fault_and_a_resent_message_are_told_as_such() -> None:
    plain = told("token.refreshed", outcome="refused", error="busy")
    broken = told("token.refreshed", outcome="refused", error="busy", fault="f1")
    resent = told("token.refreshed", notes=[Note(rule="resent_from", detail={"seq": 3})])

    assert "fault" in story(broken, "en").said
    assert "fault" not in story(plain, "en").said
    assert story(resent, "en").said.startswith("(Resent")


def test_no_chapter_is_left_without_one_of_its_parts() -> None:
    words = catalogue("story", "en")
    chapters = {key.rsplit(".", 1)[0] for key in words if key.endswith(".said")}

    for chapter in chapters:
        assert {f"{chapter}.dialogue", f"{chapter}.why"} <= words.keys()
    assert isinstance(story(told("login.started", 1), "en"), Story)
