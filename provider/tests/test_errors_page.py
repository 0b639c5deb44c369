"""The handbook of errors: every code that the town can answer is there, and really comes when it is provoked (M124)."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import qq_client
import requests
import weibo_client
from ninestep.dialects.qq import errors as qq
from ninestep.dialects.wechat import cgi
from ninestep.dialects.wechat import errors as wechat
from ninestep.dialects.weibo import errors as weibo
from ninestep_provider.learn.errors.answer import answer_of
from ninestep_provider.learn.errors.catalogue import SEED_OAUTH, SEED_WECHAT, entries

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"
ALL = [(entry.dialect, entry.code) for entry in entries()]
WORDS = Path(__file__).parents[1] / "ninestep_provider/words"
SEED = {  # S0 §7.1: meaning, cause, what to do
    "invalid_request": ("请求参数错误", "必需参数缺失或格式错误", "检查参数完整性"),
    "unauthorized_client": ("客户端无权限", "client_id不正确或未授权", "检查应用配置"),
    "access_denied": ("用户拒绝授权", '用户点击了"拒绝"按钮', "引导重新授权"),
    "unsupported_response_type": ("不支持的响应类型", "response_type参数错误", '使用"code"'),
    "invalid_scope": ("无效的权限范围", "scope参数不正确", "检查权限配置"),
    "server_error": ("服务器错误", "授权服务器内部错误", "稍后重试"),
    "invalid_client": ("客户端认证失败", "client_secret错误", "检查密钥配置"),
    "invalid_grant": ("授权码无效", "code过期或已使用", "重新获取授权码"),
    "unsupported_grant_type": ("不支持的授权类型", "grant_type参数错误", "使用正确类型"),
}
SEED_NUMBERS = {  # S0 §7.2
    "40001": "AppSecret错误或者AppSecret不属于这个公众号",
    "40002": "不合法的凭证类型",
    "40003": "不合法的OpenID",
    "40013": "不合法的AppID",
    "40029": "不合法的oauth_code",
    "41001": "缺少access_token参数",
    "41002": "缺少appid参数",
    "42001": "access_token超时",
    "42002": "refresh_token超时",
    "50001": "用户未授权该API",
}


class Page:
    """A browser's session on the handbook."""

    def __init__(self, town: Any) -> None:
        self._base = town.provider
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str = "", **params: str) -> requests.Response:
        query = {"lang": "zh-CN", **params}
        return self._session.get(f"{self._base}/_mock/errors{path}", params=query, timeout=10)

    def post(self, path: str, **form: str) -> requests.Response:
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get().text)
        assert token
        url = f"{self._base}/_mock/errors{path}"
        return self._session.post(url, data={"csrf_token": token[1], **form}, timeout=10)

    def plain(self, path: str, **form: str) -> requests.Response:
        return self._session.post(f"{self._base}/_mock/errors{path}", data=form, timeout=10)


@pytest.fixture(scope="module")
def errors_world(town: Any) -> str:
    return str(town.api("POST", "/worlds", {})["name"])


@pytest.fixture
def handbook(town: Any) -> Page:
    return Page(town)


@pytest.mark.parametrize(("dialect", "code"), ALL)
def test_a_provoked_code_really_comes_back(town: Any, errors_world: str, dialect: str, code: str) -> None:
    told = town.api("POST", f"/errors/{dialect}/{code}", {"world": errors_world})

    answer = told["answer"]
    assert code in answer["codes"], answer
    assert code in answer["text"] + answer["location"]
    assert told["came"] is True
    assert told["world"] == errors_world


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: f"{entry.dialect}-{entry.code}")
def test_the_cause_that_is_named_first_is_the_one_that_was_provoked(
    town: Any, errors_world: str, entry: Any
) -> None:
    told = town.api("POST", f"/errors/{entry.dialect}/{entry.code}", {"world": errors_world})
    flow = told["answer"]["flow"]
    found = town.http.get(f"{town.provider}/_mock/api/flows/{flow}/exchanges", timeout=10)
    recorded = found.json() if flow and found.status_code == 200 else []
    refused = [e["error"] for e in recorded if e.get("outcome", "ok") != "ok" and e["error"] in entry.reasons]

    if not entry.seed or entry.dialect != "standard":  # those are explained in the seed's words
        assert refused[-1:] in ([], [entry.reasons[0]])


