"""The sample sites of the other grants: what each asks for, what it keeps, and what it says of a refusal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ninestep.records import App
from ninestep_client_app.samples import tv, xiaotu
from ninestep_client_app.samples.keeping import KEPT

pytestmark = pytest.mark.thorough

XIAOTU, SITE_A, NIGHTLY, MEITU, TV = "xiaotu", "site-a", "nightly", "meitu", "tv"
SECRETS = {
    f"{name}_client_secret": f"{name}-secret-of-tests" for name in ("xiaotu", "site_a", "nightly", "meitu")
}
DEVICE = {
    "device_code": "a-device-code-of-tests",
    "user_code": "BCDF-GHJK",
    "verification_uri": "http://127.0.0.1:9000/oauth/device",
    "verification_uri_complete": "http://127.0.0.1:9000/oauth/device?user_code=BCDF-GHJK",
    "expires_in": 600,
    "interval": 5,
}
ARTICLE = {
    "id": "a1",
    "title": "题",
    "text": "用OAuth登录,不用密码。",
    "status": "published",
    "author": "张三",
}
TOKEN = {"access_token": "a-token-of-tests", "token_type": "Bearer", "expires_in": 3600, "scope": "read"}


@pytest.fixture
def samples(client: Any) -> Any:
    """The client with the samples' own apps and secrets."""
    for appid in (XIAOTU, SITE_A, NIGHTLY, MEITU, TV):
        client.store.save_app(App(appid=appid, secret="", world="w-test", name=appid))
    return client.variant(**SECRETS)


def scripted(client: Any, path: str, *answers: tuple[int, Any]) -> None:
    for status, answer in answers:
        client.neighbours.fail(path, answer, status=status)


def keys(client: Any, tail: str) -> list[bytes]:
    """What the samples keep, of this test alone."""
    return list(client.store.redis.scan_iter(match=f"{client.store.keys.prefix}:*sample:{tail}"))


# -- 小兔排版


def test_xiaotu_asks_for_two_powers_or_for_one(samples: Any) -> None:
    visitor = samples.visitor()

    assert visitor.start("/xiaotu/login").query["scope"] == "user_info articles.read articles.write"
    reading = "/xiaotu/login?scope=user_info+articles.read"
    assert visitor.start(reading).query["scope"] == "user_info articles.read"
    assert visitor.start("/xiaotu/login?scope=openid").query["scope"].endswith("articles.write")


def log_in(samples: Any) -> Any:
    visitor = samples.visitor()
    scripted(
        samples, "/oauth/token", (200, {**TOKEN, "scope": "user_info articles.read", "refresh_token": "r"})
    )
    scripted(samples, "/userinfo", (200, {"id": "1", "name": "张三"}))
    answer = visitor.come_back(visitor.start("/xiaotu/login"), "/auth/xiaotu/callback", code="c")
    assert answer.location == "/xiaotu/articles", answer.text
    return visitor


def test_xiaotu_posts_the_typeset_text_with_the_users_token(samples: Any) -> None:
    visitor = log_in(samples)
    scripted(samples, "/articles", *[(200, {"articles": [ARTICLE]})] * 2)
    scripted(samples, "/articles/a1/draft", (201, {**ARTICLE, "draft": "x"}))

    answer = visitor.press("/xiaotu/articles", "/xiaotu/articles/a1/typeset")

    assert answer.location == "/xiaotu/articles?written=a1"
    [call] = samples.neighbours.asked("/articles/a1/draft")
    assert call.form == {"text": "\u3000\u3000用 OAuth 登录，不用密码。"}
    assert call.headers["authorization"] == "Bearer a-token-of-tests"


def test_xiaotu_tells_a_missing_scope_in_plain_words(samples: Any) -> None:
    visitor = log_in(samples)
    scripted(samples, "/articles", *[(200, {"articles": [ARTICLE]})] * 3)
    scripted(samples, "/articles/a1/draft", (403, {"error": "insufficient_scope"}))

    answer = visitor.press("/xiaotu/articles", "/xiaotu/articles/a1/typeset")

    assert answer.location == "/xiaotu/articles?notice=insufficient_scope"
    assert 'data-testid="xt-refused"' in visitor.get(answer.location).text


