"""Programs for an app's own client: what is offered to whom, and that no value breaks out of the code around it."""

from __future__ import annotations

import ast
import base64
import json
import os
import random
import re
import shlex
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from console_pages import BASE, Pages, text_of
from intercepting import node
from ninestep_provider.start.snippets.literals import LANGUAGES
from ninestep_provider.start.snippets.sdks import BASE as BY_BASE_URL
from ninestep_provider.start.snippets.sdks import SDKS, SORTS, Sdk

ROOT = Path(__file__).parents[2]
MINE = "wxc0ffee0123456789"
APPS: dict[str, dict[str, Any]] = {
    "official_account": {"dialect": "wechat", "kind": "official_account"},
    "website": {"dialect": "wechat", "kind": "website"},
    "mobile": {"dialect": "wechat", "kind": "mobile"},
    "mini_program": {"dialect": "wechat", "kind": "mini_program"},
    "qq": {"dialect": "qq", "kind": "web"},
    "weibo": {"dialect": "weibo", "kind": "web"},
    "web": {"dialect": "standard", "kind": "web"},
    "public": {"dialect": "standard", "kind": "spa"},
}
EVERY = [(sdk, sort) for sdk in SDKS for sort in sdk.fits]


def every(test: Any) -> Any:
    """``test(sdk, sort)`` for each program there is."""
    ids = [f"{sdk.name}-{sort}" for sdk, sort in EVERY]
    return pytest.mark.thorough(pytest.mark.parametrize(("sdk", "sort"), EVERY, ids=ids)(test))


WICKED = 'a"b\'c$d`e${HOME}{{7*7}}#{x}$(id)\\u0022\\"*/"""\'\'\'//--<!--?>]]>%s\\'
WICKED_URI = "http://127.0.0.1:8001/a\"b'c$d`e${HOME}$(id)*/\"\"\"'''//<script>?x='\"&y=`;\u202e\u2028"
QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"')


@pytest.fixture
def pages(control: Any) -> Pages:
    return Pages(control.client)


def program(control: Any, appid: str, sdk: str, **query: str) -> str:
    answer = control.ask("GET", f"/apps/{appid}/snippets/{sdk}", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.content_type == "text/plain; charset=utf-8"
    return str(answer.text)


def put(control: Any, sort: str, **fields: Any) -> None:
    control("PUT", "/apps/one", {**APPS[sort], **fields})


def listed(control: Any, appid: str) -> dict[str, Any]:
    return {one["sdk"]: one for one in control("GET", f"/apps/{appid}/snippets")}


# -- what is offered


@pytest.mark.parametrize("sort", SORTS)
def test_each_sort_of_app_is_offered_the_sdks_that_know_it(control: Any, sort: str) -> None:
    app = control("POST", "/apps", APPS[sort])

    offered = listed(control, app["appid"])

    assert list(offered) == [sdk.name for sdk in SDKS if sort in sdk.fits]
    for name, told in offered.items():
        text = program(control, app["appid"], name)
        assert app["appid"] in text
        gateway = control.app.extensions["ninestep"].settings.gateway_url
        assert (gateway in text) == (told["way"] == "base_url")
        assert ("ninestep env" in told["run"]) == (told["way"] == "intercept")


def test_an_app_of_a_phone_alone_is_offered_none(control: Any, pages: Pages) -> None:
    app = control("POST", "/apps", {"dialect": "qq", "kind": "mobile"})

    assert listed(control, app["appid"]) == {}
    assert 'data-testid="ct-none"' in pages.get("/connect", app=app["appid"], sdk="requests").text


def test_who_may_only_authenticate_by_header_is_offered_no_sdk_that_cannot(control: Any) -> None:
    fields = {**APPS["web"], "token_endpoint_auth_method": "client_secret_basic"}
    app = control("POST", "/apps", fields)

    offered = listed(control, app["appid"])

    assert "passport" not in offered
    assert "auth=(CLIENT_ID, CLIENT_SECRET)" in program(control, app["appid"], "requests")
    assert '-u "$CLIENT_ID:$CLIENT_SECRET"' in program(control, app["appid"], "curl")


@every
def test_a_secret_stands_in_a_program_only_when_it_was_asked_for(control: Any, sdk: Sdk, sort: str) -> None:
    app = control("POST", "/apps", APPS[sort])
    secret = app["secret"] or "no secret at all"

    assert secret not in program(control, app["appid"], sdk.name)
    assert (secret in program(control, app["appid"], sdk.name, secret="1")) == (sort != "public")


def test_an_sdk_that_is_none_or_does_not_fit_is_refused_with_the_nearest(control: Any) -> None:
    app = control("POST", "/apps", APPS["official_account"])

    wrong = control.refused("GET", f"/apps/{app['appid']}/snippets/wechatpi", status=404)
    unfit = control.refused("GET", f"/apps/{app['appid']}/snippets/spring", status=404)

    assert (wrong["field"], wrong["fix"]) == ("sdk", "did you mean 'wechatpy'?")
    assert "requests" in unfit["fix"]
    assert "official_account" in unfit["message"]
    control.refused("GET", "/apps/nobody/snippets", status=404)
    control.refused("GET", "/apps/nobody/snippets/requests", status=404)
    for odd in ("%00", "a" * 3000, "..%2fcurl", "curl%0a", "中文"):
        assert control.ask("GET", f"/apps/{app['appid']}/snippets/{odd}").status_code in (404, 422)


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({}, "http://127.0.0.1:8000/callback"),
        ({"callback_domain": "www.example.com:8080"}, "http://www.example.com:8080/callback"),
        ({"redirect_uris": ["https://a.example/x", "http://b.example/y"]}, "https://a.example/x"),
        ({"redirect_uris": ["http://[::1]:8123"]}, "http://[::1]:8123"),
    ],
)
def test_a_program_comes_back_to_where_the_app_is(control: Any, fields: Any, address: str) -> None:
    app = control("POST", "/apps", {**APPS["official_account"], **fields})

    assert listed(control, app["appid"])["requests"]["redirect_uri"] == address
    assert f'REDIRECT_URI = "{address}"' in program(control, app["appid"], "requests")


