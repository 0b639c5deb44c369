"""zh-CN first, English by switch: ``?lang`` > cookie > Accept-Language > zh-CN.

Words stand in flat JSON files beside the package that uses them: ``words/zh-CN.json`` and ``words/en.json``, and
``words/<part>.zh-CN.json`` and ``.en.json`` where a part of the package has many of its own. ``load`` adds a package's
words. ``t("key", name=…)`` is there in every template.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, g, has_request_context, request
from markupsafe import Markup, escape

from .choices import remembered

LANGUAGES = ("zh-CN", "en")
COOKIE = "ninestep_lang"
HERE = Path(__file__).resolve().parent.parent

Words = dict[str, str]


def load(app: Flask, folder: Path) -> None:
    catalogue: dict[str, Words] = app.extensions.setdefault(
        "ninestep.words", {name: {} for name in LANGUAGES}
    )
    for name in LANGUAGES:
        for file in sorted(folder.glob(f"*{name}.json")):
            catalogue[name].update(json.loads(file.read_text("utf-8")))


def current() -> str:
    """The language of the request that is being served."""
    if not has_request_context():
        return LANGUAGES[0]
    if "language" not in g:
        g.language = _chosen()
    return str(g.language)


def prefer(tags: str) -> None:
    """What a client asks for by ``ui_locales`` (OpenID Connect Core §3.1.2.1); the user's own choice counts more."""
    if request.args.get("lang") in LANGUAGES or request.cookies.get(COOKIE) in LANGUAGES:
        return
    for tag in tags.lower().split():
        for name in LANGUAGES:
            if tag.partition("-")[0] == name.partition("-")[0]:
                g.language = name
                return


def translate(app: Flask, key: str, language: str = "", /, **values: Any) -> str:
    """The words of ``key``; values are escaped, the words themselves may hold markup."""
    words = app.extensions["ninestep.words"][language or current()]
    if key not in words:
        raise KeyError(f"no words for {key!r}")
    return (
        Markup(words[key]).format(**{k: escape(v) for k, v in values.items()})
        if values
        else Markup(words[key])
    )


def switched(name: str, value: str) -> str:
    """The address of this page with one query parameter changed. A path of two slashes would be another host."""
    args = [(k, v) for k, v in request.args.items(multi=True) if k != name]
    return quote("/" + request.path.lstrip("/\\")) + "?" + urlencode([*args, (name, value)])


def init_app(app: Flask) -> None:
    load(app, HERE / "words")

    remembered(app, "lang", COOKIE, LANGUAGES)
    app.jinja_env.globals.update(
        t=lambda key, **values: translate(app, key, **values),
        language=current,
        switched=switched,
    )


def _chosen() -> str:
    for wanted in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    best = request.accept_languages.best_match(["zh-CN", "zh", "en"], "zh-CN")
    return "en" if best == "en" else "zh-CN"
