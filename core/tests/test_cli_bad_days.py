"""The command line on bad days: no room to write, nobody to read, numbers and tokens that nobody could send."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ninestep.cli import exits, main
from ninestep.settings import ProviderSettings, SettingsError
from ninestep.testing import NotStarted, Town
from ninestep.testing.control import Control

NOBODY = ("--url", "http://127.0.0.1:9")  # discard: where no town is


def shell(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-c", line.replace("ninestep", f"'{sys.executable}' -m ninestep.cli")],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.launcher
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is full is a device of Linux")
@pytest.mark.parametrize("words", ["init --dry-run", "init --dry-run --json"])
def test_an_answer_for_which_there_is_no_room_is_no_success(words: str, tmp_path: Path) -> None:
    done = shell(f"cd '{tmp_path}' && ninestep {words} > /dev/full")
    assert (done.returncode, done.stderr.count("\n")) == (exits.NOT_DONE, 1)
    assert "No space left on device" in done.stderr


@pytest.mark.launcher
@pytest.mark.parametrize(
    ("closed", "code"), [(">&-", exits.DONE), ("2>&-", exits.DONE), (">&- 2>&-", exits.DONE)]
)
def test_a_stream_that_is_closed_from_the_start_is_no_crash(closed: str, code: int, tmp_path: Path) -> None:
    done = shell(f"cd '{tmp_path}' && ninestep init --dry-run {closed}")
    assert (done.returncode, done.stderr) == (code, "")


@pytest.fixture
def stranger() -> Iterator[str]:
    """Somebody else's server, which answers everything with JSON."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'["hello"]')

        def log_message(self, *told: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_program_that_speaks_json_is_not_taken_for_a_town(
    stranger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["app", "list"], ["clock", "show"], ["flow", "show"]):
        assert main([*words, "--url", stranger, "--json"]) == exits.NO_TOWN
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
    with pytest.raises(NotStarted, match="is no town"):
        Town.at(stranger)


@pytest.mark.parametrize("token", ["密码", "a b", "line\nbreak", "tok\udcff", "na\u00efve"])
def test_a_token_that_no_header_can_carry_is_said_and_not_told(
    token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NINESTEP_ADMIN_TOKEN", token.replace("\n", "\r"))
    assert main(["app", "list", *NOBODY]) == exits.WRONG
    said = capsys.readouterr()
    assert "NINESTEP_ADMIN_TOKEN" in said.err
    assert token not in said.out + said.err
    for refused in (lambda: ProviderSettings(admin_token=token), lambda: Control(NOBODY[1], token)):
        with pytest.raises(SettingsError) as error:
            refused()
        assert token not in str(error.value)


@pytest.mark.parametrize(
    "url", ["http://" + "a" * 80 + ".com", "http://127.0.0.1:99999", "http://[", "HTTP://127.0.0.1:9"]
)
def test_an_address_that_cannot_be_is_one_line(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["app", "list", "--url", url]) == exits.NO_TOWN
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "words",
    [["reset"], ["clock", "advance", "2h"], ["app", "list"], ["user", "delete", "lisi"], ["flow", "show"]],
)
def test_a_world_whose_variable_is_not_set_is_not_taken_for_the_town(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--world", "", *NOBODY])
    assert ended.value.code == exits.WRONG
    assert "leave --world out" in capsys.readouterr().err