def test_a_login_page_makes_room_for_a_callback_of_its_name(control: Any) -> None:
    app = control("POST", "/apps", {**APPS["web"], "redirect_uris": ["http://127.0.0.1:8000/login"]})

    assert listed(control, app["appid"])["requests"]["opens"] == "http://127.0.0.1:8000/"
    assert '@site.get("/")' in program(control, app["appid"], "requests")


# -- nothing breaks out


def wicked_values() -> list[str]:
    """Some by hand, and many from characters that mean something somewhere."""
    chance = random.Random(2718)
    characters = "\"'`$\\{}()#*/?><%;&|!~ \t\r\n\x00\x01\x7f\x85\xa0u0a中🌸\u2028\u2029\u202e\ufeff"
    drawn = ["".join(chance.choices(characters, k=chance.randint(0, 12))) for _ in range(400)]
    return ["", WICKED, "\\", "${a}", "$${a}", "\\\\u000a", "😀\U000e0001", *drawn]


def test_python_reads_back_each_value() -> None:
    for value in wicked_values():
        assert ast.literal_eval(LANGUAGES["python"](value)) == value


def test_yaml_reads_back_each_value_and_spring_finds_nothing_to_resolve() -> None:
    for value in wicked_values():
        read = yaml.safe_load(f"a: {LANGUAGES['yaml'](value)}")["a"]
        assert read.replace("${a.dollar:$}", "$") == value
        assert not re.search(r"\$\{(?!a\.dollar:\$\})", read)


def test_a_shell_reads_back_each_value() -> None:
    values = [value for value in wicked_values() if "\x00" not in value]
    script = "printf '%s\\0' " + " ".join(LANGUAGES["shell"](value) for value in values)

    assert run(["sh", "-c", script]).split("\x00")[:-1] == values


def test_javascript_reads_back_each_value() -> None:
    values = wicked_values()
    script = f"console.log(JSON.stringify([{','.join(map(LANGUAGES['javascript'], values))}]))"

    assert json.loads(run([node(), "-e", script])) == values


def test_php_reads_back_each_value(tmp_path: Path) -> None:
    values, file = wicked_values(), tmp_path / "values.php"
    file.write_text(f"<?php echo json_encode([{','.join(map(LANGUAGES['php'], values))}]);", "utf-8")

    assert json.loads(run([tool("php"), str(file)])) == values


@pytest.mark.slow
def test_java_reads_back_each_value(tmp_path: Path) -> None:
    values, file = wicked_values(), tmp_path / "Values.java"
    lines = "".join(
        f"System.out.println(java.util.Base64.getEncoder().encodeToString({LANGUAGES['java'](value)}"
        '.getBytes("UTF-8")));'
        for value in values
    )
    main = "public static void main(String[] a) throws Exception"
    file.write_text(f"class Values {{ {main} {{ {lines} }} }}", "utf-8")
    said = run([tool("java"), "-Dfile.encoding=UTF-8", str(file)])

    assert [base64.b64decode(line).decode() for line in said.split("\n")[:-1]] == values


