"""What the mini program's server asks WeChat (wire.md C): who logs in, whether a session lives, a phone number."""

from __future__ import annotations

from base64 import b64decode

import msgspec
from cryptography.fernet import MultiFernet
from ninestep.settings import ClientSettings
from ninestep.store import Store
from ninestep.trace import Draft

from ..errors import Unavailable
from ..login.wire import refuse
from ..outgoing import Answer, Outgoing
from . import open_data
from .cgi_token import CgiToken
from .sessions import Session, Sessions

MEANINGS = {
    40002: "invalid_request",
    40013: "invalid_client",
    40029: "invalid_grant",
    40125: "invalid_client",
    40163: "invalid_grant",
    40226: "access_denied",
    41002: "invalid_client",
    41004: "invalid_client",
    41008: "invalid_grant",
}
AT_PHONE = {  # 40003: another user's, 40013: another app's
    **MEANINGS,
    40003: "foreign_code",
    40013: "foreign_code",
    40029: "phone_code",
}
BUSY = frozenset({-1, 45009, 45011})
DEAD_SESSION = frozenset({40003, 87009})
KEY_BYTES = 16


class SessionAnswer(msgspec.Struct):
    session_key: str
    openid: str
    unionid: str = ""


class Watermark(msgspec.Struct):
    appid: str
    timestamp: int


class PhoneNumber(msgspec.Struct, rename="camel"):
    phone_number: str
    pure_phone_number: str
    country_code: str
    watermark: Watermark

    @property
    def consistent(self) -> bool:
        """A number from abroad has its country in front (wire.md C.5)."""
        return self.phone_number in (self.pure_phone_number, self.country_code + self.pure_phone_number)


class PhoneAnswer(msgspec.Struct):
    phone_info: PhoneNumber


class MiniProgram:
    def __init__(
        self, settings: ClientSettings, outgoing: Outgoing, store: Store, cipher: MultiFernet
    ) -> None:
        self.appid = settings.meituan_mini_appid
        self.sessions = Sessions(store, cipher)
        self._secret = settings.meituan_mini_secret
        self._provider = settings.provider_internal_url
        self._outgoing = outgoing
        self._token = CgiToken(settings, outgoing, store, cipher)

    def redeeming(self, *, world: str, at: float) -> Draft:
        """The copy of a code2Session. Which flow it belongs to, only the answer tells."""
        return self._outgoing.draft("js_code.redeemed", world=world, app=self.appid, flow="", at=at)

    def log_in(self, code: str, draft: Draft) -> Session:
        """code2Session. Raises LoginError."""
        query = {"appid": self.appid, "secret": self._secret, "js_code": code}
        query["grant_type"] = "authorization_code"
        answer = self._outgoing.get(draft, f"{self._provider}/sns/jscode2session", query)
        _refuse(answer, MEANINGS)
        found = answer.typed(SessionAnswer)
        if not draft.check("session_key is 16 bytes", _is_key(found.session_key)):
            draft.fail("server_error")
            raise Unavailable("session_key不完整")
        return Session(
            session_key=found.session_key,
            openid=found.openid,
            unionid=found.unionid,
            world=draft.world,
            flow=draft.flow,
        )

    def lives(self, session: Session, *, at: float) -> bool:
        """checksession: whether WeChat still has this session_key for the user."""

        def ask(token: str) -> Answer:
            draft = self._outgoing.draft(
                "session.checked", world=session.world, app=self.appid, flow=session.flow, at=at
            )
            proof = open_data.session_proof(session.session_key)
            query = {"access_token": token, "openid": session.openid, "signature": proof}
            query["sig_method"] = "hmac_sha256"
            return self._outgoing.get(draft, f"{self._provider}/wxa/checksession", query)

        answer = self._token.call(ask, world=session.world, flow=session.flow, at=at)
        if answer.number("errcode") in DEAD_SESSION:
            answer.draft.refuse("session_key_expired")
            return False
        _refuse(answer, MEANINGS)
        return True

    def phone_number(self, code: str, session: Session, *, at: float) -> PhoneNumber:
        """The button's code for the number of this very user. Raises LoginError."""

        def ask(token: str) -> Answer:
            draft = self._outgoing.draft(
                "phone.read", world=session.world, app=self.appid, flow=session.flow, at=at
            )
            url = f"{self._provider}/wxa/business/getuserphonenumber"
            return self._outgoing.post_json(
                draft, url, {"access_token": token}, {"code": code, "openid": session.openid}
            )

        answer = self._token.call(ask, world=session.world, flow=session.flow, at=at)
        _refuse(answer, AT_PHONE)
        return answer.typed(PhoneAnswer).phone_info


def _refuse(answer: Answer, meanings: dict[int, str]) -> None:
    """Raise what an errcode means; every answer is HTTP 200."""
    number = answer.number("errcode")
    if number == 0 and answer.status == 200:
        return
    meaning = meanings.get(number, f"wechat_{number}" if number else f"http_{answer.status}")
    refuse(answer, "微信", number, meaning, busy=number in BUSY)


def _is_key(text: str) -> bool:
    try:
        return len(b64decode(text, validate=True)) == KEY_BYTES
    except ValueError:
        return False
