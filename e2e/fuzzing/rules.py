"""Loaded by schemathesis: what the document cannot say of the control API, and a check that nothing else is refused.

A call that fits the document is refused with 422 only by a rule between fields, or because of what is there in the
town. ``RULES`` lists the fields that each call may name then; any other is a hole in the document.
"""

from __future__ import annotations

import os
import re

import schemathesis

MOST_WAIT = 0.1  # seconds; a long poll that nothing ends would only take time
EVERYWHERE = "after"  # a cursor is opaque: the document cannot tell which were given
APP = (
    r"kind|scopes|policies|redirect_uris|callback_domain|page|token_endpoint_auth_method|consent\.user|open_platform"
    r"|grant_types|jwks|dpop|access_token_format|post_logout_redirect_uris|backchannel_logout_uri"
)
RULES = {
    "apps_create": APP,
    "apps_put": APP,
    "apps_patch": APP,
    "followers_follow": "uid",
    "testers_add_tester": "uid",
    "next_arm": "user|scope",
    "codes_mint": "user|scope|redirect_uri",
    "js_codes_log_in": "appid|user",
    "js_codes_check": "appid|user",
    "js_codes_user_info": "appid|user",
    "js_codes_phone_number": "appid|user",
    "clock_change": "body|advance|freeze|set|reset",
    "clock_change_town": "body|advance|freeze|set|reset",
    "tokens_change": "body",
    "grants_delete": "query",
    "scan_act": "user",
    "faults_create": "endpoint|kind|error|status|seconds|field|value|when|after|times",
    "imports_add": "format|version|exchanges.*",
    "ledger_ledger": "step",
    "resend_resend": "name",
    "errors_bring": "endpoint|world",
    "worksheet_worksheet": "appid",
    "storage_state_state": "user",
    "inspect_inspect": "value|world",
    "state_reset": "world",
    "stepping_switch": "flows",
    "snapshots_save": "world",
    "seed_post": ".*",  # a whole file: apps and people with all their rules
}


@schemathesis.hook
def before_call(context: object, case: schemathesis.Case, kwargs: dict[str, object]) -> None:
    """Good data names a flow that is there, for nothing in the API makes one but a login; and nobody waits. An app that
    is there is put into no world that is not: that 404 would read as if the app were gone."""
    names = case.path_parameters or {}
    if lawful(case):
        names |= {name: os.environ["FLOW"] for name in ("flow", "other") if name in names}
        if "appid" in names and isinstance(case.body, dict):
            case.body.pop("world", None)
    try:
        wait = float((case.query or {}).get("wait", 0))
    except (TypeError, ValueError):
        return
    if MOST_WAIT < wait <= 1e9:
        case.query["wait"] = MOST_WAIT


def lawful(case: schemathesis.Case) -> bool:
    """Whether it fits the document."""
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.check
def refused_by_a_rule_that_is_known(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    if response.status_code != 422 or not lawful(case):
        return
    name = case.operation.definition.raw["operationId"]
    fields = [wrong["field"] for wrong in response.json()["errors"]]
    known = re.compile(f"{EVERYWHERE}|{RULES[name]}" if name in RULES else EVERYWHERE)
    assert fields, "a refusal that names no field"
    assert all(known.fullmatch(field) for field in fields), (
        f"{name} refuses {fields}: the document does not say why"
    )
