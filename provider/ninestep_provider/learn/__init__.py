"""Pages to learn from, under ``/_mock/learn``, and the handbook of errors, ``/_mock/errors`` (experience.md §4.9).

Views are imported when somebody first asks for them: a town that only serves logins starts without all this.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from flask import Blueprint, Flask
from flask.typing import ResponseReturnValue
from ninestep.web.hosts import page

from ..console import entry

PAGES = {  # endpoint -> address, and the module whose function of that name answers
    "index": ("/learn/", "pages"),
    "roles": ("/learn/roles", "pages"),
    "storage": ("/learn/storage", "pages"),
    "glossary": ("/learn/glossary", "pages"),
    "cheatsheet": ("/learn/cheatsheet", "pages"),
    "teacher": ("/learn/teacher", "pages"),
    "params": ("/learn/params", "parameters"),
    "grants": ("/learn/grants", "grants"),
    "playing": ("/learn/grants/<name>", "playing"),
    "newest": ("/learn/with-oauth", "with_oauth"),
    "with_oauth": ("/learn/with-oauth/<flow>", "with_oauth"),
    "checklist": ("/learn/checklist", "checklist"),
    "worksheet": ("/learn/worksheet", "worksheet.views"),
    "check": ("/learn/worksheet/<experiment>", "worksheet.views"),
    "errors": ("/errors", "errors.views"),
    "error": ("/errors/<dialect>/<code>", "errors.views"),
}
FORMS = {
    "own": ("/learn/worksheet/own", "worksheet.views"),
    "send_code": ("/learn/worksheet/as_token/send", "worksheet.views"),
    "provoke": ("/errors/<dialect>/<code>", "errors.views"),
    "arm": ("/errors/<dialect>/<code>/arm", "errors.views"),
}


def init_app(app: Flask) -> None:
    bp = Blueprint("learn", __name__, url_prefix="/_mock")
    for endpoint, (address, module) in PAGES.items():
        bp.add_url_rule(address, endpoint, page(_later(module, endpoint)))
    for endpoint, (address, module) in FORMS.items():
        bp.add_url_rule(address, endpoint, _later(module, endpoint), methods=["POST"])
    entry.protect(bp)
    app.register_blueprint(bp)


def _later(module: str, name: str) -> Callable[..., ResponseReturnValue]:
    def view(**names: str) -> ResponseReturnValue:
        answer: ResponseReturnValue = getattr(import_module(f".{module}", __name__), name)(**names)
        return answer

    return view
