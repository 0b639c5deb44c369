"""Plain OAuth 2.0 on the wire: RFC 6749, 6750, 7009, 7636, 7662, 9207, over HTTP."""

from __future__ import annotations

import threading
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from standard_client import CALLBACK, CHALLENGE, VERIFIER, Standard


@pytest.fixture
def standard(world: Any) -> Standard:
    return Standard(world)


def test_answer_names_its_issuer_and_keeps_the_registered_query(standard: Standard) -> None:
    answer = standard.answer()

    assert answer["kept"] == "1"
    assert answer["state"] == "s"
    assert answer["iss"] == standard.town.provider


def test_token_answer(standard: Standard) -> None:
    response = standard.token(code=standard.answer()["code"])

    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    assert {"access_token", "refresh_token"} < set(body)
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, "user_info")


def test_client_secret_basic(standard: Standard) -> None:
    response = standard.token(
        auth=(standard.app["appid"], standard.app["secret"]), code=standard.answer()["code"]
    )

    assert response.status_code == 200


def test_userinfo_is_id_name_avatar(standard: Standard) -> None:
    profile = standard.userinfo(standard.tokens()["access_token"]).json()

    assert sorted(profile) == ["avatar", "id", "name"]
    assert (profile["id"], profile["name"]) == ("zhangsan", "张三")
    assert requests.get(profile["avatar"], timeout=10).headers["Content-Type"].startswith("image/svg")


def test_authorize_takes_a_post_and_answers_303(standard: Standard) -> None:
    assert standard.authorize("POST").status_code == 303


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_id": "nobody"}, "unauthorized_client"),
        ({"redirect_uri": "http://127.0.0.1/cb"}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "&x=1"}, "invalid_request"),
        ({"redirect_uri": 'http://evil.example/汉字"\\'}, "invalid_request"),
    ],
)
def test_doubtful_client_or_target_gets_a_page_and_no_redirect(
    standard: Standard, changes: dict[str, Any], error: str
) -> None:
    response = standard.authorize(**changes)

    assert response.status_code == 400
    assert "Location" not in response.headers
    assert error in response.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "汉字"}, "unsupported_response_type"),
        ({"scope": "foo"}, "invalid_scope"),
        ({"state": ["a", "b"]}, "invalid_request"),
        ({"scope": ["user_info", "user_info"]}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_other_errors_travel_to_the_client_with_state_and_issuer(
    standard: Standard, changes: dict[str, Any], error: str
) -> None:
    answer = standard.answer(**changes)

    assert answer["error"] == error
    assert answer["iss"] == standard.town.provider
    assert "code" not in answer


def test_repeated_redirect_uri_is_never_followed(standard: Standard) -> None:
    response = standard.authorize(redirect_uri=[CALLBACK, CALLBACK])

    assert response.status_code == 400
    assert "Location" not in response.headers


def test_missing_scope_means_user_info(standard: Standard) -> None:
    assert standard.tokens(scope=None)["scope"] == "user_info"


def test_only_registered_redirect_uri_may_be_left_out(standard: Standard) -> None:
    code = standard.answer(redirect_uri=None)["code"]

    assert standard.token(code=code, redirect_uri=None).status_code == 200


@pytest.mark.parametrize("uris", [[], [CALLBACK, "http://127.0.0.1/other"]])
def test_where_none_or_several_are_registered_it_has_to_be_said(standard: Standard, uris: list[str]) -> None:
    standard.town.api("PATCH", f"/apps/{standard.app['appid']}", {"redirect_uris": uris})

    response = standard.authorize(redirect_uri=None)

    assert response.status_code == 400
    assert "Location" not in response.headers
    assert "invalid_request" in response.text


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unauthorized_client"),
        ({"grant_type": "magic"}, 400, "unsupported_grant_type"),
        ({"grant_type": None}, 400, "invalid_request"),
        ({"code": "nope"}, 400, "invalid_grant"),
        ({"code": None}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 400, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1/other"}, 400, "invalid_grant"),
        ({"redirect_uri": None}, 400, "invalid_grant"),
        ({"code_verifier": VERIFIER}, 400, "invalid_request"),
        ({"grant_type": ["authorization_code", "authorization_code"]}, 400, "invalid_request"),
        ({"code": "💥\x00" * 50}, 400, "invalid_grant"),
    ],
)
def test_token_errors_spend_nothing(
    standard: Standard, changes: dict[str, Any], status: int, error: str
) -> None:
    code = standard.answer()["code"]

    response = standard.token(**{"code": code, **changes})

    assert (response.status_code, response.json()["error"]) == (status, error)
    assert standard.token(code=code).status_code == 200