def test_every_code_of_the_tables_has_its_page() -> None:
    """What stands in a dialect's table can be answered, so it has to be explained."""
    known = set(ALL)
    numbers = {n for n, _ in wechat.PAGES.values()} | set(wechat.MESSAGES) | set(cgi.MESSAGES)
    tables = {
        "wechat": numbers,
        "qq": {problem.number for table in (qq.OAUTH, qq.API) for problem in table.values()},
        "weibo": {e.number for e in weibo.OAUTH.values()} | {e.number for e in weibo.API.values()},
    }

    assert {(name, str(n)) for name, table in tables.items() for n in table} - known == set()
    assert {("standard", code) for code in SEED_OAUTH} - known == set()
    assert len(ALL) == len(known)


def test_every_cause_has_words_and_every_words_a_cause() -> None:
    told = json.loads((WORDS / "learn-errors.en.json").read_text("utf-8"))
    reasons = {reason for entry in entries() for reason in entry.reasons}
    worded = {key.split(".")[2] for key in told if key.startswith("learn.reason.")}

    assert reasons - worded == set()
    assert {f"learn.reason.{reason}.fix" for reason in reasons} - told.keys() == set()


def test_the_seeds_nine_and_ten_come_first_and_in_the_seeds_words(handbook: Page) -> None:
    html = unescape(handbook.get().text)
    rows = dict(re.findall(r'data-code="([^"]+)">(.*?)</tr>', html, re.S))
    order = re.findall(r'data-dialect="(\w+)" data-code="([^"]+)"', html)

    assert [code for dialect, code in order if dialect == "standard"][:9] == list(SEED_OAUTH)
    assert [code for dialect, code in order if dialect == "wechat"][:10] == list(SEED_WECHAT)
    assert len(order) == len(ALL)
    for code, told in SEED.items():
        for words in told:
            assert words in rows[code]
    for code, words in SEED_NUMBERS.items():
        assert words in rows[code]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_code_has_a_cause_and_advice_in_both_languages(town: Any, language: str) -> None:
    found = town.api("GET", "/errors")

    assert len(found) == len(ALL)
    for each in found:
        assert each["cause"][language], each["code"]
        assert each["fix"][language], each["code"]
    assert not any(re.search("[一-鿿]", each["fix"]["en"]) for each in found)


@pytest.mark.parametrize(
    ("dialect", "code"), [("standard", "invalid_grant"), ("wechat", "40163"), ("qq", "100020")]
)
def test_the_page_shows_the_real_answer_and_hides_every_secret(
    town: Any, handbook: Page, dialect: str, code: str
) -> None:
    before = handbook.get(f"/{dialect}/{code}").text
    after = handbook.post(f"/{dialect}/{code}")

    assert 'data-testid="er-came"' not in before
    assert after.status_code == 200
    assert 'data-testid="er-came" data-came="yes"' in after.text
    assert "••••" in after.text
    apps = town.api("GET", "/apps")
    assert not any(app["secret"] in after.text for app in apps if app["secret"])


def test_a_second_provocation_stays_in_the_visitors_world(town: Any, handbook: Page) -> None:
    handbook.post("/wechat/40163")
    worlds = len(town.api("GET", "/worlds"))
    handbook.post("/wechat/42001")
    handbook.post("/qq/100014")

    assert len(town.api("GET", "/worlds")) == worlds


def test_provoking_touches_nobody_elses_world(world: Any, town: Any) -> None:
    clock = town.api("GET", f"/worlds/{world.name}/clock")["ahead"]
    town.api("POST", "/errors/wechat/42003", {})

    assert abs(town.api("GET", f"/worlds/{world.name}/clock")["ahead"] - clock) < 1
    assert town.api("GET", "/flows", params={"world": world.name}) == []


def test_the_towns_clock_stays_where_it_is(town: Any) -> None:
    refused = town.api("POST", "/errors/wechat/42003", {"world": "town"}, status=422)

    assert refused["errors"][0]["field"] == "world"


