"""Rules of the doctor that no request to a well-behaved town provokes: flows written with the Recorder."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ninestep.trace import Draft, Recorder

FORM = [("Content-Type", "application/x-www-form-urlencoded")]
JSON = ("Content-Type", "application/json")
NO_STORE = ("Cache-Control", "no-store")
TOKENS = json.dumps({"access_token": "ACCESS-token-123456", "expires_in": 7200})

Told = Callable[[Recorder], Draft]


def exchange(recorder: Recorder, name: str, at: float = 1.0, **fields: Any) -> Draft:
    """An exchange of a tenth of a second in the flow ``f`` of the world ``w``."""
    draft = recorder.draft(service=fields.pop("service", "")).begin(name, world="w", app="a", flow="f")
    draft.at = draft.at_real = at
    draft.duration = 0.1
    for field, value in fields.items():
        setattr(draft, field, value)
    return draft


def callback(status: int) -> Told:
    def told(recorder: Recorder) -> Draft:
        draft = exchange(recorder, "callback.received", service="client_app")
        draft.asked("GET", "http://c/cb?code=CODE-secret-123456&state=state-0123456789", [], "")
        draft.answered(status, [("Location", "/me")] if status == 303 else [], "")
        return draft

    return told


def posted(**fields: str) -> Told:
    """What the user typed, sent to the client."""

    def told(recorder: Recorder) -> Draft:
        draft = exchange(recorder, "login.started", service="client_app")
        draft.asked("POST", "http://c/login", FORM, "&".join(f"{k}={v}" for k, v in fields.items()))
        return draft

    return told


def issued(*headers: tuple[str, str]) -> Told:
    def told(recorder: Recorder) -> Draft:
        draft = exchange(recorder, "code.redeemed")
        draft.asked("POST", "http://p/token", FORM, "code=CODE-secret-123456")
        draft.answered(200, [JSON, *headers], TOKENS)
        return draft

    return told


def noted(*rules: str) -> Told:
    def told(recorder: Recorder) -> Draft:
        draft = issued(NO_STORE)(recorder)
        for rule in rules:
            draft.note(rule, message="7")
        return draft

    return told


RECORDED: dict[str, tuple[Told, Told]] = {  # rule -> (who provokes it, who does not)
    "callback_stays": (callback(200), callback(303)),
    "password_shared": (posted(username="zhangsan", password="ninestep-password"), posted(agree="1")),
    "no_store_missing": (issued(), issued(NO_STORE)),
    "resent_from": (noted("resent_from"), noted()),
}
