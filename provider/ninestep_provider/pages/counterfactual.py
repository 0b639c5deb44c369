"""The world without a code, as seed S3 imagines it (M041): the token goes straight to the client's back end, and so
there is no reason left to send the browser anywhere. The user stays where they are.

It is done for one address alone, our own client's, and only where an app has registered it.
"""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue
from ninestep.counterfactual import DELIVERY
from ninestep.records import AuthRequest
from ninestep.trace import Draft
from ninestep.trace.http import EXCHANGE_HEADER
from ninestep.trace.vocabulary import KINDS

from ..engine.server import Context
from ..services import services

FORM = "application/x-www-form-urlencoded"
PATIENCE = (2.0, 8.0)  # seconds to connect, to answer


def delivered(context: Context, wanted: AuthRequest, location: str) -> ResponseReturnValue | None:
    """Hand the token over and keep the user; None for every other ``location``."""
    settings = services().settings
    address, _, fragment = location.partition("#")
    if address != settings.client_url + DELIVERY or "access_token=" not in fragment:
        return None
    asked, _ = context.draft.steps or KINDS[context.draft.name].steps
    context.draft.steps = (asked, 0)  # what the browser is answered is no step: the redirect is missing
    draft = services().recorder.draft()
    draft.begin(
        "token.delivered", world=wanted.world, app=wanted.appid, flow=wanted.flow, user=context.draft.user
    )
    draft.at, draft.reveal = context.now, context.draft.reveal
    taken = _post(draft, settings.client_internal_url + DELIVERY, fragment)
    services().recorder.write(draft)
    app_name = context.app.name if context.app else ""
    return render_template("stepping/stranded.html", app_name=app_name, taken=taken, flow=wanted.flow)


def _post(draft: Draft, url: str, body: str) -> bool:
    import requests  # only here does this service call anybody

    headers = {"Content-Type": FORM, EXCHANGE_HEADER: draft.exchange}
    draft.asked("POST", url, list(headers.items()), body)
    session = requests.Session()
    session.trust_env = False
    try:
        reply = session.post(url, data=body, headers=headers, timeout=PATIENCE, allow_redirects=False)
    except requests.RequestException:
        draft.fail("server_error")
        return False
    finally:
        draft.stop()
        session.close()
    draft.answered(reply.status_code, list(reply.headers.items()), reply.text)
    if reply.status_code != 204:
        draft.refuse("not_taken")
    return reply.status_code == 204
