"""The single truth: what every picture, ledger, export and assertion is computed from (design.md §7).

``vocabulary`` names what can be recorded, ``exchange`` is the record, ``masking`` finds the values in it and hides the
secret ones, ``recorder`` writes, ``reader`` reads, ``messages`` turns exchanges into the nine steps. What is
made of them: ``story`` tells, ``compare`` puts two beside each other, ``exports`` takes them along.
"""

from .exchange import Check, Exchange, Note, Value
from .recorder import Draft, Recorder

__all__ = ["Check", "Draft", "Exchange", "Note", "Recorder", "Value"]