def test_xiaotu_refreshes_once_and_else_sends_the_user_to_log_in_again(samples: Any) -> None:
    visitor = log_in(samples)
    scripted(samples, "/articles", (401, {"error": "invalid_token"}))
    scripted(samples, "/oauth/token", (400, {"error": "invalid_grant"}))

    answer = visitor.get("/xiaotu/articles")

    assert answer.location == "/xiaotu?notice=NEED_REAUTH"
    assert visitor.get("/xiaotu/articles").location == "/xiaotu"


@pytest.mark.parametrize(
    ("plain", "typeset"),
    [
        ("用OAuth登录", "\u3000\u3000用 OAuth 登录"),
        ("好,真的!\n第2行", "\u3000\u3000好，真的！\n\u3000\u3000第 2 行"),
        ("a.b, c", "\u3000\u3000a.b, c"),
        ("\n\n", ""),
    ],
)
def test_typesetting(plain: str, typeset: str) -> None:
    assert xiaotu.typeset(plain) == typeset


# -- site A


def test_site_a_takes_who_it_is_from_the_token_answer(samples: Any) -> None:
    visitor = samples.visitor()
    told = {**TOKEN, "token_type": "bearer", "uid": 100101, "info": {"name": "张三"}, "expires_in": 2592000}
    scripted(samples, "/oauth/token", (200, told))

    started = visitor.start("/site-a/login")
    answer = visitor.come_back(started, "/auth/site-a/callback", code="c")

    assert started.query["scope"] == "read"
    assert answer.location == "/site-a/me"
    assert 'data-testid="sa-uid">100101<' in visitor.get("/site-a/me").text
    assert samples.neighbours.asked("/userinfo") == []


@pytest.mark.parametrize("told", [{"uid": "no number", "info": {"name": "x"}}, {"uid": 1}, {}])
def test_site_a_logs_nobody_in_without_them(samples: Any, told: dict[str, Any]) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (200, {**TOKEN, **told}))

    answer = visitor.come_back(visitor.start("/site-a/login"), "/auth/site-a/callback", code="c")

    assert "/step" not in answer.location
    assert visitor.get("/site-a/me").location == "/site-a"


# -- the nightly job


def test_the_job_proves_itself_and_tells_what_it_got(samples: Any) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (200, {**TOKEN, "scope": "articles.read"}))
    scripted(samples, "/articles", (200, {"articles": [ARTICLE]}))
    scripted(samples, "/userinfo", (403, {"error": "insufficient_scope"}))

    visitor.press("/nightly", "/nightly/run")

    [call] = samples.neighbours.asked("/oauth/token")
    own = {"client_id": NIGHTLY, "client_secret": SECRETS["nightly_client_secret"]}
    assert call.form == {"grant_type": "client_credentials", "scope": "articles.read", **own}
    page = visitor.get("/nightly").text
    assert "张三：题" in page
    assert "403 insufficient_scope" in page
    assert "a-token-of-tests" not in page + samples.everything_in_redis()
    assert 'data-testid="nj-report"' not in samples.visitor().get("/nightly").text, "another browser's"


@pytest.mark.parametrize(
    ("status", "answer", "notice"),
    [(401, {"error": "invalid_client"}, "invalid_client"), (503, "busy", "server_error")],
)
def test_the_job_without_a_token_says_why(samples: Any, status: int, answer: Any, notice: str) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (status, answer))

    visitor.press("/nightly", "/nightly/run")

    assert f'data-notice="{notice}"' in visitor.get("/nightly").text
    assert samples.neighbours.asked("/articles") == []


# -- what the learning page plays


PLAYED = {
    "/xiaotu?play=1": "xt-login-both",
    "/site-a?play=1": "sa-login",
    "/spa?play=implicit": "sp-play-implicit",
    "/tv?play=1": "tv-start",
    "/nightly?play=1": "nj-run",
    "/meitu?play=1": "mx-submit",
}


