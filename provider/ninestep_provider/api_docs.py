"""``/_mock/api/docs``: the document as Swagger UI shows it, out of an installed package and without a network.

Only the package's files are used. They are looked for when somebody asks, so a start costs nothing.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    render_template,
    send_from_directory,
    url_for,
)
from ninestep.web import hosts

from .console import entry
from .control.problem import PREFIX

FILES = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
KEPT = 24 * 3600  # seconds: an address carries the package's version


def init_app(app: Flask) -> None:
    bp = Blueprint("api_docs", __name__, url_prefix=PREFIX + "/docs")
    bp.add_url_rule("", "page", hosts.page(page))
    bp.add_url_rule("/<version>/<name>", "file", file)
    entry.protect(bp)
    app.register_blueprint(bp)


def page() -> str:
    return render_template(
        "api_docs/page.html",
        version=_version(),
        document=url_for("control.openapi_document"),
        prefix=PREFIX,
        calls=current_app.extensions["ninestep.control"].table,
    )


def file(version: str, name: str) -> Response:
    """A file of the package; ``version`` lets browsers keep it until another package is installed."""
    if name not in FILES or version != _version():
        abort(404)
    answer = send_from_directory(_dist(), name, mimetype=FILES[name], max_age=KEPT)
    answer.headers["Cache-Control"] = f"private, max-age={KEPT}, immutable"
    return answer


@cache
def _dist() -> Path:
    from importlib.util import find_spec

    spec = find_spec("flask_swagger_ui")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("dist")


@cache
def _version() -> str:
    from importlib.metadata import version

    return version("flask_swagger_ui")
