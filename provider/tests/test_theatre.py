"""The theatre's pages as the server draws them: useful before any script has loaded."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ninestep_provider.theatre import scene

HTML = {"Accept": "text/html"}
BASE = "http://127.0.0.1:9000"


class Page(HTMLParser):
    """Elements by test id, each with its attributes and the text inside."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.found: list[dict[str, str]] = []
        self._open: list[dict[str, str] | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        element = {**given, "tag": tag, "text": ""} if "data-testid" in given else None
        if element:
            self.found.append(element)
        if tag not in ("meta", "link", "input", "br", "img", "hr", "wbr"):
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            if element:
                element["text"] += data

    def all(self, testid: str) -> list[dict[str, str]]:
        return [element for element in self.found if element["data-testid"] == testid]

    def one(self, testid: str) -> dict[str, str]:
        [element] = self.all(testid)
        return {**element, "text": " ".join(element["text"].split())}

    @property
    def messages(self) -> list[dict[str, str]]:
        return [each for each in self.found if re.fullmatch(r"th-msg-\d+", each["data-testid"])]


def get(control: Any, path: str, status: int = 200, **query: Any) -> Page:
    response = control.client.get(
        f"/_mock/theatre{path}", query_string={"lang": "zh-CN", **query}, headers=HTML, base_url=BASE
    )
    assert response.status_code == status, response.text[:300]
    return Page(response.text)


def newest(control: Any, app: dict[str, Any]) -> dict[str, Any]:
    return dict(control("GET", "/flows", app=app["appid"])[0])


@pytest.fixture
def flow(control: Any) -> dict[str, Any]:
    app = control.wechat(name="小店")
    control.login(app)
    return newest(control, app)


def test_the_list_shows_each_flow_of_a_world_newest_first(control: Any) -> None:
    app = control.wechat(name="小店")
    control.login(app, state="a")
    control.authorize(app, state="b")

    page = get(control, "", world=app["world"])

    ids = [row["data-flow"] for row in page.all("flow-row")]
    assert ids == [found["id"] for found in control("GET", "/flows", world=app["world"])]
    assert [row["data-outcome"] for row in page.all("flow-row")] == ["open", "open"]
    assert "小店" in page.all("flow-row")[0]["text"]
    assert get(control, "").all("flow-row") == []  # the town's


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 3),
        ({"outcome": "refused"}, 1),
        ({"outcome": "open"}, 2),
        ({"user": "lisi"}, 1),
        ({"user": "lisi", "outcome": "refused"}, 0),
        ({"app": "another"}, 0),
        ({"outcome": "nonsense"}, 0),
    ],
)
def test_the_list_is_filtered_by_app_user_and_outcome(
    control: Any, query: dict[str, str], count: int
) -> None:
    app = control.wechat()
    control.login(app)
    for uid, mode in (("lisi", "auto"), ("wangwu", "deny")):
        control("PATCH", f"/apps/{app['appid']}", {"consent": {"mode": mode, "user": uid}})
        control.authorize(app)

    page = get(control, "", world=app["world"], **query)

    assert len(page.all("flow-row")) == count
    assert bool(page.all("th-none")) == (count == 0)


def test_a_long_list_comes_fifty_at_a_time(control: Any) -> None:
    app = control.wechat()
    for n in range(53):
        control.authorize(app, state=f"s{n}")

    first = get(control, "", world=app["world"])
    more = parse_qs(urlsplit(first.one("th-more")["href"]).query)
    rest = get(control, "", **{name: values[0] for name, values in more.items()})

    assert (len(first.all("flow-row")), len(rest.all("flow-row"))) == (50, 53)
    assert rest.all("th-more") == []


def test_five_hundred_flows_are_listed_in_few_round_trips(control: Any, trips: Any) -> None:
    """The list asks nothing of the exchanges, so it does not matter how many each flow has."""
    app = control.wechat()
    control.login(app)
    store, world = control.store, app["world"]
    [flow] = control("GET", "/flows", world=world)
    made = store.redis.hgetall(store.keys.flow(world, flow["id"]))
    batch = store.batch()
    for n in range(499):
        name = f"copy{n:018d}"
        batch.call("hset", store.keys.flow(world, name), mapping={**made, b"id": name.encode()})
        batch.call("zadd", store.keys.flows(world), {name: flow["at_real"] - n})
    batch.run()

    trips.start()
    page = get(control, "", world=world, user="zhangsan", show=51)

    assert "500" in page.one("th-count")["text"]
    assert trips.count <= 15  # 12, and what the recorder may still be writing


