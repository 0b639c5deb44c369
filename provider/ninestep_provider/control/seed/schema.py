"""The JSON Schema of a seed file, for editors that complete and underline."""

from __future__ import annotations

from typing import Any

import msgspec
from ninestep.dialects import DIALECTS, policies_of

from .bodies import Seed

PLACE = "#/$defs/"


def schema() -> dict[str, Any]:
    [top], defs = msgspec.json.schema_components([Seed], ref_template=PLACE + "{name}")
    for known in defs.values():
        if "policies" in known.get("properties", {}):
            known["properties"]["policies"] = _policies()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A seed file of Ninestep",
        **top,
        "$defs": defs,
    }


def _policies() -> dict[str, Any]:
    """Every policy of every dialect, and all that it can be."""
    choices: dict[str, list[Any]] = {}
    for dialect in DIALECTS:
        for policy in policies_of(dialect).values():
            known = choices.setdefault(policy.name, [None])
            known += [choice for choice in policy.choices if choice not in known]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"enum": values} for name, values in choices.items()},
    }
