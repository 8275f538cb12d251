"""
Keys whose calls are being answered are held on to: renewed by one thread of the process, for as long as that takes.

So a key ends by itself only where its process has: a call may take as long as it wants. Neighbour: stores.py.

The reply of a call that the store could not take is kept here until it can; its key is held until then.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from dataclasses import dataclass
from weakref import WeakSet

from flask import Flask

from pymacaron import config
from pymacaron.server.idempotency.stores import Store, store_of
from pymacaron.server.outage import StoreError
from pymacaron.server.shared import shared

__all__ = ["LOST", "Renewing", "renewing_of"]

#: Seconds after which a store that has failed is asked again, at most
_AGAIN_S = 1.0
#: How many replies wait for the store, and how many bytes they have
_MOST, _MOST_BYTES = 10_000, 50_000_000

#: What is logged where a key was not there any more when its reply was to be kept
LOST = "the idempotency_store has lost the key of a call: another with it may have been answered, too"

log = logging.getLogger("pymacaron.server")

#: All there are in this process: each begins anew in one that was forked
_ALL: WeakSet[Renewing] = WeakSet()


@dataclass(frozen=True, slots=True)
class _Late:
    """A reply that waits for the store, and until when somebody may want it."""

    value: bytes
    ends: float


class Renewing:
    """
    Renews keys in *store* for *hold_s* seconds, three times in that time. The thread begins with the first key; while
    no call is being answered it waits. A process that was forked has a thread of its own, and no keys of its parent's
    calls. Where no thread can begin a key ends by itself, or is renewed when the next one begins.
    """

    def __init__(self, store: Store, hold_s: float):
        self.store = store
        self.hold_s = hold_s
        self._pause_s = max(0.01, hold_s / 3)
        self._is_down = False
        self.begin_anew()
        _ALL.add(self)

    def begin_anew(self) -> None:
        """Know of no keys, and of nobody who is at them."""
        self._held: set[tuple[str, bytes]] = set()
        self._late: dict[tuple[str, bytes], _Late] = {}
        self._late_bytes = 0
        self._has_some = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, key: str, value: bytes) -> None:
        """Hold on to *key*, at which *value* stands."""
        with self._has_some:
            self._hold(key, value)

    def _hold(self, key: str, value: bytes) -> None:
        self._held.add((key, value))
        if self._thread is None or not self._thread.is_alive():
            self._begin_thread()
        elif len(self._held) == 1 or self._late:
            self._has_some.notify()

    def end(self, key: str, value: bytes) -> None:
        """Let it go."""
        with self._has_some:
            self._held.discard((key, value))

    def keep_later(self, key: str, value: bytes, new: bytes, keep_s: float) -> bool:
        """
        Put *new* where *value* stands as soon as the store takes it, and hold on to *key* until then; for *keep_s*
        seconds at most. Whether there is room for it.
        """
        with self._has_some:
            if len(self._late) >= _MOST or self._late_bytes + len(new) > _MOST_BYTES:
                return False
            self._late[key, value] = _Late(new, time.monotonic() + keep_s)
            self._late_bytes += len(new)
            self._hold(key, value)
            return True

    def _begin_thread(self) -> None:
        self._thread = threading.Thread(target=self._run, name="pymacaron-idempotency", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:
            log.error("keys of calls that are being answered cannot be renewed: %s", error)

    def _run(self) -> None:
        while True:
            with self._has_some:
                self._has_some.wait_for(lambda: self._held)
                is_soon = self._is_down or bool(self._late)
                # The first reply that waits wakes it
                pause_s = min(self._pause_s, _AGAIN_S) if is_soon else self._pause_s
                self._has_some.wait_for(lambda is_soon=is_soon: self._late and not is_soon, pause_s)  # type: ignore[misc]
                held, late = list(self._held), list(self._late.items())
            self._renew(held)
            if not self._is_down:
                self._keep(late)

    def _renew(self, held: list[tuple[str, bytes]]) -> None:
        try:
            for key, value in held:
                if not self.store.renew(key, value, self.hold_s):
                    self._drop(key, value)
            self._is_down = False
        except StoreError as error:  # the next time comes before the key ends
            if error.is_news("renewing"):
                log.error("keys of calls that are being answered cannot be renewed: %s in the idempotency_store", error)
            self._is_down = True
        except Exception:
            log.exception("keys of calls that are being answered cannot be renewed")

    def _keep(self, late: list[tuple[tuple[str, bytes], _Late]]) -> None:
        """Put replies that wait into the store, until it fails again."""
        try:
            for (key, value), one in late:
                left_s = one.ends - time.monotonic()
                if left_s > 0 and not self.store.replace(key, value, one.value, left_s):
                    log.error(LOST)
                self._forget(key, value)
        except StoreError:
            self._is_down = True
        except Exception:
            log.exception("replies cannot be kept under their keys")

    def _drop(self, key: str, value: bytes) -> None:
        """Hold on no longer to a key that the store does not have; of a reply that waits _keep says so."""
        with self._has_some:
            if (key, value) not in self._late:
                self._held.discard((key, value))

    def _forget(self, key: str, value: bytes) -> None:
        with self._has_some:
            self._held.discard((key, value))
            one = self._late.pop((key, value), None)
            self._late_bytes -= 0 if one is None else len(one.value)


def _begin_anew() -> None:
    for one in list(_ALL):
        one.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def renewing_of(app: Flask) -> Renewing:
    """What holds the keys of all operations of *app*, in its store."""
    settings = config.get_config()
    return shared(app, "pymacaron.renewing", lambda: Renewing(store_of(app), settings.idempotency_hold_s))
