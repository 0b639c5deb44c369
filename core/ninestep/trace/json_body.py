"""The JSON object that a recorded body is, as far as anybody can show it."""

from __future__ import annotations

import json
from typing import Any


def json_object(body: str) -> dict[str, Any]:
    """{} for anything else. JSON can spell half a surrogate and be nested without end; no page could show either."""
    try:
        found = _whole(json.loads(body))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_whole(name): _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return value
