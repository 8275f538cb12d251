"""
The public keys of an issuer, as it publishes them (JWKS): in a file, at a URL, or found by OpenID Connect discovery.

A key that is known is never waited for: a set that grew old is read again by a thread of its own. A key that is not
known has the set read again, by one thread for all, and at most once a minute, so that nobody can have us knock at the
issuer's door by making names up. Where that takes long, calls do not wait for it: they are refused. A key that left the
set is good for another five minutes, and so is what it verified.
Source: RFC 7517; OpenID Connect Discovery 1.0, section 4.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

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
#: How long a call waits for another's reading, which has two documents to fetch, where no key is known
_WAIT_S = 2 * fetching.TIMEOUT_S
#: How long after its begin calls wait for a reading where some keys are known
_PATIENCE_S = 2.0
_MOST_KEYS = 100

#: Gives the keys, and for how many seconds they are said to be good. Raises KeyFault
Read = Callable[[], tuple[Iterable[Key], float | None]]


class KeySet:
    """The keys that *read* gives, of the issuer *name*. *clock*: seconds, monotonic."""

    def __init__(self, name: str, read: Read, clock: Callable[[], float] = time.monotonic):
        self._name = name
        self._read = read
        self._clock = clock
        #: Each key, and until when it is good; None: as long as the set is
        self._keys: tuple[tuple[Key, float | None], ...] = ()
        self._next_try = self._fresh_until = self._stale_at = float("-inf")
        self._lock = threading.Lock()
        #: Held by the reading of a thread of its own, since when; and set while there is none
        self._aside = threading.Lock()
        self._began = float("-inf")
        self._ended = threading.Event()
        self._ended.set()

    @property
    def keeps_s(self) -> float:
        """What a key verified is verified again: it may have left the set, and then counts no longer than itself."""
        now = self._clock()
        return min((until - now for _, until in self._keys if until is not None and now < until), default=_OVERLAP_S)

    def find(self, kid: str | None, algorithm: str) -> list[Key]:
        """The keys of that name for *algorithm*; without a name, all for it. Waits only for one that is not known."""
        now = self._clock()
        found = self._known(kid, algorithm, now)
        if found:
            if now >= self._fresh_until:
                self._renew_aside(now)
            return found
        if self._keys and now < self._stale_at:
            self._renew_aside(now)
            self._ended.wait(max(0.0, self._began + _PATIENCE_S - now))
        else:
            self._renew()
        return self._known(kid, algorithm, self._clock())

    def _known(self, kid: str | None, algorithm: str, now: float) -> list[Key]:
        if now >= self._stale_at:
            return []
        return [
            key
            for key, until in self._keys
            if algorithm in key.algorithms and (kid is None or key.kid == kid) and (until is None or now < until)
        ]

    def _renew_aside(self, now: float) -> None:
        """Have a thread of its own read the set, unless one does, or that was done just now."""
        if now < self._next_try or not self._aside.acquire(blocking=False):
            return
        self._began = now
        self._ended.clear()

        def end() -> None:
            self._ended.set()
            self._aside.release()

        def renew() -> None:
            try:
                self._renew()
            finally:
                end()

        try:
            threading.Thread(target=renew, name="pymacaron-keys", daemon=True).start()
        except RuntimeError:  # no thread can be started any more: the process ends
            end()

    def _renew(self) -> None:
        """Read the set, unless that was done just now: who waited for another thread that did finds it done."""
        if not self._lock.acquire(timeout=_WAIT_S):
            return
        try:
            now = self._clock()
            if now < self._next_try:
                return
            pause_s = _PAUSE_S if self._keys else _FIRST_PAUSE_S
            self._next_try = now + pause_s
            keys, max_age_s = self._read()
            self._take(list(keys), max_age_s)
        except KeyFault as fault:
            self._next_try = self._clock() + pause_s  # who waited all that time does not begin anew
            log.warning("the keys of the issuer %s cannot be read: %s", self._name, fault)
        finally:
            self._lock.release()

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
