"""Who is logged in at a sample site in this browser: each site has its own entry in the server's session."""

from __future__ import annotations

from flask import current_app, session
from ninestep.web import sessions

from ..accounts.users import LocalUser
from ..services import services


def remember(sample: str, user: LocalUser) -> None:
    session[_entry(sample)] = user.id
    sessions.renew(current_app)


def user_of(sample: str) -> LocalUser | None:
    name = session.get(_entry(sample))
    return services().accounts.read(str(name)) if name else None


def forget(sample: str) -> None:
    session.pop(_entry(sample), None)


def _entry(sample: str) -> str:
    return f"{sample}_user"
