"""The worksheet: each experiment is not done before, and done after somebody really did it over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from ninestep_provider.learn.worksheet.experiments import EXPERIMENTS

pytestmark = pytest.mark.thorough

CALLBACK = "http://127.0.0.1/callback"


class Student:
    """Somebody with the worksheet, an app and curl."""

    def __init__(self, world: Any) -> None:
        self.world, self.town = world, world.town

    def authorize(self, **changes: Any) -> requests.Response:
        asked = {"appid": self.world.appid, "redirect_uri": CALLBACK, "response_type": "code"}
        asked |= {"scope": "snsapi_userinfo", "state": "s", **changes}
        query = {name: value for name, value in asked.items() if value is not None}
        url = f"{self.town.provider}/connect/oauth2/authorize"
        return requests.get(url, params=query, allow_redirects=False, timeout=10)

    def code(self, **changes: Any) -> str:
        return parse_qs(urlsplit(self.authorize(**changes).headers["Location"]).query)["code"][0]

    def redeem(self, code: str, **changes: str) -> dict[str, Any]:
        asked = {"appid": self.world.appid, "secret": self.world.secret, "code": code}
        asked |= {"grant_type": "authorization_code", **changes}
        url = f"{self.town.provider}/sns/oauth2/access_token"
        return dict(requests.get(url, params=asked, timeout=10).json())

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        asked = {"appid": self.world.appid, "grant_type": "refresh_token", "refresh_token": refresh_token}
        url = f"{self.town.provider}/sns/oauth2/refresh_token"
        return dict(requests.get(url, params=asked, timeout=10).json())

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        asked = {"access_token": given["access_token"], "openid": given["openid"]}
        return dict(requests.get(f"{self.town.resource}/sns/userinfo", params=asked, timeout=10).json())

    def checked(self) -> dict[str, dict[str, Any]]:
        found = self.town.api("GET", f"/apps/{self.world.appid}/worksheet")
        return {each["id"]: each for each in found}


@pytest.fixture
def student(world: Any) -> Student:
    return Student(world)


def change_a_letter(student: Student) -> None:
    assert "Location" not in student.authorize(redirect_uri="http://example.invalid/callback").headers


def say_no(student: Student) -> None:
    arming = {"user": "zhangsan", "decision": "deny"}
    student.town.api("POST", f"/apps/{student.world.appid}/next", arming)
    assert "authdeny" in student.authorize().headers["Location"]


def leave_state_out(student: Student) -> None:
    assert student.code(state=None)


def use_one_state_twice(student: Student) -> None:
    student.code(state="always")
    student.code(state="always")


def use_the_code_again(student: Student) -> None:
    code = student.code()
    assert "access_token" in student.redeem(code)
    assert student.redeem(code)["errcode"] == 40163


def come_late(student: Student) -> None:
    code = student.code()
    student.world.advance("11m")
    assert student.redeem(code)["errcode"] == 40029


def send_a_wrong_secret(student: Student) -> None:
    assert student.redeem(student.code(), secret="wrong")["errcode"] == 40125


def redeem_with_another_app(student: Student) -> None:
    other = student.world.new_app(dialect="wechat", redirect_uris=[CALLBACK])
    assert student.redeem(student.code(), appid=other["appid"], secret=other["secret"])["errcode"] == 40029


def use_the_code_as_a_token(student: Student) -> None:
    page = by_hand(student.town)
    told = page.post("/_mock/learn/worksheet/as_token/send", app=student.world.appid, code=student.code())
    assert told.status_code == 200
    assert "40001" in told.text


def ask_for_more(student: Student) -> None:
    assert "10005" in student.authorize(scope="snsapi_userinfo,read_friendlist").text


def refresh_after_two_hours(student: Student) -> None:
    given = student.redeem(student.code())
    student.world.advance("2h")
    assert student.read(given)["errcode"] == 42001
    assert "access_token" in student.refresh(given["refresh_token"])


def withdraw_and_call(student: Student) -> None:
    given = student.redeem(student.code())
    student.town.api("DELETE", "/grants", params={"world": student.world.name, "user": "zhangsan"})
    assert student.read(given)["errcode"] == 50001


DOING: dict[str, Callable[[Student], None]] = {
    "redirect": change_a_letter,
    "deny": say_no,
    "no_state": leave_state_out,
    "same_state": use_one_state_twice,
    "reload": use_the_code_again,
    "late": come_late,
    "secret": send_a_wrong_secret,
    "other_app": redeem_with_another_app,
    "as_token": use_the_code_as_a_token,
    "greedy": ask_for_more,
    "refresh": refresh_after_two_hours,
    "revoked": withdraw_and_call,
}


class Page:
    """A browser's session on backstage pages, with the token that their forms want."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str, **params: str) -> requests.Response:
        return self._session.get(self._base + path, params=params, timeout=10)

    def post(self, path: str, **form: str) -> requests.Response:
        sheet = self.get("/_mock/errors")
        token = re.search(r'name="csrf_token" value="([^"]+)"', sheet.text)
        assert token
        return self._session.post(self._base + path, data={"csrf_token": token[1], **form}, timeout=10)