@pytest.mark.slow
def test_go_reads_back_each_value(tmp_path: Path) -> None:
    values, file = wicked_values(), tmp_path / "main.go"
    literals = ",".join(map(LANGUAGES["go"], values))
    body = f"json.NewEncoder(os.Stdout).Encode([]string{{{literals}}})"
    file.write_text(
        f'package main\nimport ("encoding/json"; "os")\nfunc main() {{ {body} }}\n', encoding="utf-8"
    )

    assert json.loads(run([tool("go"), "run", str(file)], GOCACHE=str(tmp_path / "cache"))) == values


@every
def test_a_wicked_app_changes_nothing_but_the_literals(control: Any, sdk: Sdk, sort: str) -> None:
    tame = {"secret": "SECRET-OF-ONE", "redirect_uris": ["http://127.0.0.1:8000/back"], "name": "one"}
    wicked = {"secret": WICKED[:128], "redirect_uris": [WICKED_URI], "name": 'A NAME */ """ \''}
    put(control, sort, **tame)
    before, told = program(control, "one", sdk.name, secret="1"), listed(control, "one")[sdk.name]
    put(control, sort, **wicked)
    after, told_after = program(control, "one", sdk.name, secret="1"), listed(control, "one")[sdk.name]

    assert "A NAME" not in after  # nobody's program needs it
    if sdk.language == "shell":
        assert words(after) == words(before)
    else:
        assert skeleton(after) == skeleton(before)
    if sdk.language == "python":
        assert constants(after) == constants(before)
    assert told_after["run"].replace("8001", "8000") == told["run"]


def skeleton(text: str) -> str:
    """The program without its strings and its port."""
    return QUOTED.sub('""', text).replace("8001", "8000")


def words(text: str) -> int:
    """How many words a shell finds."""
    return len(shlex.split(text, comments=False))


def constants(text: str) -> str:
    """The tree of a Python program without its constants."""
    tree = ast.parse(text)
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant):
            one.value = None
    return ast.dump(tree)


PARSER = """
import com.sun.source.util.JavacTask;
import java.nio.file.Path;
import java.util.Arrays;
import javax.tools.*;

class Parser {
  public static void main(String[] files) throws Exception {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> wrong = new DiagnosticCollector<>();
    StandardJavaFileManager manager = compiler.getStandardFileManager(wrong, null, null);
    Iterable<? extends JavaFileObject> sources =
        manager.getJavaFileObjectsFromPaths(Arrays.stream(files).map(Path::of).toList());
    ((JavacTask) compiler.getTask(null, manager, wrong, null, null, sources)).parse().forEach(unit -> {});
    wrong.getDiagnostics().forEach(System.out::println);
  }
}
"""


@pytest.mark.slow
@pytest.mark.parametrize("language", ["javascript", "php", "java", "go", "shell", "yaml"])
def test_each_language_can_parse_its_programs(control: Any, tmp_path: Path, language: str) -> None:
    """A wicked app's, too. What Java's and Go's programs import is not here: their parsers look at the files alone."""
    files = []
    for sdk, sort in EVERY:
        for number, uri in enumerate(("http://127.0.0.1:8000/back", WICKED_URI)):
            if sdk.language == language:
                put(control, sort, secret=WICKED[:128] if number else "", redirect_uris=[uri])
                file = tmp_path / f"{sdk.name}-{sort}-{number}" / sdk.file
                file.parent.mkdir()
                file.write_text(program(control, "one", sdk.name, secret="1"), "utf-8")
                files.append(str(file))

    if language == "java":
        parser = tmp_path / "Parser.java"
        parser.write_text(PARSER, "utf-8")
        assert run([tool("java"), str(parser), *files]) == ""
    elif language == "yaml":
        for one in files:
            client = yaml.safe_load(Path(one).read_text("utf-8"))["spring"]["security"]["oauth2"]["client"]
            assert client["registration"]["ninestep"]["client-id"] == "one"
    else:
        for one in files:
            run([*parser_of(language), one])


def parser_of(language: str) -> list[str]:
    if language == "javascript":
        return [node(), "--check"]
    if language == "php":
        return [tool("php"), "-l"]
    return [tool("gofmt"), "-e", "-l"] if language == "go" else ["sh", "-n"]


def tool(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"no {name} here")


def run(command: list[str], **environ: str) -> str:
    done = subprocess.run(command, capture_output=True, timeout=120, env={**os.environ, **environ})
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return done.stdout.decode()


# -- the page


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_shows_what_the_api_tells(control: Any, language: str) -> None:
    for name, told in listed(control, MINE).items():
        query = {"app": MINE, "sdk": name, "lang": language}
        page = control.client.get("/_mock/connect", query_string=query, base_url=BASE).text

        shown = re.search(r'data-testid="ct-snippet" data-sdk="([\w-]+)"[^>]*>(.*?)</pre>', page, re.S)
        assert shown
        assert shown[1] == name
        assert unescape(shown[2]) == program(control, MINE, name)
        assert text_of(page, "ct-start") == " ".join(told["run"].split())
        assert f'data-run="{"yes" if told["tested"] else "no"}"' in page
        assert f'data-way="{told["way"]}"' in page
        current = re.findall(r'data-testid="ct-sdk-([\w-]+)" aria-current="true"', page)
        assert current == [name]


