"""The verbs that speak to a town, against this run's, each in a world of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from ninestep.cli import exits, main
from ninestep.cli.columns import table, width
from ninestep.cli.where import Line
from ninestep.testing.control import Control


class Said(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """All of stdout."""
        return json.loads(self.out)


Say = Callable[..., Said]


@pytest.fixture
def say(
    town: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Say:
    """``say("app", "list")`` in a shell that knows the town."""
    for name, value in (("URL", town.provider), ("STATE", str(tmp_path / "nothing runs here"))):
        monkeypatch.setenv(f"NINESTEP_{name}", value)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")

    def say(*words: str) -> Said:
        capsys.readouterr()
        code = main(words)
        return Said(code, *capsys.readouterr())

    return say


# -- apps


def test_an_app_is_added_changed_and_deleted(say: Say, world: Any) -> None:
    made = say("app", "add", "--world", world.name, "--json", "name=小店", "kind=website", "ttl.code=60",
               "redirect_uris=http://127.0.0.1:8000/a", "redirect_uris=http://127.0.0.1:8000/b")  # fmt: skip
    assert (made.code, made.err) == (0, "")
    app = world.town.api("GET", f"/apps/{made.json['appid']}")
    assert (app["world"], app["name"], app["kind"], app["ttl"]["code"]) == (world.name, "小店", "website", 60)
    assert app["redirect_uris"] == ["http://127.0.0.1:8000/a", "http://127.0.0.1:8000/b"]

    changed = say("app", "change", app["appid"], "consent.mode=auto", "consent.user=lisi", "disabled=yes")
    assert changed.code == 0
    app = world.town.api("GET", f"/apps/{app['appid']}")
    assert (app["consent"], app["disabled"]) == ({"mode": "auto", "user": "lisi"}, True)

    assert say("app", "delete", app["appid"]).code == 0
    assert say("app", "delete", app["appid"]).code == 0  # gone is gone
    gone = say("app", "show", app["appid"])
    assert (gone.code, gone.out) == (exits.NOT_DONE, "")
    assert gone.err.startswith(f"ninestep: there is no app '{app['appid']}'\n  field: app\n")


def test_an_app_under_a_chosen_id_is_not_overwritten_by_accident(say: Say, world: Any) -> None:
    words = ("app", "add", f"shop-{world.name}", "--world", world.name, "dialect=standard", "kind=web")
    assert say(*words, "name=first").code == 0
    again = say(*words, "name=second")  # words after options, as people type them
    assert again.code == exits.NOT_DONE
    assert "--replace" in again.err
    assert world.town.api("GET", f"/apps/shop-{world.name}")["name"] == "first"
    assert say(*words, "name=third", "--replace").code == 0
    assert world.town.api("GET", f"/apps/shop-{world.name}")["name"] == "third"


def test_an_app_can_have_a_world_to_itself(say: Say, world: Any) -> None:
    for chosen in ([], [f"own-{world.name}"]):
        made = say("app", "add", *chosen, "--new-world", "--json").json
        assert made["world"] not in ("town", world.name)
        say("app", "delete", made["appid"])


def test_no_verb_but_secret_tells_a_secret(say: Say, world: Any) -> None:
    for words in (["list", "--world", world.name], ["show", world.appid], ["change", world.appid, "name=x"]):
        for form in ([], ["--json"]):
            told = say("app", *words, *form)
            assert told.code == 0
            assert world.secret not in told.out
    assert "••••" + world.secret[-4:] in told.out
    assert say("app", "secret", world.appid).out == f"{world.secret}\n"
    assert say("app", "secret", world.appid, "--json").json == {"appid": world.appid, "secret": world.secret}
    lines = dict(line.split("=", 1) for line in say("app", "secret", world.appid, "--env").out.splitlines())
    assert (lines["OAUTH_SECRET"], lines["OAUTH_BASE_URL"]) == (world.secret, world.town.gateway)


def test_a_new_secret_ends_the_old_one_and_a_public_app_has_none(say: Say, world: Any) -> None:
    fresh = say("app", "secret", world.appid, "--new").out.strip()
    assert fresh not in ("", world.secret)
    assert world.town.api("GET", f"/apps/{world.appid}")["secret"] == fresh
    public = world.new_app(dialect="standard", kind="spa", redirect_uris=["http://127.0.0.1/c"])
    told = say("app", "secret", public["appid"])
    assert (told.code, told.out) == (exits.NOT_DONE, "")
    assert "public" in told.err


# -- fields


@pytest.mark.parametrize(
    ("words", "sent"),
    [
        (["name=123"], {"name": "123"}),
        (["name=true", "banned=off"], {"name": "true", "banned": False}),
        (["name=a=b"], {"name": "a=b"}),
        (["name="], {"name": ""}),
        (["ttl.code=60", "ttl.access=5"], {"ttl": {"code": 60, "access": 5}}),
        (["scopes=a", "scopes=b"], {"scopes": ["a", "b"]}),
        (['scopes=["a", "b"]'], {"scopes": ["a", "b"]}),
        (["scopes=[]"], {"scopes": []}),
        (["scopes=1"], {"scopes": ["1"]}),
        (["policies.reveal=true", "policies.reveals=x"], {"policies": {"reveal": True, "reveals": "x"}}),
        (["policies.wrong_secret_error=40001"], {"policies": {"wrong_secret_error": 40001}}),
        (["policies.profile_era=2021"], {"policies": {"profile_era": "2021"}}),
        (["policies.reveal=null"], {"policies": {"reveal": None}}),
        (["ttl.code=NaN"], {"ttl": {"code": "NaN"}}),
        (["unheard=of"], {"unheard": "of"}),
    ],
)
def test_a_field_has_the_type_that_the_town_knows_of_it(
    town: Any, words: list[str], sent: dict[str, Any]
) -> None:
    from ninestep.cli import fields

    line = Line(town.provider)
    assert fields.body(line, "PATCH", "/apps/{appid}", words) == sent
    line.close()


@pytest.mark.parametrize("word", ["name", "=x", "ttl.code=1 ttl.code=2", "consent=x consent.mode=auto"])
def test_words_that_are_no_fields_are_said_before_anything_is_sent(say: Say, world: Any, word: str) -> None:
    told = say("app", "change", world.appid, *word.split())
    assert (told.code, told.out) == (exits.WRONG, "")
    assert told.err.startswith("ninestep: ")


def test_a_wrong_name_is_refused_with_the_nearest_right_one_and_nothing_is_made(say: Say, world: Any) -> None:
    before = world.town.api("GET", "/apps", params={"world": world.name})
    told = say("app", "add", "--world", world.name, "redirect_uri=http://127.0.0.1/c", "--json")
    assert (told.code, told.out) == (exits.NOT_DONE, "")
    assert "redirect_uri" in told.err
    assert "did you mean 'redirect_uris'?" in told.err
    assert world.town.api("GET", "/apps", params={"world": world.name}) == before


# -- users, decisions, faults, time


def test_a_user_is_added_changed_and_deleted(say: Say, world: Any) -> None:
    where = ("--world", world.name)
    assert say("user", "add", "wang", "nickname=123", "sex=2", *where).code == 0
    again = say("user", "add", "wang", *where)
    assert again.code == exits.NOT_DONE
    assert "--replace" in again.err
    assert say("user", "add", "wang", "nickname=小王", "--replace", *where).code == 0
    changed = say("user", "change", "wang", "city=深圳", *where, "--json").json
    assert (changed["nickname"], changed["city"]) == ("小王", "深圳")
    assert "小王" in say("user", "list", *where).out
    assert say("user", "show", "wang", *where, "--json").json == changed
    assert say("user", "delete", "wang", *where).code == 0
    assert say("user", "show", "wang", *where).code == exits.NOT_DONE
    assert "小王" not in say("user", "list").out


def test_the_next_logins_meet_what_was_armed(say: Say, world: Any) -> None:
    assert say("next", "approve", world.appid, "user=lisi", "scope=snsapi_base").code == 0
    assert say("next", "deny", world.appid, "wangwu").code == 0
    armed = say("next", "list", world.appid, "--json").json
    assert [(one["decision"], one["user"]) for one in armed] == [("approve", "lisi"), ("deny", "wangwu")]
    assert armed[0]["scopes"] == ["snsapi_base"]
    assert len(say("next", "list", world.appid).out.splitlines()) == 3
    assert say("next", "approve", world.appid, "user=nobody").code == exits.NOT_DONE
    assert say("next", "clear", world.appid).code == 0
    assert say("next", "list", world.appid, "--json").json == []


def test_a_fault_is_armed_seen_and_deleted(say: Say, world: Any) -> None:
    busy = say("fault", "add", world.appid, "token", "busy", "times=2", "--json").json
    assert (busy["error"], busy["times"]) == ("busy", 2)
    always = say("fault", "add", world.appid, "userinfo", "kind=missing_field", "field=unionid", "times=null")
    assert always.code == 0
    world.log_in()
    listed = say("fault", "list", "--world", world.name, "--json").json
    assert [(fault["endpoint"], fault["times"], fault["hits"]) for fault in listed] == [
        ("token", 2, 1),
        ("userinfo", None, 0),
    ]
    [unmet] = say("fault", "list", world.appid, "--unfired", "--json").json
    assert unmet["endpoint"] == "userinfo"
    near = say("fault", "add", world.appid, "tokn", "busy")
    assert near.code == exits.NOT_DONE
    assert "did you mean 'token'?" in near.err
    assert say("fault", "delete", world.appid, busy["id"]).code == 0
    assert len(say("fault", "list", world.appid, "--json").json) == 1
    assert say("fault", "delete", world.appid, "--all").code == 0
    assert say("fault", "list", world.appid).out == ""


@pytest.mark.parametrize("name", ["..", ".", ""])
def test_a_name_that_climbs_deletes_nothing(say: Say, world: Any, name: str) -> None:
    """``DELETE /apps/x/faults/..`` would be the app itself."""
    for words in (["fault", "delete", world.appid, name], ["app", "delete", name], ["user", "delete", name]):
        try:
            code = say(*words).code
        except SystemExit as ended:  # argparse takes an empty word for none
            code = int(str(ended.code))
        assert code == exits.WRONG
    assert world.town.api("GET", f"/apps/{world.appid}")["appid"] == world.appid


def test_time_moves_in_one_world_alone(say: Say, world: Any) -> None:
    where = ("--world", world.name)
    before = say("clock", "show", "--json").json["ahead"]
    assert say("clock", "freeze", *where, "--json").json["frozen"]
    start = say("clock", "show", *where, "--json").json["now"]
    assert say("clock", "advance", "1h55m", *where, "--json").json["now"] == pytest.approx(start + 6900)
    assert say("clock", "advance", *where, "--json", "--", "-2h").json["now"] == pytest.approx(start - 300)
    assert say("clock", "set", "2030-01-01T00:00:00Z", *where).out.startswith("2030-01-01T00:00:00")
    assert say("clock", "set", "1893456000.5", *where, "--json").json["now"] == 1893456000.5
    assert not say("clock", "unfreeze", *where, "--json").json["frozen"]
    assert abs(say("clock", "reset", *where, "--json").json["ahead"] - before) < 1
    assert say("clock", "show", "--json").json["ahead"] == pytest.approx(before, abs=1)
    told = say("clock", "advance", "soon", *where)
    assert told.code == exits.NOT_DONE
    assert "'soon' is not a duration" in told.err


# -- logins


def test_flows_are_listed_newest_first(say: Say, world: Any) -> None:
    first, second = world.log_in("a" * 32), world.log_in("b" * 32)
    where = ("--world", world.name)
    assert [flow["id"] for flow in say("flow", "list", *where, "--json").json] == [second, first]
    assert [flow["id"] for flow in say("flow", "list", *where, "--state", "a" * 32, "--json").json] == [first]
    assert len(say("flow", "list", *where, "--limit", "1").out.splitlines()) == 2
    assert "②④⑤⑥" in say("flow", "list", "--app", world.appid, *where).out
    assert say("flow", "list", *where, "--limit", "0").code == exits.WRONG


def test_a_login_is_shown_step_by_step_with_the_check_that_failed(say: Say, world: Any) -> None:
    flow = world.log_in(redeem=2)
    told = say("flow", "show", "--world", world.name)
    assert told.code == exits.NOT_DONE  # a code that came twice is a bad finding
    lines = [line.strip() for line in told.out.splitlines()]
    assert lines[0].startswith(flow)
    marks = [line[0] for line in lines if line and line[0] in "①②③④⑤⑥⑦⑧⑨" and "→" in line]
    assert "".join(marks) == "②④⑤⑥⑤⑥"
    assert lines.count("✗ code not used") == 1
    assert "No token" in told.out
    assert "The same code came a second time" in told.out
    assert not [line for line in lines if line.startswith("✓")]
    assert "✓ client secret" in say("flow", "show", flow, "--checks").out
    assert say("flow", "show", flow[:6], "--world", world.name).out == told.out  # as `follow` prints it
    assert say("flow", "show", "nix", "--world", world.name).code == exits.NOT_DONE
    chinese = say("flow", "show", flow, "--lang", "zh-CN").out
    assert "用授权码换Token" in chinese
    assert "同一个授权码" in chinese
    as_json = say("flow", "show", flow, "--json").json
    assert as_json["flow"]["id"] == flow
    assert {"messages", "findings"} < set(as_json)


def test_the_language_is_that_of_the_shell(say: Say, world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world.log_in()
    monkeypatch.delenv("LC_ALL")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "直接通信" in say("flow", "show", "--world", world.name).out


def test_no_secret_is_in_what_is_shown(say: Say, world: Any) -> None:
    world.log_in("the-state-of-this-login")
    told = [say("flow", "show", "--world", world.name, *form).out for form in ([], ["--json"], ["--checks"])]
    assert all(told)
    assert not [text for text in told for value in (world.secret, "the-state-of-this-login") if value in text]


def test_a_world_without_flows_says_so(say: Say, world: Any) -> None:
    for words in (["flow", "show"], ["export", "--as", "har"]):
        told = say(*words, "--world", world.name)
        assert (told.code, told.out) == (exits.NOT_DONE, "")
        assert told.err == f"ninestep: world {world.name} has no flows yet\n"
    assert say("flow", "list", "--world", world.name).out == ""
    assert say("flow", "list", "--world", world.name, "--json").json == []


def test_a_login_is_exported_to_a_file_or_to_stdout(say: Say, world: Any, tmp_path: Path) -> None:
    flow, file = world.log_in(), tmp_path / "login.har"
    told = say("export", flow, "--as", "har", "-o", str(file))
    assert (told.code, told.out) == (0, f"Written: {file}\n")
    assert json.loads(file.read_text("utf-8"))["log"]["version"] == "1.2"
    assert say("export", "--world", world.name, "--as", "mmd").out.startswith("sequenceDiagram\n")
    as_json = say("export", flow, "--as", "mmd", "--json").json
    assert (as_json["flow"], as_json["format"]) == (flow, "mmd")
    assert as_json["text"].startswith("sequenceDiagram")
    nowhere = say("export", flow, "--as", "har", "-o", str(tmp_path / "no" / "x"))
    assert nowhere.code == exits.WRONG
    assert say("export", flow, "--as", "har", "--reveal").code == exits.NOT_DONE  # the app keeps nothing
    assert say("export", flow, "--as", "har", "--style", "s1").code == exits.WRONG


def test_a_reset_empties_one_world(say: Say, world: Any) -> None:
    world.log_in()
    told = say("reset", "--world", world.name, "--json").json
    assert (told["world"], told["flows"], told["tokens"]) == (world.name, 0, 0)
    assert say("reset", "--world", "no-such-world").code == exits.NOT_DONE


# -- which town


def test_where_no_town_is_there_is_one_line_and_an_exit_code_of_its_own(say: Say, town: Any) -> None:
    for url in ("http://127.0.0.1:1", "127.0.0.1:1", "http://no.such.host.invalid"):
        told = say("app", "list", "--url", url, "--json")
        assert (told.code, told.out, told.err.count("\n")) == (exits.NO_TOWN, "", 1)
        assert "no town answers at" in told.err
        assert "ninestep up" in told.err
    other = say("app", "list", "--url", town.client)  # a server, but no control API
    assert (other.code, other.err.count("\n")) == (exits.NO_TOWN, 1)
    assert "no town's control API" in other.err
    assert say("app", "list", "--url", "ftp://127.0.0.1").code == exits.WRONG


def test_the_town_of_the_state_folder_is_found_without_a_word(
    say: Say, town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NINESTEP_URL")
    monkeypatch.setenv("NINESTEP_STATE", town.state)
    assert say("clock", "show").code == 0


def test_a_setting_with_a_typing_error_is_said(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NINESTEP_STAET", "x")
    told = say("app", "list")
    assert (told.code, told.err) == (exits.WRONG, "ninestep: Unknown settings: NINESTEP_STAET\n")


def test_the_admin_token_goes_along(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[object] = []

    def ask(self: Control, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        sent.append(self.http.headers.get("Authorization"))
        raise requests.ConnectionError

    monkeypatch.setattr(Control, "ask", ask)
    monkeypatch.setenv("NINESTEP_ADMIN_TOKEN", "of-a-test")
    assert say("app", "list").code == exits.NO_TOWN
    assert sent == ["Bearer of-a-test"]


def test_every_page_of_a_long_list_is_read(say: Say, world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        world.new_app(name=f"app {number}")
    line = Line(world.town.provider)
    whole = line.all("/apps", world=world.name)
    assert len(whole) == 4
    assert line.all("/apps", world=world.name, limit=2) == whole
    line.close()


@pytest.mark.launcher
@pytest.mark.parametrize("reader", ["true", "head -c 1"])
def test_a_pipe_that_closes_is_quiet(town: Any, world: Any, reader: str) -> None:
    world.log_in()
    for words in (f"flow list --world {world.name} --url {town.provider}", "--help"):
        script = f"'{sys.executable}' -m ninestep.cli {words} | {reader}"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", script], capture_output=True, text=True, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.launcher
def test_a_terminal_that_knows_no_chinese_is_no_crash(town: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ninestep.cli", "user", "list", "--url", town.provider],
        capture_output=True,
        timeout=60,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"\u5f20\u4e09" in done.stdout


def test_columns_line_up_with_chinese_and_nothing_moves_the_cursor() -> None:
    lines = table(("name", "next"), [("张三", "x"), ("\033[2J", "x"), ("plain", "x")])
    assert len({width(line[: line.rindex("x")]) for line in lines[1:]}) == 1
    assert "\033" not in "".join(lines)


def test_a_number_that_is_none_is_refused_by_the_town(say: Say, world: Any) -> None:
    """Not taken for a town that does not answer."""
    for said, *words in (
        ("seconds", "fault", "add", world.appid, "userinfo", "kind=delay", "seconds=1e999"),
        ("is not an instant", "clock", "set", "9" * 400, "--world", world.name),
    ):
        told = say(*words)
        assert told.code == exits.NOT_DONE
        assert said in told.err


def test_a_flow_that_was_read_in_moves_no_cursor(say: Say, world: Any) -> None:
    flow, evil = world.log_in(redeem=2), "\033]0;mine\a"
    file = say("export", flow, "--as", "json").json
    for exchange in file["exchanges"]:
        exchange |= {"from": evil, "to": evil, "error": evil}
        exchange["checks"] = [{**check, "name": evil, "detail": evil} for check in exchange["checks"]]
    line = Line(world.town.provider)
    read_in = line("POST", "/flows", file, world=world.name)
    line.close()

    told = say("flow", "show", read_in["id"], "--checks", "--world", world.name)

    assert "mine" in told.out
    assert not {"\033", "\a"} & {*told.out, *told.err}