def test_two_ways_to_authenticate_are_refused(standard: Standard) -> None:
    code = standard.answer()["code"]
    response = standard.token(
        auth=(standard.app["appid"], standard.app["secret"]), code=code, client_secret=standard.app["secret"]
    )

    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert standard.token(code=code).status_code == 200


def test_replayed_code_revokes_what_it_gave(standard: Standard) -> None:
    code = standard.answer()["code"]
    tokens = standard.token(code=code).json()

    assert standard.token(code=code).json()["error"] == "invalid_grant"

    assert standard.userinfo(tokens["access_token"]).status_code == 401
    assert standard.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_an_exchange_id_from_outside_does_not_make_many_takers_one(standard: Standard) -> None:
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
        "client_id": standard.app["appid"],
        "client_secret": standard.app["secret"],
    }
    headers = {"X-Ninestep-Exchange": "the-same-exchange"}
    url = f"{standard.town.provider}/oauth/token"
    for _ in range(5):
        code, barrier, answers = standard.answer()["code"], threading.Barrier(12), []

        def redeem(code: str, barrier: threading.Barrier, answers: list[int]) -> None:
            barrier.wait()
            answer = requests.post(url, data={**form, "code": code}, headers=headers, timeout=10)
            answers.append(answer.status_code)

        threads = [threading.Thread(target=redeem, args=(code, barrier, answers)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answers) == [200] + [400] * 11


def test_pkce_verifier_is_enforced_and_a_wrong_one_spends_nothing(standard: Standard) -> None:
    code = standard.answer(code_challenge=CHALLENGE, code_challenge_method="S256")["code"]

    assert standard.token(code=code, code_verifier="w" * 43).json()["error"] == "invalid_grant"
    assert standard.token(code=code).json()["error"] == "invalid_request"
    assert standard.token(code=code, code_verifier=VERIFIER).status_code == 200


def test_public_client_needs_pkce_and_no_secret(world: Any) -> None:
    spa = Standard(world, kind="spa")

    assert spa.answer()["error"] == "invalid_request"
    code = spa.answer(code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    assert spa.token(code=code, client_secret=None, code_verifier=VERIFIER).status_code == 200


def test_policy_require_pkce(world: Any) -> None:
    strict = Standard(world, policies={"require_pkce": True})

    assert strict.answer()["error"] == "invalid_request"


def test_refresh_rotates_and_reuse_kills_the_family(standard: Standard) -> None:
    first = standard.tokens()
    second = standard.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert standard.userinfo(second["access_token"]).status_code == 200

    assert standard.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"

    assert standard.userinfo(second["access_token"]).status_code == 401
    assert standard.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_public_clients_refresh_token_rotates_and_reuse_kills_the_family(world: Any) -> None:
    """RFC 9700 §4.14.2: who has no secret is told apart from a thief by that alone."""
    spa = Standard(world, kind="spa")
    code = spa.answer(code_challenge=CHALLENGE, code_challenge_method="S256")["code"]
    first = spa.token(code=code, client_secret=None, code_verifier=VERIFIER).json()
    own = {"grant_type": "refresh_token", "redirect_uri": None, "client_secret": None}

    second = spa.token(**own, refresh_token=first["refresh_token"]).json()

    assert second["refresh_token"] != first["refresh_token"]
    assert spa.token(**own, refresh_token=first["refresh_token"]).json()["error"] == "invalid_grant"
    assert spa.token(**own, refresh_token=second["refresh_token"]).json()["error"] == "invalid_grant"
    assert spa.userinfo(second["access_token"]).status_code == 401


def test_a_refresh_token_that_nobody_used_for_a_month_is_worth_nothing(standard: Standard) -> None:
    standard.world.freeze()
    unused, used = standard.tokens(), standard.tokens()
    standard.world.advance("29d")
    used = standard.refresh(used["refresh_token"]).json()
    standard.world.advance("2d")

    assert standard.refresh(unused["refresh_token"]).json()["error"] == "invalid_grant"
    assert standard.refresh(used["refresh_token"]).status_code == 200


def test_refresh_may_narrow_the_scope_and_not_widen_it(standard: Standard) -> None:
    tokens = standard.tokens(scope="user_info read")

    wide = standard.token(
        grant_type="refresh_token", redirect_uri=None, refresh_token=tokens["refresh_token"], scope="email"
    )
    assert wide.json()["error"] == "invalid_scope"
    narrow = standard.token(
        grant_type="refresh_token", redirect_uri=None, refresh_token=tokens["refresh_token"], scope="read"
    ).json()
    assert narrow["scope"] == "read"
    assert standard.userinfo(narrow["access_token"]).status_code == 403
    again = standard.refresh(narrow["refresh_token"]).json()
    assert again["scope"] == "user_info read"


def test_lifetimes_follow_the_worlds_clock(standard: Standard) -> None:
    standard.world.freeze()
    tokens, late = standard.tokens(), standard.answer()["code"]

    standard.world.advance("10m1s")
    assert standard.token(code=late).json()["error"] == "invalid_grant"
    standard.world.advance("49m58s")
    assert standard.userinfo(tokens["access_token"]).status_code == 200
    standard.world.advance("2s")
    assert standard.userinfo(tokens["access_token"]).status_code == 401
    assert standard.refresh(tokens["refresh_token"]).status_code == 200


def test_revoking_the_access_token_leaves_the_refresh_token(standard: Standard) -> None:
    tokens = standard.tokens()

    assert standard.form("/oauth/revoke", token=tokens["access_token"]).status_code == 200

    assert standard.userinfo(tokens["access_token"]).status_code == 401
    assert standard.refresh(tokens["refresh_token"]).status_code == 200


def test_revoking_the_refresh_token_ends_the_authorization(standard: Standard) -> None:
    tokens = standard.tokens()

    assert standard.form("/oauth/revoke", token=tokens["refresh_token"]).status_code == 200

    assert standard.userinfo(tokens["access_token"]).status_code == 401
    assert standard.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_revoking_an_unknown_token_is_fine_and_a_foreign_one_is_not(standard: Standard, world: Any) -> None:
    other = Standard(world)
    tokens = standard.tokens()

    assert other.form("/oauth/revoke", token="unknown").status_code == 200
    assert other.form("/oauth/revoke", token=tokens["access_token"]).json()["error"] == "invalid_grant"
    assert standard.userinfo(tokens["access_token"]).status_code == 200


def test_introspection_lists_the_scope_and_hides_foreign_tokens(standard: Standard, world: Any) -> None:
    tokens = standard.tokens(scope="user_info read")

    own = standard.form("/oauth/introspect", token=tokens["access_token"]).json()
    foreign = Standard(world).form("/oauth/introspect", token=tokens["access_token"]).json()

    assert (own["active"], own["scope"], own["client_id"]) == (True, "user_info read", standard.app["appid"])
    assert foreign["active"] is False


def test_introspecting_an_unknown_token_says_no_more_than_that_it_is_not_active(standard: Standard) -> None:
    answer = standard.form("/oauth/introspect", token="unknown")

    assert answer.status_code == 200
    assert answer.json() == {"active": False}


@pytest.mark.parametrize("path", ["/oauth/introspect", "/oauth/revoke"])
def test_a_call_about_a_token_names_it(standard: Standard, path: str) -> None:
    answer = standard.form(path, token_type_hint="access_token")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_refresh_token_of_another_client_is_refused_and_keeps_its_worth(
    standard: Standard, world: Any
) -> None:
    tokens, other = standard.tokens(), Standard(world)

    answer = other.refresh(tokens["refresh_token"])

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    told = standard.town.api("GET", f"/apps/{other.app['appid']}/coverage")["checks"]
    assert [row["refused"] for row in told if row["name"] == "refresh token belongs to the client"] == [1]
    assert standard.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("send", "status", "error"),
    [
        ({}, 401, None),
        ({"headers": {"Authorization": "Bearer nope"}}, 401, "invalid_token"),
        ({"headers": {"Authorization": "Bearer a"}, "params": {"access_token": "b"}}, 400, "invalid_request"),
    ],
)
def test_resource_refusals_carry_a_challenge(
    standard: Standard, send: dict[str, Any], status: int, error: str | None
) -> None:
    response = requests.get(f"{standard.town.resource}/userinfo", timeout=10, **send)

    assert response.status_code == status
    challenge = response.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer")
    assert (f'error="{error}"' in challenge) == (error is not None)


@pytest.mark.parametrize("scope", ["read", "email"])
def test_resource_needs_the_profile_scope(standard: Standard, scope: str) -> None:
    response = standard.userinfo(standard.tokens(scope=scope)["access_token"])

    assert response.status_code == 403
    assert "insufficient_scope" in response.headers["WWW-Authenticate"]


def test_code_and_refresh_token_open_nothing(standard: Standard) -> None:
    assert standard.userinfo(standard.answer()["code"]).status_code == 401
    assert standard.userinfo(standard.tokens()["refresh_token"]).status_code == 401


def test_refusal_travels_as_access_denied(standard: Standard) -> None:
    standard.town.api("POST", f"/apps/{standard.app['appid']}/next", {"user": "zhangsan", "decision": "deny"})

    answer = standard.answer()

    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "s", standard.town.provider)


