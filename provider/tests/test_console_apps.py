"""Tab Apps: what the forms say reaches the app through the control API's own checks, and nothing else changes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import standard_life
from console_pages import Pages, form_with, rows, text_of
from joserfc.jwk import ECKey

CALLBACK = "http://127.0.0.1:8000/callback"


@pytest.fixture
def app(control: Any) -> dict[str, Any]:
    made: dict[str, Any] = control.wechat(consent={"mode": "ask"})
    return made


@pytest.fixture
def pages(control: Any, app: dict[str, Any]) -> Pages:
    return Pages(control.client, app["world"])


def form(app: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Every field of the form as the page shows it, but for ``changes``."""
    shown = {
        "name": app["name"],
        "fidelity": app["fidelity"],
        "redirect_uris": "\n".join(app["redirect_uris"]),
        "callback_domain": app["callback_domain"],
        "open_platform": app["open_platform"],
        "page": app["page"],
        "scopes": app["scopes"],
        **{f"consent__{name}": value for name, value in app["consent"].items()},
        **{f"ttl__{name}": value for name, value in app["ttl"].items()},
        **({"disabled": "on"} if app["disabled"] else {}),
    }
    return {**shown, **changes}


def save(pages: Pages, app: dict[str, Any], **changes: Any) -> str:
    return pages.done(f"/console/apps/{app['appid']}", **form(app, **changes))


def test_an_app_is_registered_in_the_world_that_is_looked_at(control: Any, pages: Pages) -> None:
    fields = {
        "name": "新应用",
        "what": "standard spa",
        "redirect_uris": f"{CALLBACK}\n\n  http://127.0.0.1:3000/ \n",
    }
    page = pages.done(
        "/console/apps/new", **fields, world=pages.world, fidelity="platform", consent__mode="ask"
    )

    appid = text_of(page, "co-appid")
    app = control("GET", f"/apps/{appid}")
    assert (app["name"], app["dialect"], app["kind"], app["world"]) == (
        "新应用",
        "standard",
        "spa",
        pages.world,
    )
    assert app["redirect_uris"] == [CALLBACK, "http://127.0.0.1:3000/"]
    assert "public client" in page


def test_an_app_can_have_a_new_world_to_itself(control: Any, pages: Pages) -> None:
    page = pages.done(
        "/console/apps/new", what="wechat website", world="", fidelity="tutorial", consent__mode="deny"
    )

    app = control("GET", f"/apps/{text_of(page, 'co-appid')}")
    assert app["world"] != pages.world
    assert (app["kind"], app["fidelity"], app["consent"]["mode"]) == ("website", "tutorial", "deny")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"what": "alipay web"}, "dialect"),
        ({"what": "wechat spa"}, "kind"),
        ({"what": ""}, "dialect"),
        ({"redirect_uris": "ftp://x"}, "redirect_uris"),
        ({"redirect_uris": "http://a/" + "x" * 3000}, "redirect_uris[0]"),
        ({"callback_domain": "http://x.test"}, "callback_domain"),
        ({"fidelity": "exact"}, "fidelity"),
        ({"consent__mode": "perhaps"}, "consent.mode"),
        ({"consent__user": "no body"}, "consent.user"),
        ({"name": "n" * 200}, "name"),
        ({"world": "atlantis"}, "world"),
    ],
)
def test_what_the_api_refuses_is_said_at_the_field_and_what_was_typed_stays(
    control: Any, pages: Pages, wrong: dict[str, str], field: str
) -> None:
    before = control("GET", "/apps")
    fields = {"name": "stays here", "what": "wechat website", "world": pages.world, "fidelity": "platform"}

    status, told, page = pages.refused("/console/apps/new", **{**fields, **wrong})

    assert (status, told) == (422, field)
    if "name" not in wrong:
        assert 'value="stays here"' in page
    assert control("GET", "/apps") == before


