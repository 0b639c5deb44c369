"""The words of each dialect: kinds, scopes, policies, errors, identifiers, bytes. No routes."""

from __future__ import annotations

from typing import Any

from ..records import App
from . import qq, standard, wechat, weibo
from .policies import Policy

DIALECTS = {"standard": standard, "wechat": wechat, "weibo": weibo, "qq": qq}
FIDELITIES = ("platform", "tutorial")
RESOURCE_CLIENT = "resource-api"  # the resource server's own client at /oauth/introspect


def policies_of(dialect: str) -> dict[str, Policy]:
    """Every policy that an app of ``dialect`` can override, by name."""
    table: dict[str, Policy] = DIALECTS[dialect].POLICIES
    return table


def policy(app: App, name: str) -> Any:
    """What ``name`` says for this app: its own override, else its fidelity's default. KeyError for no such policy."""
    known = policies_of(app.dialect)[name]
    return app.policies.get(name, known.default(app.fidelity))


def default_policy(dialect: str, name: str) -> Any:
    """What ``name`` says under fidelity ``platform``, for answers to somebody who is no known app."""
    return policies_of(dialect)[name].platform


def check_policies(dialect: str, given: dict[str, Any]) -> None:
    """ValueError with a sentence for an unknown policy or a value it cannot have."""
    known = policies_of(dialect)
    for name, value in given.items():
        if name not in known:
            raise ValueError(
                f"there is no policy {name!r}; an app of dialect {dialect} has: {', '.join(known)}"
            )
        known[name].check(value)
