"""The parts that views need, in one typed object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app
from ninestep.settings import ClientSettings
from ninestep.store import Store
from ninestep.trace import Recorder

if TYPE_CHECKING:
    from .accounts.identities import Identities
    from .accounts.login_token import LoginTokens
    from .accounts.users import Accounts
    from .login.attempt import Attempts
    from .login.platform import Platform
    from .login.sites import Site
    from .mini.program import MiniProgram
    from .monitoring import Monitoring
    from .outgoing import Outgoing
    from .tokens.manager import TokenManager
    from .tokens.vault import Vault
    from .town import Town


@dataclass(frozen=True)
class Services:
    settings: ClientSettings
    store: Store
    recorder: Recorder
    town: Town
    outgoing: Outgoing
    monitoring: Monitoring
    attempts: Attempts
    accounts: Accounts
    identities: Identities
    login_tokens: LoginTokens
    vault: Vault
    manager: TokenManager
    sites: dict[str, Site]  # by the way in: ``Platform.way``
    phone_app: Platform  # the App's WeChat login, which has no page in a browser
    mini: MiniProgram

    def platforms(self, provider: str) -> list[Platform]:
        """All logins at one provider; the browser's first."""
        known = [*(site.platform for site in self.sites.values()), self.phone_app]
        return [platform for platform in known if platform.provider == provider]


def services() -> Services:
    """Those of the application that is serving this request."""
    return cast(Services, current_app.extensions["ninestep"])
