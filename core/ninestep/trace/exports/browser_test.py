"""The flow as a Playwright test: what the browser did, by the pages' test ids, and what the trace has to say then.

It starts where the flow started: at a login link of ours, or, for somebody else's client, at the authorize request; it
then ends with what is sent to that client's callback.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from ..masking import MASK
from ..messages import Leg, Message
from ..vocabulary import CLIENT, OK, PROVIDER
from .subject import Subject

HEAD = '''"""{title}: flow {flow}, as Ninestep recorded it.

Run it with pytest and pytest-playwright against a running town.
"""

import os
{imports}
from playwright.sync_api import {names}

CLIENT = os.environ.get("CLIENT_URL", {client!r})
PROVIDER = os.environ.get("PROVIDER_URL", {provider!r})
PASSWORD = os.environ.get("NINESTEP_PASSWORD", "ninestep")


def test_flow(page: Page) -> None:
'''
TAIL = """
    flow = next(name for name in seen if name)
    # every step is there again, and came to the same
    trace = f"{{PROVIDER}}/_mock/api/flows/{{flow}}/messages?wait=10&until=step={last}"
    messages = page.request.get(trace).json()
    assert [(m["step"], m["outcome"], m["error"]) for m in messages] == {steps}
"""
FOREIGN_IMPORTS = """import secrets
from contextlib import suppress
from urllib.parse import parse_qs, urlencode, urlsplit
"""
WATCHED = (
    "seen: list[str] = []  # every answer on the way names the flow",
    'page.on("response", lambda answer: seen.append(answer.headers.get("x-ninestep-flow", "")))',
)


class NoBrowser(ValueError):
    """The flow has no page that a browser test could open."""


def browser_test(subject: Subject) -> str:
    """Raises NoBrowser where a program, and no page, started the flow."""
    legs = [leg for message in subject.messages if not _resent(message) for leg in message.legs]
    requests = [leg for leg in legs if leg.side == "request" and leg.request]
    first = next((leg for leg in requests if leg.name in ("login.started", "authorize.requested")), None)
    if first is None:
        why = "a program asked for the code, or the control API gave it"
        raise NoBrowser(f"no page started this flow: {why}")
    foreign = first.name == "authorize.requested"
    numbered = [m for m in subject.numbered if not foreign or m.step <= 4]
    pressed = [line for message in subject.messages for line in _pressed(message, subject)]
    asked = _asked(first, legs) if foreign else []
    walked = _foreign(first, asked, pressed, _returned(asked, legs)) if foreign else _own(first, pressed)
    head = HEAD.format(
        title=_plain(subject.app or subject.flow.app),
        flow=subject.flow.id,
        imports=FOREIGN_IMPORTS if foreign else "",
        names="Error, Page" if foreign else "Page",
        client=subject.base(CLIENT),
        provider=subject.base(PROVIDER),
    )
    steps = [(m.step, m.outcome, m.error) for m in numbered]
    shown = "[\n" + "".join(f"        {step!r},\n" for step in steps) + "    ]"
    body = "".join(f"    {line}\n" for line in (*WATCHED, *walked))
    return head + body + TAIL.format(last=steps[-1][0] if steps else 2, steps=shown)


def _own(first: Leg, pressed: list[str]) -> Iterator[str]:
    """Our own client: from its login link to where it leads in the end."""
    assert first.request is not None
    parts = urlsplit(first.request.url)
    link = parts.path + (f"?{parts.query}" if parts.query else "")
    yield f"page.goto(CLIENT + {link!r})"
    yield from pressed
    yield "page.wait_for_load_state()"


def _asked(first: Leg, legs: list[Leg]) -> list[tuple[str, str]]:
    """The authorization request: as it was pushed, where the browser carried but its name (RFC 9126)."""
    assert first.request is not None
    asked = parse_qsl(urlsplit(first.request.url).query, keep_blank_values=True)
    pushed = next((leg.request for leg in legs if leg.name == "request.pushed" and leg.request), None)
    if "request_uri" not in dict(asked) or pushed is None:
        return asked
    own = ("client_secret", "client_assertion", "client_assertion_type")
    return [(k, v) for k, v in parse_qsl(pushed.body, keep_blank_values=True) if k not in own]


def _foreign(
    first: Leg, asked: list[tuple[str, str]], pressed: list[str], returned: set[str]
) -> Iterator[str]:
    """Somebody else's client, for which the test asks: a fresh state, and what is sent to the callback."""
    assert first.request is not None
    parts = urlsplit(first.request.url)
    yield f"callback = {dict(asked).get('redirect_uri', '')!r}"
    yield f"asked = {urlencode([(k, v) for k, v in asked if k != 'state' and MASK not in v])!r}"
    if "state" in dict(asked):
        yield "state = secrets.token_hex(16)"
        yield 'asked += "&" + urlencode({"state": state})'
    go = f'page.goto(PROVIDER + {parts.path!r} + "?" + asked)'
    walk = ["with suppress(Error):  # nobody need listen at the callback", f"    {go}", *pressed]
    if not returned:
        yield from walk
        return
    yield "with page.expect_request(lambda request: request.url.startswith(callback)) as sent:"
    yield from (f"    {line}" for line in walk)
    yield "query = parse_qs(urlsplit(sent.value.url).query)"
    yield f"assert {{{', '.join(map(repr, sorted(returned)))}}} <= query.keys()"
    if "state" in returned:
        yield 'assert query["state"] == [state]'


