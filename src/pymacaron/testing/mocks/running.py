"""
A mock in a process of its own, for as long as a test needs it: `with mocked("apis/") as mock: ...`.

It shares nothing with the process of the test: neither the apis that are loaded there nor its config.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymacaron.finding import did_you_mean
from pymacaron.running.listener import listen
from pymacaron.testing.asked import MockError
from pymacaron.testing.mocks.calls import MockCall, read_calls, read_operations

__all__ = ["MockServer", "mocked"]

#: How long a mock may take to start, and to stop
_STARTS_WITHIN_S, _STOPS_WITHIN_S = 60.0, 10.0


class MockServer:
    """A mock that runs. `url`: where, without the base paths of its apis and without a slash at its end."""

    def __init__(self, url: str, record: str):
        self.url = url
        self._record = record

    @property
    def calls(self) -> list[MockCall]:
        """What it was asked so far, but for /ping and probes: of who has an answer, the call is there."""
        return read_calls(self._record)

    def calls_of(self, operation: str) -> list[MockCall]:
        """
        The calls of one operation: its operationId, or that behind the name of its api, as in `pets.get_pet`. Raises
        MockError where no description has it: a name that is misspelt would have no calls.
        """
        known = [name for api, own in read_operations(self._record) for name in (own, f"{api}.{own}")]
        if operation not in known:
            hint = did_you_mean(operation, known) or f"There are {', '.join(dict.fromkeys(known[::2]))}"
            raise MockError(f"no description of this mock has the operation {operation!r}. {hint}")
        return [one for one in self.calls if operation in (one.operation, f"{one.api}.{one.operation}")]

    def forget(self) -> None:
        """Forget the calls until now."""
        Path(self._record).write_bytes(b"")


@contextmanager
def mocked(
    *paths: str | os.PathLike[str],
    dynamic: bool = False,
    seed: str = "",
    auth: bool = True,
    token: str = "",
    host: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[MockServer]:
    """
    For a `with` block, a mock of the descriptions in *paths*, files and folders; without any in ./apis. The options are
    those of `pymacaron mock`; port 0 is any that is free.

    Raises MockError with what it has said where it does not start, ListenError where nothing can listen there.
    """
    listener = listen(host, port)
    with tempfile.TemporaryDirectory(prefix="pymacaron-mock-") as folder:
        record, log = os.path.join(folder, "calls"), os.path.join(folder, "log")
        Path(record).write_bytes(b"")
        command = [sys.executable, "-m", "pymacaron", "mock", *(os.fspath(path) for path in paths)]
        command += ["--seed", seed, "--auth" if auth else "--no-auth", *(["--dynamic"] if dynamic else [])]
        command += ["--record", record, "--listener", str(listener.fileno())]
        environment = {**os.environ, **({"PYMACARON_MOCK_TOKEN": token} if token else {})}
        with open(log, "wb") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[listener.fileno()],
                env=environment,
            )
        try:
            name, own = listener.getsockname()[:2]
            listener.close()  # so that a caller is refused when the mock is gone
            url = f"http://[{name}]:{own}" if ":" in name else f"http://{name}:{own}"
            _wait(process, url, log)
            yield MockServer(url, record)
        finally:
            process.terminate()
            try:
                process.wait(_STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: str) -> None:
    """Until the mock answers. Raises MockError."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # no proxy knows this machine's own ports
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with opener.open(f"{url}/ping", timeout=deadline - time.monotonic()):
                return
        except urllib.error.HTTPError:
            return  # a description has a /ping of its own
        except OSError:
            time.sleep(0.02)
    said = Path(log).read_text(encoding="utf-8", errors="replace").strip()
    raise MockError(f"the mock did not start: {said or 'it says nothing'}")