def test_the_messages_are_a_list_that_works_without_the_picture(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, f"/{flow['id']}")

    told = control("GET", f"/flows/{flow['id']}/messages", helpers=1)
    assert [(m["data-step"], m["data-channel"], m["data-outcome"]) for m in page.messages] == [
        (str(m["step"]), m["channel"], m["outcome"]) for m in told
    ]
    assert "用授权码换Token" in page.messages[2]["text"]
    assert "经过浏览器" not in page.messages[2]["text"]
    for svg in re.findall(r"<svg[^>]*class=\"pic\"[^>]*>", page.text):
        assert 'aria-hidden="true"' in svg


def test_a_message_opens_in_the_drawer(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, f"/{flow['id']}", msg=3)

    assert "小店" in page.one("th-story")["text"]
    [current] = [
        link for link in re.findall(r'<a class="th-msg__link"[^>]*>', page.text) if "aria-current" in link
    ]
    assert "msg=3" in current
    assert page.one("th-counter")["text"] == "5 / 9"


@pytest.mark.thorough
@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("tab", ["story", "fields", "checks", "raw", "code", "resend", "ledger", "doctor"])
def test_every_tab_of_every_message_can_be_read(
    control: Any, flow: dict[str, Any], tab: str, language: str
) -> None:
    for seq in range(6):
        get(control, f"/{flow['id']}", msg=seq, tab=tab, dialogue=1, present=1, lang=language)


def test_fields_say_how_public_they_are_and_what_became_of_them(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, f"/{flow['id']}", msg=3, tab="fields")

    fields = {field["data-field"]: " ".join(field["text"].split()) for field in page.all("th-field")}
    assert "半公开" in fields["code"]
    assert "首见于第 2 条" in fields["code"]
    assert "兑换" in fields["code"]
    assert "机密" in fields["secret"]
    assert "公开" in fields["appid"]
    assert "authorization_code" in fields["grant_type"]


def test_the_checks_are_those_that_were_made(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, f"/{flow['id']}", msg=3, tab="checks")

    [fifth] = control("GET", f"/flows/{flow['id']}/messages", step=5)
    assert [check["data-ok"] for check in page.all("th-check")] == ["true"] * len(fifth["checks"])
    assert "code not used" in page.one("th-checks")["text"]


@pytest.mark.thorough
def test_secrets_are_opened_only_where_policy_reveal_kept_them(control: Any) -> None:
    plain, kept = control.wechat(), control.wechat(policies={"reveal": True})
    for app in (plain, kept):
        token = control.login(app)["access_token"]
        flow = newest(control, app)
        for tab in ("story", "fields", "raw", "code", "ledger", "checks", "resend"):
            for seq in range(6):
                masked = get(control, f"/{flow['id']}", msg=seq, tab=tab)
                asked = get(control, f"/{flow['id']}", msg=seq, tab=tab, reveal=1)
                assert token not in masked.text
                assert app["secret"] not in masked.text
                if app is plain:
                    assert token not in asked.text
                    assert app["secret"] not in asked.text
    opened = get(control, f"/{flow['id']}", msg=3, tab="raw", reveal=1)
    assert app["secret"] in opened.text
    assert token in get(control, f"/{flow['id']}", msg=4, tab="raw", reveal=1).text
    assert token not in get(control, f"/{flow['id']}", msg=4, tab="raw").text


def test_what_one_page_reveals_is_shown_to_no_other(control: Any) -> None:
    app = control.wechat(policies={"reveal": True})
    token = control.login(app)["access_token"]
    flow = newest(control, app)

    shown = get(control, f"/{flow['id']}", msg=4, tab="raw", reveal=1, part="live")
    other = get(control, f"/{flow['id']}", msg=4, tab="raw", part="live")

    assert token in shown.text
    assert token not in other.text


def test_the_ledger_leads_to_the_message_that_told(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, f"/{flow['id']}", tab="ledger")

    told = control("GET", f"/flows/{flow['id']}/ledger")
    [code] = [row for row in told["rows"] if row["kind"] == "code"]
    row = re.search(r'<tr data-kind="code">.*?</tr>', page.one("th-ledger") and page.text, re.S)
    assert row is not None
    for place in told["places"]:
        cell = code["cells"][place]
        assert f'data-place="{place}" data-state="{cell["state"]}"' in row[0]
        assert (f"msg={cell.get('learned')}" in row[0]) == bool(cell.get("learned"))


