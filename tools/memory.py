"""What a running program has worked out already, kept by all that it was worked out from."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel

Value = TypeVar("Value")


class Memory:
    """Values by key, those used last; a key must name everything that its value depends on.

    Values are shared between callers and threads: nobody may change one. Threads that ask for the
    same key at once wait for the one that works it out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def recall(
        self,
        key: Hashable,
        make: Callable[[], Value],
        *,
        still: Callable[[], bool] = lambda: True,
    ) -> Value:
        """Return the value of a key, making it if it is not known; a failure is not kept.

        Args:
            key: all that the value depends on.
            make: works the value out.
            still: asked after `make`; the value is not kept when what it was read from has changed
                meanwhile, and the key no longer names it.
        """
        with self._guard:
            if key in self._values:
                known: Value = self._known(key)
                return known
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._guard:
                if key in self._values:
                    known = self._known(key)
                    return known  # noqa: RET504  typed above
            try:
                value = make()
                if still():
                    self._keep(key, value)
                return value
            finally:
                with self._guard:
                    self._making.pop(key, None)

    def _known(self, key: Hashable) -> Any:  # noqa: ANN401  whatever was kept
        self._values.move_to_end(key)
        return self._values[key]

    def _keep(self, key: Hashable, value: object) -> None:
        with self._guard:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)


def digest(*records: BaseModel | Iterable[BaseModel]) -> str:
    """Return what tells records of one content from others: part of a key."""
    found = hashlib.sha256()
    for given in records:
        for record in (given,) if isinstance(given, BaseModel) else given:
            found.update(record.model_dump_json().encode() + b"\n")
        found.update(b"\n")
    return found.hexdigest()
