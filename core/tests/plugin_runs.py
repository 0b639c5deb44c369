"""What a run of pytest with our plugin is given: a login by the gateway, and the options."""

from __future__ import annotations

LOGIN = """
import requests

def login(ninestep, app, user="zhangsan"):
    callback = ninestep.callback(app.authorize_url(state="4711" * 8), user)
    query = {"appid": app.appid, "secret": app.secret, "code": callback.code, "grant_type": "authorization_code"}
    gateway = ninestep.town.gateway
    with requests.Session() as http:
        http.trust_env = False
        token = http.get(f"{gateway}/sns/oauth2/access_token", params=query).json()
        if "access_token" in token:
            who = {"access_token": token["access_token"], "openid": token["openid"]}
            http.get(f"{gateway}/sns/userinfo", params=who)
    return token
"""


PLUGIN = ("-p", "pytest_ninestep.plugin", "-p", "no:valkey", "-p", "no:cacheprovider")
