"""
The public keys of an issuer, as it publishes them (JWKS): in a file, at a URL, or found by OpenID Connect discovery.

A thread of its own reads a set. A key that is known is never waited for. One that is not known has the set read, by
one thread for all, and at most once a minute, so that nobody can have us knock at the issuer's door by making names
up. All wait for the first half second of a reading, so that an issuer that is well costs no call its reply; then two
do, for two seconds at most. Two alone wait where no key was ever read, though that was tried: an issuer that hangs does
not hold the threads that calls of others need. A key that left the set is good for another five minutes, and so is what
it verified.
Source: RFC 7517; OpenID Connect Discovery 1.0, section 4.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

from pymacaron import clocks
from pymacaron.auth import fetching
from pymacaron.auth.algorithms import Key, KeyFault, jwk_key

__all__ = ["DISCOVERY", "METADATA", "KeySet", "discovered", "from_file", "from_url", "keys_of"]

log = logging.getLogger("pymacaron.auth")

DISCOVERY = "/.well-known/openid-configuration"
#: The same of OAuth 2.0 (RFC 8414), which stands before the path of an issuer
METADATA = "/.well-known/oauth-authorization-server"

#: Between two readings of a set that names some keys
_PAUSE_S = 60.0
#: Between two readings where the first has not succeeded yet
_FIRST_PAUSE_S = 10.0
#: When a set is read again though nobody asks for an unknown key, if its server does not say, and within what it may
_FRESH_S, _LEAST_FRESH_S, _MOST_FRESH_S = 3600.0, 60.0, 86_400.0
#: How long a key is good that left the set
_OVERLAP_S = 300.0
#: How long keys are good of a set that cannot be read any more
_STALE_S = 86_400.0
#: How long after its begin all calls wait for a reading, unless all before it failed
_GRACE_S = 0.5
#: How long after its begin anybody does, and how many at a time
_PATIENCE_S, _MOST_WAITING = 2.0, 2
_MOST_KEYS = 100

#: Gives the keys, and for how many seconds they are said to be good. Raises KeyFault
Read = Callable[[], tuple[Iterable[Key], float | None]]


#: All there are in this process: each begins anew in one that was forked
_ALL: WeakSet[KeySet] = WeakSet()


class _Reading:
    """One that a thread does: when it `began`, for how long all wait for it, and whether it `ended`."""

    def __init__(self, began: float, grace_s: float):
        self.began = began
        self.grace_s = grace_s
        self.ended = threading.Event()


class KeySet:
    """
    The keys that *read* gives, of the issuer *name*. *clock*: seconds, monotonic.

    `is_unread`: whether the latest reading has not succeeded, or not yet.
    """

    def __init__(self, name: str, read: Read, clock: Callable[[], float] = clocks.steady):
        self._name = name
        self._read = read
        self._clock = clock
        #: Each key, and until when it is good; None: as long as the set is
        self._keys: tuple[tuple[Key, float | None], ...] = ()
        self._next_try = self._fresh_until = self._stale_at = float("-inf")
        self.is_unread = False
        self._reading: _Reading | None = None
        self.begin_anew()
        _ALL.add(self)

    def begin_anew(self) -> None:
        """Know of nobody who reads or waits."""
        self._lock = threading.Lock()
        self._waiting = threading.Semaphore(_MOST_WAITING)
        if self._reading is not None:
            self._reading, self.is_unread, self._next_try = None, False, float("-inf")

    @property
    def keeps_s(self) -> float:
        """What a key verified is verified again: it may have left the set, and then counts no longer than itself."""
        now = self._clock()
        return min((until - now for _, until in self._keys if until is not None and now < until), default=_OVERLAP_S)

    def find(self, kid: str | None, algorithm: str) -> list[Key]:
        """The keys of that name for *algorithm*; without a name, all for it. Waits only for one that is not known."""
        now = self._clock()
        found = self._known(kid, algorithm, now)
        if found and now < self._fresh_until:
            return found
        reading = self._reading_at(now)
        if found:
            return found
        if reading is not None:
            self._wait(reading, now)
        return self._known(kid, algorithm, self._clock())

    def _known(self, kid: str | None, algorithm: str, now: float) -> list[Key]:
        if now >= self._stale_at:
            return []
        return [
            key
            for key, until in self._keys
            if algorithm in key.algorithms and (kid is None or key.kid == kid) and (until is None or now < until)
        ]

    def _reading_at(self, now: float) -> _Reading | None:
        """The reading that goes on, or one that begins; None where there was one just now."""
        with self._lock:
            if self._reading is not None or now < self._next_try:
                return self._reading
            reading = _Reading(now, 0.0 if self.is_unread and not self._keys else _GRACE_S)
            thread = threading.Thread(target=self._renew, args=(reading,), name="pymacaron-keys", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread can be started: there are too many, or the process ends
                return None
            self._reading, self.is_unread = reading, True
            return reading

    def _wait(self, reading: _Reading, now: float) -> None:
        """Wait for the end of *reading*, as long as it is young, and if not too many do."""
        grace_s = max(0.0, reading.began + reading.grace_s - now)
        if reading.ended.wait(grace_s) or not self._waiting.acquire(blocking=False):
            return
        try:
            reading.ended.wait(max(0.0, reading.began + _PATIENCE_S - now - grace_s))
        finally:
            self._waiting.release()

    def _renew(self, reading: _Reading) -> None:
        """Read the set, which nobody else does."""
        pause_s = _PAUSE_S if self._keys else _FIRST_PAUSE_S
        is_read = False
        try:
            keys, max_age_s = self._read()
            self._take(list(keys), max_age_s)
            is_read = True
        except KeyFault as fault:
            log.warning("the keys of the issuer %s cannot be read: %s", self._name, fault)
        except Exception:
            log.exception("the keys of the issuer %s cannot be read", self._name)
        finally:
            with self._lock:
                self._reading, self.is_unread = None, not is_read
                if not is_read:
                    self._next_try = self._clock() + pause_s
            reading.ended.set()

    def _take(self, keys: list[Key], max_age_s: float | None) -> None:
        if not keys:
            raise KeyFault("the set has no key that could verify a token")
        now = self._clock()
        there = {(key.kid, key.identity, key.algorithms) for key in keys}
        kept: list[tuple[Key, float | None]] = [(key, None) for key in keys]
        for key, until in self._keys:
            if (key.kid, key.identity, key.algorithms) not in there and (until is None or now < until):
                kept.append((key, now + _OVERLAP_S if until is None else until))
        self._keys = tuple(kept)
        fresh_s = _FRESH_S if max_age_s is None else min(max(max_age_s, _LEAST_FRESH_S), _MOST_FRESH_S)
        self._fresh_until, self._stale_at, self._next_try = now + fresh_s, now + _STALE_S, now + _PAUSE_S


def keys_of(document: Mapping[str, Any], algorithms: Iterable[str] = ()) -> list[Key]:
    """
    The keys of a JWKS that can verify tokens, for *algorithms* where there are any; the others are passed over, as
    RFC 7517, section 5, wants. Raises KeyFault for what is no JWKS.
    """
    jwks = document.get("keys")
    if not isinstance(jwks, list):
        raise KeyFault("it is no JWKS: it has no list `keys`")
    if len(jwks) > _MOST_KEYS:
        raise KeyFault(f"it has more than {_MOST_KEYS} keys")
    allowed, found, faults = tuple(algorithms), [], []
    for jwk in jwks:
        try:
            found.append(jwk_key(jwk if isinstance(jwk, dict) else {}, allowed))
        except KeyFault as fault:
            faults.append(str(fault))
    if not found and faults:
        raise KeyFault(f"the set has no key that could verify a token; of its first, {faults[0]}")
    return found


def from_file(path: Path, algorithms: Iterable[str] = ()) -> Read:
    """What reads the JWKS in the file *path*; it is looked at again after a minute."""
    allowed = tuple(algorithms)

    def read() -> tuple[list[Key], float | None]:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise KeyFault(f"{path.name}: {error.strerror}") from None
        return keys_of(fetching.object_of(content), allowed), _LEAST_FRESH_S

    return read


def from_url(url: str, algorithms: Iterable[str] = ()) -> Read:
    """What fetches the JWKS at *url*."""
    allowed = tuple(algorithms)

    def read() -> tuple[list[Key], float | None]:
        document, max_age_s = fetching.fetched(url)
        return keys_of(document, allowed), max_age_s

    return read


def discovered(issuer: str, algorithms: Iterable[str] = ()) -> Read:
    """What asks *issuer*, a URL, where its JWKS is, and fetches that."""
    allowed = tuple(algorithms)

    def read() -> tuple[list[Key], float | None]:
        found, _ = fetching.fetched(issuer.removesuffix("/") + DISCOVERY)
        if found.get("issuer") != issuer:
            raise KeyFault("what it publishes about itself names another issuer")
        url = found.get("jwks_uri")
        if not isinstance(url, str):
            raise KeyFault("what it publishes about itself names no jwks_uri")
        if issuer.startswith("https:") and not url.startswith("https:"):
            raise KeyFault("its jwks_uri is not https")
        document, max_age_s = fetching.fetched(url)
        return keys_of(document, allowed), max_age_s

    return read


def _begin_anew() -> None:
    for one in list(_ALL):
        one.begin_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