def test_the_receivers_checks_stand_beside_the_answer(town: Any) -> None:
    told = town.api("POST", "/errors/wechat/40163", {})

    assert [check["ok"] for check in told["checks"]][-1] is False
    assert any(check["name"] == "client secret" and check["ok"] for check in told["checks"])


# -- for one's own app


def wechat_code(town: Any, app: dict[str, Any], endpoint: str) -> str:
    """What the app's next call at an endpoint is answered with."""
    asked = {"appid": app["appid"], "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    asked |= {"scope": "snsapi_userinfo"}
    url = f"{town.provider}/connect/oauth2/authorize"
    page = town.http.get(url, params=asked, allow_redirects=False, timeout=10)
    if endpoint == "authorize":
        found = re.search(r'data-testid="wx-error-code">(\d+)<', page.text)
        assert found, page.text[:300]
        return found[1]
    redeeming = {"appid": app["appid"], "secret": app["secret"], "grant_type": "authorization_code"}
    redeeming |= {"code": parse_qs(urlsplit(page.headers["Location"]).query)["code"][0]}
    given = town.http.get(f"{town.provider}/sns/oauth2/access_token", params=redeeming, timeout=10).json()
    if endpoint == "token":
        return str(given["errcode"])
    if endpoint == "refresh":
        asked = {"appid": app["appid"], "grant_type": "refresh_token"}
        asked |= {"refresh_token": given["refresh_token"]}
        url = f"{town.provider}/sns/oauth2/refresh_token"
    else:
        asked = {"access_token": given["access_token"], "openid": given["openid"]}
        url = f"{town.resource}/sns/userinfo"
    return str(town.http.get(url, params=asked, timeout=10).json()["errcode"])


def test_every_code_that_can_be_armed_is_what_the_app_then_meets(world: Any, handbook: Page) -> None:
    """Each pair of code and endpoint that the page offers for this app."""
    met = []
    for dialect, code in ALL:
        if dialect != "wechat":
            continue
        html = handbook.get(f"/wechat/{code}", world=world.name).text
        for endpoint in re.findall(rf'<option value="{world.appid} (\w+)"', html):
            answer = handbook.post(f"/wechat/{code}/arm", target=f"{world.appid} {endpoint}")
            assert 'data-testid="er-armed"' in answer.text
            assert wechat_code(world.town, world.app, endpoint) == code, (code, endpoint)
            met.append(code)

    assert {"40029", "40125", "40163", "42001", "45011", "50001", "10009", "-1"} <= set(met)
    assert len(met) > 12


class Client:
    """A client of plain OAuth, with the verbs that QQ's and Weibo's have in their tests."""

    def __init__(self, town: Any, app: dict[str, Any]) -> None:
        self.town, self.app = town, app
        self.form = {"client_id": app["appid"], "client_secret": app["secret"]}

    def authorize(self) -> requests.Response:
        asked = {"client_id": self.app["appid"], "redirect_uri": CALLBACK, "response_type": "code"}
        url = f"{self.town.provider}/oauth/authorize"
        return requests.get(url, params=asked, allow_redirects=False, timeout=10)

    def code(self) -> str:
        return parse_qs(urlsplit(self.authorize().headers["Location"]).query)["code"][0]

    def token(self, **fields: str) -> requests.Response:
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, **self.form, **fields}
        return requests.post(f"{self.town.provider}/oauth/token", data=form, timeout=10)


def called(dialect: str, client: Any, endpoint: str) -> requests.Response:
    """A good call of the app at an endpoint; only a fault is in its way."""
    if endpoint == "authorize":
        return client.authorize()  # type: ignore[no-any-return]
    json_please = {"fmt": "json", "need_openid": "1"} if dialect == "qq" else {}
    answer = client.token(code=client.code(), **json_please)
    if endpoint == "token":
        return answer  # type: ignore[no-any-return]
    given = answer.json()
    if endpoint == "refresh":
        token = given.get("refresh_token", "a website of Weibo has none")
        return client.token(grant_type="refresh_token", refresh_token=token, **json_please)  # type: ignore[no-any-return]
    if dialect == "qq":
        return client.user(  # type: ignore[no-any-return]
            access_token=given["access_token"], openid=given["openid"], oauth_consumer_key=client.appid
        )
    if dialect == "weibo":
        return client.show(given["access_token"], given["uid"])  # type: ignore[no-any-return]
    header = {"Authorization": f"Bearer {given['access_token']}"}
    return requests.get(f"{client.town.resource}/userinfo", headers=header, timeout=10)


