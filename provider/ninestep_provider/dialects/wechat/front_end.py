"""A secret in the user's hands: what only an app's own server should ask is asked by a page (mission M155, M160).

Browsers alone say where a request comes from: ``Sec-Fetch-Site`` (Fetch Metadata), or ``Origin``. Nothing is refused:
the platform does not look either.
"""

from __future__ import annotations

from flask import request
from ninestep.trace import Draft

SAID_BY_BROWSERS = ("Sec-Fetch-Site", "Origin")


def note_front_end(draft: Draft) -> None:
    if said := {name: request.headers[name][:256] for name in SAID_BY_BROWSERS if name in request.headers}:
        draft.note("secret_in_front_end", **said)
