"""The pages to learn from: the seeds' own words are there, and what is told of a flow is what it did."""

from __future__ import annotations

import re
from html import unescape
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"
PAGES = (
    *("", "roles", "params", "grants", "grants/code", "storage", "glossary", "cheatsheet", "teacher"),
    *("worksheet", "worksheet/all", "with-oauth", "checklist"),
)
ROLES = {  # S0 §2.1–2.4
    "owner": ("决定是否授权", "选择授权范围（只要基本信息？还是要朋友列表？）", "随时撤销授权", "不能直接把密码给第三方"),
    "client": ("Web应用：运行在服务器上的网站", "移动应用：手机APP", "桌面应用：电脑软件"),
    "authorization": ("验证用户身份（让你输入微信密码）", "用户同意后，生成授权码", "验证客户端身份后，发放访问令牌"),
    "resource": ("检查访问令牌是否有效", "返回对应的用户数据", "不直接验证用户身份（这是授权服务器的事）"),
}  # fmt: skip
TABLE = {  # S0 §4.6
    "client_id": ("🟢 公开", "URL参数", "无特殊要求", "应用标识"),
    "client_secret": ("🔴 机密", "后端请求体", "绝对保密", "应用认证"),
    "redirect_uri": ("🟡 半公开", "URL参数", "预先配置", "回调地址"),
    "state": ("🟡 半公开", "URL参数", "随机唯一", "防CSRF"),
    "code": ("🟡 临时", "URL参数", "短期有效", "换取Token"),
}
LIKE = {  # S0 §4.1–4.5, §5.1, §6.1–6.2
    "client_id": "身份证号",
    "client_secret": "应用的密码",
    "state": "防伪标记",
    "code": "临时提货券",
    "scope": "权限清单",
    "access_token": "临时工作证",
    "refresh_token": "续期卡",
}
STORAGE = (  # S0 §6.4
    ("内存", "🟢 高", "🔴 低", "短期使用"),
    ("localStorage", "🔴 低", "🟢 高", "❌ 不推荐"),
    ("Cookie(httpOnly)", "🟡 中", "🟢 高", "Web应用"),
    ("服务器Session", "🟢 高", "🟡 中", "传统Web"),
    ("加密数据库", "🟢 高", "🟢 高", "后端存储"),
)
VERSES = (  # S0 §8.3
    *("OAuth2授权不给密码，", "四个角色分工协作，", "授权码换令牌访问，"),
    *("state参数防止攻击，", "最小权限用户友好，", "Token管理自动刷新！"),
)
LINKS = ("注册应用", "获取密钥", "构建授权链接", "处理回调", "换取令牌", "获取信息", "创建用户", "管理会话")


def learn(town: Any, path: str = "", **query: str) -> str:
    query = {"lang": "zh-CN", **query}
    answer = requests.get(f"{town.provider}/_mock/learn/{path}", params=query, timeout=10)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def parts(html: str, testid: str, attribute: str) -> dict[str, str]:
    """What stands from each element with this test id to the next: by the named attribute."""
    found = re.split(rf'data-testid="{testid}" data-{attribute}="', html)[1:]
    return {part.split('"', 1)[0]: words(part.split(">", 1)[1]) for part in found}