@pytest.mark.parametrize(("path", "button"), PLAYED.items())
def test_an_address_to_play_marks_one_button_for_the_provider_and_presses_nothing(
    samples: Any, path: str, button: str
) -> None:
    page = samples.visitor().get(path).text

    mark = f'data-played-by="{samples.settings.provider_url}"'
    [element] = [tag for tag in re.findall(r"<(?:a|button)[^>]*>", page) if mark in tag]
    assert f'data-testid="{button}"' in element
    assert page.count('data-testid="sa-playing" hidden') == 1
    assert samples.neighbours.asked("/oauth/token") == []
    assert samples.neighbours.asked("/oauth/device_authorization") == []
    assert samples.visitor().get(path.partition("?")[0]).text.count("data-played-by") == 0
    alone = samples.variant(**SECRETS, backstage=False).visitor().get(path).text
    assert alone.count("data-played-by") + alone.count("played.js") == 0


@pytest.mark.parametrize(("home", "login"), [("/xiaotu", "xt-login-both"), ("/site-a", "sa-login")])
def test_what_is_played_asks_also_who_has_agreed_before(samples: Any, home: str, login: str) -> None:
    visitor = samples.visitor()

    def leads_to(address: str) -> str:
        [tag] = re.findall(rf'<a[^>]*data-testid="{login}"[^>]*>', visitor.get(address).text)
        return tag.split('href="')[1].split('"')[0].replace("&amp;", "&")

    assert visitor.start(leads_to(f"{home}?play=1")).query["prompt"] == "consent"
    assert "prompt" not in visitor.start(leads_to(home)).query
    assert "prompt" not in visitor.start(f"{home}/login?prompt=none").query


def test_what_is_played_again_begins_at_the_start(samples: Any) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (200, TOKEN), (400, {"error": "authorization_pending"}))
    scripted(samples, "/oauth/device_authorization", (200, DEVICE))
    hand_over(visitor)
    visitor.press("/tv", "/tv/start")

    known, filled = visitor.get("/meitu").text, visitor.get("/meitu?play=1").text

    assert 'data-testid="mx-submit"' not in known
    assert 'value="zhangsan"' in filled
    assert 'value="ninestep"' in filled
    assert 'data-state="waiting"' in visitor.get("/tv").text
    assert 'data-testid="tv-start"' in visitor.get("/tv?play=1").text


# -- 美图秀秀


def hand_over(visitor: Any, password: str = "the-users-password") -> Any:
    token = visitor.get("/meitu").text.split('name="csrf_token" value="')[1].split('"')[0]
    sent = {"csrf_token": token, "username": "lisi", "password": password}
    return visitor.post("/meitu/login", data=sent)


def test_the_password_is_sent_on_and_kept_sealed(samples: Any) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (200, TOKEN))

    assert hand_over(visitor).location == "/meitu"

    [call] = samples.neighbours.asked("/oauth/token")
    assert (call.form["grant_type"], call.form["username"]) == ("password", "lisi")
    assert call.form["password"] == "the-users-password"
    seen = visitor.get("/meitu").text + samples.everything_in_redis()
    assert [each for each in ("the-users-password", "a-token-of-tests") if each in seen] == []


def test_a_withdrawn_token_is_replaced_with_the_password_that_is_kept(samples: Any) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (200, TOKEN), (200, {**TOKEN, "access_token": "the-second"}))
    hand_over(visitor)
    scripted(samples, "/articles", (401, {"error": "invalid_token"}), (200, {"articles": [ARTICLE]}))

    visitor.press("/meitu", "/meitu/read")

    assert [call.form["password"] for call in samples.neighbours.asked("/oauth/token")] == [
        "the-users-password"
    ] * 2
    assert samples.neighbours.asked("/articles")[1].headers["authorization"] == "Bearer the-second"
    assert 'data-tokens="2"' in visitor.get("/meitu").text


def test_a_wrong_password_is_told_and_forgotten(samples: Any) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (400, {"error": "invalid_grant"}))

    answer = hand_over(visitor)

    assert answer.location == "/meitu?notice=password"
    assert 'data-testid="mx-known"' not in visitor.get("/meitu").text


