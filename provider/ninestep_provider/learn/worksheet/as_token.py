"""The one experiment that the worksheet does itself: a code where a token belongs.

The resource server cannot tell whose an unknown token is, so nobody's flow would show it. The page plays the client:
it sends the request and keeps the caller's copy of the exchange, as our own client does.
"""

from __future__ import annotations

from ninestep.records import App, Code, decode
from ninestep.trace.http import EXCHANGE_HEADER
from ninestep.trace.vocabulary import CLIENT

from ...services import Services
from ..asking import ask
from ..errors.answer import Answer, answer_of


def send(services: Services, app: App, code: str) -> Answer | None:
    """The answer to a code of ``app`` as an access_token; None where it is no code of it. Raises Problem."""
    flow = _flow_of(services, app, code)
    if not flow:
        return None
    draft = services.recorder.draft(service=CLIENT)
    draft.begin("profile.read", world=app.world, app=app.appid, flow=flow)
    draft.at = services.store.now(app.world)
    url = services.settings.resource_internal_url + "/sns/userinfo"
    params = {"access_token": code, "openid": "openid"}
    response = ask("GET", url, params=params, headers={EXCHANGE_HEADER: draft.exchange})
    draft.learn("code", code, "request.query")
    draft.asked("GET", str(response.request.url), [], "")
    kind = response.headers.get("Content-Type", "")
    draft.answered(response.status_code, [("Content-Type", kind)], response.text)
    draft.refuse("token_unknown")
    services.recorder.write(draft)
    return answer_of(response)


def _flow_of(services: Services, app: App, code: str) -> str:
    """The flow of a code of ``app`` that is still there; looking does not spend it."""
    batch = services.store.batch()
    live, spent = services.store.peek_once(batch, app.world, "code", code)
    batch.run()
    record = decode(Code, live.value or spent.value)
    return record.flow if record is not None and record.appid == app.appid else ""
