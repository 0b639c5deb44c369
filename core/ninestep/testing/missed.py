"""What a test expected and the town did not see."""

from __future__ import annotations


class NotSeen(AssertionError):
    """A sentence that says what was asked for and what there is instead: a failed test, not a broken one.

    Who raises it sets ``__tracebackhide__``, so that pytest shows the line of the test.
    """
