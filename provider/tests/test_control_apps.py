"""Apps through the control API: what POST, PUT, PATCH and DELETE promise, and what each refusal names."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest


def test_post_makes_an_app_in_a_world_of_its_own(control: Any) -> None:
    app = control("POST", "/apps", {"name": "甲", "dialect": "wechat"}, status=201)

    assert re.fullmatch(r"wx[0-9a-f]{16}", app["appid"])
    assert re.fullmatch(r"[0-9a-f]{32}", app["secret"])
    assert app["world"] != "town"
    assert (app["name"], app["kind"], app["fidelity"]) == ("甲", "official_account", "platform")
    assert app["scopes"] == ["snsapi_base", "snsapi_userinfo"]
    assert app["policies"]["wrong_secret_error"] == 40125
    assert app["ttl"] == {"code": 300, "access": 7200, "refresh": 2592000}
    assert control("GET", f"/apps/{app['appid']}") == app


def test_a_standard_app_has_its_own_shape_of_id(control: Any) -> None:
    app = control("POST", "/apps", {"dialect": "standard"})

    assert re.fullmatch(r"[0-9a-f]{16}", app["appid"])
    assert app["kind"] == "web"


def test_post_with_a_world_joins_it(control: Any) -> None:
    first = control("POST", "/apps", {"name": "甲"})

    second = control("POST", "/apps", {"name": "乙", "world": first["world"]})

    listed = control("GET", "/apps", world=first["world"])
    assert {app["appid"] for app in listed} == {first["appid"], second["appid"]}


def test_a_refused_app_leaves_no_world_behind(control: Any) -> None:
    before = control("GET", "/worlds")

    control.refused("POST", "/apps", {"redirect_uris": ["nowhere"]})

    assert control("GET", "/worlds") == before


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"nmae": "x"}, "nmae"),
        ({"appid": "mine"}, "appid"),
        ({"name": 7}, "name"),
        ({"name": "x" * 129}, "name"),
        ({"dialect": "myspace"}, "dialect"),
        ({"dialect": "standard", "kind": "official_account"}, "kind"),
        ({"fidelity": "perfect"}, "fidelity"),
        ({"policies": {"be_nice": True}}, "policies"),
        ({"policies": {"refusal": "politely"}}, "policies"),
        ({"policies": {"bearer_header": 1}}, "policies"),
        ({"redirect_uris": "http://a/"}, "redirect_uris"),
        ({"redirect_uris": ["/callback"]}, "redirect_uris"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({"redirect_uris": ["http://a:70000/"]}, "redirect_uris"),
        ({"redirect_uris": ["http://user@a/"]}, "redirect_uris"),
        ({"redirect_uris": ["http://a/\nb"]}, "redirect_uris"),
        ({"dialect": "standard", "redirect_uris": ["http://a/#top"]}, "redirect_uris"),
        ({"callback_domain": "http://example.com"}, "callback_domain"),
        *(
            ({"callback_domain": domain}, "callback_domain")
            for domain in (
                "example.com\n",
                "example.com.",
                "example.com/x",
                "example.com:0",
                "a b.com",
                "-a.com",
            )
        ),
        ({"page": "http://a/"}, "page"),  # of an official account
        ({"dialect": "standard", "kind": "native", "page": "http://a/"}, "page"),
        ({"dialect": "qq", "kind": "mobile", "page": "http://a/"}, "page"),
        *(
            ({"kind": "mobile", "page": page}, "page")
            for page in (
                *(
                    "/app",
                    "ftp://a/",
                    "javascript:alert(1)",
                    "//a/",
                    "http://",
                    "http://u@a/",
                    "http://u:p@a/",
                ),
                *(
                    "http://a:70000/",
                    "http://a/#top",
                    "http://a/#",
                    "http://a\\b/",
                    "http://a/\n",
                    "http://a/ b",
                ),
                *("http://a;b/", "http://" + "x" * 64 + ".test/", "http://a/" + "x" * 2048),
            )
        ),
        ({"scopes": ["everything"]}, "scopes"),
        ({"consent": {"mode": "maybe"}}, "consent.mode"),
        ({"consent": {"mod": "auto"}}, "consent.mod"),
        ({"ttl": {"code": -1}}, "ttl.code"),
        ({"ttl": {"access": "2h"}}, "ttl.access"),
        ({"ttl": {"access": 10**30}}, "ttl.access"),
        ({"open_platform": "a b"}, "open_platform"),
        ({"dialect": "standard", "token_endpoint_auth_method": "magic"}, "token_endpoint_auth_method"),
        (
            {"dialect": "standard", "kind": "spa", "token_endpoint_auth_method": "client_secret_post"},
            "token_endpoint_auth_method",
        ),
        *(
            ({"dialect": dialect, "token_endpoint_auth_method": method}, "token_endpoint_auth_method")
            for dialect in ("wechat", "qq", "weibo")
            for method in ("none", "private_key_jwt")
        ),
        ({"dialect": "standard", "kind": "spa", "grant_types": ["client_credentials"]}, "grant_types"),
        ({"disabled": "yes"}, "disabled"),
    ],
)
def test_what_cannot_be_is_refused_and_named(control: Any, body: dict[str, Any], field: str) -> None:
    assert control.refused("POST", "/apps", body)["field"].startswith(field)


@pytest.mark.parametrize("dialect", ["wechat", "qq", "weibo"])
def test_what_only_the_standard_dialect_minds_is_carried_by_the_platforms(control: Any, dialect: str) -> None:
    carried: dict[str, Any] = {
        "redirect_uris": ["http://a.example/#top"],
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "client_secret_basic",
    }

    app = control("POST", "/apps", {"dialect": dialect, **carried})

    assert app["redirect_uris"] == carried["redirect_uris"]
    assert app["token_endpoint_auth_method"] == "client_secret_basic"
    assert app["grant_types"] == ["authorization_code", "refresh_token"]  # what the platform gives it


def test_an_app_of_the_phone_has_a_page_that_can_be_changed_and_taken_away(control: Any) -> None:
    app = control("POST", "/apps", {"kind": "mini_program", "page": "https://例子.test:8443/a?b=c"})
    place = f"/apps/{app['appid']}"

    assert app["page"] == "https://例子.test:8443/a?b=c"
    assert control("PATCH", place, {"name": "乙"})["page"] == app["page"]
    assert control("PATCH", place, {"page": "http://127.0.0.1:9/"})["page"] == "http://127.0.0.1:9/"
    assert control("PATCH", place, {"page": ""})["page"] == ""
    described = control("GET", "/openapi.json")["components"]["schemas"]["NewApp"]["properties"]["page"]
    assert "phone" in described["description"]


def test_a_typo_gets_the_right_name(control: Any) -> None:
    assert control.refused("POST", "/apps", {"redirect_urls": []})["fix"] == "did you mean 'redirect_uris'?"


def test_an_unknown_dialect_is_refused_with_those_that_there_are(control: Any) -> None:
    wrong = control.refused("POST", "/apps", {"dialect": "esperanto"})

    assert wrong["field"] == "dialect"
    assert {"standard", "wechat", "weibo"} <= set(wrong["fix"].split(", "))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/apps", {}),
        ("PUT", "/apps/my-app", {}),
        ("PUT", "/apps/wx1234567890abcdef", {}),
        ("POST", "/reset", {}),
        ("POST", "/inspect", {"value": "wx1234567890abcdef"}),
    ],
)
def test_an_unknown_world_in_a_body_is_a_wrong_field(
    control: Any, method: str, path: str, body: dict[str, Any]
) -> None:
    """Not a 404: the address of the call is right, and what it names may well be there."""
    wrong = control.refused(method, path, {**body, "world": "twon"}, status=422)

    assert (wrong["field"], wrong["fix"]) == ("world", "did you mean 'town'?")


def test_put_chooses_the_id_and_is_idempotent(control: Any) -> None:
    body = {"name": "固定", "secret": "s3cret", "redirect_uris": ["http://127.0.0.1/cb"]}

    first = control("PUT", "/apps/my-app", body, status=201)
    second = control("PUT", "/apps/my-app", body, status=200)

    assert first == second
    assert (first["appid"], first["world"], first["secret"]) == ("my-app", "town", "s3cret")


def test_put_without_a_secret_keeps_the_one_it_had(control: Any) -> None:
    made = control("PUT", "/apps/my-app", {})

    again = control("PUT", "/apps/my-app", {"name": "新名"})

    assert re.fullmatch(r"[0-9a-f]{32}", made["secret"])
    assert again["secret"] == made["secret"]


def test_put_of_another_worlds_appid_is_409(control: Any) -> None:
    app = control("POST", "/apps", {})

    assert control.refused("PUT", f"/apps/{app['appid']}", {}, status=409)["field"] == "world"
    control("PUT", f"/apps/{app['appid']}", {"world": app["world"]}, status=200)


@pytest.mark.parametrize("appid", ["a b", "x" * 65, "a%0A", "微信", "a|b", "{town}"])
def test_put_refuses_an_id_that_is_no_name(control: Any, appid: str) -> None:
    assert control.refused("PUT", f"/apps/{appid}", {})["field"] == "appid"


def test_of_sixteen_worlds_that_claim_an_appid_one_wins(control: Any) -> None:
    worlds = [control("POST", "/worlds")["name"] for _ in range(16)]

    def claim(world: str) -> int:
        return int(control.ask("PUT", "/apps/contested", {"world": world}).status_code)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(claim, worlds))

    assert sorted(answers) == [201] + [409] * 15
    assert control("GET", "/apps/contested")["world"] == worlds[answers.index(201)]


def test_patch_changes_what_it_names_and_keeps_the_rest(control: Any) -> None:
    app = control.wechat(name="甲", ttl={"code": 60}, policies={"reveal": True})

    after = control(
        "PATCH",
        f"/apps/{app['appid']}",
        {
            "disabled": True,
            "ttl": {"access": 90},
            "consent": {"mode": "deny"},
            "policies": {"refusal": "none"},
        },
    )

    assert after["disabled"] is True
    assert (after["name"], after["redirect_uris"]) == ("甲", app["redirect_uris"])
    assert after["ttl"] == {"code": 60, "access": 90, "refresh": 2592000}
    assert after["consent"] == {"mode": "deny", "user": "zhangsan"}
    assert (after["policies"]["reveal"], after["policies"]["refusal"]) == (True, "none")


def test_a_policy_set_to_null_falls_back_to_the_fidelity(control: Any) -> None:
    app = control.wechat(policies={"refusal": "none"})

    after = control("PATCH", f"/apps/{app['appid']}", {"policies": {"refusal": None}})

    assert after["policies"]["refusal"] == "authdeny"


def test_policies_follow_the_fidelity(control: Any) -> None:
    app = control.wechat(fidelity="tutorial", policies={"used_code_error": 40163})

    assert app["policies"]["wrong_secret_error"] == 40001
    assert app["policies"]["used_code_error"] == 40163
    assert app["policies"]["token_check"] == "introspect"


def test_a_public_app_has_no_secret(control: Any) -> None:
    app = control("POST", "/apps", {"dialect": "standard", "kind": "spa"})

    assert (app["secret"], app["type"]) == ("", "public")
    control.refused("POST", f"/apps/{app['appid']}/secret", status=409)


def test_a_new_secret_replaces_the_old_one_at_once(control: Any) -> None:
    app = control.wechat()
    code = control("POST", f"/apps/{app['appid']}/codes", {"user": "zhangsan"})["code"]

    rotated = control("POST", f"/apps/{app['appid']}/secret", status=200)

    assert rotated["secret"] != app["secret"]
    assert control.redeem(app, code)["errcode"] == 40125
    assert control.redeem(rotated, code)["openid"]


@pytest.mark.parametrize("field", ["redirect_uris", "post_logout_redirect_uris"])
def test_production_wants_https(start: Any, field: str) -> None:
    control = start(env="production", provider_url="https://127.0.0.1:9000")

    refused = control.refused("POST", "/apps", {"dialect": "standard", field: ["http://a.example/"]})
    assert refused["field"] == field
    control("POST", "/apps", {"dialect": "standard", field: ["https://a.example/"]})


def test_delete_is_idempotent_and_frees_the_id(control: Any) -> None:
    control("PUT", "/apps/my-app", {})

    control("DELETE", "/apps/my-app", status=204)
    control("DELETE", "/apps/my-app", status=204)

    control.refused("GET", "/apps/my-app", status=404)
    control("PUT", "/apps/my-app", {}, status=201)


def test_a_world_made_for_an_app_ends_with_its_last_app(control: Any) -> None:
    first = control("POST", "/apps", {})
    second = control("POST", "/apps", {"world": first["world"]})

    control("DELETE", f"/apps/{first['appid']}")
    control("GET", f"/worlds/{first['world']}")
    control("DELETE", f"/apps/{second['appid']}")

    control.refused("GET", f"/worlds/{first['world']}", status=404)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/apps/nobody"),
        ("PATCH", "/apps/nobody"),
        ("POST", "/apps/nobody/secret"),
        ("POST", "/apps/nobody/next"),
        ("GET", "/apps/nobody/next"),
        ("POST", "/apps/nobody/codes"),
        ("GET", "/apps/nobody/tokens"),
        ("GET", "/apps/nobody/faults"),
    ],
)
def test_an_unknown_app_is_404(control: Any, method: str, path: str) -> None:
    body = None if method == "GET" else {}

    assert control.refused(method, path, body, status=404)["field"] == "app"


def test_a_fresh_app_never_gets_an_id_that_somebody_has(control: Any, monkeypatch: Any) -> None:
    first = control("POST", "/apps", {"name": "first"})
    ids = iter([first["appid"], first["appid"], "wx-fresh"])
    monkeypatch.setattr("ninestep.dialects.wechat.new_appid", lambda kind: next(ids))

    second = control("POST", "/apps", {"name": "second"})

    assert second["appid"] == "wx-fresh"
    assert control("GET", f"/apps/{first['appid']}")["name"] == "first"


@pytest.mark.parametrize(
    ("domain", "kept"),
    [
        ("Example.COM", "example.com"),
        ("例子.测试", "xn--fsqu00a.xn--0zwm56d"),
        ("127.0.0.1:8000", "127.0.0.1:8000"),
        ("", ""),
    ],
)
def test_a_callback_domain_is_kept_as_it_is_compared(control: Any, domain: str, kept: str) -> None:
    app = control("POST", "/apps", {"callback_domain": domain})

    assert app["callback_domain"] == kept
