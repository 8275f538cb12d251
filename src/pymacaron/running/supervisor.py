"""
One version of a service follows the other at the same port, and none before it has been loaded.

The parent holds the socket, so that nobody is refused between two versions. A spare process has the framework loaded
already: a change costs no more than loading the service.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymacaron.exceptions import ConfigError
from pymacaron.running.versions import Version
from pymacaron.running.watching import Files, Stamps, changed

__all__ = ["Supervisor"]

_LOOK_S = 0.2
#: Looking at many files takes long: at most this share of a CPU, but no pause is longer than this
_SHARE, _PAUSE_S = 0.05, 2.0
#: How long nothing may change before a change counts: programs write several files, and one in parts
_SETTLE_S = 0.05
#: How long a version that is replaced may take for requests under way, and at the end of all
_REPLACED_S, _STOPPED_S = 30.0, 3.0
#: How much longer its process may take to end
_END_S = 2.0


class Supervisor:
    """
    Serves *server*, the path of a server.py, at *listener* until it is stopped.

    `variables()` gives what to set for a new version, and may raise. `tell(loaded, changed)` is told of each version
    that serves: what it said of itself, and the files that changed, none for the first. `say(message)` is told all
    else.
    """

    def __init__(
        self,
        server: str,
        listener: socket.socket,
        *,
        reload: bool,
        variables: Callable[[], Mapping[str, str]],
        tell: Callable[[Mapping[str, Any], list[str]], None],
        say: Callable[[str], None],
    ):
        self._server = server
        self._listener = listener
        self._reload = reload
        self._variables = variables
        self._tell = tell
        self._say = say
        self._files = Files(os.path.dirname(server))
        self._seen: Stamps = {}
        self._changes: list[str] = []
        self._serving: Version | None = None
        self._loading: Version | None = None
        self._spare: Version | None = None
        self._retired: list[tuple[Version, float]] = []

    def run(self) -> int:
        """The exit code: 0 when it was stopped, 1 when the first version cannot be loaded or the only one has ended."""
        with _stopping() as wake:
            try:
                self._seen = self._files.stamps() if self._reload else {}
                self._load()
                while not wake.is_asked:
                    code = self._step(wake.socket)
                    if code is not None:
                        return code
                return 0
            except KeyboardInterrupt:
                return 0
            finally:
                self._end(wake)

    def _step(self, wake: socket.socket) -> int | None:
        """Wait for what happens next, and act on it. An exit code ends it all."""
        watched = [version for version in (self._loading, self._serving) if version is not None]
        ready, _, _ = select.select([wake, *(version.control for version in watched)], [], [], self._pause_s())
        if wake in ready:
            return None
        for version in watched:
            if version.control in ready:
                code = self._hear(version)
                if code is not None:
                    return code
        self._reap()
        if self._reload:
            self._look()
        return None

    def _pause_s(self) -> float:
        return min(max(_LOOK_S, self._files.cost_s / _SHARE), _PAUSE_S)

    # ---- what changed

    def _look(self) -> None:
        now = self._files.stamps()
        if now == self._seen:
            return
        deadline = time.monotonic() + 20 * _SETTLE_S
        while time.monotonic() < deadline:
            time.sleep(_SETTLE_S)
            before, now = now, self._files.stamps()
            if before == now:
                break
        self._changes = sorted({*self._changes, *changed(self._seen, now)})
        self._seen = now
        if self._changes:
            self._load()

    # ---- versions

    def _load(self) -> None:
        """Load the service as it is now; what is being loaded is out of date."""
        if self._loading is not None:
            self._loading.close()
            self._loading = None
        try:
            variables = self._variables()
        except ConfigError as error:  # of a .env that cannot be read
            self._say(f"error: {error}")
            self._not_loaded()
            return
        self._loading, self._spare = self._spare or Version(self._server, self._listener), None
        self._loading.load(variables)

    def _hear(self, version: Version) -> int | None:
        heard = version.said()
        if version is self._serving:
            return self._lost(version) if version.is_over else None
        if heard is not None and heard["loaded"]:
            self._serve(version, heard)
            return None
        if heard is None and not version.is_over:
            return None
        self._loading = None
        version.close(_END_S)
        if heard is None:
            self._say(f"error: the service ended while it was loaded, with exit code {version.process.returncode}")
        if self._serving is None and not self._changes:
            return 1
        self._not_loaded()
        return None

    def _not_loaded(self) -> None:
        if self._serving is not None:
            self._say("The version before keeps serving; save a change to try again")
        else:
            self._say("Nothing serves; save a change to try again")
        self._prepare()

    def _serve(self, version: Version, loaded: Mapping[str, Any]) -> None:
        """*version* serves already: the one before takes no more requests."""
        before, self._serving, self._loading = self._serving, version, None
        if before is not None:
            before.stop(_REPLACED_S)
            self._retired.append((before, time.monotonic() + _REPLACED_S + _END_S))
        changes, self._changes = self._changes, []
        self._tell(loaded, changes)
        if self._reload:
            unseen = self._files.stamps() != self._seen
            self._files.learn(loaded["files"], loaded["folders"])
            if not unseen:
                self._seen = self._files.stamps()
        self._prepare()

    def _lost(self, version: Version) -> int | None:
        self._serving = None
        version.close(_END_S)
        self._say(f"error: the service ended by itself, with exit code {version.process.returncode}")
        if not self._reload:
            return 1
        self._say("Nothing serves; save a change to start it again")
        return None

    def _prepare(self) -> None:
        if self._reload and self._spare is None:
            self._spare = Version(self._server, self._listener)

    def _reap(self) -> None:
        for version, deadline in list(self._retired):
            if version.process.poll() is not None or time.monotonic() > deadline:
                self._retired.remove((version, deadline))
                version.close()

    def _end(self, wake: _Wake) -> None:
        """End every process; at a second signal, at once."""
        if self._spare is not None:
            self._spare.close()  # it has nothing of the service
        versions = [self._serving, self._loading, *(version for version, _ in self._retired)]
        running = [version for version in versions if version is not None]
        for version in running:
            version.stop(_STOPPED_S)
        wake.is_asked, deadline = False, time.monotonic() + _STOPPED_S + _END_S
        while time.monotonic() < deadline and not wake.is_asked:
            if all(version.process.poll() is not None for version in running):
                break
            time.sleep(0.01)
        for version in running:
            version.close()


class _Wake:
    """`is_asked`: somebody has asked to stop. `socket` can be read when a signal came."""

    def __init__(self, socket: socket.socket):
        self.socket = socket
        self.is_asked = False


@contextmanager
def _stopping() -> Iterator[_Wake]:
    """Have the signals that stop a program ask instead of ending it."""
    mine, theirs = socket.socketpair()
    mine.setblocking(False)
    theirs.setblocking(False)
    wake = _Wake(mine)

    def ask(*_: Any) -> None:
        wake.is_asked = True

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup has it
        numbers.append(signal.SIGHUP)
    known = {number: signal.signal(number, ask) for number in numbers}
    descriptor = signal.set_wakeup_fd(theirs.fileno())
    try:
        yield wake
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in known.items():
            signal.signal(number, handler)
        mine.close()
        theirs.close()
