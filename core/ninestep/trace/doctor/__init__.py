"""The doctor: what is wrong, doubtful or well done in a flow, by rules over what was recorded (experience.md §4.4).

One file per family of rules; ``case`` is what they look at, ``context`` the neighbouring flows, ``finding`` what they
say, in the words of ``words/doctor.*.json``. No findings is a result, too.
"""

from __future__ import annotations

from ..exchange import Exchange
from ..reader import Flow
from . import browsers, channels, codes, lenience, pkce, redirects, scopes, states, tokens
from .case import Case
from .context import Context
from .finding import ORDER, Finding, Rule

__all__ = ["ORDER", "RULES", "Context", "Finding", "Rule", "findings"]

FAMILIES = (states, redirects, channels, browsers, codes, pkce, scopes, tokens, lenience)
RULES: dict[str, Rule] = {rule.name: rule for family in FAMILIES for rule in family.RULES}


def findings(flow: Flow, exchanges: list[Exchange], context: Context) -> list[Finding]:
    """What the doctor says about a flow: the worst first, then in the order of the messages."""
    case = Case(flow, exchanges, context)
    found = {
        (finding.rule, finding.message, finding.field): finding
        for rule in RULES.values()
        for hit in rule.look(case)
        if (finding := rule.finding(case, hit))
    }
    return sorted(found.values(), key=lambda finding: (ORDER.index(finding.severity), finding.message))