def _returned(sent: list[tuple[str, str]], legs: list[Leg]) -> set[str]:
    """What came back to the callback, by name; nothing where the flow ended on a page."""
    asked = dict(sent)
    known = {"code", "error", "state"}
    for leg in legs:
        if leg.name == "qr.answered" and leg.response and "code" in {value.kind for value in leg.values}:
            return {"code", "state"} & {"code", *asked}
        headers = leg.response.headers if leg.response else []
        place = next((value for name, value in headers if name.lower() == "location"), "")
        if asked.get("redirect_uri") and place.startswith(asked["redirect_uri"]):
            return known & {name for name, _ in parse_qsl(urlsplit(place).query)}
    return set()


def _pressed(message: Message, subject: Subject) -> Iterator[str]:
    """What the person did on one page."""
    request = next((leg.request for leg in message.legs if leg.side == "request" and leg.request), None)
    if request is None or _resent(message):
        return
    user = subject.flow.user or "zhangsan"
    on_the_phone = any(known.name == "qr.shown" for known in subject.messages)
    if on_the_phone and message.name != "qr.shown":
        return
    if message.name == "login.submitted" and message.outcome == OK:
        if "password=" in request.body:
            yield f'page.get_by_test_id("wx-username").fill({user!r})'
            yield 'page.get_by_test_id("wx-password").fill(PASSWORD)'
            yield 'page.get_by_test_id("wx-submit").click()'
        else:
            yield f'page.get_by_test_id("wx-persona-{user}").click()'
    elif message.name == "qr.shown":
        yield 'code = page.get_by_test_id("wx-qr-img").get_attribute("src") or ""'
        decision = "deny" if subject.flow.error == "access_denied" else "confirm"
        act = f'{{"uuid": code.rsplit("/", 1)[-1], "user": {user!r}, "action": {decision!r}}}'
        yield f'page.request.post(PROVIDER + "/_mock/api/scan", data={act})'
    elif message.name == "consent.given" and message.step == 3:
        denied = dict(parse_qsl(request.body)).get("decision") == "deny"
        yield f'page.get_by_test_id("{"wx-deny" if denied else "wx-approve"}").click()'


def _resent(message: Message) -> bool:
    return any(note.rule == "resent_from" for note in message.notes)


def _plain(text: str) -> str:
    """In a docstring, and nothing but text in it."""
    return " ".join(text.replace("\\", "").replace('"', "'").split()) or "A login"
