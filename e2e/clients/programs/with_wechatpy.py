"""wechatpy, as a back end uses it."""

from __future__ import annotations

from typing import Any

from answering import answer
from wechatpy import WeChatClient
from wechatpy.crypto import WeChatWxaCrypto
from wechatpy.oauth import WeChatOAuth

clients: dict[str, WeChatClient] = {}


def oauth(app: dict[str, str]) -> WeChatOAuth:
    return WeChatOAuth(
        app["appid"], app["secret"], app["callback"], app.get("scope", "snsapi_userinfo"), "st"
    )


def authorize_url(app: dict[str, str]) -> str:
    return str(oauth(app).authorize_url)


def qrconnect_url(app: dict[str, str]) -> str:
    return str(oauth(app).qrconnect_url)


def fetch_access_token(app: dict[str, str], code: str) -> Any:
    return oauth(app).fetch_access_token(code)


def log_in(app: dict[str, str], code: str) -> list[Any]:
    """Token and profile by one object, which remembers the first for the second."""
    client = oauth(app)
    return [client.fetch_access_token(code), client.get_user_info()]


def refresh_access_token(app: dict[str, str], refresh_token: str) -> Any:
    return oauth(app).refresh_access_token(refresh_token)


def get_user_info(app: dict[str, str], openid: str, access_token: str) -> Any:
    return oauth(app).get_user_info(openid, access_token)


def check_access_token(app: dict[str, str], openid: str, access_token: str) -> Any:
    return oauth(app).check_access_token(openid, access_token)


def client(app: dict[str, str]) -> WeChatClient:
    return clients.setdefault(app["appid"], WeChatClient(app["appid"], app["secret"]))


def client_access_token(app: dict[str, str]) -> Any:
    return client(app).fetch_access_token()


def kept_access_token(app: dict[str, str]) -> Any:
    return client(app).access_token


def code_to_session(app: dict[str, str], js_code: str) -> Any:
    return client(app).wxa.code_to_session(js_code)


def phone_number(app: dict[str, str], code: str) -> Any:
    """wechatpy 1.8 has no method of its own for it."""
    return client(app).post("https://api.weixin.qq.com/wxa/business/getuserphonenumber", data={"code": code})


def decrypt(app: dict[str, str], session_key: str, sealed: dict[str, str]) -> Any:
    return WeChatWxaCrypto(session_key, sealed["iv"], app["appid"]).decrypt_message(sealed["encryptedData"])


answer(globals())
