"""``/_mock/learn/worksheet``: twelve experiments that check themselves against the trace (experience.md §4.9)."""
