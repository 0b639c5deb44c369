"""What a fault does to a good answer: always the same to the same answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response
from werkzeug.datastructures import Headers

from ..records import Fault
from .dropping import cut
from .kinds import OTHER_TYPE

EXTRA = "unexpected"  # the value of an extra field that was given none


def truncated(response: Response, fault: Fault) -> Response:
    """The first half, under the length of the whole."""
    body = response.get_data()
    return cut(response, body[: len(body) // 2], max(1, len(body)))


def malformed_json(response: Response, fault: Fault) -> Response:
    """Without its last brace and what follows; a body that has none gets a first one."""
    body = response.get_data()
    end = body.rfind(b"}")
    response.set_data(body[:end] if end >= 0 else b"{" + body)
    return response


def content_type(response: Response, fault: Fault) -> Response:
    response.headers["Content-Type"] = str(fault.value or OTHER_TYPE)
    return response


def missing_field(response: Response, fault: Fault) -> Response:
    return _changed(response, lambda fields: fields.pop(fault.field, None))


def extra_field(response: Response, fault: Fault) -> Response:
    value = EXTRA if fault.value is None else fault.value
    return _changed(response, lambda fields: fields.update({fault.field: value}))


def wrong_type(response: Response, fault: Fault) -> Response:
    """A number becomes a text, a text a list of it, anything else a text."""

    def change(fields: dict[str, Any]) -> None:
        if fault.field in fields:
            value = fields[fault.field]
            fields[fault.field] = [value] if isinstance(value, str) else _text(value)

    return _changed(response, change)


def id_token(response: Response, fault: Fault) -> Response:
    """Its signer has done it already."""
    return response


def lose_cookie(response: Response, fault: Fault) -> Response:
    response.headers = Cookieless([pair for pair in response.headers if pair[0].lower() != "set-cookie"])
    return response


class Cookieless(Headers):
    """The session's cookie is set after every other hand has been at the answer: here it falls through."""

    def add(self, key: str, value: Any, /, **options: Any) -> None:
        if key.lower() != "set-cookie":
            super().add(key, value, **options)


SPOILERS: dict[str, Callable[[Response, Fault], Response]] = {
    "truncated": truncated,
    "malformed_json": malformed_json,
    "content_type": content_type,
    "missing_field": missing_field,
    "extra_field": extra_field,
    "wrong_type": wrong_type,
    "id_token": id_token,
    "lose_cookie": lose_cookie,
}


def _changed(response: Response, change: Callable[[dict[str, Any]], Any]) -> Response:
    """The fields of a JSON object, alone, in a list or in a callback, or of a query string; anything else stays."""
    text = response.get_data(as_text=True)
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    start, end = min(starts, default=-1), max(text.rfind("}"), text.rfind("]")) + 1
    try:
        document = (
            json.loads(text[start:end]) if start >= 0 else dict(parse_qsl(text, keep_blank_values=True))
        )
    except ValueError:
        return response
    changed = copy.deepcopy(document)
    for fields in changed if isinstance(changed, list) else [changed]:
        if isinstance(fields, dict):
            change(fields)
    if changed == document:
        return response
    document = changed
    if start < 0:
        response.set_data(urlencode({name: _text(value) for name, value in document.items()}))
        return response
    written = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if "\\/" in text:  # as the platforms spell a slash
        written = written.replace("/", "\\/")
    response.set_data((text[:start] + written + text[end:]).encode("utf-8", "replace"))
    return response


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
