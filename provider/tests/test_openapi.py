"""The OpenAPI document says what the control API does: every call, what it takes, what it answers, how it refuses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import documented
import pytest
from ninestep_provider.control import RESOURCES


@pytest.fixture
def document(control: Any) -> dict[str, Any]:
    return dict(control("GET", "/openapi.json"))


def calls(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, call)
        for path, methods in document["paths"].items()
        for method, call in methods.items()
    ]


def test_every_call_says_what_it_answers(document: dict[str, Any]) -> None:
    for method, path, call in calls(document):
        good = {status: told for status, told in call["responses"].items() if status.startswith("2")}
        assert good, f"{method} {path}"
        for status, told in good.items():
            schemas = [content["schema"] for content in told.get("content", {}).values()]
            assert (status == "204") == (not schemas), f"{method} {path} {status} has no schema"
            assert {} not in schemas, f"{method} {path} {status}"


def test_every_call_is_a_sentence_under_a_tag_that_is_told(document: dict[str, Any]) -> None:
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}

    for _, path, call in calls(document):
        assert re.fullmatch(r"\S.{5,140}\.", call["summary"]), path
        assert "`" not in call["summary"], path
        assert all(tags[tag] for tag in call["tags"]), path
    assert [
        tag for tag, said in tags.items() if "``" in said
    ] == []  # no words of reStructuredText, no list of files
    assert len(tags) == len(RESOURCES) + 1  # the document itself


def test_it_speaks_of_no_paper_that_its_reader_does_not_have(document: dict[str, Any]) -> None:
    assert (
        re.findall(r".{30}(?:(?<!export)\.md\b|\bM\d{3}\b).{10}", json.dumps(document, ensure_ascii=False))
        == []
    )


def test_every_parameter_has_a_type_and_those_of_a_query_say_what_they_can_be(
    document: dict[str, Any],
) -> None:
    for method, path, call in calls(document):
        names = set(re.findall(r"\{(\w+)\}", path))
        assert {p["name"] for p in call["parameters"] if p["in"] == "path"} == names
        for parameter in call["parameters"]:
            schema = parameter["schema"]
            assert {"type", "enum", "anyOf"} & set(schema), f"{method} {path} {parameter['name']}"
            assert parameter["in"] == "path" or parameter["description"]
    listed = document["paths"]["/_mock/api/flows"]["get"]["parameters"]
    types = {parameter["name"]: parameter["schema"] for parameter in listed}
    assert (types["limit"]["type"], types["limit"]["minimum"], types["limit"]["maximum"]) == (
        "integer",
        1,
        1000,
    )
    assert types["wait"]["type"] == "number"
    assert "ended" in types["until"]["pattern"]


def test_every_call_lists_its_refusals_as_problems(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]

    for method, path, call in calls(document):
        refusals = {status: told for status, told in call["responses"].items() if status[0] in "45"}
        assert {"403", "422", "503"} <= set(refusals), path
        assert ("requestBody" in call) == ("415" in refusals), path
        assert ("404" in refusals) or method == "delete" or "{" not in path, path
        asked = any(parameter["in"] == "query" for parameter in call["parameters"])
        assert bool(refusals.pop("414", None)) == asked, path
        for told in refusals.values():
            content = responses[told["$ref"].rsplit("/", 1)[1]]["content"]
            assert list(content) == ["application/problem+json"]


def test_a_body_is_required_where_a_field_is_and_its_example_is_accepted(
    control: Any, document: dict[str, Any]
) -> None:
    posts = document["paths"]
    assert posts["/_mock/api/apps/{appid}/faults"]["post"]["requestBody"]["required"] is True
    assert posts["/_mock/api/apps"]["post"]["requestBody"]["required"] is False
    app = control(
        "POST",
        "/apps",
        posts["/_mock/api/apps"]["post"]["requestBody"]["content"]["application/json"]["example"],
    )
    tried = 0
    for method, path, call in calls(document):
        body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
        names = set(re.findall(r"\{(\w+)\}", path))
        if (
            "example" in body
            and names <= {"appid", "world", "uid"}
            and "scan" not in path
            and "js_codes" not in path
        ):
            where = path.format(appid=app["appid"], world=app["world"], uid="anna").removeprefix("/_mock/api")
            query = {"world": app["world"]} if "/users" in path else {}
            own = {"world": app["world"]} if (method, path) == ("put", "/_mock/api/apps/{appid}") else {}
            control(method.upper(), where, {**body["example"], **own}, **query)
            tried += 1
    assert tried > 10


def test_only_an_exposed_town_asks_for_the_token(start: Any, document: dict[str, Any]) -> None:
    told = {"Authorization": "Bearer geheim"}
    exposed = start(bind="0.0.0.0", admin_token="geheim").ask("GET", "/openapi.json", headers=told).get_json()

    assert "security" not in document
    assert exposed["security"] == [{"admin": []}]
    assert exposed["components"]["securitySchemes"]["admin"]["scheme"] == "bearer"
    assert all("401" in call["responses"] for _, _, call in calls(exposed))


def test_the_document_names_the_address_that_it_was_asked_at(control: Any) -> None:
    answer = control.ask("GET", "/openapi.json", base_url="http://localhost:1234").get_json()

    assert answer["servers"][0]["url"] == "http://localhost:1234"


def test_the_root_leads_a_browser_to_the_pages_and_tells_a_program_where_they_are(control: Any) -> None:
    browser = control.ask("GET", "", headers={"Accept": "text/html,*/*;q=0.8"})
    program = control("GET", "")

    assert (browser.status_code, browser.headers["Location"]) == (302, "/_mock/api/docs")
    assert program["openapi"].endswith("/_mock/api/openapi.json")
    assert program["docs"].endswith("/_mock/api/docs")


def test_an_answer_that_the_document_does_not_know_is_noticed(control: Any, document: dict[str, Any]) -> None:
    """The check behind every ``control`` call of these tests can fail."""
    told = documented.Document(document)
    world, schema = control("GET", "/worlds/town"), {"$ref": "#/components/schemas/World"}

    assert told.wrong(world, schema, "$") == ""
    for changed in ({**world, "more": 1}, {**world, "pinned": 1}, {**world, "name": None}, {"name": "town"}):
        assert told.wrong(changed, schema, "$")
    unknown = control.client.get("/_mock/api/worlds", headers={"Host": "evil.example"})
    told.calls = [(re.compile("/_mock/api/apps"), {"post": {"responses": {}}})]
    with pytest.raises(AssertionError, match="POST /_mock/api/apps: 403 is not documented"):
        told.check("POST", "/_mock/api/apps", unknown)


# -- names that are not there


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "fix"),
    [
        ("GET", "/worlds/twon", None, 404, "town"),
        ("GET", "/apps?world=Town", None, 404, "town"),
        ("GET", "/apps/wx1234567890abcdeg", None, 404, "wx1234567890abcdef"),
        ("GET", "/users/wangwo", None, 404, "wangwu"),
        ("GET", "/storage-state?user=zangsan", None, 422, "zhangsan"),
        ("GET", "/flows?app=wx1234567890abcde", None, 404, "wx1234567890abcdef"),
        ("POST", "/apps", {"dialect": "wechta"}, 422, "wechat"),
        ("POST", "/apps", {"kind": "official"}, 422, "official_account"),
        ("POST", "/apps", {"fidelity": "tutorials"}, 422, "tutorial"),
        ("POST", "/apps", {"scopes": ["snsapi_user"]}, 422, "snsapi_userinfo"),
        ("POST", "/apps", {"policies": {"revael": True}}, 422, "reveal"),
        ("POST", "/apps", {"consent": {"mode": "autom"}}, 422, "auto"),
        ("POST", "/apps/wx1234567890abcdef/faults", {"endpoint": "tokn", "status": 500}, 422, "token"),
        ("POST", "/apps/wx1234567890abcdef/faults", {"endpoint": "token", "kind": "delays"}, 422, "delay"),
        ("POST", "/apps/wx1234567890abcdef/next", {"user": "zhangsna"}, 422, "zhangsan"),
        ("POST", "/apps/wx1234567890abcdef/next", {"decision": "approved"}, 422, "approve"),
        ("POST", "/apps/wx1234567890abcdef/codes", {"scope": "snsapi_bas"}, 422, "snsapi_base"),
        ("POST", "/reset", {"world": "towm"}, 422, "town"),
        ("POST", "/errors/standard/invalid_grants", {}, 404, "standard/invalid_grant"),
        ("PUT", "/apps/wx1234567890abcdef/followers/lsi", None, 422, "lisi"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    control: Any, method: str, path: str, body: Any, status: int, fix: str
) -> None:
    path, _, query = path.partition("?")
    wrong = control.refused(
        method, path, body, status=status, **dict(pair.split("=") for pair in query.split("&") if pair)
    )

    assert wrong["fix"].startswith(f"did you mean '{fix}"), wrong


def test_the_nearest_of_many_worlds_is_looked_for_among_some_hundred(control: Any) -> None:
    """However many there are, a wrong name costs a few round trips and a bounded comparison."""
    for n in range(350):
        control.store.redis.sadd(control.store.keys.worlds, f"w{n}")

    assert control.refused("GET", "/worlds/twon", status=404)["field"] == "world"


@pytest.mark.parametrize(
    ("query", "field", "fix"),
    [
        ({"wrold": "town"}, "wrold", "did you mean 'world'?"),
        ({"worlds": "town"}, "worlds", "did you mean 'world'?"),
        ({"limit": "ten"}, "limit", "rows at most, 1 to 1000; 100 when left out"),
        ({"limit": "0"}, "limit", None),
        ({"limit": "-1"}, "limit", None),
        ({"limit": "1001"}, "limit", None),
        ({"limit": "1.5"}, "limit", None),
        ({"limit": ""}, "limit", None),
        ({"wait": "nan"}, "wait", None),
        ({"wait": "inf"}, "wait", None),
        ({"wait": "-1"}, "wait", None),
        ({"until": "soon"}, "until", "ended, step=8 or messages=6"),
        ({"until": "step=0"}, "until", None),
        ({"world": ["town", "town"]}, "world", "say it once"),
        ({"world": "a b"}, "world", None),
        ({"app": "x" * 65}, "app", None),
    ],
)
def test_a_query_parameter_that_cannot_be_is_refused_and_named(
    control: Any, query: dict[str, Any], field: str, fix: str | None
) -> None:
    wrong = control.refused("GET", "/flows", **query)

    assert wrong["field"] == field
    assert wrong["fix"]
    assert fix in (None, wrong["fix"])


def test_a_call_that_takes_no_query_refuses_one_and_does_nothing(control: Any) -> None:
    assert control.refused("POST", "/worlds", {"name": "w1"}, name="w1")["field"] == "name"
    assert [world["name"] for world in control("GET", "/worlds")] == ["town"]


@pytest.mark.parametrize("value", ["1", "true", "True"])
def test_a_yes_can_be_said_as_languages_say_it(control: Any, value: str) -> None:
    app = control.wechat()
    path = f"/apps/{app['appid']}/faults"
    control("POST", path, {"endpoint": "authorize", "status": 503})
    control.authorize(app)

    assert control("GET", path, unfired=value) == []
    assert len(control("GET", path, unfired="false")) == 1


@pytest.mark.parametrize("name", ["a b", "x" * 65, "%00", "%F0%9F%92%A9", "a\n", "'"])
@pytest.mark.parametrize("path", ["/worlds/{}", "/apps/{}", "/users/{}", "/flows/{}", "/apps/{}/faults"])
def test_what_is_no_name_at_all_is_refused_by_every_method(control: Any, path: str, name: str) -> None:
    from urllib.parse import quote

    where = path.format(name if "%" in name else quote(name))
    for method in ("GET", "DELETE"):
        if method == "DELETE" and path == "/flows/{}":
            continue
        control.refused(method, where, status=422)


# -- bodies


def test_a_whole_number_may_be_written_with_its_point(control: Any) -> None:
    """60.0 is an integer in JSON Schema, and in the languages that know one kind of number."""
    app = control("POST", "/apps", {"ttl": {"access": 60.0}})

    assert app["ttl"]["access"] == 60
    assert (
        control.refused("PATCH", f"/apps/{app['appid']}", {"ttl": {"access": 60.5}})["field"] == "ttl.access"
    )


@pytest.mark.parametrize("depth", [400, 900, 2000, 20_000])
def test_a_body_that_is_wrong_and_bottomless_is_refused(control: Any, depth: int) -> None:
    app = control.wechat()
    raw = '{"endpoint": "token", "times": 1.5, "value": ' + "[" * depth + "]" * depth + "}"

    answer = control.ask("POST", f"/apps/{app['appid']}/faults", data=raw, content_type="application/json")

    assert answer.status_code in (400, 422)


# -- what is gone


DELETES = [
    ("/worlds/{world}", "/worlds/gone"),
    ("/apps/{appid}", "/apps/gone"),
    ("/users/anna?world={world}", "/users/anna?world=gone"),
    ("/apps/{appid}/followers/zhangsan", "/apps/gone/followers/zhangsan"),
    ("/apps/{appid}/testers/zhangsan", "/apps/gone/testers/zhangsan"),
    ("/apps/{appid}/next", "/apps/gone/next"),
    ("/apps/{appid}/mini_program/zhangsan/session", "/apps/gone/mini_program/nobody/session"),
    ("/grants?app={appid}", "/grants?app=gone"),
    ("/grants?world={world}", "/grants?world=gone"),
    ("/apps/{appid}/faults", "/apps/gone/faults"),
    ("/apps/{appid}/faults/f1", "/apps/gone/faults/f1"),
    ("/worlds/{world}/stepping", "/worlds/gone/stepping"),
    ("/apps/{appid}/coverage", "/apps/gone/coverage"),
    ("/worlds/{world}/snapshots/s1", "/worlds/gone/snapshots/s1"),
]


@pytest.mark.parametrize(("there", "gone"), DELETES)
def test_every_delete_can_be_repeated_and_what_is_not_there_is_204_too(
    control: Any, there: str, gone: str
) -> None:
    app = control.wechat()
    path, _, query = there.format(**app).partition("?")
    asked = dict(pair.split("=") for pair in query.split("&") if pair)

    for _ in range(2):
        assert control.ask("DELETE", path, query_string=asked).status_code == 204
    control("DELETE", f"/worlds/{app['world']}", status=204)
    assert control.ask("DELETE", path, query_string=asked).status_code == 204, "its world is gone as well"
    path, _, query = gone.partition("?")
    assert control.ask("DELETE", path, query_string=query).status_code == 204


def test_no_delete_is_left_out_above(document: dict[str, Any]) -> None:
    tried = {re.sub(r"\{\w+\}", "*", there.partition("?")[0]) for there, _ in DELETES}
    known = {
        re.sub(r"\{\w+\}", "*", path.removeprefix("/_mock/api"))
        for method, path, _ in calls(document)
        if method == "delete"
    }
    for name in ("anna", "zhangsan", "f1", "s1"):
        tried = {re.sub(rf"/{name}(?=/|$)", "/*", path) for path in tried}
    assert tried == known


# -- its pages


def test_the_pages_of_an_exposed_town_are_behind_the_token(start: Any) -> None:
    exposed = start(bind="0.0.0.0", admin_token="geheim").client

    for path in ("", "/5.34.0/swagger-ui.css"):
        answer = exposed.get("/_mock/api/docs" + path, base_url="http://127.0.0.1:9000")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/_mock/enter")


def test_a_town_without_a_backstage_has_no_pages_either(start: Any) -> None:
    bare = start(backstage=False).client

    for path in ("", "/docs", "/docs/5.34.0/swagger-ui.css"):
        assert bare.get("/_mock/api" + path, base_url="http://127.0.0.1:9000").status_code == 404


@pytest.mark.launcher
def test_a_start_looks_for_none_of_the_packages_files() -> None:
    """Neither the package nor what finds it is imported before somebody opens the page."""
    code = "import sys, ninestep_provider.app; print(sorted({'flask_swagger_ui', 'yaml'} & set(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
