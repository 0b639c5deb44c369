"""What a mini program's page gets of its user: signed and encrypted profile and phone number (wire.md C.4, C.5)."""

from __future__ import annotations

from typing import Any

from ninestep.dialects import policy
from ninestep.dialects.wechat import ids
from ninestep.dialects.wechat.mini_program import (
    ANONYMOUS,
    ANONYMOUS_AVATAR,
    PHONE_CODE_LIFE,
    encrypt,
    new_iv,
    phone_code,
    phone_number,
    raw_data_signature,
    with_watermark,
    written,
)
from ninestep.dialects.wechat.places import place_names
from ninestep.digest import fresh_id
from ninestep.records import App, MiniSession, PhoneCode, User
from ninestep.web.avatars import avatar_url

from ....services import Services
from .user_session import key_of


def user_info(services: Services, app: App, user: User, session: MiniSession) -> dict[str, Any]:
    """wx.getUserProfile's answer: userInfo, rawData, signature, encryptedData, iv."""
    key = key_of(services, app, user.uid, session.nonce)
    told = _profile(services, app, user)
    raw_data = written(told)
    full: dict[str, Any] = {"openId": ids.openid(app.appid, user.uid), **told}
    if app.open_platform:
        full["unionId"] = ids.unionid(app.open_platform, user.uid)
    shown = told if policy(app, "profile_era") == "legacy" else {**told, "is_demote": True}
    return {
        "userInfo": shown,
        "rawData": raw_data,
        "signature": raw_data_signature(raw_data, key),
        **_sealed(key, with_watermark(full, app.appid, services.store.now(app.world))),
    }


def phone(
    services: Services, app: App, user: User, session: MiniSession | None, flow: str = ""
) -> dict[str, Any]:
    """The phone-number button's answer: a code for the server, and with a session the old way too."""
    store, code = services.store, phone_code()
    now = store.now(app.world)
    record = PhoneCode(
        appid=app.appid,
        user=user.uid,
        expires_at=now + PHONE_CODE_LIFE,
        flow=session.flow if session else flow or fresh_id(),
    )
    batch = store.batch()
    store.save_phone_code(batch, app.world, code, record, PHONE_CODE_LIFE)
    batch.run()
    answer: dict[str, Any] = {"code": code, "expires_in": PHONE_CODE_LIFE}
    if session is not None:
        answer |= _sealed(key_of(services, app, user.uid, session.nonce), phone_info(app, user, now))
    return answer


def phone_info(app: App, user: User, now: float) -> dict[str, Any]:
    return with_watermark(phone_number(str(user.profile.get("phone", "")), user.uid), app.appid, now)


def _profile(services: Services, app: App, user: User) -> dict[str, Any]:
    """The seven members of rawData; since 2022-10 the same for everybody, before that the user's own."""
    own_host = services.settings.provider_url
    host = "https://thirdwx.qlogo.cn" if policy(app, "real_hosts") else own_host
    profile: dict[str, Any] = {"nickName": ANONYMOUS, "gender": 0, "language": ""}
    profile |= {"city": "", "province": "", "country": ""}
    if policy(app, "profile_era") != "legacy":
        return {**profile, "avatarUrl": f"{host}/mmopen/vi_32/{ANONYMOUS_AVATAR}/132"}
    profile |= {"nickName": user.nickname, "gender": int(user.profile.get("sex", 0)), "language": "zh_CN"}
    return {**profile, **place_names(user.profile, "zh_CN"), "avatarUrl": avatar_url(host, user)}


def _sealed(key: str, data: dict[str, Any]) -> dict[str, str]:
    iv = new_iv()
    return {"encryptedData": encrypt(key, iv, written(data)), "iv": iv}
