"""The worksheet of one app: how each experiment is done with it, and what the trace says of it."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import current_app
from ninestep.dialects.wechat import KINDS
from ninestep.records import App
from ninestep.web.language import LANGUAGES, translate

from ...services import Services
from .evidence import gather
from .experiments import EXPERIMENTS, Verdict

USUAL = "wx1234567890abcdef"  # 美团: the tutorial's app, which the seeds describe
KIND = KINDS[0]  # an official account: its authorization needs a browser and nothing else


class How(NamedTuple):
    """``link`` is opened in a browser, ``curl`` typed in a terminal; each may be empty."""

    link: str
    curl: str


def fits(app: App | None) -> bool:
    return app is not None and app.dialect == "wechat" and app.kind == KIND


def judged(services: Services, app: App) -> dict[str, Verdict]:
    evidence = gather(services, app)
    return {name: judge(evidence) for name, judge in EXPERIMENTS.items()}


def told(name: str, verdict: Verdict) -> dict[str, Any]:
    """A verdict for programs."""
    key = f"learn.ws.{name}.{verdict.why}"
    return {
        "id": name,
        "done": verdict.done,
        "why": {language: str(translate(current_app, key, language)) for language in LANGUAGES},
        "flow": verdict.flow,
        "exchange": verdict.name,
    }


def hows(services: Services, app: App) -> dict[str, How]:
    """Every link and line; what only the reader has stands in capitals."""
    known = services.settings
    back = (app.redirect_uris or ["https://client.example/callback"])[0]
    api = f"{known.provider_url}/_mock/api"
    other = _another(services, app)

    def link(**changes: str | None) -> str:
        asked = {"appid": app.appid, "redirect_uri": back, "response_type": "code"}
        asked |= {"scope": app.scopes[-1] if app.scopes else "snsapi_userinfo", "state": "random123"}
        query = urlencode({k: v for k, v in {**asked, **changes}.items() if v is not None})
        return f"{known.provider_url}/connect/oauth2/authorize?{query}"

    def token(appid: str = app.appid, secret: str = "SECRET") -> str:
        query = f"appid={appid}&secret={secret}&code=CODE&grant_type=authorization_code"
        return f"curl '{known.provider_url}/sns/oauth2/access_token?{query}'"

    def later(by: str) -> str:
        clock = f"{api}/worlds/{app.world}/clock"
        return f"curl -X POST {clock} -H 'Content-Type: application/json' -d '{{\"advance\": \"{by}\"}}'"

    mint = f"curl -X POST {api}/apps/{app.appid}/codes -H 'Content-Type: application/json' -d '{{}}'"
    refreshing = f"appid={app.appid}&grant_type=refresh_token&refresh_token=REFRESH_TOKEN"
    refresh = f"curl '{known.provider_url}/sns/oauth2/refresh_token?{refreshing}'"
    profile = f"curl '{known.resource_url}/sns/userinfo?access_token=ACCESS_TOKEN&openid=OPENID'"
    grants = f"{known.provider_url}/settings/authorizations?world={app.world}"
    return {
        "redirect": How(link(redirect_uri=_one_letter_off(back)), ""),
        "deny": How(link(), ""),
        "no_state": How(link(state=None), ""),
        "same_state": How(link(state="always-the-same"), ""),
        "reload": How(link(), f"{mint}\n{token()}\n{token()}"),
        "late": How("", f"{mint}\n{later('11m')}\n{token()}"),
        "secret": How("", f"{mint}\n{token(secret='WRONG')}"),
        "other_app": How("", f"{mint}\n{token(appid=other, secret='SECRET_OF_THAT_APP')}"),
        "as_token": How("", mint),
        "greedy": How(link(scope="snsapi_userinfo,read_friendlist"), ""),
        "refresh": How("", f"{mint}\n{token()}\n{later('2h')}\n{refresh}"),
        "revoked": How(grants, f"{mint}\n{token()}\n{profile}"),
    }


def _one_letter_off(address: str) -> str:
    """The host's first letter becomes another: also an app whose rule looks at the host alone refuses it."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{'y' if rest[:1] == 'x' else 'x'}{rest[1:]}"


def _another(services: Services, app: App) -> str:
    """An app of the same world that the code was not issued to."""
    others = (each.appid for each in services.store.apps(app.world) if each.dialect == app.dialect)
    return next((appid for appid in others if appid != app.appid), "ANOTHER_APPID")
