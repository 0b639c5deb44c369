"""One declaration per call: method, path, body, answer. The route and the OpenAPI document both come from it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from .problem import Problem

FIELD = re.compile(r" - at `\$\.?([^`]*)`")
UNKNOWN = re.compile(r"Object contains unknown field `([^`]+)`")


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=False):
    """A request body: unknown names are refused, types are what they say."""


@dataclass(frozen=True)
class Operation:
    method: str
    path: str  # OpenAPI form: /apps/{appid}
    name: str
    summary: str
    body: type[Body] | None
    status: int
    query: dict[str, str]


@dataclass
class Operations:
    """The table of all calls, and the blueprint that serves them."""

    name: str
    prefix: str
    table: list[Operation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.blueprint = Blueprint(self.name, __name__, url_prefix=self.prefix)

    def add(
        self,
        method: str,
        path: str,
        view: Callable[..., Any],
        *,
        body: type[Body] | None = None,
        status: int = 200,
        query: dict[str, str] | None = None,
    ) -> None:
        """``view`` gets the path's names, and ``body`` when there is one; it returns a JSON value, or (value, status),
        or None for 204."""
        summary = (view.__doc__ or view.__name__).strip().splitlines()[0]
        module = view.__module__.rsplit(".", 1)[-1]
        name = f"{module}_{view.__name__}"
        self.table.append(Operation(method, path, name, summary, body, status, query or {}))

        def endpoint(**names: str) -> Response:
            if body is not None:
                names["body"] = read(body)
            result = view(**names)
            if isinstance(result, Response):
                return result
            value, code = result if isinstance(result, tuple) else (result, status)
            if value is None:
                return Response(status=204)
            return Response(msgspec.json.encode(value), code, content_type="application/json")

        rule = re.sub(r"\{(\w+)\}", r"<\1>", path)
        self.blueprint.add_url_rule(rule, name, endpoint, methods=[method])


def read(kind: type[Body]) -> Any:
    """The body as ``kind``; an empty one is ``{}``. Raises Problem 400 or 422, naming the field."""
    return parsed(kind, request.get_data() or b"{}")


def parsed(kind: type[Body], raw: bytes) -> Any:
    """JSON as ``kind``, from a request or from what a form of the console said. Raises Problem like ``read``."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        text = str(error)
        place = FIELD.search(text)
        name = place[1] if place else "body"
        if unknown := UNKNOWN.search(text):
            field = f"{name}.{unknown[1]}" if place else unknown[1]
            known = [] if place else [f.encode_name for f in msgspec.structs.fields(kind)]
            raise Problem(422, f"unknown field {field!r}", field=field, fix=_fix(unknown[1], known)) from None
        raise Problem(422, FIELD.sub("", text), field=name, fix="see /_mock/api/openapi.json") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, str(error)) from None


def _fix(given: str, known: list[str]) -> str:
    near = difflib.get_close_matches(given, known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known: {', '.join(known)}" if known else "see /_mock/api/openapi.json"