def test_an_unknown_sdk_in_the_address_shows_the_first(pages: Pages) -> None:
    for odd in ("nothing", "", "<script>", "a" * 2000):
        assert 'data-sdk="requests"' in pages.get("/connect", app=MINE, sdk=odd).text


def test_the_secret_comes_into_the_program_by_post_alone(control: Any, pages: Pages) -> None:
    secret = control("GET", f"/apps/{MINE}")["secret"]
    assert secret not in pages.get("/connect", sdk="wechatpy").text

    answer = pages.post("/connect")

    assert f'SECRET = "{secret}"' in unescape(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_address_that_is_not_registered_is_named(control: Any, pages: Pages) -> None:
    app = control("POST", "/apps", {**APPS["web"], "redirect_uris": ["http://127.0.0.1:8000/callback"]})
    wanted = "http://127.0.0.1:8000/auth/callback/ninestep"

    before = pages.get("/connect", app=app["appid"], sdk="auth-js").text
    control("PATCH", f"/apps/{app['appid']}", {"redirect_uris": [wanted]})

    assert 'data-testid="ct-unregistered"' in before
    assert wanted in before
    assert 'data-testid="ct-unregistered"' not in pages.get("/connect", app=app["appid"], sdk="auth-js").text


def test_a_wicked_app_is_text_on_the_page(control: Any, pages: Pages) -> None:
    put(control, "official_account", name="<script>1</script>", redirect_uris=[WICKED_URI])

    page = pages.get("/connect", app="one").text

    assert "<script>" not in re.sub(r"<script [^>]*src=[^>]*></script>", "", page)


# -- the documentation

WAYS = {"en": {True: "base URL", False: "real names"}, "zh-CN": {True: "基础地址", False: "真实主机名"}}
RUN = {
    "en": ("run", "once by hand, with {}", "not run"),
    "zh-CN": ("运行", "手工跑过一次，{} 版", "未运行"),
}


@pytest.mark.parametrize(("guide", "language"), [("sdks.md", "en"), ("sdks.zh-CN.md", "zh-CN")])
def test_the_guide_tells_of_each_sdk_what_the_page_tells(guide: str, language: str) -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (.+) \|$", (ROOT / "docs" / guide).read_text("utf-8"), re.M)

    assert rows == [(sdk.name, " | ".join(row)) for sdk in SDKS for row in told_of(sdk, language)]


def _run(sdk: Sdk, language: str) -> str:
    tested, tried, untouched = RUN[language]
    return tested if sdk.tested else tried.format(sdk.tried) if sdk.tried else untouched


def told_of(sdk: Sdk, language: str) -> list[tuple[str, ...]]:
    """A row for each set of packages and way."""
    rows: dict[tuple[str, str], list[str]] = {}
    for sort, fit in sdk.fits.items():
        versions = ", ".join(f"{name} {version}".strip() for name, version in fit.packages.items()) or "–"
        way = WAYS[language][fit.way == BY_BASE_URL]
        rows.setdefault((way, versions), []).append(f"`{sort}`")
    return [(" ".join(sorts), way, _run(sdk, language), versions) for (way, versions), sorts in rows.items()]


@pytest.mark.parametrize("guide", ["sdks.md", "sdks.zh-CN.md"])
def test_the_guide_names_the_test_ids_of_the_page(guide: str) -> None:
    template = (ROOT / "provider/ninestep_provider/templates/start/connect_sdk.html").read_text("utf-8")
    written = set(re.findall(r'data-testid="(ct-[\w-]+)"|shell\("(ct-[\w-]+)"', template))

    told = set(re.findall(r"`(ct-[\w-]+)", (ROOT / "docs" / guide).read_text("utf-8")))

    assert told == {one or other for one, other in written} | {"ct-sdk-"}


def test_versions_are_those_of_the_lock_files() -> None:
    clients = ROOT / "e2e/clients"
    python = dict(
        re.findall(r"^([\w.-]+)==([\w.]+)", (clients / "requirements.txt").read_text("utf-8"), re.M)
    )
    locked = json.loads((clients / "package-lock.json").read_text("utf-8"))["packages"]
    known = python | {
        path.removeprefix("node_modules/"): one["version"] for path, one in locked.items() if path
    }

    for sdk in SDKS:
        for fit in sdk.fits.values():
            for name, version in fit.packages.items():
                assert version == (known[name] if sdk.tested else ""), (sdk.name, name)
