"""The picture of a flow: drawn from its messages, nothing else, and safe to be shown anywhere."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

import pytest
from ninestep.trace import picture
from ninestep.trace.exchange import Exchange, HttpRequest, HttpResponse, Note, Steps, Value
from ninestep.trace.messages import Message, messages
from ninestep.trace.vocabulary import KINDS

SVG = "{http://www.w3.org/2000/svg}"
AUTHORIZE = "http://wx.test/connect/oauth2/authorize?appid=wx1&state=••••"
CALLBACK = "http://shop.test/auth/wechat/callback?code=••••&state=••••"
LANES = {"client_app": "美团后端"}


def exchange(
    name: str,
    at: float,
    duration: float,
    request: str = "",
    status: int = 200,
    location: str = "",
    told: Iterable[str] = (),
    sent: Iterable[str] = (),
    method: str = "GET",
    **changes: object,
) -> Exchange:
    kind = KINDS[name]
    values = [
        *(Value(kind=each, hash=each, masked="••••", where="request.query") for each in sent),
        *(Value(kind=each, hash=each, masked="••••", where="response.body") for each in told),
    ]
    whole = Exchange(
        world="town", app="wx1", flow="f", exchange=f"{name}{at}", at=at, at_real=at, duration=duration,
        service=kind.receiver, name=name, sender=kind.sender, receiver=kind.receiver, via=kind.via,
        channel=kind.channel, steps=Steps(request=kind.steps[0], response=kind.steps[1]),
        request=HttpRequest(method=method, url=request),
        response=HttpResponse(status=status, headers=[("Location", location)] if location else []),
        values=values,
    )  # fmt: skip
    for key, value in changes.items():
        setattr(whole, key, value)
    return whole


def nine() -> list[Exchange]:
    token = "http://wx.test/sns/oauth2/access_token"
    return [
        exchange("login.started", 1, 0.1, "http://shop.test/login/wechat", 302, AUTHORIZE, told=["state"]),
        exchange("authorize.requested", 2, 0.1, AUTHORIZE, 302, "http://wx.test/login", sent=["state"]),
        exchange("consent.given", 3, 0.1, "http://wx.test/connect/consent", 303, CALLBACK, ["code"], method="POST"),
        exchange("callback.received", 4, 1, CALLBACK, 303, "http://shop.test/me", sent=["code", "state"]),
        exchange("code.redeemed", 4.2, 0.1, token, told=["access_token"], sent=["code", "client_secret"]),
        exchange("profile.read", 4.5, 0.1, "http://data.test/sns/userinfo", sent=["access_token", "openid"]),
    ]  # fmt: skip


def step(found: list[Message], number: int) -> Message:
    return next(message for message in found if message.step == number)


def texts(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_nine_steps_are_in_it_with_their_numbers_and_words() -> None:
    svg = picture.draw(messages(nine()), lanes=LANES, language="zh-CN", standalone=True)

    said = texts(svg)
    assert [text[0] for text in said if text[0] in "①②③④⑤⑥⑦⑧⑨"] == list("①②③④⑤⑥⑦⑧⑨")
    assert [text for text in said if text.isdigit() and len(text) == 1] == list("123456789")
    assert "⑤ 用授权码换Token" in said
    assert "美团后端" in said
    assert "GET /sns/oauth2/access_token" in said
    assert "code✱  client_secret✱" in said


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_lane_that_nobody_named_has_its_own_name(language: str) -> None:
    said = texts(picture.draw(messages(nine()), lanes={}, language=language, standalone=True))
    assert {"zh-CN": "授权服务器", "en": "Authorization server"}[language] in said


def test_through_the_browser_is_dashed_and_two_half_arrows_and_between_servers_solid() -> None:
    found = messages(nine())

    second, fifth = picture.arrows(step(found, 2)), picture.arrows(step(found, 5))

    assert [(a.sender, a.receiver, a.channel) for a in second] == [
        ("client_app", "browser", "front"),
        ("browser", "provider", "front"),
    ]
    assert [(a.sender, a.receiver, a.channel) for a in fifth] == [
        ("browser", "client_app", "front"),
        ("client_app", "provider", "back"),
    ]
    drawn = picture.row(step(found, 5), picture.lanes_of(found), "en")
    lines = re.findall(r"<line[^>]*>", drawn)
    assert ["dasharray" in line for line in lines] == [True, False]


def test_both_redirects_are_marked() -> None:
    """M039: away to the authorization server, and back to rebuild the user's connection with the client."""
    found = messages(nine())

    marked = {
        message.step: [a.redirect for a in picture.arrows(message)] for message in found if message.step
    }

    assert {number: marks for number, marks in marked.items() if any(marks)} == {2: [1, 0], 4: [2]}
    said = " ".join(texts(picture.draw(found, lanes=LANES, language="zh-CN", standalone=True)))
    assert "第一次重定向" in said
    assert "第二次重定向" in said


