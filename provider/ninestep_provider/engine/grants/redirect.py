"""The authorization endpoint's answer (RFC 6749 §4.1.2, §4.2.2): a redirect, in the way that the request asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..codes import Approval
from ..location import carry
from ..server import Context


def redirect(
    context: Context, redirect_uri: str, approval: Approval, pairs: Iterable[tuple[str, str]]
) -> tuple[int, str, Any]:
    """``pairs``, and what travels beside them."""
    mode = context.dialect.response_mode(approval.params)
    return 302, "", [("Location", carry(mode, redirect_uri, [*pairs, *approval.beside]))]
