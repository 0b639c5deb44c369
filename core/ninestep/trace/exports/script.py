"""The back channel as a shell script: the client's own calls, one curl each.

What the script cannot know stands at its top as variables of the environment; what an earlier answer gives, the next
call takes from there. A code works once, so a fresh one is asked for.
"""

from __future__ import annotations

import re

from ..exchange import Exchange, Value
from ..masking import KINDS
from ..messages import merge
from ..vocabulary import BACK, CLIENT
from .call import Call, Variables, call_of
from .snippets import curl
from .subject import CIRCLED, Subject

HEAD = """#!/usr/bin/env bash
# Ninestep: the back channel of flow {flow} ({app}), as it was recorded.
# Secrets are not in here. Set what is asked for below in the environment.
set -euo pipefail
"""
OPTIONAL = "code_verifier"
HINTS = {
    "code": "a fresh code: POST /_mock/api/apps/{appid}/codes, with the redirect_uri of the login if it had one",
    "client_secret": "the secret of {appid}",
    "basic_credentials": "base64 of {appid}:secret",
}
VALUE_OF = r"""
value_of() { # name, answer: from JSON, or from name=value
  printf '%s' "$2" | tr -d '\r\n' | sed -nE \
    -e 's/.*"'"$1"'" *: *"([^"]*)".*/\1/p' -e t -e 's/(^|.*[&?])'"$1"'=([^&]*).*/\2/p' | sed 's#\\/#/#g'
}
"""


def script(subject: Subject) -> str:
    variables = Variables()
    calls = [(e, call_of(e.request, e.values)) for e in _calls(subject.exchanges)]
    given, taken = _sources([(e, call) for e, call in calls])
    text = HEAD.format(flow=subject.flow.id, app=_comment(subject.app or subject.flow.app))
    hints = {"appid": _comment(subject.flow.app)}
    for value in given:
        if value.kind == OPTIONAL:
            name = variables.name(value)
            text += f'{name}="${{{name}:-}}"  # of your code\'s challenge; a code from the API has none\n'
            continue
        hint = HINTS.get(value.kind, "the {kind} of then").format(**hints, kind=value.kind)
        text += f': "${{{variables.name(value)}:?{_in_default(hint)}}}"\n'
    lanes = sorted({e.receiver for e, _ in calls})
    for lane in lanes:
        text += f'{lane.upper()}="${{{lane.upper()}:-{_in_default(subject.base(lane))}}}"\n'
    text += VALUE_OF if taken else ""
    for e, call in calls:
        text += f"\n# {CIRCLED[e.steps.request]} {_comment(e.name)}\n"
        request = curl(call, variables.name, origin=f'"${{{e.receiver.upper()}}}"')
        text += f'answer="$({_optional(request, call, variables)})"\nprintf \'%s\\n\' "$answer"\n'
        for value, name in taken.get(e.exchange, []):
            text += f'{variables.name(value)}="$(value_of {name} "$answer")"\n'
    return text


def _calls(exchanges: list[Exchange]) -> list[Exchange]:
    """What the client asked of others, in order; what was resent is not part of the login."""
    own = [e for e in merge(exchanges) if e.channel == BACK and e.sender == CLIENT and e.request.method]
    resent = {e.exchange for e in own if any(note.rule == "resent_from" for note in e.notes)}
    return sorted((e for e in own if e.exchange not in resent), key=lambda e: e.at_real)


def _sources(
    calls: list[tuple[Exchange, Call]],
) -> tuple[list[Value], dict[str, list[tuple[Value, str]]]]:
    """Which values have to be given, and which the answer to which exchange gives, under which name."""
    given: dict[str, Value] = {}
    taken: dict[str, list[tuple[Value, str]]] = {}
    answered: dict[str, tuple[str, str]] = {}
    for e, call in calls:
        for value in call.values():
            if value.hash in given:
                continue
            if source := answered.pop(value.hash, None):
                exchange, name = source
                taken.setdefault(exchange, []).append((value, name))
            elif all(value.hash != known.hash for found in taken.values() for known, _ in found):
                given[value.hash] = value
        for value in e.values:
            if value.where == "response.body" and (name := _name_in(e.response.body, value)):
                answered.setdefault(value.hash, (e.exchange, name))
    return list(given.values()), taken


def _name_in(body: str, value: Value) -> str:
    """Under which name an answer carries the value; its kind where the trace has no text of the answer."""
    if not body and KINDS.get(value.kind) == value.kind:
        return value.kind
    for name in (name for name, kind in KINDS.items() if kind == value.kind):
        here = rf"""(?:"{name}"\s*:\s*"|(?:^|[&?]){name}=){re.escape(value.masked)}"""
        if re.search(here, body):
            return name
    return ""


def _optional(request: str, call: Call, variables: Variables) -> str:
    """The same call, whose verifier (RFC 7636) is only sent where there is one."""
    for name in (variables.name(value) for value in call.values() if value.kind == OPTIONAL):
        sent = f'--data-urlencode "code_verifier=${{{name}}}"'
        request = request.replace(sent, f"${{{name}:+{sent}}}")
    return request


def _comment(text: str) -> str:
    return " ".join(text.split())


def _in_default(text: str) -> str:
    """Inside ``"${NAME:-…}"`` nothing may be expanded or end it."""
    return re.sub(r"[^\w :/.,{}=+()%\[\]-]", "", _comment(text)).replace("}", "").replace("{", "")
