"""
One deployer at a time: an S3 object that only the first can make (If-None-Match), with an end unless it is renewed, so
that one who was killed does not stand in the way for long. Source: S3 User Guide, "Conditional requests".
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any

from pymacaron.deploy.failures import DeployError, HeldError, RefusedError, UnknownOutcomeError
from pymacaron.deploy.target import Cloud

__all__ = ["LEASE_S", "Holder", "Lock", "is_running", "this_process"]

#: Seconds until a lock that nobody renews is anybody's; it is renewed three times as often
LEASE_S = 300.0
_LOST = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_NONE = ("NoSuchKey", "404")
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds it. `run` is another in each run; `since` and `expires`: seconds since 1970."""

    user: str
    host: str
    process: int
    run: str
    since: float = 0.0
    expires: float = 0.0

    @property
    def words(self) -> str:
        since = datetime.fromtimestamp(self.since, UTC)
        return f"{self.user} on {self.host} (process {self.process}), since {since:%Y-%m-%d %H:%M:%S} UTC"


def this_process() -> Holder:
    """This process, in a run of its own."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        user = str(os.getuid())
    return Holder(user, socket.gethostname(), os.getpid(), uuid.uuid4().hex)


def is_running(holder: Holder) -> bool:
    """Whether *holder* may still be at it, as far as can be told from here: of another machine nothing is known."""
    if holder.host != socket.gethostname():
        return True
    try:
        os.kill(holder.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


class Lock:
    """The lock at *key* of *bucket*, for *holder*. Times in seconds."""

    def __init__(
        self,
        cloud: Cloud,
        bucket: str,
        key: str,
        holder: Holder,
        *,
        clock: Callable[[], float] = time.time,
        lives: Callable[[Holder], bool] = is_running,
        renews: bool = True,
    ):
        self._cloud, self._place = cloud, {"Bucket": bucket, "Key": key}
        self._me, self._clock, self._lives, self._renews = holder, clock, lives, renews
        self._etag = ""
        self._expires = 0.0
        self._lost = ""
        self._over = Event()
        self._thread: Thread | None = None

    def take(self) -> bool:
        """
        Whether it was taken just now; False where it is held already, or there is no bucket yet. Raises HeldError with
        who has it.
        """
        if self._etag:
            return False
        for _ in range(_ATTEMPTS):
            try:
                found = self._read()
                if found is None:
                    self._put(IfNoneMatch="*")
                    break
                other, etag = found
                if other is not None and other.run == self._me.run:  # the answer to our own was lost
                    self._etag, self._expires = etag, other.expires
                    break
                if other is not None and other.expires > self._clock() and self._lives(other):
                    raise HeldError(
                        f"another release is under way: {other.words}",
                        "Wait for its end; where it was killed, another may begin "
                        f"{max(1, round(other.expires - self._clock()))} seconds from now",
                    )
                self._put(IfMatch=etag)
                break
            except UnknownOutcomeError:
                continue
            except RefusedError as error:
                if error.code == "NoSuchBucket":
                    return False
                if error.code not in _LOST + _NONE:
                    raise
        else:
            raise HeldError("somebody else has taken the lock of this release in this moment", "Run it again")
        self._begin()
        return True

    def check(self) -> None:
        """Raises HeldError where it is not held any more: then nothing may be changed."""
        if self._lost:
            raise HeldError(f"the lock of this release was taken over: {self._lost}", "Run the same command again")
        if self._etag and self._clock() >= self._expires:
            raise HeldError("the lock of this release could not be renewed in time", "Run the same command again")

    def release(self) -> None:
        """Give it back, if it is held; where that fails it ends by itself."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._etag and not self._lost:
            with suppress(DeployError):
                self._cloud.call("s3", "DeleteObject", **self._place, IfMatch=self._etag)
        self._etag = ""

    def holder(self) -> Holder | None:
        """Who has it, if anybody. Makes one call that changes nothing."""
        try:
            found = self._read()
        except RefusedError as error:
            if error.code == "NoSuchBucket":
                return None
            raise
        return found[0] if found is not None and found[0] and found[0].expires > self._clock() else None

    def renew(self) -> None:
        """Hold it for another LEASE_S. Where it is somebody else's, check() says so from now on."""
        try:
            self._put(IfMatch=self._etag)
        except RefusedError as error:
            if error.code in _LOST + _NONE:
                found = self._read()
                other = found[0] if found is not None else None
                if found is not None and other is not None and other.run == self._me.run:
                    self._etag, self._expires = found[1], other.expires
                    return
                self._lost = other.words if other is not None else "it is gone"

    def _begin(self) -> None:
        if not self._renews:
            return
        self._over.clear()
        self._thread = Thread(target=self._keep, name="pymacaron-deploy-lock", daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._over.wait(LEASE_S / 3) and not self._lost:
            with suppress(DeployError):  # it is tried again, and check() counts the time
                self.renew()

    def _put(self, **condition: str) -> None:
        now = self._clock()
        since = self._me.since or now
        self._me = Holder(self._me.user, self._me.host, self._me.process, self._me.run, since, now + LEASE_S)
        body = json.dumps(asdict(self._me)).encode()
        answer = self._cloud.call(
            "s3", "PutObject", **self._place, Body=body, ContentType="application/json", **condition
        )
        self._etag, self._expires = str(answer["ETag"]), now + LEASE_S

    def _read(self) -> tuple[Holder | None, str] | None:
        """Who holds it, and its ETag; no holder where nobody can tell; None where it is free."""
        try:
            answer = self._cloud.call("s3", "GetObject", **self._place)
        except RefusedError as error:
            if error.code in _NONE:
                return None
            raise
        return _holder(answer["Body"].read()), str(answer["ETag"])


def _holder(text: bytes) -> Holder | None:
    try:
        found: Any = json.loads(text)
        return Holder(
            str(found["user"]),
            str(found["host"]),
            int(found["process"]),
            str(found["run"]),
            float(found["since"]),
            float(found["expires"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
