"""The test account of a person: made at the first login and the same ever after; the domain it may call back."""

from __future__ import annotations

import hashlib
import re
import time

import msgspec
from ninestep.dialects import wechat
from ninestep.keyring import app_secret
from ninestep.records import TOWN, App, User

from ..services import Services

KIND = "official_account"
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
PORT = re.compile(r"[1-9][0-9]{0,4}")
MOST_DOMAIN = 253


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


class BadDomain(Exception):
    """``problem`` is the last part of a word's key: scheme, path, port, empty, name."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def bare_domain(typed: str) -> str:
    """The callback domain as it is compared: a bare name, in ASCII and lower case. Raises BadDomain.

    The platform's rule (wire.md D): no ``http://``, no path. A port may follow, since localhost needs one.
    """
    text = typed.strip().lower()
    if not text:
        raise BadDomain("empty")
    if "://" in text:
        raise BadDomain("scheme")
    if "/" in text or "?" in text or "#" in text:
        raise BadDomain("path")
    name, colon, port = text.partition(":")
    if colon and not (PORT.fullmatch(port) and int(port) < 65536):
        raise BadDomain("port")
    try:
        ascii_name = name.encode("idna").decode()
    except UnicodeError:
        raise BadDomain("name") from None
    if len(ascii_name) > MOST_DOMAIN or not all(LABEL.fullmatch(label) for label in ascii_name.split(".")):
        raise BadDomain("name")
    return ascii_name + colon + port
