"""The test account of a person: made at the first login and the same ever after."""

from __future__ import annotations

import hashlib
import time

import msgspec
from ninestep.dialects import wechat
from ninestep.keyring import app_secret
from ninestep.records import TOWN, App, User

from ..services import Services

KIND = "official_account"


def appid_of(uid: str) -> str:
    """Like every appid (wire.md D.1), and the same on every machine."""
    return "wx" + hashlib.sha256(f"test account of {uid}".encode()).hexdigest()[:16]


def account_of(services: Services, user: User) -> App:
    """The user's test account, made where it was not there."""
    appid = appid_of(user.uid)
    known = services.store.app(appid)
    if known is not None:
        return known
    app = App(
        appid=appid,
        secret=app_secret(services.settings.seed_key, appid),
        world=TOWN,
        name=f"{user.name}的测试号",
        dialect="wechat",
        kind=KIND,
        policies={"followers_only": True, "redirect_match": "domain", "login_page": "picker"},
        scopes=list(wechat.SCOPES[KIND]),
        created_at=time.time(),
    )
    services.store.claim_appid(appid, TOWN)
    services.store.save_app(app)
    return app


def with_domain(app: App, domain: str) -> App:
    return msgspec.structs.replace(app, callback_domain=domain)