def test_the_answer_to_a_code_that_was_shown_in_a_page_is_no_redirect() -> None:
    shown = exchange("consent.given", 3, 0.1, "http://wx.test/connect/confirm?uuid=••••", 200, method="POST")
    found = messages([shown])

    assert [(a.sender, a.receiver, a.redirect) for m in found for a in picture.arrows(m)] == [
        ("phone", "provider", 0),
        ("provider", "phone", 0),
    ]


def test_the_phone_has_a_lane_only_where_it_acts() -> None:
    scanned = exchange("qr.scanned", 2.5, 0.1, "http://wx.test/connect/confirm?uuid=••••")

    assert picture.lanes_of(messages(nine())) == ["browser", "client_app", "provider", "resource_api"]
    assert picture.lanes_of(messages([*nine(), scanned]))[0] == "phone"


def test_a_refusal_is_crossed_out_and_said() -> None:
    refused = exchange(
        "code.redeemed", 4.2, 0.1, "http://wx.test/token", outcome="refused", error="code_used"
    )
    found = messages([*nine()[:4], refused])
    svg = picture.draw(found, lanes=LANES, language="en", standalone=True)

    assert "⑥ No token" in texts(svg)
    assert svg.count("pic__arrow--bad") >= 1
    assert picture.caption(step(found, 6), "en") == "No token"


def test_a_message_that_was_sent_again_has_a_mark() -> None:
    resent = exchange("token.refreshed", 9, 0.1, "http://wx.test/token", notes=[Note(rule="resent_from")])
    assert "↻" in picture.row(messages([resent])[0], ["client_app", "provider"], "en")


def test_public_values_have_no_star() -> None:
    seventh = picture.arrows(step(messages(nine()), 7))[0]
    assert seventh.fields == "access_token✱  openid"


def test_in_a_page_it_is_hidden_from_screen_readers_and_alone_it_has_a_title() -> None:
    found = messages(nine())
    inside = picture.draw(found, lanes=LANES, language="en")
    alone = picture.draw(found, lanes=LANES, language="en", standalone=True)

    assert 'aria-hidden="true"' in inside.split(">")[0]
    assert 'role="img"' in alone.split(">")[0]
    assert "<title>" in alone


@pytest.mark.parametrize("standalone", [True, False])
def test_it_has_nothing_that_a_strict_policy_forbids_or_that_comes_from_elsewhere(standalone: bool) -> None:
    svg = picture.draw(messages(nine()), lanes=LANES, language="en", standalone=standalone)
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=|<image|<foreignObject|xlink|href", svg)
    assert set(re.findall(r"url\(([^)]*)\)", svg)) <= {
        f"#pic-{lane}" for lane in picture.lanes_of(messages(nine()))
    }


@pytest.mark.parametrize("path", ['/"><script>', "/&<b>", "/\x00\x07", "/" + "x" * 500, "", "//", "/%zz"])
def test_text_from_outside_stays_text(path: str) -> None:
    found = messages(
        [exchange("login.started", 1, 0.1, f"http://shop.test{path}", 302, f"javascript:{path}")]
    )
    svg = picture.draw(found, lanes={"client_app": '<b>"&'}, language="en", standalone=True)

    ET.fromstring(svg)
    assert max(map(len, texts(svg))) < 80


def test_no_messages_are_a_stage_with_nobody_speaking() -> None:
    svg = picture.draw([], lanes={}, language="zh-CN", standalone=True)
    assert len(texts(svg)) == 8  # four letters, four names


def test_every_kind_of_message_has_a_caption_in_both_languages() -> None:
    for name in KINDS:
        found = messages([exchange(name, 1, 0.1, "http://a.test/x", steps=Steps(request=0, response=0))])
        assert picture.caption(found[0], "en") != name
        assert re.search(r"[\u4e00-\u9fff]", picture.caption(found[0], "zh-CN")), name
