"""Reading a seed file: YAML or JSON as plain values; what it means is the provider's business (docs/seeds.md).

Plain words are read as YAML 1.2 has them: ``no`` is a word and not false, ``0755`` and ``2026-01-01`` are text. There
are no merge keys. A file is bounded in bytes, depth and, its aliases written out, in values.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from .settings import SettingsError

MOST_BYTES = 4 * 1024 * 1024
MOST_VALUES = 200_000
DEEPEST = 30


class SeedFileError(SettingsError):
    """It cannot be used; one line that names the file and the place."""


def read(path: str | Path) -> Any:
    """What the file says, as JSON could say it; an empty one is ``{}``. Raises SeedFileError."""
    try:
        with open(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise SeedFileError(f"Seed file {path}: {error.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise SeedFileError(f"Seed file {path}: longer than {MOST_BYTES // 2**20} MiB")
    try:
        text = raw.decode("utf-8-sig")
        value = _json(text) if str(path).lower().endswith(".json") else _yaml(text)
        return _plain(value, "", [MOST_VALUES], DEEPEST) if value is not None else {}
    except UnicodeError:
        raise SeedFileError(f"Seed file {path}: no text in UTF-8") from None
    except RecursionError:
        raise SeedFileError(f"Seed file {path}: nested deeper than {DEEPEST} levels") from None
    except ValueError as error:  # ours, json's, and a number with thousands of digits
        raise SeedFileError(f"Seed file {path}: {error}") from None


def _json(text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is said twice")
        return found

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from None


def _yaml(text: str) -> Any:
    import yaml  # 30 ms: where there is a seed file alone

    from .yaml_words import Loader, depth

    try:
        if depth(text, DEEPEST) > DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST} levels")
        return yaml.load(text, Loader)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise ValueError(f"{place}{error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from None
    except (LookupError, AttributeError, TypeError):  # what PyYAML makes of `!!bool maybe`
        raise ValueError("a tag (!!) before a value that it does not fit") from None


def _plain(value: Any, place: str, left: list[int], deeper: int) -> Any:
    """``value`` with its aliases written out, each a copy. ``left`` counts what may still come."""
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"more than {MOST_VALUES} values, its aliases written out")
    if deeper < 0:
        raise ValueError(f"nested deeper than {DEEPEST} levels")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise ValueError(f"{place or 'at the top'}: the key {key!r} is no text; put it in quotes")
            _plain(key, place, left, deeper)
        inner = {key: (f"{place}.{key}" if place else key) for key in value}
        return {key: _plain(each, inner[key], left, deeper - 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, f"{place}[{n}]", left, deeper - 1) for n, each in enumerate(value)]
    if isinstance(value, str):
        value.encode()  # half of a surrogate pair is no text: UnicodeError
        return value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(
        f"{place or 'at the top'}: {type(value).__name__} {value!r} is nothing that JSON could say"
    )
