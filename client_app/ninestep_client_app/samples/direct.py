"""Tokens without a code, for the samples that have no redirect: a grant at the token endpoint, and calls with what it
gave. Every copy is in the flow that the provider began."""

from __future__ import annotations

import msgspec
from ninestep.settings import ClientSettings

from ..errors import LoginError
from ..login.standard import TOKEN_ERRORS
from ..outgoing import Answer, Outgoing
from ..town import Moment


class Granted(msgspec.Struct, kw_only=True):
    """What a token answer told, and the flow that it is in."""

    access_token: str
    token_type: str
    expires_in: int = 3600
    scope: str = ""
    refresh_token: str = ""
    flow: str = ""


class NotGranted(LoginError):
    """No token, in the RFC's word; ``flow`` is where it is told."""

    def __init__(self, code: str, flow: str) -> None:
        super().__init__(code)
        self.flow = flow


class Direct:
    def __init__(
        self, settings: ClientSettings, outgoing: Outgoing, client_id: str, secret: str = ""
    ) -> None:
        self.appid = client_id
        self._credentials = {"client_id": client_id, **({"client_secret": secret} if secret else {})}
        self._outgoing = outgoing
        self._provider = settings.provider_internal_url
        self._resource = settings.resource_internal_url

    def grant(self, grant_type: str, at: Moment, **form: str) -> Granted:
        """Raises NotGranted."""
        answer = self.ask("token.granted", "/oauth/token", at, grant_type=grant_type, **form)
        if answer.status != 200:
            error = str(answer.document.get("error", ""))
            code = error if error in TOKEN_ERRORS else "unknown_error"
            answer.draft.refuse(code)
            raise NotGranted(code, answer.draft.flow)
        return self.granted(answer)

    def granted(self, answer: Answer) -> Granted:
        found = answer.typed(Granted)
        found.flow = answer.draft.flow
        return found

    def ask(self, name: str, path: str, at: Moment, flow: str = "", **form: str) -> Answer:
        """A call of the provider, with our credentials; what its answer means is the caller's business."""
        draft = self._outgoing.draft(name, world=at.world, app=self.appid, flow=flow, at=at.now)
        return self._outgoing.post(draft, self._provider + path, {**form, **self._credentials})

    def get(self, name: str, path: str, token: Granted, at: Moment) -> Answer:
        draft = self._outgoing.draft(name, world=at.world, app=self.appid, flow=token.flow, at=at.now)
        return self._judged(self._outgoing.get(draft, self._resource + path, {}, token.access_token))

    def post(self, name: str, path: str, form: dict[str, str], token: Granted, at: Moment) -> Answer:
        draft = self._outgoing.draft(name, world=at.world, app=self.appid, flow=token.flow, at=at.now)
        url = self._resource + path
        return self._judged(self._outgoing.post(draft, url, form, bearer=token.access_token))

    def delete(self, name: str, path: str, token: Granted, at: Moment) -> Answer:
        draft = self._outgoing.draft(name, world=at.world, app=self.appid, flow=token.flow, at=at.now)
        return self._judged(self._outgoing.delete(draft, self._resource + path, token.access_token))

    def _judged(self, answer: Answer) -> Answer:
        if answer.status >= 400:
            answer.draft.refuse(str(answer.document.get("error", "unknown_error"))[:64])
        return answer
