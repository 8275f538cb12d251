"""
What is worked out when somebody first asks for it, once, whichever threads ask at the same time.

There is one lock for all of it: what is worked out asks for more, and locks of its own for each thing would be taken in
different orders by different threads. What is there already takes none. functools.cached_property has had no lock since
Python 3.12, and before had one for all objects of a class.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

__all__ = ["LOCK", "Grown", "once"]

_T = TypeVar("_T")
_Key = TypeVar("_Key")

#: Held while anything is worked out, by the thread that does
LOCK = threading.RLock()
if hasattr(os, "register_at_fork"):  # where another thread holds it now, nobody would ever let it go in the child
    os.register_at_fork(after_in_child=LOCK._at_fork_reinit)  # type: ignore[attr-defined]


class once(Generic[_T]):
    """A method as an attribute that is worked out when it is first read, and stands on the object then."""

    def __init__(self, make: Callable[[Any], _T]):
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> once[_T]: ...

    @overload
    def __get__(self, instance: object, owner: type | None = None) -> _T: ...

    def __get__(self, instance: object | None, owner: type | None = None) -> once[_T] | _T:
        if instance is None:
            return self
        made = vars(instance)
        with LOCK:
            if self._name not in made:
                made[self._name] = self._make(instance)
            found: _T = made[self._name]
            return found


class Grown(dict[_Key, _T]):
    """
    What was worked out, by key, where one thing may take another, in circles, too: what is not done yet is seen by
    nobody but who works it out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._growing: dict[_Key, _T] = {}
        self._depth = 0

    def growing(self, key: _Key, begun: _T) -> _Growth[_Key, _T]:
        """
        For the value of *key*, which was not there: `with grown.growing(key, begun) as growth`, and where it is_new,
        set `growth.value`. Who asks for it inside of that gets *begun*. No call stands between one level and the next.
        """
        return _Growth(self, key, begun)


class _Growth(Generic[_Key, _T]):
    """One value of a Grown, while it is worked out. `is_new`: whether it is to be."""

    def __init__(self, grown: Grown[_Key, _T], key: _Key, begun: _T):
        self._grown = grown
        self._key = key
        self.value = begun
        self.is_new = True

    def __enter__(self) -> _Growth[_Key, _T]:
        LOCK.acquire()
        grown = self._grown
        for known in (grown, grown._growing):
            if self._key in known:
                self.value, self.is_new = known[self._key], False
                return self
        grown._growing[self._key] = self.value
        grown._depth += 1
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        grown = self._grown
        if self.is_new:
            grown._depth -= 1
            if kind is None:
                grown._growing[self._key] = self.value
                if not grown._depth:
                    grown.update(grown._growing)
            if not grown._depth:
                grown._growing.clear()
        LOCK.release()
