"""The clone that a release is made of, by the git command line: which commit, what differs from it, who else has it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pymacaron.deploy.failures import DeployError

__all__ = ["Revision", "has", "listed", "revision"]


#: What Python writes beside the files of a service where nothing ignores it
_DERIVED = (":(exclude,glob)**/__pycache__/**", ":(exclude,glob)**/*.pyc")


@dataclass(frozen=True, slots=True)
class Revision:
    """
    `commit`: 40 hex digits; `committed`: when, with its zone; `dirty`: files that differ from it, or are not in it and
    not ignored, but for bytecode, which follows from them; `is_pushed`: whether a branch of a remote has it; `remote`:
    URL of the remote, without a password.
    """

    commit: str
    committed: datetime
    dirty: tuple[str, ...]
    is_pushed: bool
    remote: str

    @property
    def name(self) -> str:
        """What a label begins with: 12 digits of the commit, and `-dirty` where the folder is not as it has it."""
        return f"{self.commit[:12]}{'-dirty' if self.dirty else ''}"


def revision(folder: Path) -> Revision | None:
    """What *folder* is a clone of; None where it is none, or has no commit. Raises DeployError where git fails."""
    if not _git(folder, "rev-parse", "--is-inside-work-tree", fails=False):
        return None
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD", fails=False).strip()
    if not commit:
        return None
    looked = ("--untracked-files=all", "--no-renames", "--", ".", *_DERIVED)
    changes = _git(folder, "status", "--porcelain", "-z", *looked)
    return Revision(
        commit,
        datetime.fromisoformat(_git(folder, "show", "--no-patch", "--format=%cI", "HEAD").strip()),
        tuple(sorted(one[3:] for one in changes.split("\0") if one)),
        bool(_git(folder, "branch", "--remotes", "--contains", commit).strip()),
        _remote(folder),
    )


def has(folder: Path, name: str) -> bool:
    """Whether the clone has the object *name*: a commit, or what lies at a path in it, as in `v1:./apis`."""
    return bool(_git(folder, "cat-file", "-t", name, fails=False))


def listed(folder: Path) -> list[str] | None:
    """Files of *folder* that git knows, or would if they were added; a submodule is one. None where it is no clone."""
    if not _git(folder, "rev-parse", "--is-inside-work-tree", fails=False):
        return None
    told = _git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", ".")
    return sorted({one.rstrip("/") for one in told.split("\0") if one})


def _remote(folder: Path) -> str:
    url = _git(folder, "config", "--get", "remote.origin.url", fails=False).strip()
    scheme, colon, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if colon else url


def _git(folder: Path, *arguments: str, fails: bool = True) -> str:
    """What git prints. Where it may fail: '' then, also where there is no git, and no clone that wants it."""
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        if not fails and not any(
            (place / ".git").exists() for place in (folder.absolute(), *folder.absolute().parents)
        ):
            return ""
        fact = "git is not installed, and it knows which files of a clone, and which commit, are released"
        raise DeployError(fact, "Install git") from None
    if done.returncode:
        if not fails:
            return ""
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise DeployError(f"git {arguments[0]} failed in {folder}: {said}")
    return done.stdout.decode("utf-8", "surrogateescape")
