"""① to ⑨ as the seed teaches them (S0 §3.2), over the wire."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey

CALLBACK = "/auth/wechat/callback"


def test_the_login_page_offers_wechat_as_a_real_link(visitor: Any) -> None:
    page = visitor.get("/login").text

    assert 'data-testid="mt-login-wechat" href="/login/wechat"' in page
    assert "微信登录" in page


def test_the_home_page_is_the_login_page(visitor: Any) -> None:
    assert 'data-testid="mt-login"' in visitor.get("/").text


def test_the_client_has_no_password_field_at_all(visitor: Any) -> None:
    assert "password" not in visitor.get("/login").text


def test_step_1_leads_to_the_provider_with_five_parameters(visitor: Any, client: Any) -> None:
    started = visitor.start()

    assert (
        urlsplit(started.location)._replace(query="", fragment="").geturl()
        == f"{client.settings.provider_url}/connect/oauth2/authorize"
    )
    assert started.location.endswith("#wechat_redirect")
    assert started.query == {
        "appid": client.settings.meituan_appid,
        "redirect_uri": client.settings.client_url + CALLBACK,
        "response_type": "code",
        "scope": "snsapi_userinfo",
        "state": started.state,
    }


def test_an_unknown_scope_is_not_passed_on(visitor: Any) -> None:
    assert visitor.start("/login/wechat?scope=snsapi_everything").query["scope"] == "snsapi_userinfo"


def test_state_is_16_random_bytes_and_new_each_time(visitor: Any) -> None:
    first, second = visitor.start().state, visitor.start().state

    assert len(bytes.fromhex(first)) == len(bytes.fromhex(second)) == 16
    assert first != second


def test_step_5_posts_four_fields_as_a_form(visitor: Any, client: Any, neighbours: Any) -> None:
    started = visitor.start()
    code = neighbours.code()

    visitor.come_back(started, code=code)

    (call,) = neighbours.asked("/sns/oauth2/access_token")
    assert (call.method, call.query) == ("POST", {})
    assert call.form == {
        "appid": client.settings.meituan_appid,
        "secret": client.settings.meituan_secret,
        "code": code,
        "grant_type": "authorization_code",
    }


def test_step_7_asks_as_the_seed_does_with_query_and_bearer(visitor: Any, neighbours: Any) -> None:
    visitor.log_in()

    (call,) = neighbours.asked("/sns/userinfo")
    token = call.query["access_token"]
    assert call.query == {"access_token": token, "openid": "o-zhangsan", "lang": "zh_CN"}
    assert call.headers["authorization"] == f"Bearer {token}"


def test_step_9_shows_nickname_and_avatar(visitor: Any) -> None:
    visitor.log_in()

    page = visitor.get("/me").text

    assert 'data-testid="mt-logged-in"' in page
    assert 'data-testid="mt-nickname">张三<' in page
    assert 'src="http://127.0.0.1:9000/mmopen/vi_32/zhangsan/132"' in page


def test_the_avatars_origin_is_the_only_one_that_the_page_may_load_pictures_from(visitor: Any) -> None:
    visitor.log_in()

    rules = visitor.get("/me").headers["Content-Security-Policy"]

    assert "img-src 'self' data: http://127.0.0.1:9000;" in rules


def test_a_second_login_finds_the_same_local_user(visitor: Any, client: Any) -> None:
    visitor.log_in()
    first = visitor.get("/api/me").get_json()
    count = client.parts.accounts.count()

    again = client.visitor()
    again.log_in()

    assert again.get("/api/me").get_json() == first
    assert client.parts.accounts.count() == count == 1


def test_different_people_are_different_local_users(visitor: Any, client: Any) -> None:
    visitor.log_in("zhangsan")
    other = client.visitor()
    other.log_in("lisi")

    assert visitor.get("/api/me").get_json()["user"]["id"] != other.get("/api/me").get_json()["user"]["id"]
    assert other.get("/api/me").get_json()["user"]["nickname"] == "李四🌸"


def test_the_login_token_holds_the_user_id_and_nothing_else(visitor: Any, client: Any) -> None:
    visitor.log_in()
    token = visitor.cookie("mt_login").value

    claims = jwt.decode(token, OctKey.import_key(client.settings.login_key), algorithms=["HS256"]).claims

    assert claims == {"userId": visitor.get("/api/me").get_json()["user"]["id"]}
    assert token not in client.neighbours.secrets()


def test_the_login_cookie_is_out_of_reach_of_scripts(visitor: Any) -> None:
    visitor.log_in()

    cookie = visitor.cookie("mt_login")

    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.expires is None  # ends with the visitor session
    assert visitor.cookie("mt_session").http_only


def test_a_json_caller_gets_token_and_user(visitor: Any, client: Any, neighbours: Any) -> None:
    started = visitor.start()

    answer = visitor.come_back(started, accept="application/json", code=neighbours.code())

    document = answer.get_json()
    assert (answer.status_code, set(document)) == (200, {"token", "user"})
    assert set(document["user"]) == {"id", "nickname", "avatar"}
    me = client.visitor().get("/api/me", headers={"Authorization": f"Bearer {document['token']}"})
    assert me.get_json() == {"user": document["user"]}


def test_api_me_without_a_login_is_401(visitor: Any) -> None:
    answer = visitor.get("/api/me")

    assert (answer.status_code, answer.get_json()["error"]) == (401, "unauthorized")


def test_a_forged_login_token_is_nobody(visitor: Any) -> None:
    forged = jwt.encode(
        {"alg": "HS256"}, {"userId": "u1"}, OctKey.import_key("somebody else's key, long enough")
    )

    answer = visitor.get("/api/me", headers={"Authorization": f"Bearer {forged}"})

    assert answer.status_code == 401


def test_a_token_with_alg_none_is_nobody(visitor: Any) -> None:
    unsigned = "eyJhbGciOiJub25lIn0.eyJ1c2VySWQiOiJ1MSJ9."

    assert visitor.get("/api/me", headers={"Authorization": f"Bearer {unsigned}"}).status_code == 401


def test_logging_out_needs_the_form_and_forgets_the_cookie(visitor: Any, neighbours: Any) -> None:
    visitor.log_in()

    assert visitor.post("/logout").status_code == 400
    answer = visitor.press("/me", "/logout")

    assert (answer.status_code, answer.location) == (303, "/login")
    assert visitor.cookie("mt_login") is None
    assert visitor.get("/me").location == "/login"


def test_logging_out_revokes_nothing_at_the_provider(visitor: Any, client: Any, neighbours: Any) -> None:
    visitor.log_in()
    user = visitor.get("/api/me").get_json()["user"]["id"]
    asked = len(neighbours.calls)

    visitor.press("/me", "/logout")

    assert len(neighbours.calls) == asked
    assert client.parts.vault.read(user, "wechat") is not None


def test_a_silent_login_makes_a_user_with_an_openid_only(visitor: Any, neighbours: Any) -> None:
    visitor.log_in(scope="snsapi_base")

    page = visitor.get("/me").text

    assert neighbours.asked("/sns/userinfo") == []
    assert visitor.get("/api/me").get_json()["user"]["nickname"] == ""
    assert 'data-testid="mt-complete-profile" href="/login/wechat?scope=snsapi_userinfo"' in page


def test_progressive_authorization_completes_the_same_user(visitor: Any, client: Any) -> None:
    visitor.log_in(scope="snsapi_base")
    silent = visitor.get("/api/me").get_json()["user"]["id"]

    visitor.log_in(scope="snsapi_userinfo")

    assert visitor.get("/api/me").get_json()["user"] == {
        "id": silent,
        "nickname": "张三",
        "avatar": f"{client.settings.provider_url}/mmopen/vi_32/zhangsan/132",
    }
    assert "mt-complete-profile" not in visitor.get("/me").text


def test_a_silent_login_does_not_forget_a_known_profile(visitor: Any) -> None:
    visitor.log_in()
    visitor.log_in(scope="snsapi_base")

    assert visitor.get("/api/me").get_json()["user"]["nickname"] == "张三"


def test_pages_are_in_chinese_first_and_in_english_by_switch(visitor: Any) -> None:
    assert '<html lang="zh-CN"' in visitor.get("/login").text
    assert "Log in with WeChat" in visitor.get("/login?lang=en").text


def test_the_service_names_its_role(visitor: Any) -> None:
    assert visitor.get("/healthz").get_json()["role"] == "client"
