"""A value as each language writes it down: nothing that stands in an app breaks out of its quotes.

What does not print (controls, line separators, marks that turn the direction of the text) is written as an escape: what
a reader sees is what the program gets.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable

Escape = Callable[[str], str]  # one character that cannot stand for itself


def python(value: str) -> str:
    return _quoted(value, _code_point)


def javascript(value: str) -> str:
    return _quoted(value, _utf16)


def java(value: str) -> str:
    """JLS §3.3: ``\\u000a`` in a source is a line's end, also between quotes; octal escapes are none."""
    return _quoted(value, lambda c: f"\\{ord(c):03o}" if ord(c) < 0x100 else _utf16(c))


def go(value: str) -> str:
    """Surrogates are no characters of a Go string."""
    return _quoted(value, _code_point)


def php(value: str) -> str:
    """Between double quotes a dollar begins a variable."""
    return _quoted(value, lambda c: f"\\u{{{ord(c):x}}}").replace("$", "\\$")


def yaml(value: str) -> str:
    """For Spring, which looks for ``${…}`` in what it read: a name that nobody sets, and its default, the dollar."""
    return _quoted(value, _code_point).replace("${", "${a.dollar:$}{")


def shell(value: str) -> str:
    """POSIX sh: a NUL cannot be in an argument, and has no way to be written."""
    return shlex.quote(value)


LANGUAGES: dict[str, Callable[[str], str]] = {
    "python": python,
    "javascript": javascript,
    "java": java,
    "go": go,
    "php": php,
    "yaml": yaml,
    "shell": shell,
}


def _quoted(value: str, escape: Escape) -> str:
    plain = {"\\": "\\\\", '"': '\\"'}
    return '"' + "".join(plain.get(c) or (c if c.isprintable() else escape(c)) for c in value) + '"'


def _code_point(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _utf16(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))
