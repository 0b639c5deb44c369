"""The token endpoint (RFC 6749 §3.2): one call for every dialect and grant."""

from __future__ import annotations

from collections.abc import Mapping

from .server import Context, Request, Result, Server


def token_response(
    server: Server,
    context: Context,
    params: Mapping[str, str],
    headers: Mapping[str, str],
    repeated: Mapping[str, list[str]] | None = None,
) -> Result:
    """Run the grant that ``params`` (canonical names) ask for. Draft and outcome are filled in."""
    request = Request(context, params, headers, repeated)
    result: Result = server.serving(context).create_token_response(request)
    if result.error is not None:
        context.draft.refuse(result.reason)
    result.members = request.members
    return result
