"""Who may log in at the provider: persona buttons, and account with password."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from ninestep.records import TOWN, AuthRequest, User

from ..services import Services

ORDER = ("zhangsan", "lisi", "wangwu", "zhaoliu")  # the attacker of the lab has no button


def hinted(services: Services, wanted: AuthRequest, hint: str) -> str:
    """Whom the request says that it is for: by id_token, or by ``hint`` (OpenID Connect Core §3.1.2.1 ``login_hint``:
    account or email). "" for nobody who is known here."""
    if wanted.subjects:
        return wanted.subjects[0]
    if not hint:
        return ""
    found = [user for user in services.store.users(wanted.world) if hint in (user.uid, user.email)]
    return found[0].uid if found else ""


def personas(services: Services, world: str, first: str = "") -> list[User]:
    """Who is ``first``, the world's own users, then the town's in their order."""
    users = {user.uid: user for user in services.store.users(world)}
    own = [user for user in users.values() if user.world == world and world != TOWN]
    known = [users[uid] for uid in ORDER if uid in users and users[uid] not in own]
    added = [
        u for u in users.values() if u.world == TOWN and u.uid not in (*ORDER, "mallory") and u not in own
    ]
    found = [user for user in (*own, *known, *added) if not user.deleted]
    return sorted(found, key=lambda user: user.uid != first)


def identify(services: Services, world: str, form: Mapping[str, str], mode: str) -> User | None:
    """The user of a persona button, or of account and password where the page has them."""
    if uid := form.get("persona"):
        user = services.store.user(world, uid[:64])
        return user if user and not user.deleted else None
    user = services.store.user(world, form.get("username", "")[:64])
    password = form.get("password", "").encode("utf-8", "replace")
    right = secrets.compare_digest(password, (user.password if user else "").encode())
    return user if user and user.password and right and mode == "password" else None
