"""An id_token that is wrong in one thing (docs/faults.md), and a client that shall refuse it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from clients.program import Raised


def refusal(app: Any, value: str, log_in: Callable[[], Any]) -> Raised:
    """What the client raises at the login whose id_token is wrong in ``value``; the login after it goes well."""
    app.break_id_token(value)
    with pytest.raises(Raised) as caught:
        log_in()
    assert app.ask("GET", "/faults?unfired=1") == []
    assert log_in()
    return caught.value
