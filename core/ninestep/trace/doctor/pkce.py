"""PKCE (RFC 7636). Only the standard dialect knows it: WeChat, Weibo and QQ ignore a challenge (wire.md A.1)."""

from __future__ import annotations

from collections.abc import Iterator

from .case import Case, sent
from .finding import BAD, WARN, Hit, Rule


def missing(case: Case) -> Iterator[Hit]:
    for e in case.asked():
        code_flow = sent(e).get("response_type", "code") == "code"
        if case.app and case.dialect == "standard" and code_flow and "code_challenge" not in sent(e):
            yield Hit(e, "code_challenge", severity=BAD if case.app.public else "")


RULES = (Rule("pkce_missing", WARN, "S0 §4.4", "RFC 7636, RFC 9700 §2.1.1", missing),)
