"""The command line as it is asked: each verb says what it does, its examples are right, and starting costs little."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from ninestep.cli import exits, main
from ninestep.cli.commands.export import FORMATS
from ninestep.cli.parsing import parser
from ninestep.cli.table import VERBS

DOCS = Path(__file__).parents[2] / "docs"
GUIDES = ("cli.md", "cli.zh-CN.md")
FENCED = re.compile(r"^```sh\n(.*?)^```$", re.S | re.M)


def leaves(parser: argparse.ArgumentParser, name: str = "") -> list[tuple[str, argparse.ArgumentParser]]:
    """Every verb that does something: ``up``, ``app list`` …"""
    groups = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    if not groups:
        return [(name, parser)]
    return [
        leaf
        for group in groups
        for word, below in group.choices.items()
        for leaf in leaves(below, f"{name} {word}".strip())
    ]


ALL = dict(leaves(parser()))


def commands(text: str) -> list[str]:
    """Those of ours in some lines of shell: without settings before them, and what follows a pipe or a comment."""
    found = re.findall(r"(?:^|[\s(])ninestep ([a-z][^#|>)\n]*)", text, re.M)
    return [command.strip().rstrip('"') for command in found]


def parses(command: str) -> argparse.Namespace:
    words = shlex.split(command)
    return parser(words).parse_args(words)


@pytest.mark.parametrize("name", ALL)
def test_every_verb_says_what_it_does_and_has_examples_that_are_right(name: str) -> None:
    verb = ALL[name]
    assert verb.description
    assert verb.description.endswith(".")
    examples = commands((verb.epilog or "").removeprefix("examples:"))
    assert examples
    for example in examples:
        assert example.split()[: len(name.split())] == name.split()
        assert callable(parses(example).run)


@pytest.mark.parametrize("name", ALL)
def test_every_option_of_a_verb_has_help_and_json_is_one_of_them(name: str) -> None:
    actions = ALL[name]._actions
    assert [action.dest for action in actions if not action.help] == []
    assert "--json" in [option for action in actions for option in action.option_strings]


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_names_every_verb_and_its_examples_are_right(guide: str) -> None:
    text = (DOCS / guide).read_text("utf-8")
    told = " ".join(re.findall(r"`([^`\n]+)`", FENCED.sub("", text)))
    assert [name for name in ALL if not re.search(rf"(?<![\w-]){name}(?![\w-])", told)] == []
    examples = [command for block in FENCED.findall(text) for command in commands(block)]
    assert len(examples) > 8
    for example in examples:
        assert callable(parses(example).run)


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_has_every_exit_code_and_format(guide: str) -> None:
    text = (DOCS / guide).read_text("utf-8")
    rows = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", text, re.M))
    assert [int(code) for code in rows] == list(exits.TABLE)
    assert list(rows.values()) == [said["zh" in guide] for said in exits.TABLE.values()]
    assert set(FORMATS) <= set(re.findall(r"`(\w+)`", text))


def test_what_can_be_exported_is_what_the_town_writes() -> None:
    from ninestep_provider.control import exports

    assert list(FORMATS) == [form.ext for form in exports.FORMATS]


def test_the_help_of_all_has_each_verb_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert [verb for verb in VERBS if f"\n    {verb} " not in told] == []
    assert all(meaning in told for said in exits.TABLE.values() for meaning in said)


@pytest.mark.parametrize("words", [[], ["uup"], ["app"], ["app", "lst"], ["clock", "advance"], ["export"]])
def test_what_is_asked_wrongly_ends_with_2_and_says_what_there_is(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == exits.WRONG
    assert "usage: ninestep" in capsys.readouterr().err


@pytest.mark.launcher
@pytest.mark.parametrize("words", [["--version"], ["status"], ["app", "list", "--help"]])
def test_a_start_imports_only_what_its_verb_needs(words: list[str], tmp_path: Path) -> None:
    """No HTTP client, no codec, no YAML: each would be felt."""
    code = (
        "import sys; from ninestep.cli import main\n"
        f"try: main({words!r})\n"
        "except SystemExit: pass\n"
        "print(sorted({'requests', 'msgspec', 'yaml', 'flask', 'redis', 'difflib', 'urllib3'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={"NINESTEP_STATE": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
