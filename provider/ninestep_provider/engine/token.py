"""The token endpoint (RFC 6749 §3.2): one call for every dialect and grant."""

from __future__ import annotations

from collections.abc import Mapping

from ninestep.records import Code, Token, decode

from .server import Context, Request, Result, Server


def token_response(
    server: Server,
    context: Context,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    repeated: Mapping[str, list[str]] | None = None,
) -> Result:
    """Run the grant that ``params`` (canonical names) ask for. Draft, flow and outcome are filled in."""
    _join_flow(context)
    request = Request(context, params, headers, repeated)
    result: Result = server.serving(context).create_token_response(request)
    if result.error is not None:
        context.draft.refuse(result.reason)
    result.members = request.members
    return result


def _join_flow(context: Context) -> None:
    """The flow is the code's or the token's, also when the call is going to be refused."""
    raw = next((r for r in (*context.codes, *context.refresh) if r), None)
    if raw is None:
        return
    record: Code | Token | None = decode(Code, raw) if raw in context.codes else decode(Token, raw)
    if record is not None:
        context.draft.flow, context.draft.user = record.flow, record.user
