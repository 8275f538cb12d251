"""The API gate of a release: whether callers of what is live go on as before, by `pymacaron diff`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from pymacaron.cli.deploying import Desk
from pymacaron.deploy import git
from pymacaron.deploy.failures import DeployError

__all__ = ["ALLOW", "compatible", "demand_compatible"]

#: What a mend says, and the pipeline, too
ALLOW = "Mend it, or allow it: --allow-breaking, or deploy: {allow_breaking: true}"
#: What a label begins with
_COMMIT = re.compile(r"([0-9a-f]{12})-")
_APIS = "apis"


def compatible(desk: Desk, live: str | None, is_allowed: bool = False) -> bool:
    """
    Whether the descriptions of this folder break nobody who calls *live*, the label that is live: its commit, which it
    begins with, is compared. What has changed is shown on stderr. True where there is nothing to compare, or
    *is_allowed*. Raises DeployError where the clone lacks that commit.
    """
    commit = _COMMIT.match(live or "")
    if is_allowed or desk.wanted.allow_breaking or commit is None or not Path(desk.folder, _APIS).is_dir():
        return True
    if not git.has(desk.folder, commit[1]):
        fact = f"commit {commit[1]} is live, and not in this clone, so nobody can tell what has changed of the API"
        raise DeployError(fact, "Fetch it: git fetch --unshallow, or go on without: --allow-breaking")
    if not git.has(desk.folder, f"{commit[1]}:./{_APIS}"):
        return True
    command = [sys.executable, "-m", "pymacaron", "diff", f"{commit[1]}:./{_APIS}", _APIS]
    return subprocess.run(command, cwd=desk.folder, stdout=sys.stderr, check=False).returncode == 0


def demand_compatible(desk: Desk, live: str | None, is_allowed: bool = False) -> None:
    """Raises DeployError where `compatible` is not so."""
    if not compatible(desk, live, is_allowed):
        raise DeployError("what has changed of the API: not passed, callers would break", ALLOW)
