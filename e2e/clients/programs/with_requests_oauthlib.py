"""requests-oauthlib, at a standard server and, with its own «compliance fix», at Weibo."""

from __future__ import annotations

import os
from typing import Any

from answering import answer
from requests_oauthlib import OAuth2Session
from requests_oauthlib.compliance_fixes import weibo_compliance_fix

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http on loopback
sessions: dict[str, OAuth2Session] = {}


def begin(app: dict[str, str], authorize: str, scope: list[str] | None = None) -> str:
    session = OAuth2Session(app["appid"], redirect_uri=app["callback"], scope=scope)
    if authorize.startswith("https://api.weibo.com/"):
        session = weibo_compliance_fix(session)
    sessions[app["appid"]] = session
    return str(session.authorization_url(authorize)[0])


def fetch_token(app: dict[str, str], token_url: str, callback: str, in_body: bool = False) -> Any:
    session = sessions[app["appid"]]
    return session.fetch_token(
        token_url,
        authorization_response=callback,
        client_secret=app["secret"],
        include_client_id=True if in_body else None,
    )


def refresh(app: dict[str, str], token_url: str) -> Any:
    session = sessions[app["appid"]]
    return session.refresh_token(token_url, client_id=app["appid"], client_secret=app["secret"])


def get(app: dict[str, str], url: str) -> Any:
    answer = sessions[app["appid"]].get(url)
    return {"status": answer.status_code, "body": answer.json() if answer.ok else answer.text}


answer(globals())