def standard(town: Any, **fields: Any) -> Client:
    given = {"dialect": "standard", "redirect_uris": [CALLBACK], "consent": {"mode": "auto"}}
    return Client(town, town.api("POST", "/apps", {**given, **fields}))


@pytest.mark.parametrize(
    ("dialect", "registered", "least"),
    [("standard", standard, 8), ("qq", qq_client.registered, 8), ("weibo", weibo_client.registered, 8)],
)
def test_so_it_is_with_the_other_dialects(
    town: Any, handbook: Page, dialect: str, registered: Any, least: int
) -> None:
    client = registered(town)
    world, appid = client.app["world"], client.app["appid"]
    met = []
    for code in [code for name, code in ALL if name == dialect]:
        html = handbook.get(f"/{dialect}/{code}", world=world).text
        for endpoint in re.findall(rf'<option value="{appid} (\w+)"', html):
            handbook.post(f"/{dialect}/{code}/arm", target=f"{appid} {endpoint}")
            answer = answer_of(called(dialect, client, endpoint))
            assert code in answer.codes, (code, endpoint, answer)
            met.append((code, endpoint))

    assert len(met) >= least


@pytest.mark.parametrize("target", ["", "nobody token", "{appid} nowhere", "{appid} refresh", "{appid}"])
def test_what_cannot_be_armed_is_refused_in_words(world: Any, handbook: Page, target: str) -> None:
    answer = handbook.post("/wechat/41002/arm", target=target.format(appid=world.appid))

    assert answer.status_code == 422
    assert 'data-testid="er-problem"' in answer.text
    assert world.town.api("GET", f"/apps/{world.appid}/faults") == []


def test_an_app_of_another_dialect_meets_none_of_its_codes(world: Any) -> None:
    refused = world.town.api("POST", "/errors/qq/100020", {"app": world.appid}, status=422)

    assert refused["errors"][0]["field"] == "endpoint"


def test_the_api_arms_for_an_app_too(world: Any) -> None:
    fault = world.town.api("POST", "/errors/wechat/42001", {"app": world.appid})

    assert (fault["endpoint"], fault["error"], fault["times"]) == ("userinfo", "token_expired", 1)
    assert wechat_code(world.town, world.app, "userinfo") == "42001"


def test_a_form_without_its_token_is_refused(world: Any, handbook: Page) -> None:
    assert handbook.plain("/wechat/40163").status_code == 400
    assert handbook.plain("/wechat/45011/arm", target=f"{world.appid} token").status_code == 400
    assert world.town.api("GET", f"/apps/{world.appid}/faults") == []


@pytest.mark.parametrize("body", [{"world": "nobody"}, {"app": "nobody"}])
def test_what_is_not_there_is_404(town: Any, body: dict[str, str]) -> None:
    town.api("POST", "/errors/wechat/40029", body, status=404)


def test_an_unknown_code_is_404(town: Any) -> None:
    town.api("POST", "/errors/wechat/12345", {}, status=404)
    assert requests.get(f"{town.provider}/_mock/errors/wechat/12345", timeout=10).status_code == 404


def test_a_service_that_is_away_is_said_in_words(start: Any) -> None:
    client = start(provider_internal_url="http://127.0.0.1:9", resource_internal_url="http://127.0.0.1:9")
    base = {"base_url": "http://127.0.0.1:9000"}
    browser = client.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/_mock/errors", **base).text)
    assert token

    told = browser.post("/_mock/errors/wechat/40013", data={"csrf_token": token[1]}, **base)
    refused = client.refused("POST", "/errors/wechat/40013", {}, status=503)

    assert told.status_code == 503
    assert "does not answer" in told.text
    assert refused["field"] == ""
