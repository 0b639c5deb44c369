"""What was made for one viewer and is as good for the next: a class of thirty looks at the same moment.

Kept per process, few and newest first; a key says everything that its value depends on, so nothing here grows stale.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask import current_app

T = TypeVar("T")
MOST = 48
_making = threading.Lock()


class Shelf:
    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._makers: dict[Hashable, threading.Lock] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of ``key``; of many who come at once for a missing one, one makes it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            maker = self._makers.setdefault(key, threading.Lock())
        with maker:
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                made = make()
            finally:
                with self._lock:
                    self._makers.pop(key, None)
            with self._lock:
                self._kept[key] = made
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
        return made


def shelf() -> Shelf:
    """That of this application, in this process."""
    with _making:
        kept: Shelf = current_app.extensions.setdefault("ninestep.theatre.shelf", Shelf())
    return kept