def login(world: Any, **changes: str) -> dict[str, Any]:
    """A whole login by the wire, down to the profile; the token answer."""
    town, http = world.town, world.town.http
    asked = {"appid": world.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    asked |= {"scope": "snsapi_userinfo", **changes}
    url = f"{town.provider}/connect/oauth2/authorize"
    sent = http.get(url, params=asked, allow_redirects=False, timeout=10).headers["Location"]
    redeeming = {"appid": world.appid, "secret": world.secret, "grant_type": "authorization_code"}
    redeeming |= {"code": parse_qs(urlsplit(sent).query)["code"][0]}
    given = http.get(f"{town.provider}/sns/oauth2/access_token", params=redeeming, timeout=10).json()
    reading = {"access_token": given["access_token"], "openid": given["openid"]}
    http.get(f"{town.resource}/sns/userinfo", params=reading, timeout=10)
    return dict(given)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_there_in_both_languages(town: Any, path: str, language: str) -> None:
    html = learn(town, path, lang=language)

    assert f'<html lang="{language}"' in html
    assert html.count("<h1") == 1


def test_four_roles_have_the_seeds_duties(town: Any) -> None:
    cards = parts(learn(town, "roles"), "ln-role", "role")

    assert list(cards) == list(ROLES)
    for role, duties in ROLES.items():
        for duty in duties:
            assert duty in cards[role]
    assert cards["owner"].count("✅") == 3
    assert cards["owner"].count("❌") == 1


def test_the_parameter_table_is_the_seeds(town: Any) -> None:
    rows = parts(learn(town, "params"), "ln-parameter", "name")

    assert list(rows) == list(TABLE)
    for name, cells in TABLE.items():
        for cell in cells:
            assert cell in rows[name]


def test_each_parameter_stands_beside_its_likeness_and_its_real_value(world: Any) -> None:
    given = login(world)

    html = learn(world.town, "params", world=world.name)
    rows = parts(html, "ln-like", "name")

    for name, like in LIKE.items():
        assert like in rows[name]
    assert world.appid in rows["client_id"]
    assert given["access_token"][-4:] in rows["access_token"]
    assert "snsapi_userinfo" in rows["scope"]
    for secret in (given["access_token"], given["refresh_token"], world.secret):
        assert secret not in html
    assert "临时钥匙" in html


def test_the_storage_table_is_the_seeds(town: Any) -> None:
    html = learn(town, "storage")
    rows = [words(row) for row in re.findall(r"<tr data-place.*?</tr>", html, re.S)]

    assert len(rows) == len(STORAGE)
    for row, cells in zip(rows, STORAGE, strict=True):
        for cell in cells:
            assert cell in row


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_cheat_sheet_has_the_verses_in_every_language(town: Any, language: str) -> None:
    html = learn(town, "cheatsheet", lang=language)

    place = 0
    for verse in VERSES:
        place = html.index(verse, place)


def test_the_cheat_sheet_has_the_eight_links_and_the_checklist_in_order(town: Any) -> None:
    html = learn(town, "cheatsheet")

    found = re.search(r'data-testid="ln-links">(.*?)</ol>', html, re.S)
    assert found
    assert re.findall(r"<li>(.*?)</li>", found[1]) == list(LINKS)
    boxes = re.search(r'data-testid="ln-checks">(.*?)</ul>', html, re.S)
    assert boxes
    assert boxes[1].count("<li>") == 7


def test_four_ways_to_a_token_are_played_on_a_sample_each(town: Any) -> None:
    html = learn(town, "grants")
    cards = parts(html, "ln-grant", "name")

    assert list(cards) == ["code", "implicit", "password", "machine"]
    assert "较弱" in cards["implicit"]
    assert "已禁止" in cards["password"]
    for name, path in {
        "code": "/xiaotu?play=1",
        "implicit": "/spa?play=implicit",
        "password": "/meitu?play=1",
        "machine": "/nightly?play=1",
    }.items():
        address = re.search(rf'data-testid="ln-play-{name}" href="([^"]+)"', html)
        assert address
        assert unescape(address[1]) == town.client + path
        assert requests.get(unescape(address[1]), timeout=10).status_code == 200


def sent_to(town: Any, address: str) -> str:
    answer = requests.get(town.provider + unescape(address), allow_redirects=False, timeout=10)
    assert answer.status_code in (200, 302)
    return str(answer.headers.get("Location", ""))


def press(town: Any, path: str, action: str) -> str:
    """A sample's button; the flow that came of it."""
    with requests.Session() as visitor:
        page = visitor.get(town.client + path, timeout=10).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        done = visitor.post(town.client + action, data={"csrf_token": token}, timeout=10)
    assert done.status_code == 200
    return str(town.api("GET", "/flows", params={"world": "town", "limit": 1})[0]["id"])


def test_what_waits_for_a_sample_becomes_the_theatre_of_its_first_flow_after_the_press(town: Any) -> None:
    press(town, "/nightly", "/nightly/run")  # before anybody waited
    waiting = {way: learn(town, f"grants/{way}") for way in ("machine", "device")}
    look = {way: html.split('data-look="')[1].split('"')[0] for way, html in waiting.items()}
    assert [sent_to(town, address) for address in look.values()] == ["", ""]

    tv = press(town, "/tv", "/tv/start")
    assert sent_to(town, look["machine"]) == "", "another sample's"
    first = press(town, "/nightly", "/nightly/run")
    press(town, "/nightly", "/nightly/run")

    assert sent_to(town, look["machine"]) == f"/_mock/theatre/{first}#play"
    assert sent_to(town, look["device"]) == f"/_mock/theatre/{tv}?live=1#stay"
    assert requests.get(f"{town.provider}/_mock/learn/grants/magic", timeout=10).status_code == 404


def test_authorization_is_not_authentication(town: Any) -> None:
    assert "授权不等于认证" in words(learn(town))


def test_with_oauth_ticks_four_facts_each_at_its_message(world: Any) -> None:
    login(world)
    flow = world.flow(wait=10, until="step=8")["id"]

    facts = parts(html := learn(world.town, f"with-oauth/{flow}"), "ln-fact", "name")
    states = re.findall(r'data-name="(\w+)" data-state="(\w+)"', html)
    seqs = [int(seq) for seq in re.findall(r'data-message="(\d+)"', html)]
    told = world.town.api("GET", f"/flows/{flow}/messages", params={"helpers": "1"})
    names = {m["seq"]: {leg["name"] for leg in m["legs"]} for m in told}

    assert states == [(name, "yes") for name in ("password", "scope", "revocable", "expires")]
    assert "snsapi_userinfo" in facts["scope"]
    assert "7200" in facts["expires"]
    assert len(seqs) == 4
    for link in re.findall(r'data-message="\d+" href="([^"]+)"', html):
        assert requests.get(world.town.provider + link, timeout=10).status_code == 200, link
    assert "authorize.requested" in names[seqs[0]]
    assert "code.redeemed" in names[seqs[1]]
    assert "code.redeemed" in names[seqs[3]]


def test_with_oauth_waits_for_what_has_not_happened(world: Any) -> None:
    asked = {"appid": world.appid, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    asked |= {"scope": "snsapi_userinfo"}
    url = f"{world.town.provider}/connect/oauth2/authorize"
    world.town.http.get(url, params=asked, allow_redirects=False, timeout=10)

    html = learn(world.town, f"with-oauth/{world.flow()['id']}")

    assert re.findall(r'data-name="(\w+)" data-state="(\w+)"', html) == [
        ("password", "yes"),
        ("scope", "open"),
        ("revocable", "open"),
        ("expires", "open"),
    ]


def test_a_withdrawn_consent_is_told(world: Any) -> None:
    login(world)
    flow = world.flow(wait=10, until="step=8")["id"]
    before = learn(world.town, f"with-oauth/{flow}", lang="en")
    world.town.api("DELETE", "/grants", params={"world": world.name, "user": "zhangsan"})

    after = learn(world.town, f"with-oauth/{flow}", lang="en")

    assert "has taken it back" not in before
    assert "has taken it back" in after


def test_the_checklist_is_computed_from_what_the_app_did(world: Any) -> None:
    def verdicts() -> dict[str, str]:
        html = learn(world.town, "checklist", app=world.appid)
        return dict(re.findall(r'data-name="(\w+)" data-verdict="(\w+)"', html))

    before = verdicts()
    login(world)
    after = verdicts()

    assert list(after) == ["secret", "https", "state", "refresh", "ttl", "scope", "errors"]
    assert before["secret"] == "not_seen"
    assert after["secret"] == "ok"
    assert after["state"] == "ok"
    login(world, state="")
    assert verdicts()["state"] == "not_ok"


def test_the_checklist_of_nobody_is_404(town: Any) -> None:
    answer = requests.get(f"{town.provider}/_mock/learn/checklist?app=nobody", timeout=10)

    assert answer.status_code == 404


def test_the_glossary_pairs_both_languages(town: Any) -> None:
    html = learn(town, "glossary", lang="en")

    rows = [words(row) for row in re.findall(r'<tr id="[^"]+" data-testid="ln-term">.*?</tr>', html, re.S)]
    assert len(rows) >= 20
    assert any("授权码" in row and "authorization code" in row for row in rows)


def test_the_teacher_has_two_plans_that_fill_their_time(town: Any) -> None:
    plans = parts(learn(town, "teacher", lang="en"), "ln-plan", "minutes")

    assert list(plans) == ["45", "90"]
    for minutes, plan in plans.items():
        spans = [(int(a), int(b)) for a, b in re.findall(r"(\d+)–(\d+) ", plan)]
        assert spans[0][0] == 0
        assert spans[-1][1] == int(minutes)
        assert all(left[1] == right[0] for left, right in pairwise(spans))


def test_no_page_links_to_what_is_not_there(town: Any) -> None:
    """Grants are a later matter: neither a page nor a link."""
    links = {
        link
        for path in PAGES
        for link in re.findall(r'href="(/_mock/(?:learn|errors)[^"#?]*)', learn(town, path))
    }

    links |= set(re.findall(r'href="(/_mock/[^"#?]*)', learn(town, "teacher")))
    assert len(links) > 15
    for link in sorted(links):
        assert requests.get(town.provider + link, timeout=10).status_code == 200, link


def test_learning_needs_the_backstage(start: Any) -> None:
    closed = start(backstage=False).app.test_client()

    assert closed.get("/_mock/learn/", base_url="http://127.0.0.1:9000").status_code == 404
    assert closed.get("/_mock/errors", base_url="http://127.0.0.1:9000").status_code == 404


def test_learning_asks_for_the_admin_token_where_the_town_does(start: Any) -> None:
    guarded = start(bind="0.0.0.0", admin_token="t").app.test_client()

    answer = guarded.get("/_mock/learn/roles", base_url="http://127.0.0.1:9000")

    assert answer.status_code == 302
    assert "/_mock/enter" in answer.headers["Location"]


ODD = ("%00", "%0a", "{town}", "..%2f..", "💥", "a" * 3000, "%ff%fe", "*", "town%00")


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize(
    "address",
    [
        "learn/params?world={}",
        "learn/params?flow={}",
        "learn/worksheet?app={}",
        "learn/worksheet?world={}",
        "learn/worksheet/all?n={}",
        "learn/worksheet/{}",
        "learn/checklist?app={}",
        "learn/checklist?world={}",
        "learn/with-oauth/{}",
        "errors/wechat/{}",
        "errors/{}/40029",
        "errors/wechat/40029?world={}",
    ],
)
def test_nothing_odd_breaks_a_page(town: Any, address: str, value: str) -> None:
    answer = requests.get(f"{town.provider}/_mock/{address.replace('{}', value)}", timeout=10)

    assert answer.status_code in (200, 400, 404, 414)