def test_pockets_hold_what_the_ledger_says_at_that_message(control: Any, flow: dict[str, Any]) -> None:
    before, after = (get(control, f"/{flow['id']}", msg=seq) for seq in (3, 4))

    assert "access_token" not in before.one("th-pocket-client_app")["text"]
    assert "access_token" in after.one("th-pocket-client_app")["text"]
    assert "code" in before.one("th-pocket-client_app")["text"]
    assert "access_token" not in after.one("th-pocket-browser")["text"]


def test_no_findings_are_shown_as_a_result(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, f"/{flow['id']}", tab="doctor")

    told = control("GET", f"/flows/{flow['id']}/findings")
    shown = [(each["data-rule"], each["data-severity"]) for each in page.all("th-finding")]
    assert shown == [(finding["rule"], finding["severity"]) for finding in told]
    assert bool(page.all("th-healthy")) == (told == [])


def test_the_transport_bar_leads_on_and_back(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, f"/{flow['id']}", msg=3)

    leads = {name: page.one(f"th-{name}").get("href", "") for name in ("first", "prev", "next", "last")}
    assert {name: re.findall(r"msg=(\d+)", href) for name, href in leads.items()} == {
        "first": ["1"],
        "prev": ["2"],
        "next": ["4"],
        "last": ["4"],
    }
    assert "href" not in get(control, f"/{flow['id']}", msg=4).one("th-next")


def test_helpers_can_be_left_out(control: Any) -> None:
    app = control.wechat()
    token = control.login(app)
    control.refresh(app, token["refresh_token"])
    flow = newest(control, app)

    steps = [message["data-step"] for message in get(control, f"/{flow['id']}").messages]
    assert steps == ["2", "4", "5", "6", "0"]
    assert [m["data-step"] for m in get(control, f"/{flow['id']}", all=0).messages] == steps[:4]


def test_the_clock_of_the_flows_world_is_moved_by_buttons(control: Any, flow: dict[str, Any]) -> None:
    client = control.client
    page = client.get(f"/_mock/theatre/{flow['id']}", headers=HTML, base_url=BASE).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    before = control("GET", f"/worlds/{flow['world']}/clock")["now"]

    def press(**fields: str) -> Any:
        sent = {"csrf_token": token[1], **fields}  # type: ignore[index]
        return client.post(f"/_mock/theatre/{flow['id']}/clock?msg=3", data=sent, base_url=BASE)

    answer = press(advance="1h55m")
    assert (answer.status_code, parse_qs(urlsplit(answer.location).query)) == (303, {"msg": ["3"]})
    assert control("GET", f"/worlds/{flow['world']}/clock")["now"] - before == pytest.approx(6900, abs=60)
    press(freeze="1")
    assert control("GET", f"/worlds/{flow['world']}/clock")["frozen"] is True
    frozen = client.get(f"/_mock/theatre/{flow['id']}", headers=HTML, base_url=BASE).text
    assert Page(frozen).one("th-clock-freeze")["aria-pressed"] == "true"
    press(freeze="0")
    assert control("GET", f"/worlds/{flow['world']}/clock")["frozen"] is False


def test_a_button_whose_address_says_odd_things_still_leads_back(control: Any, flow: dict[str, Any]) -> None:
    """The address comes along, and whoever writes it may know the names of our own functions."""
    client = control.client
    page = client.get(f"/_mock/theatre/{flow['id']}", headers=HTML, base_url=BASE).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    odd = {"endpoint": "x", "_external": "1", "_scheme": "javascript", "_anchor": "a", "values": "1"}

    answer = client.post(
        f"/_mock/theatre/{flow['id']}/clock",
        query_string={**odd, "msg": "3", "tab": "raw"},
        data={"csrf_token": token[1], "freeze": "0"},
        base_url=BASE,
    )

    assert answer.status_code == 303
    assert answer.location == f"/_mock/theatre/{flow['id']}?msg=3&tab=raw"


def test_a_form_without_its_token_changes_nothing(control: Any, flow: dict[str, Any]) -> None:
    before = control("GET", f"/worlds/{flow['world']}/clock")["ahead"]
    for path in ("clock", "stepping", "messages/3/resend"):
        answer = control.client.post(
            f"/_mock/theatre/{flow['id']}/{path}", data={"advance": "2h", "on": "1"}, base_url=BASE
        )
        assert answer.status_code == 400
    assert control("GET", f"/worlds/{flow['world']}/clock")["ahead"] == pytest.approx(before, abs=1)
    assert control("GET", f"/worlds/{flow['world']}/stepping")["on"] is False