@pytest.mark.parametrize("how", ["disabled", "banned"])
def test_disabled_app_gets_a_page(standard: Standard, how: str) -> None:
    code = standard.answer()["code"]
    standard.town.api("PATCH", f"/apps/{standard.app['appid']}", {how: True})

    response, unread = standard.authorize(), standard.authorize(response_type="nothing")
    redeemed = standard.token(code=code)

    assert (response.status_code, unread.status_code) == (400, 400), "it redirects nobody"
    assert "unauthorized_client" in response.text
    assert (redeemed.status_code, redeemed.json()["error"]) == (400, "invalid_client")
    assert f"this app is {how}" in redeemed.json()["error_description"]
    standard.town.api("PATCH", f"/apps/{standard.app['appid']}", {how: False})
    assert standard.token(code=code).status_code == 200, "the code was not spent"


def test_wechat_app_is_a_stranger_here(world: Any) -> None:
    query = {"client_id": world.appid, "redirect_uri": "http://127.0.0.1/callback", "response_type": "code"}
    response = requests.get(
        f"{world.town.provider}/oauth/authorize", params=query, allow_redirects=False, timeout=10
    )

    assert response.status_code == 400
    assert not parse_qs(urlsplit(response.headers.get("Location", "")).query)


@pytest.mark.parametrize(
    ("endpoint", "path"),
    [("token", "/oauth/token"), ("revoke", "/oauth/revoke"), ("introspect", "/oauth/introspect")],
)
def test_body_over_64_kib_is_413(standard: Standard, endpoint: str, path: str) -> None:
    response = requests.post(standard.town.provider + path, data={"token": "x" * 70_000}, timeout=10)

    assert response.status_code == 413
