"""A user's tokens in the open, as they travel inside this process and never leave it."""

from __future__ import annotations

import msgspec


class Tokens(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    access_token: str
    expires_in: float
    refresh_token: str = ""
    openid: str = ""  # the standard dialect tells it with the profile
    unionid: str = ""
    nickname: str = ""  # where the token's own answer tells it (the A/B sites)
    avatar: str = ""
    scope: str = ""
    world: str = ""
    flow: str = ""  # the flow of the login that they came from: later calls are told there