def test_two_flows_stand_side_by_side_and_the_first_difference_is_marked(control: Any) -> None:
    app = control.wechat()
    control.login(app)
    good = newest(control, app)["id"]
    control("PATCH", f"/apps/{app['appid']}", {"consent": {"mode": "deny", "user": "zhangsan"}})
    control.authorize(app)
    bad = newest(control, app)["id"]

    page = get(control, "/compare", left=good, right=bad)

    pairs = page.all("th-pair")
    assert [pair["data-first"] for pair in pairs].count("true") == 1
    differing = [pair for pair in pairs if pair["data-differs"] == "true"]
    assert differing[0]["data-first"] == "true"
    [fourth] = [pair for pair in pairs if pair["data-step"] == "4"]
    assert "access_denied" in fourth["text"]
    alike = get(control, "/compare", left=good, right=good)
    assert {pair["data-differs"] for pair in alike.all("th-pair")} == {"false"}


def test_compare_without_flows_asks_for_them(control: Any, flow: dict[str, Any]) -> None:
    page = get(control, "/compare", world=flow["world"])

    assert page.all("th-diff") == []
    assert flow["id"][:6] in page.one("th-left")["text"]


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/events", "/compare?left=nowhere"])
def test_an_unknown_flow_is_404(control: Any, path: str) -> None:
    assert control.client.get(f"/_mock/theatre{path}", headers=HTML, base_url=BASE).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"msg": "x"},
        {"msg": "-1"},
        {"msg": "9999"},
        {"msg": "99999999999999999999"},
        {"msg": "\u0663"},
        {"tab": "nonsense"},
        {"tab": "<script>"},
        {"world": "\x00{x}"},
        {"part": "nonsense"},
        {"live": "1", "msg": "2"},
        {"problem": "<b>x</b>"},
    ],
)
def test_a_look_that_cannot_be_is_the_nearest_that_can(
    control: Any, flow: dict[str, Any], query: dict[str, str]
) -> None:
    page = get(control, f"/{flow['id']}", **query)
    assert "<b>x</b>" not in page.text
    assert "<script>" not in page.text
    get(control, "", **query, show="x", app="\x00")


def test_a_name_of_somebody_elses_choosing_is_text_and_no_markup(control: Any) -> None:
    app = control.wechat(name='<img src=x onerror=alert(1)>"')
    control.login(app, state='"><script>alert(1)</script>')
    flow = newest(control, app)

    for seq in range(5):
        for tab in ("story", "fields", "raw", "code", "ledger"):
            text = get(control, f"/{flow['id']}", msg=seq, tab=tab).text
            assert "<img src=x" not in text
            assert "<script>alert" not in text


def test_a_body_that_no_page_can_hold_is_shown_as_far_as_it_can_be(control: Any) -> None:
    """JSON can spell half a surrogate, and a client may send one."""
    app = control.wechat()
    location = control.authorize(app).headers["Location"]
    [code] = parse_qs(urlsplit(location).query)["code"]
    sent = {"appid": app["appid"], "secret": app["secret"], "code": code, "grant_type": "authorization_code"}
    control.client.post(
        "/sns/oauth2/access_token",
        query_string=sent,
        data=r'{"half": "a\ud800b", "\udfff": ["\ud800"]}',
        content_type="application/json",
    )
    flow = newest(control, app)

    shown = [get(control, f"/{flow['id']}", msg=seq, tab="fields") for seq in range(5)]

    assert any("a?b" in field["text"] for page in shown for field in page.all("th-field"))
    for path in ("findings", "ledger", "export.html", "export.json"):
        assert control.ask("GET", f"/flows/{flow['id']}/{path}").status_code == 200


def test_the_list_of_before_leads_to_the_theatre(control: Any, flow: dict[str, Any]) -> None:
    one = control.client.get(f"/_mock/flows/{flow['id']}", base_url=BASE)
    many = control.client.get(f"/_mock/flows?world={flow['world']}", base_url=BASE)

    assert (one.status_code, one.location) == (308, f"/_mock/theatre/{flow['id']}")
    assert (many.status_code, many.location) == (308, f"/_mock/theatre?world={flow['world']}")


def test_all_viewers_are_served_what_was_drawn_once(
    control: Any, flow: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene, "GRAIN", 10**10)  # else it is drawn anew where five seconds end meanwhile
    first = get(control, f"/{flow['id']}", msg=3, part="live").text

    for _ in range(10):
        assert get(control, f"/{flow['id']}", msg=3, part="live").text == first

    assert "csrf" not in first