def test_only_what_was_changed_is_changed(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    save(pages, app, name="另一个名字")

    after = control("GET", f"/apps/{app['appid']}")
    assert after == {**app, "name": "另一个名字"}


def test_every_field_of_the_form_reaches_the_app(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    save(
        *(pages, app),
        fidelity="tutorial",
        redirect_uris=f"{CALLBACK}\r\nhttp://127.0.0.1:3000/x",
        callback_domain="WWW.Example.com",
        open_platform="mine",
        scopes=["snsapi_base"],
        consent__mode="deny",
        consent__user="lisi",
        ttl__code="60",
        disabled="on",
        banned="on",
    )

    after = control("GET", f"/apps/{app['appid']}")
    assert after["fidelity"] == "tutorial"
    assert after["redirect_uris"] == [CALLBACK, "http://127.0.0.1:3000/x"]
    assert after["callback_domain"] == "www.example.com"
    assert after["open_platform"] == "mine"
    assert after["scopes"] == ["snsapi_base"]
    assert after["consent"] == {"mode": "deny", "user": "lisi"}
    assert after["ttl"] == {"code": 60, "access": 7200, "refresh": 2592000}
    assert (after["disabled"], after["banned"]) == (True, True)


def test_a_lifetime_left_empty_is_the_default_again(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    save(pages, app, ttl__access="90")
    assert control("GET", f"/apps/{app['appid']}")["ttl"]["access"] == 90

    save(pages, control("GET", f"/apps/{app['appid']}"), ttl__access="")

    assert control("GET", f"/apps/{app['appid']}")["ttl"]["access"] == 7200


def test_a_policy_is_overridden_and_given_back(control: Any, pages: Pages, app: dict[str, Any]) -> None:
    shown = save(
        pages, app, policies__refusal="none", policies__followers_only="true", policies__qr_life="30"
    )
    policies = control("GET", f"/apps/{app['appid']}")["policies"]
    assert (policies["refusal"], policies["followers_only"], policies["qr_life"]) == ("none", True, 30)
    assert shown.count("co-policy--own") == 3

    save(pages, app, policies__refusal="", policies__followers_only="true", policies__qr_life="30")
    policies = control("GET", f"/apps/{app['appid']}")["policies"]
    assert (policies["refusal"], policies["followers_only"], policies["qr_life"]) == ("authdeny", True, 30)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"redirect_uris": "http://a b/"}, "redirect_uris"),
        ({"scopes": ["snsapi_nothing"]}, "scopes"),
        ({"ttl__code": "soon"}, "ttl.code"),
        ({"ttl__access": "-1"}, "ttl.access"),
        ({"ttl__refresh": "9" * 40}, "ttl.refresh"),
        ({"policies__refusal": "maybe"}, "policies"),
        ({"open_platform": "a b"}, "open_platform"),
        ({"callback_domain": "\x00"}, "callback_domain"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    control: Any, pages: Pages, app: dict[str, Any], wrong: dict[str, Any], field: str
) -> None:
    path = f"/console/apps/{app['appid']}"

    status, told, page = pages.refused(path, **form(app, name="typed", **wrong))

    assert (status, told) == (422, field)
    assert 'value="typed"' in page
    assert control("GET", f"/apps/{app['appid']}") == app


@pytest.mark.parametrize(
    ("wrong", "chinese", "english"),
    [
        ({"ttl__code": "soon"}, "这里要填整数。", "A whole number is needed."),
        ({"ttl__code": "-1"}, "不能小于 0。", "It has to be 0 or more."),
        ({"ttl__code": "999999999"}, "不能大于 315360000。", "It can be 315360000 at most."),
        ({"name": "x" * 129}, "最多 128 个字符。", "It can have 128 characters at most."),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_in_the_readers_words(
    pages: Pages, app: dict[str, Any], wrong: dict[str, Any], chinese: str, english: str
) -> None:
    for language, words in (("zh-CN", chinese), ("en", english)):
        pages.language = language
        _, _, page = pages.refused(f"/console/apps/{app['appid']}", **form(app, **wrong))

        assert page.count(words) == 2, "above, and at its field"
        assert "Expected `" not in page
        assert "openapi.json" not in page.partition('data-testid="co-field-error"')[2].partition("</p>")[0]


def test_keys_that_are_no_object_are_refused_in_the_readers_words(control: Any, pages: Pages) -> None:
    app = control("POST", "/apps", {"dialect": "standard", "world": pages.world})

    for language, words in (("zh-CN", "这里要填 JSON"), ("en", "JSON is needed here")):
        pages.language = language
        _, field, page = pages.refused(f"/console/apps/{app['appid']}", **form(app, jwks="[]"))

        assert field == "jwks"
        assert page.count(words) == 2


def test_the_secret_is_shown_by_post_alone_and_rotated(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    path = f"/console/apps/{app['appid']}"
    assert app["secret"] not in pages.get(path).text
    shown = pages.post(f"{path}/secret")
    assert text_of(shown.text, "co-secret") == app["secret"]
    assert shown.headers["Cache-Control"] == "no-store"

    page = pages.done(f"{path}/rotate")

    after = control("GET", f"/apps/{app['appid']}")["secret"]
    assert after != app["secret"]
    assert after not in page


def test_a_public_app_has_no_secret_to_rotate(control: Any, pages: Pages) -> None:
    app = control("POST", "/apps", {"dialect": "standard", "kind": "spa", "world": pages.world})

    page = pages.get(f"/console/apps/{app['appid']}").text

    assert "co-secret-show" not in page
    assert "co-secret-rotate" not in page
    assert pages.refused(f"/console/apps/{app['appid']}/rotate")[0] == 409


def test_the_next_authorization_is_decided_beforehand(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    page = pages.done(f"/console/apps/{app['appid']}/next", user="lisi", decision="deny")
    assert rows(page, "co-next-row") == [{"decision": "deny", "user": "lisi"}]

    assert "code=authdeny" in control.authorize(app).headers["Location"]


@pytest.mark.parametrize(("user", "decision"), [("nobody", "approve"), ("lisi", "perhaps"), ("", "")])
def test_a_decision_that_cannot_be_is_not_armed(
    control: Any, pages: Pages, app: dict[str, Any], user: str, decision: str
) -> None:
    status, _, _ = pages.refused(f"/console/apps/{app['appid']}/next", user=user, decision=decision)

    assert status == 422
    assert control("GET", f"/apps/{app['appid']}/next") == []


def test_an_app_is_deleted_and_with_the_last_one_its_world(
    control: Any, pages: Pages, app: dict[str, Any]
) -> None:
    page = pages.done(f"/console/apps/{app['appid']}/delete")

    assert control("GET", f"/apps/{app['appid']}", status=404)
    assert re.search(r"<option selected>town</option>", page)


def test_an_app_named_like_markup_is_shown_as_it_is_called(control: Any, pages: Pages) -> None:
    control("POST", "/apps", {"world": pages.world, "name": '<script>"x"</script>'})

    page = pages.get("/console").text

    assert "<script>&#34;x" not in page
    assert "&lt;script&gt;" in page


# -- what each dialect and kind has

EVERYWHERE = {"name", "scopes", "ttl.access", "disabled", "banned"}
PEOPLE = {"redirect_uris", "consent.mode", "consent.user", "ttl.code"}
WECHAT = EVERYWHERE | PEOPLE | {"fidelity", "open_platform"}
MACHINE = EVERYWHERE | {"grant_types", "access_token_format", "dpop"}
LOGOUT = {"id_token_signed_response_alg", "backchannel_logout_uri", "post_logout_redirect_uris"}
PROOF = {"token_endpoint_auth_method", "jwks"}
FORMS = {
    "wechat official_account": WECHAT | {"callback_domain", "ttl.refresh"},
    "wechat website": WECHAT | {"callback_domain", "ttl.refresh"},
    "wechat mobile": (WECHAT | {"page", "ttl.refresh"}) - {"redirect_uris"},
    "wechat mini_program": (WECHAT | {"page"}) - {"redirect_uris", "scopes"},
    "qq web": WECHAT | {"ttl.refresh"},
    "qq mobile": WECHAT | {"ttl.refresh"},
    "weibo web": WECHAT - {"open_platform"},
    "weibo mobile": (WECHAT | {"ttl.refresh"}) - {"open_platform"},
    "standard web": MACHINE | PEOPLE | LOGOUT | PROOF | {"ttl.refresh"},
    "standard spa": MACHINE | PEOPLE | LOGOUT | {"ttl.refresh"},
    "standard native": MACHINE | PEOPLE | LOGOUT | {"ttl.refresh"},
    "standard machine": MACHINE | PROOF,
}


def names_in(page: str) -> set[str]:
    form = page.partition('action="/_mock/console/apps/')[2].rpartition('data-testid="co-app-save"')[0]
    found = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([^"]+)"', form.rpartition("<form")[2]))
    return {name for name in found if not name.startswith("policies.")} - {"csrf_token"}


@pytest.mark.parametrize("what", FORMS)
def test_a_form_has_what_its_dialect_and_kind_have_and_loses_nothing_else(
    control: Any, pages: Pages, what: str
) -> None:
    dialect, kind = what.split()
    fields = {
        "name": " with blanks ",
        "fidelity": "tutorial",
        "callback_domain": "www.example.com",
        "open_platform": "mine",
        "redirect_uris": [CALLBACK],
        "consent": {"mode": "deny", "user": "nobody-here"},
        "ttl": {"code": 61, "access": 62, "refresh": 63},
        "access_token_format": "jwt",
        "id_token_signed_response_alg": "ES256",
        "post_logout_redirect_uris": ["https://a.example/"],
        "backchannel_logout_uri": "https://a.example/out",
        **(
            {"page": "http://a.example/"}
            if kind in ("mini_program", "mobile") and dialect == "wechat"
            else {}
        ),
        **({"token_endpoint_auth_method": "client_secret_post"} if kind not in ("spa", "native") else {}),
    }
    app = control("POST", "/apps", {**fields, "world": pages.world, "dialect": dialect, "kind": kind})
    path = f"/console/apps/{app['appid']}"
    page = pages.get(path).text

    assert names_in(page) == FORMS[what]
    assert ('data-testid="co-next-arm"' in page) == ("consent.mode" in FORMS[what])
    pages.done(path, **form_with(page, "co-app-save"))
    assert control("GET", f"/apps/{app['appid']}") == app


def test_a_page_that_no_phone_opens_is_refused_at_its_field(control: Any, pages: Pages) -> None:
    app = control("POST", "/apps", {"kind": "mini_program", "world": pages.world})

    status, told, _ = pages.refused(f"/console/apps/{app['appid']}", **form(app, page="ftp://x.test/"))

    assert (status, told) == (422, "page")


def test_a_new_app_is_asked_for_what_its_dialect_and_kind_have(pages: Pages) -> None:
    """Without scripts for all of it; a script leaves out what the chosen kind has not."""
    page = pages.get("/console/apps/new").text

    for name in ("redirect_uris", "fidelity", "callback_domain", "consent.mode"):
        part = page.partition(f' name="{name}"')[0].rpartition("data-places=")[2]
        kinds = part.split('"')[1].split(",")
        assert set(kinds) == {what for what, names in FORMS.items() if name in names}, name


# -- a standard app


@pytest.fixture
def standard(control: Any, app: dict[str, Any]) -> dict[str, Any]:
    key = ECKey.generate_key("P-256")
    made: dict[str, Any] = control("POST", "/apps", standard_life.registered(app["world"], key))
    return made


def test_a_form_that_nobody_touched_changes_nothing(
    control: Any, pages: Pages, standard: dict[str, Any]
) -> None:
    path = f"/console/apps/{standard['appid']}"

    pages.done(path, **form_with(pages.get(path).text, "co-app-save"))

    assert control("GET", f"/apps/{standard['appid']}") == standard


def test_every_field_of_a_standard_app_can_be_changed(
    control: Any, pages: Pages, standard: dict[str, Any]
) -> None:
    path = f"/console/apps/{standard['appid']}"
    key = {**ECKey.generate_key("P-256").as_dict(private=False), "kid": "two"}

    pages.done(
        path,
        **form_with(pages.get(path).text, "co-app-save")
        | {
            "grant_types": ["authorization_code", "client_credentials"],
            "token_endpoint_auth_method": "private_key_jwt",
            "access_token_format": "opaque",
            "id_token_signed_response_alg": "EdDSA",
            "backchannel_logout_uri": "",
            "post_logout_redirect_uris": "https://a.example/\r\nhttps://b.example/",
            "jwks": json.dumps({"keys": [key]}),
            "dpop": "",
        },
    )

    after = control("GET", f"/apps/{standard['appid']}")
    assert after["grant_types"] == ["authorization_code", "client_credentials"]
    assert (after["access_token_format"], after["dpop"]) == ("opaque", False)
    assert after["id_token_signed_response_alg"] == "EdDSA"
    assert after["backchannel_logout_uri"] == ""
    assert after["post_logout_redirect_uris"] == ["https://a.example/", "https://b.example/"]
    assert after["jwks"] == {"keys": [key]}
    assert key["x"] in pages.get(path).text


@pytest.mark.parametrize("typed", ["{", "[]", "no keys", '{"keys": [{"kty": "EC"}]}', '{"keys": 1}'])
def test_keys_that_are_none_are_refused_at_their_field_and_stay_as_they_were_typed(
    control: Any, pages: Pages, standard: dict[str, Any], typed: str
) -> None:
    path = f"/console/apps/{standard['appid']}"
    fields = form_with(pages.get(path).text, "co-app-save")

    status, field, page = pages.refused(path, **{**fields, "jwks": typed})

    assert (status, field.partition(".")[0]) == (422, "jwks")
    again = form_with(page, "co-app-save")["jwks"]
    assert "".join(again.split()) == "".join(typed.split())
    assert control("GET", f"/apps/{standard['appid']}") == standard
