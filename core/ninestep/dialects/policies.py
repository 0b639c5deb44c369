"""A policy: one named way in which an app is treated, with its default under each fidelity (design.md §4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Policy:
    name: str
    platform: Any
    tutorial: Any
    doc: str
    choices: tuple[Any, ...] = (False, True)

    def default(self, fidelity: str) -> Any:
        return self.tutorial if fidelity == "tutorial" else self.platform

    def check(self, value: Any) -> None:
        if not any(value == choice and type(value) is type(choice) for choice in self.choices):
            allowed = ", ".join(repr(choice) for choice in self.choices)
            raise ValueError(f"policy {self.name} is {value!r}; it can be {allowed}")


def table(*policies: Policy) -> dict[str, Policy]:
    return {policy.name: policy for policy in policies}


# What several dialects have with the same words.
LOGIN_PAGE = Policy(
    "login_page",
    "password",
    "password",
    "persona buttons alone, or with account and password",
    ("picker", "password"),
)
IGNORES_PKCE = Policy(
    "require_pkce",
    False,
    False,
    "insist on an S256 challenge (RFC 7636); false ignores challenge and verifier, as the platform does",
)
IMPLICIT = Policy(
    "implicit",
    True,
    True,
    "response_type=token answers a token in the fragment, as the platform does; false refuses it (RFC 9700 §2.1.2)",
)
COMMON = (
    Policy(
        "reveal",
        False,
        False,
        "keep secret values in the trace, encrypted, so that they can be shown and resent",
    ),
    Policy(
        "token_check",
        "store",
        "introspect",
        "how the resource server verifies a token: from the store, or by asking the provider (RFC 7662)",
        ("store", "introspect"),
    ),
)