def test_asked_to_forget_it_has_nothing_left(samples: Any) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/token", (200, TOKEN))
    hand_over(visitor)

    visitor.press("/meitu", "/meitu/forget")

    assert 'data-testid="mx-submit"' in visitor.get("/meitu").text
    assert keys(samples, "meitu:*") == []


# -- the TV


def turned_on(samples: Any, *answers: tuple[int, Any]) -> Any:
    visitor = samples.visitor()
    scripted(samples, "/oauth/device_authorization", (200, DEVICE))
    scripted(samples, "/oauth/token", *answers)
    visitor.press("/tv", "/tv/start")
    return visitor


def pause_over(samples: Any) -> None:
    """As if the interval had passed: Redis keeps it."""
    for key in keys(samples, "tv:asked:*"):
        samples.store.redis.delete(key)


def state(visitor: Any) -> str:
    return str(visitor.get("/tv/state").get_json()["state"])


def test_the_tv_asks_once_per_interval_however_often_its_page_looks(samples: Any) -> None:
    visitor = turned_on(samples, *[(400, {"error": "authorization_pending"})] * 2)

    assert [state(visitor) for _ in range(3)] == ["waiting"] * 3
    page = visitor.get("/tv").text
    assert len(samples.neighbours.asked("/oauth/token")) == 1
    assert "BCDF-GHJK" in page
    assert "<svg" in page
    assert DEVICE["device_code"] not in page + samples.everything_in_redis()
    pause_over(samples)
    state(visitor)
    assert len(samples.neighbours.asked("/oauth/token")) == 2


def test_the_tv_slows_down_when_it_is_told_to(samples: Any) -> None:
    visitor = turned_on(samples, (400, {"error": "slow_down"}), (400, {"error": "authorization_pending"}))
    state(visitor)
    pause_over(samples)

    state(visitor)

    [key] = keys(samples, "tv:asked:*")
    assert 5 < samples.store.redis.ttl(key) <= DEVICE["interval"] + tv.MORE


def test_the_tv_is_logged_in_and_the_token_is_not_kept(samples: Any) -> None:
    visitor = turned_on(samples, (200, TOKEN))
    scripted(samples, "/userinfo", (200, {"id": "1", "name": "张三"}))

    assert state(visitor) == "in"

    assert "张三，欢迎回来" in visitor.get("/tv").text
    assert "a-token-of-tests" not in samples.everything_in_redis()
    assert state(visitor) == "in"
    assert len(samples.neighbours.asked("/oauth/token")) == 1
    visitor.press("/tv", "/tv/off")
    assert state(visitor) == ""


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        ((400, {"error": "access_denied"}), "denied"),
        ((400, {"error": "expired_token"}), "expired"),
        ((400, {"error": "invalid_grant"}), "failed"),
        ((503, "busy"), "waiting"),
    ],
)
def test_every_end_is_told(samples: Any, answer: tuple[int, Any], ends: str) -> None:
    visitor = turned_on(samples, answer)

    assert state(visitor) == ends

    assert ('data-testid="tv-problem"' in visitor.get("/tv").text) is (ends != "waiting")


def test_a_tv_that_gets_no_code_says_so(samples: Any) -> None:
    visitor = samples.visitor()
    scripted(samples, "/oauth/device_authorization", (503, "busy"))

    visitor.press("/tv", "/tv/start")

    assert 'data-state="failed"' in visitor.get("/tv").text


def test_what_samples_keep_ends_after_an_hour(samples: Any) -> None:
    turned_on(samples)

    [key] = keys(samples, "tv:*")
    assert 0 < samples.store.redis.ttl(key) <= KEPT


# -- the single-page app


@pytest.mark.parametrize("path", ["/spa", "/spa/callback"])
def test_the_single_page_app_is_told_nothing_secret_and_may_speak_to_two_addresses(
    samples: Any, path: str
) -> None:
    answer = samples.visitor().get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert f"connect-src 'self' {samples.settings.provider_url} {samples.settings.resource_url};" in policy
    assert 'data-client-id="spa"' in answer.text
    assert "secret" not in answer.text.lower()
