"""One request as a line that can be pasted: curl, Python or fetch. What is masked becomes a variable."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from urllib.parse import quote

from ..exchange import Value
from ..messages import Leg
from .call import Call, Text, Variables, call_of

SPECIAL = re.compile(r'(["\\$`])')  # within double quotes
GLOBBED = re.compile(r"[][{}]")  # curl takes these for a list of addresses
Name = Callable[[Value], str]


def snippet(leg: Leg, language: str) -> str:
    """``language`` is curl, python or fetch; "" for a leg that is an answer."""
    if leg.request is None:
        return ""
    call = call_of(leg.request, leg.values)
    return WRITERS[language](call, Variables().name)


def curl(call: Call, name: Name, origin: str = "") -> str:
    """``origin`` is what stands for the address of the service, as shell text."""
    words = ["curl -sS"]
    if call.method != ("POST" if call.form or call.body else "GET"):
        words.append(f"-X {shlex.quote(call.method)}")
    if call.query and not (call.form or call.body):
        words.append("-G")
    if GLOBBED.search(call.path):
        words.append("-g")
    address = (origin or shlex.quote(call.origin)) + shlex.quote(call.path)
    if call.query and (call.form or call.body):
        address += "".join(
            f" \\\n  --url-query {_shell([f'{quote(k)}=', *text], name)}" for k, text in call.query
        )
    words.append(address)
    words += [f"-H {_shell([f'{k}: ', *text], name)}" for k, text in call.headers]
    data = call.form or ([] if call.body else call.query)
    words += [f"--data-urlencode {_shell([f'{quote(k)}=', *text], name)}" for k, text in data]
    if call.body:
        words.append(
            f"--data-raw {_shell(call.body, name)}"
        )  # the others read a file where a body begins with @
    return " \\\n  ".join(words)


def python(call: Call, name: Name) -> str:
    lines = ["import requests", ""]
    lines += [f'{name(value)} = "…"' for value in call.values()]
    arguments = [repr(call.method), repr(call.origin + call.path)]
    for keyword, pairs in (("params", call.query), ("headers", call.headers), ("data", call.form)):
        if pairs:
            arguments.append(
                f"{keyword}={{{', '.join(f'{k!r}: {_python(text, name)}' for k, text in pairs)}}}"
            )
    if call.body:
        arguments.append(f"data={_python(call.body, name)}")
    inside = "".join(f"    {argument},\n" for argument in [*arguments, "timeout=10"])
    return "\n".join(
        [*lines, f"answer = requests.request(\n{inside})", "print(answer.status_code, answer.text)"]
    )


def fetch(call: Call, name: Name) -> str:
    lines = [f'const {name(value)} = "…";' for value in call.values()]
    lines.append(f"const address = new URL({_js([call.origin + call.path], name)});")
    lines += [f"address.searchParams.append({json.dumps(k)}, {_js(text, name)});" for k, text in call.query]
    options = [f"method: {json.dumps(call.method)}"]
    if call.headers:
        options.append(
            f"headers: {{ {', '.join(f'{json.dumps(k)}: {_js(t, name)}' for k, t in call.headers)} }}"
        )
    if call.form:
        pairs = ", ".join(f"[{json.dumps(k)}, {_js(text, name)}]" for k, text in call.form)
        options.append(f"body: new URLSearchParams([{pairs}])")
    elif call.body:
        options.append(f"body: {_js(call.body, name)}")
    inside = "".join(f"  {option},\n" for option in options)
    lines += [
        f"const answer = await fetch(address, {{\n{inside}}});",
        "console.log(answer.status, await answer.text());",
    ]
    return "\n".join(lines)


WRITERS: dict[str, Callable[[Call, Name], str]] = {"curl": curl, "python": python, "fetch": fetch}


def _shell(text: Text, name: Name) -> str:
    """One word of the shell."""
    if all(isinstance(part, str) for part in text):
        return shlex.quote("".join(part for part in text if isinstance(part, str)))
    pieces = [SPECIAL.sub(r"\\\1", p) if isinstance(p, str) else f"${{{name(p)}}}" for p in text]
    return f'"{"".join(pieces)}"'


def _python(text: Text, name: Name) -> str:
    pieces = [repr(part) if isinstance(part, str) else name(part) for part in text]
    return " + ".join(pieces) or repr("")


def _js(text: Text, name: Name) -> str:
    pieces = [_js_text(part) if isinstance(part, str) else name(part) for part in text]
    return " + ".join(pieces) or '""'


def _js_text(text: str) -> str:
    return json.dumps(text)
