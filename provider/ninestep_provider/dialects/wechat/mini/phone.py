"""``/wxa/business/getuserphonenumber`` (wire.md C.5): the phone-number button's code for the number."""

from __future__ import annotations

from flask import Response, request
from ninestep.dialects.wechat import ids
from ninestep.digest import fresh_id
from ninestep.records import App, PhoneCode, User, decode
from ninestep.store.mini import PHONE_CODE
from ninestep.trace.http import count, current

from ....services import services
from . import calls, manner, open_data
from .manner import Refused, require


def getuserphonenumber() -> Response:
    current().begin("phone.read")
    call = calls.read(request.args.get("access_token", ""))
    if fault := calls.due(call, "phone"):
        return manner.failed(fault.status) if fault.status else manner.refuse(call.app, Refused(fault.error))
    try:
        manner.require_post()
        app = calls.verified(call)
        told = manner.json_body()
        user = _spend(call, app, told.get("code"), told.get("openid"))
    except Refused as refused:
        return manner.refuse(call.app, refused)
    count("phone_numbers_given")
    info = open_data.phone_info(app, user, call.now)
    return manner.answer({"errcode": 0, "errmsg": "ok", "phone_info": info})


def _spend(call: calls.Call, app: App, code: object, openid: object) -> User:
    """All checks first; the code is taken only by a call that gets the number."""
    good = isinstance(code, str) and bool(code)
    require("code given", good, "code_missing", hinted=True)
    assert isinstance(code, str)
    store, draft = services().store, current()
    batch = store.batch()
    live, spent = store.peek_once(batch, app.world, PHONE_CODE, code)
    batch.run()
    record = decode(PhoneCode, live.value or spent.value)
    require("code known", record is not None, "code_unknown", hinted=True)
    assert record is not None
    require("code of this app", record.appid == app.appid, "code_foreign")
    draft.flow, draft.user = record.flow, record.user
    require("code not used", live.value is not None, "code_used", hinted=True)
    require("code not expired", call.now < record.expires_at, "code_expired", hinted=True)
    named = openid is None or openid == ids.openid(app.appid, record.user)
    require("openid is the code's", named, "openid_wrong")
    batch = store.batch()
    taken = store.take_later(batch, app.world, PHONE_CODE, code, fresh_id())
    seen = store.see_user(batch, app.world, record.user)
    batch.run()
    require("code spent by this request", taken.value.outcome == "taken", "code_used", hinted=True)
    user = seen()
    require("user known", user is not None and not user.deleted, "code_unknown", hinted=True)
    assert user is not None
    return user
