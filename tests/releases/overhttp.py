"""Releases in processes of their own, against the one endpoint of all services: run, killed, run again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

from cloud.here import Cloud

from releases.run import carry_out

__all__ = ["begun", "converges", "count", "run", "states"]

_TESTS = Path(__file__).resolve().parents[1]


def run(aws: Cloud, label: str, *more: str) -> subprocess.CompletedProcess[str]:
    """One run, of which *more* is said as to releases.run; its exit code is -9 where it was killed."""
    environ = {**aws.environ, "PYTHONPATH": os.pathsep.join([str(_TESTS), str(_TESTS.parent / "src")])}
    command = [sys.executable, "-m", "releases.run", label, *more]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=300)


def states(aws: Cloud) -> list[tuple[str, str, str]]:
    """Of each environment: its label, status, and first label of its CNAME."""
    found = aws.beanstalk.environments.values()
    return sorted((one["VersionLabel"], one["Status"], one["CNAME"].partition(".")[0]) for one in found)


def begun(aws: Cloud, workers: bool = False) -> None:
    """v1 is live."""
    with patch.dict(os.environ, aws.environ):
        carry_out("v1", workers)
    aws.forget()


def count(aws: Cloud) -> int:
    """How many calls the release of v2 makes, about: it looks as often as its waits take."""
    begun(aws)
    done = run(aws, "v2")
    assert done.returncode == 0, done.stderr
    return len(aws.calls)


def converges(aws: Cloud, number: int) -> str:
    """What is wrong after the release of v2 was killed at call *number*, and run again; '' where nothing is."""
    begun(aws)
    aws.kill_after(number)
    killed = run(aws, "v2")
    if killed.returncode not in (-9, 0):
        return f"the first run ended with {killed.returncode}: {killed.stderr[-500:]}"
    if not any(cname == "shop-live" for _, status, cname in states(aws) if status != "Terminating"):
        return f"nobody is live: {states(aws)}"
    aws.heal()
    again = run(aws, "v2")
    if again.returncode:
        return f"the second run ended with {again.returncode}: {again.stderr[-500:]}"
    if states(aws) != [("v2", "Ready", "shop-live")]:
        return f"after the second run: {states(aws)}"
    aws.forget()
    last = run(aws, "v2")
    return f"the third run wrote {aws.writes}, {last.stderr[-500:]}" if aws.writes or last.returncode else ""