def by_hand(town: Any) -> Page:
    return Page(town.provider)


def test_there_are_twelve_and_each_is_tested() -> None:
    assert len(EXPERIMENTS) == 12
    assert list(DOING) == list(EXPERIMENTS)


@pytest.mark.parametrize("name", DOING)
def test_an_experiment_is_done_only_once_somebody_did_it(student: Student, name: str) -> None:
    before = student.checked()
    assert [each["done"] for each in before.values()] == [False] * 12
    assert before[name]["why"]["zh-CN"] != before[name]["why"]["en"]

    DOING[name](student)

    after = student.checked()[name]
    assert after["done"] is True
    assert after["why"] != before[name]["why"]
    told = student.town.api("GET", f"/flows/{after['flow']}/exchanges")
    assert after["exchange"] in {each["name"] for each in told}


def test_an_ordinary_login_does_no_experiment(student: Student) -> None:
    student.read(student.redeem(student.code()))

    assert [name for name, each in student.checked().items() if each["done"]] == []


def test_what_came_near_says_so(student: Student) -> None:
    given = student.redeem(student.code())
    student.refresh(given["refresh_token"])
    student.authorize(redirect_uri="http://127.0.0.1/callbacl")  # relaxed: any local address

    checked = student.checked()

    assert "2 hours" in checked["refresh"]["why"]["en"]
    assert checked["refresh"]["done"] is False
    assert "lax" in checked["redirect"]["why"]["en"]


def test_another_apps_experiments_do_not_count(student: Student) -> None:
    other = student.world.new_app(dialect="wechat", redirect_uris=[CALLBACK])
    use_the_code_again(student)

    found = student.town.api("GET", f"/apps/{other['appid']}/worksheet")

    assert not any(each["done"] for each in found)


def test_the_page_shows_one_verdict_or_all(student: Student) -> None:
    use_the_code_again(student)
    page = by_hand(student.town)

    one = page.get("/_mock/learn/worksheet/reload", app=student.world.appid, lang="en").text
    every = page.get("/_mock/learn/worksheet/all", app=student.world.appid, lang="en").text

    assert one.count('data-testid="ws-verdict"') == 1
    assert re.search(r'data-testid="ws-reload" data-done="yes"', one)
    assert every.count('data-testid="ws-verdict"') == 12
    assert "1 of 12 done" in every


def test_a_code_of_nobody_is_not_sent(student: Student) -> None:
    told = by_hand(student.town).post(
        "/_mock/learn/worksheet/as_token/send", app=student.world.appid, code="nobody"
    )

    assert told.status_code == 422
    assert "ws-unknown-code" in told.text


@pytest.mark.parametrize(
    "path",
    [
        "/_mock/learn/worksheet/nothing",
        "/_mock/errors/wechat/1",
        "/_mock/errors/nobody/40029",
        "/_mock/learn/with-oauth/none",
        "/_mock/learn/params?flow=none",
    ],
)
def test_what_is_not_there_is_404(town: Any, path: str) -> None:
    assert requests.get(town.provider + path, timeout=10).status_code == 404


def test_an_app_without_a_browser_login_has_no_worksheet(town: Any) -> None:
    app = town.api("POST", "/apps", {"dialect": "standard", "redirect_uris": [CALLBACK]})

    refused = town.api("GET", f"/apps/{app['appid']}/worksheet", status=422)
    page = requests.get(f"{town.provider}/_mock/learn/worksheet?app={app['appid']}", timeout=10)

    assert refused["errors"][0]["field"] == "appid"
    assert "ws-no-app" in page.text


def test_every_line_of_the_sheet_names_the_app_and_no_secret(student: Student) -> None:
    sheet = by_hand(student.town).get("/_mock/learn/worksheet", app=student.world.appid).text

    assert student.world.secret not in sheet
    assert sheet.count(student.world.appid) > 12


def test_a_pair_of_students_gets_a_world_of_its_own(town: Any) -> None:
    page = by_hand(town)

    sheets = [page.post("/_mock/learn/worksheet/own") for _ in range(2)]

    made = [parse_qs(urlsplit(sheet.url).query)["app"][0] for sheet in sheets]
    app, other = (town.api("GET", f"/apps/{appid}") for appid in made)
    assert len({app["world"], other["world"], "town"}) == 3
    assert [each["appid"] for each in town.api("GET", "/apps", params={"world": app["world"]})] == made[:1]
    sheet = sheets[0]
    assert urlsplit(sheet.url).path == "/_mock/learn/worksheet"
    assert sheet.text.count(app["appid"]) > 12
    assert app["secret"] not in sheet.text
