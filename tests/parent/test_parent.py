"""A process learns that the one that has started it is gone, by whichever way its system has."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no processes are forked here")

#: A child waits for the end of its parent, which is killed; what it says then is told
KILLED = """
import os, signal, threading
from pymacaron.parent import when_gone

ours, theirs = os.pipe()
parent = os.fork()
if parent == 0:
    main = os.getpid()
    for _ in range({threads}):
        threading.Thread(target=signal.pause, daemon=True).start()
    if os.fork() == 0:
        {without}
        over = threading.Event()
        when_gone(main, lambda: (os.write(theirs, b"gone,"), over.set()))
        os.write(theirs, b"waits,")
        over.wait()
        os._exit(0)
    signal.pause()
os.close(theirs)
told = os.read(ours, 10)
os.kill(parent, signal.SIGKILL)
os.waitpid(parent, 0)
while more := os.read(ours, 10):
    told += more
print(told.decode())
"""


def said(code: str) -> str:
    # Python 3.12 warns of forking beside threads, which the parent in these tests is meant to have
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("threads", [0, 8])
@pytest.mark.parametrize(
    "without",
    ["pass", "os.pidfd_open = None; del os.pidfd_open", "os.pidfd_open = lambda _: open('/nowhere/at/all')"],
    ids=["as it is", "no such call", "not let"],
)
def test_the_end_of_a_parent_is_told_once(without: str, threads: int) -> None:
    assert said(KILLED.format(without=without, threads=threads)) == "waits,gone,\n"


def test_a_parent_that_is_gone_before_is_told_of_at_once() -> None:
    code = "import os\nfrom pymacaron.parent import when_gone\nwhen_gone(os.getppid() + 1, lambda: print('gone'))"
    assert said(code) == "gone\n"
