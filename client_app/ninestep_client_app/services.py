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
    from .login.sites import Site
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
    sites: dict[str, Site]  # by the name of the platform that they log in with


def services() -> Services:
    """Those of the application that is serving this request."""
    return cast(Services, current_app.extensions["ninestep"])
