"""The parser: of one verb where it is known which, of all for ``ninestep --help``."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from .. import __version__
from .exits import TABLE
from .table import VERBS

Run = Callable[[argparse.Namespace], int]


def parser(argv: Sequence[str] = ()) -> argparse.ArgumentParser:
    """What reads ``argv``; with nothing given, what reads everything."""
    top = argparse.ArgumentParser(
        prog="ninestep",
        description="九步: an offline town for OAuth 2.0. Settings come from the environment, as NINESTEP_<NAME>. "
        "`ninestep VERB --help` has examples · 离线的 OAuth 2.0 小镇；设置来自环境变量 NINESTEP_<NAME>",
        epilog="exit codes:\n" + "\n".join(f"  {code:<4} {' · '.join(said)}" for code, said in TABLE.items()),
        formatter_class=Formatter,
    )
    top.add_argument("--version", action="version", version=f"ninestep {__version__}")
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    asked = next((word for word in argv if not word.startswith("-")), "")
    for name in [asked] if asked in VERBS else VERBS:
        own = verbs.add_parser(name, help=VERBS[name], formatter_class=Formatter)
        import_module(f"{__package__}.commands.{name}").declare(own)
    return top


class AnyOrder(argparse.ArgumentParser):
    """Takes words and options in any order, which argparse does for parsers without verbs below them alone."""

    _within = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        lists = any(action.nargs in ("*", "+") for action in self._get_positional_actions())
        if self._within or not lists:
            return super().parse_known_args(args, namespace)
        self._within = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._within = False


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Sentences are wrapped, examples stay as they are typed."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" in text:
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def command(parser: argparse.ArgumentParser, run: Run, says: str, *examples: str) -> None:
    """Makes ``parser`` a verb: what it does, in a sentence or more, and lines to paste."""
    parser.description = says
    parser.epilog = "examples:\n" + "\n".join(f"  {example}" for example in examples)
    parser.add_argument(
        "--json", action="store_true", help="one JSON document on stdout, and nothing else there"
    )
    parser.set_defaults(run=run)


def group(parser: argparse.ArgumentParser, says: str) -> Callable[..., argparse.ArgumentParser]:
    """A verb with verbs of its own: ``app list``. Returns what adds one: name, function, sentence, examples."""
    parser.description = says
    verbs = parser.add_subparsers(dest="what", required=True, metavar="WHAT", parser_class=AnyOrder)

    def add(name: str, run: Run, says: str, *examples: str, world: bool = False) -> argparse.ArgumentParser:
        own = verbs.add_parser(name, help=says.partition(". ")[0].rstrip("."), formatter_class=Formatter)
        command(own, run, says, *examples)
        ask_where(own, world=world)
        return own

    return add


def ask_where(parser: argparse.ArgumentParser, *, world: bool) -> None:
    """Options of every verb that speaks to a town."""
    parser.add_argument(
        "--url",
        default="",
        help="the town's provider; else NINESTEP_URL, the town of this state folder, http://127.0.0.1:9000",
    )
    if world:
        parser.add_argument(
            "--world", type=world_name, default="town", help="a world of it; the town itself when left out"
        )


def world_name(said: str) -> str:
    """Of ``--world "$WORLD"``, whose variable is not set, nobody means the town."""
    if not said:
        raise argparse.ArgumentTypeError("it is empty; leave --world out where the town is meant")
    return said
