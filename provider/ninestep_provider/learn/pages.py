"""The pages that only tell: roles, storage, glossary, cheat sheet, teacher's plans. Their words are the catalogue's."""

from __future__ import annotations

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from ninestep.web.language import translate

from ..services import services
from .glossary import TERMS

ROLES = {  # S0 §2.1–2.4: how many duties the seed ticks, and how many it crosses out
    "owner": (3, 1),
    "client": (4, 0),
    "authorization": (4, 0),
    "resource": (3, 1),
}
PLACES = {  # S0 §6.4: safe, lasting
    "memory": ("good", "bad"),
    "local_storage": ("bad", "good"),
    "cookie": ("half", "good"),
    "session": ("good", "half"),
    "database": ("good", "good"),
}
VERSES, LINKS, CHECKS = 6, 8, 7  # S0 §8.2, §8.3
LESSONS = {  # minutes of a lesson -> what each of its parts opens
    "45": ("", "learn/roles", "theatre", "", "learn/worksheet", "learn/cheatsheet"),
    "90": (
        *("", "learn/roles", "theatre", "learn/with-oauth", ""),
        *("learn/worksheet", "errors", "learn/storage", "learn/cheatsheet"),
    ),
}
TALKING_POINTS, RESETS = 6, 5


def index() -> ResponseReturnValue:
    return render_template("learn/index.html")


def roles() -> ResponseReturnValue:
    known = services().settings
    addresses = {
        "client": known.client_url,
        "authorization": known.provider_url,
        "resource": known.resource_url,
    }
    return render_template("learn/roles.html", roles=ROLES, addresses=addresses)


def storage() -> ResponseReturnValue:
    return render_template("learn/storage.html", places=PLACES)


def glossary() -> ResponseReturnValue:
    return render_template("learn/glossary.html", terms=TERMS)


def cheatsheet() -> ResponseReturnValue:
    """The verses stay Chinese in every language: they are to be learnt by heart as they are."""
    verses = [str(translate(current_app, f"learn.verse.{n}", "zh-CN")) for n in range(1, VERSES + 1)]
    return render_template("learn/cheatsheet.html", verses=verses, links=LINKS, checks=CHECKS)


def teacher() -> ResponseReturnValue:
    return render_template("learn/teacher.html", lessons=LESSONS, points=TALKING_POINTS, resets=RESETS)
