"""What a message says in plain words: one sentence, the seed's dialogue (S3 «间接通信», M042), and why it is so.

The words stand in ``words/story.*.json``. ② is told as the redirect away and ④ as the redirect back (M039).
"""

from __future__ import annotations

import re

import msgspec

from .messages import Message
from .vocabulary import BACK, BROWSER, CLIENT, FAILED, KINDS, OK, PROVIDER, RESOURCE
from .words import catalogue

LANGUAGES = ("zh-CN", "en")
GRANTED = {"grant_type=client_credentials": "s5.machine", "grant_type=password": "s5.password"}
REFUSAL = re.compile(
    r"[?&](?:error|usercancel)=|[?&]code=authdeny(?:&|$)"
)  # how a callback says no (wire.md A.1.1)


class Story(msgspec.Struct, kw_only=True, frozen=True):
    said: str
    dialogue: str
    why: str


def story(message: Message, language: str, *, app: str = "", user: str = "", dialect: str = "") -> Story:
    """``app`` and ``user`` are names to show, ``dialect`` is the app's; without them the roles' own names stand."""
    words = catalogue("story", language)
    chapter = chapter_of(message)
    names = parties(language, app, user, dialect)
    names |= {"error": message.error or "?", "receiver": names[answerer(message)]}

    def told(key: str) -> str:
        text = words[f"story.{key}"].format(**names)
        return "T" + text[1:] if text.startswith("the ") else text  # a role's name that starts the sentence

    said, dialogue = told(f"{chapter}.said"), told(f"{chapter}.dialogue")
    if message.outcome == FAILED:
        said, dialogue = told("failed"), told("unanswered")
    elif message.outcome != OK:
        own, denied = f"{chapter}.refused", f"{chapter}.denied"
        said = told(own if f"story.{own}" in words else "refused")
        dialogue = told(denied if f"story.{denied}" in words else "denied")
    remarks = [words["story.check"].format(check=check.name) for check in message.checks if not check.ok][:1]
    if message.fault:
        remarks.append(words["story.fault"])
    space = "" if language.startswith("zh") else " "
    said = space.join([said, *remarks])
    if any(note.rule == "resent_from" for note in message.notes):
        said = words["story.resent"].format(said=said)
    return Story(said=said, dialogue=dialogue, why=told(f"{chapter}.why"))


def chapter_of(message: Message) -> str:
    """Which chapter of the catalogue tells this message: a step's, a step's variant, or a helper's."""
    if not message.step:
        name = message.name
        return (
            name if f"story.{name}.said" in catalogue("story", LANGUAGES[0]) else f"s{KINDS[name].steps[0]}"
        )
    names = {leg.name for leg in message.legs}
    match message.step:
        case 2 | 4 if "js_code.given" in names:
            return f"s{message.step}.js_code"
        case 1 | 2 | 3 | 4 | 6 if any(name.startswith("device.") for name in names):
            return f"s{message.step}.device"
        case 4 if "token.delivered" in names:
            return "s4.delivered"
        case 4 if instead := instead_of_a_code(message):
            return f"s4.{instead}"
        case 4 if "authorize.requested" in names:
            return "s4.silent"
        case 5:
            return _fifth(message, names)
        case 6 if "js_code.redeemed" in names:
            return "s6.js_code"
        case 6 if "token.granted" in names:
            return "s6.granted"
        case 7 | 8 if "articles.read" in names:
            return f"s{message.step}.articles"
    return f"s{message.step}"


def answerer(message: Message) -> str:
    """The lane that said yes or no: who was asked, or who answers."""
    answers = message.legs and message.legs[0].side == "response" and message.step not in (2, 0)
    lane = message.sender if answers else message.receiver
    return lane if lane != BROWSER else message.sender


def _fifth(message: Message, names: set[str]) -> str:
    failed = next((check.name for check in message.checks if not check.ok), "")
    if "callback.received" in names and all(leg.channel != BACK for leg in message.legs):
        if failed:
            return "s5.state" if failed.startswith("state ") else "s5.stopped"
        request = message.legs[0].request
        if request and REFUSAL.search(request.url):
            return "s5.denied"
    if "token.granted" in names:
        return _granted(message)
    if "device.polled" in names:
        return "s5.device"
    return "s5.posted" if names & {"code.posted", "js_code.redeemed"} else "s5"


def _granted(message: Message) -> str:
    """Without a code: told by the grant that was asked for."""
    sent = {pair for leg in message.legs if leg.request for pair in leg.request.body.split("&")}
    return next((chapter for pair, chapter in GRANTED.items() if pair in sent), "s5.granted")


def instead_of_a_code(message: Message) -> str:
    """What a redirect brings itself: ``implicit``, an access token (RFC 6749 §4.2.2); ``id_token``, that alone (OpenID
    Connect Core §3.2); "" for a code."""
    brought = {value.kind for leg in message.legs for value in leg.values if "location" in value.where}
    if "access_token" in brought:
        return "implicit"
    return "id_token" if "id_token" in brought and "code" not in brought else ""


def parties(language: str, app: str = "", user: str = "", dialect: str = "") -> dict[str, str]:
    """Who is who: by role (app, user, provider, resource) and by lane."""
    words = catalogue("story", language)
    platform = words.get(f"story.platform.{dialect}", "")

    def party(role: str) -> str:
        of_platform = words[f"story.party.{role}.of"].format(platform=platform)
        return of_platform if platform else words[f"story.party.{role}"]

    client = app or words["story.party.app"]
    person = user or words["story.party.user"]
    known = {"app": client, "user": person, "provider": party("provider"), "resource": party("resource")}
    browser = words["story.party.browser"].format(user=person)
    lanes = {CLIENT: client, PROVIDER: known["provider"], RESOURCE: known["resource"], BROWSER: browser}
    return known | lanes
