"""The family tree of what one consent gave: a code, the refresh tokens in their order, and each one's access tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Told = dict[str, Any]  # a code or a token as the control API tells it


@dataclass
class Branch:
    """A refresh token with the access tokens that it gave; None for those that came without one."""

    refresh: Told | None
    access: list[Told] = field(default_factory=list)


@dataclass
class Family:
    """Everything under one authorization; revoking that kills it all (design.md §5)."""

    authorization: str
    codes: list[Told] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)

    @property
    def head(self) -> Told:
        return next(iter(self.codes), None) or next(iter(self.members))

    @property
    def members(self) -> list[Told]:
        found = [told for branch in self.branches for told in (branch.refresh, *branch.access)]
        return [*self.codes, *(told for told in found if told is not None)]

    @property
    def since(self) -> float:
        return max(float(told["issued_at"]) for told in self.members)


def families(told: Iterable[Told]) -> list[Family]:
    """Newest first."""
    found: dict[str, Family] = {}
    ordered = sorted(told, key=lambda one: (one["issued_at"], one["kind"] != "refresh"))
    for one in ordered:
        family = found.setdefault(one["authorization"], Family(one["authorization"]))
        match one["kind"]:
            case "code":
                family.codes.append(one)
            case "refresh":
                family.branches.append(Branch(one))
            case _:
                _branch(family, one["refreshed_by"]).access.append(one)
    return sorted(found.values(), key=lambda family: family.since, reverse=True)


def _branch(family: Family, refresh: str) -> Branch:
    for branch in family.branches:
        if (branch.refresh["id"] if branch.refresh else "") == refresh:
            return branch
    for branch in family.branches:
        if branch.refresh is None:
            return branch
    family.branches.append(Branch(None))
    return family.branches[-1]
