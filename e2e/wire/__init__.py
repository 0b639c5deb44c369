"""What the platforms do on the wire, row by row, each row with the tests that would fail if we did it differently.

One module per platform. A row's name starts with its section (``A.2 wrong secret``); a test may name its parameters
(``…::test_x[41004]``). A row that no test holds, or one where we differ on purpose, says why in two languages:
docs/wire-rows.md lists those, and ``python e2e/wire_page.py`` writes it.
"""

from __future__ import annotations

from . import qq, wechat, weibo
from .rows import Row, row

MODULES = (wechat, qq, weibo)

__all__ = ["MODULES", "Row", "row"]
