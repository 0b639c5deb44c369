"""One declaration per call: method, path, body, answer. The route and the OpenAPI document both come from it."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Response, request
from msgspec import Meta

from .paging import Paged
from .problem import Problem
from .query import Param, Query, check_path, check_query, params


class Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=False):
    """A request body: unknown names are refused, types are what they say."""


def enum(*values: str) -> Meta:
    """What the document tells of a text; the call itself refuses the others, and names the nearest."""
    return Meta(extra_json_schema={"enum": list(values)})


class Media(NamedTuple):
    """An answer that is no JSON."""

    content_type: str


@dataclass(frozen=True)
class Operation:
    method: str
    path: str  # OpenAPI form: /apps/{appid}
    name: str
    doc: str
    tag: str
    body: type[Body] | None
    status: int
    query: dict[str, Param]
    answer: Any  # the type of the answer, or Media
    refuses: tuple[int, ...]
    example: Any

    @property
    def summary(self) -> str:
        """The first sentence of its doc."""
        return self._said[0].replace("`", "").rstrip(".") + "."

    @property
    def description(self) -> str:
        """What the doc says beyond."""
        return self._said[1]

    @property
    def _said(self) -> tuple[str, str]:
        first, _, more = " ".join(self.doc.split("\n\n")[0].split()).replace("``", "`").partition(". ")
        return first, more


@dataclass
class Operations:
    """The table of all calls, and the blueprint that serves them."""

    name: str
    prefix: str
    table: list[Operation] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)  # by resource: what its file says it is

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
        query: Query | None = None,
        answer: Any = None,
        refuses: tuple[int, ...] = (),
        example: Any = None,
    ) -> None:
        """``view`` gets the path's names, and ``body`` when there is one; it returns a JSON value, or (value, status),
        or a page (``paged``), or None for 204.

        ``answer`` is the type of what it returns (a function that returns the type, where its file is imported only
        when somebody asks), ``refuses`` are statuses beyond those that every such call may answer, and ``example`` is
        a body.
        """
        module = view.__module__.rsplit(".", 1)[-1]
        self.tags.setdefault(module, _about(sys.modules[view.__module__].__doc__ or module))
        name, doc, known = f"{module}_{view.__name__}", view.__doc__ or view.__name__, params(query)
        self.table.append(
            Operation(method, path, name, doc, module, body, status, known, answer, refuses, example)
        )

        def endpoint(**names: str) -> Response:
            check_path(names)
            check_query(known)
            if body is not None:
                names["body"] = read(body)
            result = view(**names)
            if isinstance(result, Response):
                return result
            page = result if isinstance(result, Paged) else Paged(result, "")
            value, code = page.body if isinstance(page.body, tuple) else (page.body, status)
            if value is None:
                return Response(status=204)
            headers = {"Link": page.link()} if page.after else {}
            return Response(msgspec.json.encode(value), code, headers, content_type="application/json")

        rule = re.sub(r"\{(\w+)\}", r"<\1>", path)
        self.blueprint.add_url_rule(rule, name, endpoint, methods=[method])


def _about(doc: str) -> str:
    """What a resource's file says it is, without its list of files."""
    return doc.partition("\n\n``")[0].replace("``", "`").strip()


def read(kind: type[Body]) -> Any:
    """The body as ``kind``; an empty one is ``{}``. Raises Problem 400 or 422, naming the field."""
    return parsed(kind, request.get_data() or b"{}")


def parsed(kind: type[Body], raw: bytes) -> Any:
    """JSON as ``kind``, from a request or from what a form of the console said. Raises Problem like ``read``."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        from .places import refusal_of

        if str(error).startswith("Expected `int`, got `float`"):
            with suppress(msgspec.MsgspecError, RecursionError):
                return msgspec.convert(_with_whole_numbers(msgspec.json.decode(raw)), kind)
        raise refusal_of(kind, raw, error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, str(error)) from None


def _with_whole_numbers(value: Any) -> Any:
    """60.0 is an integer in JSON, and some languages write it so."""
    if isinstance(value, dict):
        return {name: _with_whole_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
