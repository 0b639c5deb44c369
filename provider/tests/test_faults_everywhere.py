"""A fault of every kind on every endpoint of every dialect, as a plain client over HTTP sees it."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from fault_callers import CALLERS, Caller, caller
from ninestep.faults import kinds
from ninestep.trace.vocabulary import ENDPOINTS

pytestmark = pytest.mark.thorough

SECONDS = 0.2
EXTRA = {"delay": {"seconds": SECONDS}, "status": {"status": 502}, "extra_field": {"field": "surprise"}}
EXTRA["id_token"] = {"value": "aud"}
PLACES = [(dialect, endpoint) for dialect, (_, endpoints) in CALLERS.items() for endpoint in endpoints]


def cases() -> list[Any]:
    found = []
    for dialect, endpoint in PLACES:
        for kind in kinds.kinds_at(endpoint):
            if kind in kinds.ONLY_OF and dialect != kinds.ONLY_OF[kind]:
                continue
            whens = ("before", "after") if kind in kinds.EITHER else ("",)
            # `make test` takes one dialect through the whole matrix, `make test-all` every one.
            marks = () if dialect == "wechat" else (pytest.mark.slow,)
            found += [pytest.param(dialect, endpoint, kind, when, marks=marks) for when in whens]
    return found


def fields(response: requests.Response) -> dict[str, Any]:
    """As a client reads it: JSON, in a callback or not, or a query string. ValueError for what is neither."""
    text = response.text.strip()
    if text.startswith("callback("):
        text = text.removeprefix("callback(").removesuffix(");")
    if "{" not in text and "=" in text:
        return dict(parse_qsl(text, strict_parsing=True))
    return dict(json.loads(text))


def test_every_endpoint_has_a_caller() -> None:
    assert {endpoint for _, endpoint in PLACES} == set(ENDPOINTS)


@pytest.mark.parametrize(("dialect", "endpoint", "kind", "when"), cases())
def test_a_fault_of_every_kind_on_every_endpoint(
    town: Any, dialect: str, endpoint: str, kind: str, when: str
) -> None:
    one = caller(town, dialect, endpoint)
    good = one.prepare()()
    assert good.status_code < 400, good.text
    extra: dict[str, Any] = EXTRA.get(kind, {})
    if kind in ("missing_field", "wrong_type"):
        extra = {"field": next(iter(fields(good)), "nothing")}
    if kind == "error":
        extra = {"error": "server_error"}
    call = one.prepare()

    armed = one.arm(endpoint, kind=kind, **extra, **({"when": when} if when else {}))
    seen(call, good, kind, armed)

    [fault] = one.faults()
    assert fault["hits"] == 1
    assert one.faults(unfired=1) == []
    assert one.told_of(fault["id"])
    again = one.prepare()()
    assert (again.status_code, again.headers.get("Content-Type")) == (
        good.status_code,
        good.headers.get("Content-Type"),
    )


def seen(call: Any, good: requests.Response, kind: str, armed: dict[str, Any]) -> None:
    """What the client meets."""
    if kind in ("drop", "truncated"):
        with pytest.raises(requests.RequestException):
            call()
        return
    started = time.monotonic()
    answer = call()
    took = time.monotonic() - started
    if kind == "status":
        assert answer.status_code == 502
        return
    if kind == "error":
        assert answer.content != good.content or answer.headers.get("Location") != good.headers.get(
            "Location"
        )
        return
    assert answer.status_code == good.status_code
    match kind:
        case "delay":
            assert took >= SECONDS
        case "content_type":
            assert answer.headers["Content-Type"] == kinds.OTHER_TYPE
        case "malformed_json":
            with pytest.raises(ValueError):
                fields(answer)
        case "missing_field":
            assert set(fields(answer)) == set(fields(good)) - {armed["field"]}
        case "wrong_type":
            wrong = fields(answer).get(armed["field"], "nothing")
            assert (
                wrong == "nothing"
                or type(wrong) is not type(fields(good)[armed["field"]])
                or "{" not in good.text
            )
        case "id_token":
            assert fields(answer)["id_token"] != fields(good)["id_token"]
        case "wrong_iss":
            [told] = parse_qs(urlsplit(answer.headers["Location"]).query)["iss"]
            assert told.endswith("/altered")
        case "extra_field":
            assert set(fields(answer)) == {*fields(good), "surprise"}
        case "wrong_state":
            assert parse_qs(urlsplit(answer.headers["Location"]).query)["state"] == ["altered-s"]
        case "lose_cookie":
            assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("dialect", "endpoint", "error"),
    [(*place, error) for place in PLACES for error in kinds.errors_at(place[1])],
)
def test_every_neutral_error_is_spelt_at_every_endpoint(
    town: Any, dialect: str, endpoint: str, error: str
) -> None:
    one: Caller = caller(town, dialect, endpoint)
    call = one.prepare()
    for when in ("before", "after"):
        one.arm(endpoint, error=error, when=when)

    answers = [call(), call()]

    serious = error in ("server_error", "busy", "quota")
    for answer in answers:
        assert serious or answer.status_code < 500
        assert answer.status_code != 500 or error == "server_error"
    assert [fault["hits"] for fault in one.faults()] == [1, 1]
    told = [answer.headers.get("Location", answer.text).partition("rid")[0] for answer in answers]
    assert told[0] == told[1]
