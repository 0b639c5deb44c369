"""The token endpoint (RFC 6749 §3.2): one call for every dialect and grant."""

from __future__ import annotations

from collections.abc import Mapping

from ninestep.digest import fresh_id
from ninestep.oauth.grant_types import MACHINE, PASSWORD

from .grants.device import PENDING
from .server import Context, Request, Result, Server

BEGINNINGS = (MACHINE, PASSWORD)  # grants with which a flow begins here: nothing went before


def token_response(
    server: Server,
    context: Context,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    repeated: Mapping[str, list[str]] | None = None,
) -> Result:
    """Run the grant that ``params`` (canonical names) ask for. Draft and outcome are filled in."""
    draft = context.draft
    if params.get("grant_type") in BEGINNINGS and context.app is not None:
        draft.flow = draft.flow or fresh_id()
    request = Request(context, params, headers, repeated)
    result: Result = server.serving(context).create_token_response(request)
    if result.error is not None and result.reason != PENDING:
        draft.refuse(result.reason)
    result.members = request.members
    return result
