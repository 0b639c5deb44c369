"""Who may steer the town, how the API refuses, and that its document says what it does."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ninestep.dialects import DIALECTS, policies_of
from ninestep.settings import ProviderSettings, SettingsError
from ninestep_provider.control import guard


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9002", "null", ""])
def test_a_foreign_page_may_not_call(control: Any, origin: str) -> None:
    response = control.ask("POST", "/worlds", {}, headers={"Origin": origin})

    assert response.status_code == 403
    assert len(control("GET", "/worlds")) == 1


def test_our_own_console_may_call(control: Any) -> None:
    for origin in ("http://127.0.0.1:9000", "http://localhost"):
        assert control.ask("POST", "/worlds", {}, headers={"Origin": origin}).status_code == 201


@pytest.mark.parametrize("host", ["evil.example", "open.weixin.qq.com", "127.0.0.1.evil.example"])
def test_a_foreign_host_name_gets_no_answer(control: Any, host: str) -> None:
    answer = control.ask("GET", "/worlds", headers={"Host": host})

    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert host in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_has_to_be_json_by_its_type(control: Any, kind: str) -> None:
    response = control.ask("POST", "/worlds", data='{"name": "x"}', content_type=kind)

    assert response.status_code == 415
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"name": "a"} x', b'{"name": "\\ud800"}', b"[" * 3000])
def test_malformed_json_is_400_or_422_and_never_500(control: Any, raw: bytes) -> None:
    response = control.ask("POST", "/worlds", data=raw, content_type="application/json")

    assert response.status_code in (400, 422)
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize("raw", [b"[]", b"7", b"null", b'"x"'])
def test_a_body_that_is_no_object_is_422(control: Any, raw: bytes) -> None:
    response = control.ask("POST", "/worlds", data=raw, content_type="application/json")

    assert response.status_code == 422


def test_a_body_that_is_too_big_is_413(control: Any) -> None:
    response = control.ask("POST", "/worlds", {"name": "x" * 70_000})

    assert response.status_code == 413
    assert response.content_type == "application/problem+json"


def test_an_unknown_path_and_a_wrong_method_are_problems_too(control: Any) -> None:
    control.refused("GET", "/nothing", status=404)
    wrong = control.ask("DELETE", "/state")

    assert (wrong.status_code, wrong.content_type) == (405, "application/problem+json")
    assert "GET" in wrong.headers["Allow"]


def test_elsewhere_than_loopback_the_start_needs_a_token() -> None:
    with pytest.raises(SettingsError, match="NINESTEP_ADMIN_TOKEN"):
        guard.require_startable(ProviderSettings(bind="0.0.0.0"))

    guard.require_startable(ProviderSettings(bind="0.0.0.0", admin_token="t"))
    guard.require_startable(ProviderSettings(bind="0.0.0.0", exposure="loopback"))
    guard.require_startable(ProviderSettings(bind="0.0.0.0", backstage=False))


def test_elsewhere_than_loopback_every_call_needs_the_token(start: Any) -> None:
    control = start(bind="0.0.0.0", admin_token="geheim")

    for header in (None, "Bearer wrong", "Basic geheim", "Bearer", "Bearer geheimé"):
        refused = control.ask("GET", "/worlds", headers={"Authorization": header} if header else {})
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    assert control.ask("GET", "/openapi.json").status_code == 401
    assert control.ask("GET", "/worlds", headers={"Authorization": "Bearer geheim"}).status_code == 200


def test_without_a_backstage_there_is_no_api(start: Any) -> None:
    assert start(backstage=False).ask("GET", "/worlds").status_code == 404


def test_the_document_and_the_routes_are_the_same(control: Any) -> None:
    document = control("GET", "/openapi.json")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in control.app.url_map.iter_rules()
        if rule.rule.startswith("/_mock/api") and not rule.endpoint.startswith("api_docs.")  # its pages
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert document["openapi"].startswith("3.1")
    assert described == routed


def test_the_document_holds_every_policy_and_every_reference_leads_somewhere(control: Any) -> None:
    document = control("GET", "/openapi.json")
    schemas = document["components"]["schemas"]

    for dialect in DIALECTS:
        assert set(schemas[f"Policies.{dialect}"]["properties"]) == set(policies_of(dialect))
    for reference in re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document)):
        assert reference in schemas
    ids = [call["operationId"] for methods in document["paths"].values() for call in methods.values()]
    assert len(ids) == len(set(ids))


def test_the_document_describes_the_bodies_that_are_checked(control: Any) -> None:
    schemas = control("GET", "/openapi.json")["components"]["schemas"]

    assert schemas["NewApp"]["additionalProperties"] is False
    assert {"name", "world", "dialect", "kind", "policies", "redirect_uris"} <= set(
        schemas["NewApp"]["properties"]
    )
    assert "secret" in schemas["ChosenApp"]["properties"]
    assert schemas["NewFault"]["required"] == ["endpoint"]


def test_the_api_is_not_in_the_trace(control: Any) -> None:
    control("POST", "/worlds")

    assert control("GET", "/flows") == []
