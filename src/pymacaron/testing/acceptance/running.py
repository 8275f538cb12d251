"""pytest in a process of its own, which finds the service under test by variables: PYM_SERVER_HOST and others."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from pymacaron.testing.acceptance import session
from pymacaron.testing.acceptance.outcome import Outcome, read
from pymacaron.testing.reached import Target

__all__ = ["MissingTestsError", "accepted", "demanded"]

#: Where tests are looked for
_FOLDER = "testaccept"
#: Seconds that pytest may take to sum up after a Ctrl-C
_END_S = 10.0
#: Exit codes of pytest: it was called wrongly; it has found no test
_MISUSED, _EMPTY = 4, 5


class MissingTestsError(Exception):
    """There is nothing to run: a message for people."""


def demanded(paths: Sequence[str], folder: Path) -> list[str]:
    """*paths*, testaccept where there are none. Raises MissingTestsError for one that is not in *folder*."""
    if find_spec("pytest") is None:
        raise MissingTestsError("pytest is not installed. Install it with: pip install 'pymacaron[test]'")
    wanted = list(paths) or [_FOLDER]
    for path in wanted:
        if not (folder / path.partition("::")[0]).exists():
            mend = "" if paths else f". Name them, as in: pymacaron test path/to/{_FOLDER}"
            raise MissingTestsError(f"there are no tests to run: {path} is not there{mend}")
    return wanted


def accepted(
    target: Target,
    paths: Sequence[str],
    folder: Path,
    *,
    environ: Mapping[str, str],
    junit: Path | None = None,
    arguments: Sequence[str] = (),
) -> Outcome:
    """
    What pytest says of the tests at *paths*, in *folder*, against *target*. *environ*: variables besides the target's;
    *junit*: the file that it is to write; *arguments* of pytest.

    It prints what it prints. Raises MissingTestsError where it has run none; KeyboardInterrupt once it has ended, where
    it was interrupted.
    """
    with TemporaryDirectory(prefix="pymacaron-test-") as kept:
        cases = Path(kept, "cases.json")
        wanted = ["-p", session.__name__, f"{session.OPTION}={cases}"]
        if junit is not None:
            wanted.append(f"--junitxml={junit.absolute()}")
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *wanted, *arguments, *paths],
            cwd=folder,
            env={**environ, **target.environ},
        )
        try:
            code = process.wait()
        except BaseException:
            _end(process)
            raise
        if code == _MISUSED:
            raise MissingTestsError("no tests were run: pytest was called wrongly")
        if code == _EMPTY:
            raise MissingTestsError(f"no tests were run: {' '.join(paths)} has none")
        return read(min(code, 1) if code >= 0 else 1, target.meant.url, cases)


def _end(process: subprocess.Popen[bytes]) -> None:
    """
    Have it sum up and end, and ask again where it does not; kill it after that, or at a second Ctrl-C.

    A terminal sends a Ctrl-C to it, too: of two at a time it hears one, see session.py.
    """
    try:
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
                return
    finally:
        process.kill()
        process.wait()
