"""The gateway under the platforms' own names: the same, and the certificate that its visitors have to trust."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..gateway import Gateway
from ..settings import InterceptSettings, load
from .certificates import BUNDLE, CA, FOLDER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

PUBLIC = {f"/_gateway/{name}": name for name in (CA, BUNDLE)}


def create_app(settings: InterceptSettings | None = None) -> WSGIApplication:
    return Intercept(settings or load(InterceptSettings))


class Intercept(Gateway):
    """Also ``/_gateway/ca.pem`` and ``/_gateway/bundle.pem``, for containers: they do not see the state folder."""

    def __init__(self, settings: InterceptSettings) -> None:
        super().__init__(settings)
        self.folder = Path(settings.state) / FOLDER

    def _own_page(self, path: str, start_response: StartResponse) -> Iterable[bytes]:
        if path not in PUBLIC:
            return super()._own_page(path, start_response)
        body = (self.folder / PUBLIC[path]).read_bytes()
        headers = [("Content-Type", "application/x-pem-file"), ("Content-Length", str(len(body)))]
        start_response("200 OK", headers)
        return [body]
