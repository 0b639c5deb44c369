"""YAML whose plain words mean what YAML 1.2's core schema says, on top of PyYAML's safe loader, which reads 1.1.

Imports yaml: whoever needs it imports this file late.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

WORDS = (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
)


class Loader(SAFE):
    """Refuses what is said twice, and writes no merge key out."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def flatten_mapping(self, node: Any) -> None:
        """`<<` is a key like any other: merges of merges grow without a bound."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        found: Any = super().construct_mapping(node, deep=deep)
        if len(found) < len(node.value):
            seen: set[Any] = set()
            for key, _ in node.value:
                name = self.construct_object(key, deep=True)
                if name in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"{name!r} is said twice", key.start_mark
                    )
                seen.add(name)
        return found


for tag, pattern, first in WORDS:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


class Dumper(yaml.SafeDumper):
    """Quotes what either version would read as something else than text."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for tag, pattern, first in WORDS:
    Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def dump(value: Any) -> str:
    text: str = yaml.dump(value, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100)
    return text


def depth(text: str, enough: int) -> int:
    """How deep a document nests, looked at no further than ``enough``: libyaml ends the process on a very deep one."""
    now = deepest = 0
    for event in yaml.parse(text, SAFE):
        if isinstance(event, yaml.CollectionStartEvent):
            deepest = max(deepest, now := now + 1)
            if deepest > enough:
                break
        elif isinstance(event, yaml.CollectionEndEvent):
            now -= 1
    return deepest
