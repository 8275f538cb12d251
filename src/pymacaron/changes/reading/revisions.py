"""
Descriptions as they stand in a revision of git: read by the git command line, from its objects, not from the checkout.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from pymacaron.finding import Finding, FindingsError, did_you_mean

__all__ = ["Named", "named", "write"]

_TIMEOUT_S = 60
_REFERENCE = re.compile(rb"""\$ref["']?\s*:\s*["']?([^"'#\s{},]+)""")
#: Where descriptions are, if nobody says it
_USUAL = "apis"


@dataclass(frozen=True, slots=True)
class Named:
    """`path`, from the top of the repository, in `revision`, which is the commit `commit`."""

    revision: str
    commit: str
    path: str


def named(said: str, other: str) -> Named:
    """
    What *said*, `REVISION` or `REVISION:PATH`, names. Without a path: the one of *other*, which it is compared with, or
    else apis/. Raises FindingsError.
    """
    revision, mark, path = said.partition(":")
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not revision or found is None:
        fact = "there is no such file, and no such revision of git"
        names = os.listdir(os.path.dirname(said) or ".") if _is_folder(said) else []
        mend = did_you_mean(os.path.basename(said), sorted(names)) or "Name a file, a folder, REVISION:PATH or a URL"
        raise FindingsError([Finding(said, 0, 0, "missing-file", fact, mend)])
    commit = found.decode().strip()
    prefix = (_git("rev-parse", "--show-prefix") or b"").decode().strip()
    if not mark:
        path = _beside(other, prefix)
    elif path.startswith(("./", "../")) or path == ".":
        path = posixpath.join(prefix, path)
    path = posixpath.normpath(path or ".")
    if path.startswith(("../", "/")):
        fact = "this is no path in the repository"
        raise FindingsError([Finding(said, 0, 0, "missing-file", fact, "Write it from the top of the repository")])
    return Named(revision, commit, path)


def _is_folder(said: str) -> bool:
    return os.path.isdir(os.path.dirname(said) or ".")


def _beside(other: str, prefix: str) -> str:
    """The path that *other* has in the repository."""
    if os.path.exists(other):
        top = (_git("rev-parse", "--show-toplevel") or b".").decode().strip()
        return Path(os.path.relpath(os.path.realpath(other), os.path.realpath(top))).as_posix()
    _, mark, path = other.partition(":")
    if mark and "//" not in other:
        return posixpath.join(prefix, path) if path.startswith(("./", "../")) else path
    return posixpath.join(prefix, _USUAL)


def write(what: Named, folder: str, endings: Sequence[str]) -> None:
    """
    Write what *what* names, and what that refers to, below *folder*: the file, or of a folder the files with one of
    *endings*. Raises FindingsError where it is not there.
    """
    kind = (_git("cat-file", "-t", f"{what.commit}:{'' if what.path == '.' else what.path}") or b"").decode().strip()
    if kind == "blob":
        todo = [what.path]
    elif kind == "tree":
        os.makedirs(os.path.join(folder, what.path), exist_ok=True)
        listed = _git("ls-tree", "-r", "-z", "--name-only", "--full-tree", what.commit, "--", _tree(what.path)) or b""
        names = [os.fsdecode(name) for name in listed.split(b"\0") if name]
        todo = [name for name in names if name.endswith(tuple(endings))]
    else:
        fact = f"the revision has no {what.path!r}"
        mend = "Write REVISION:PATH, with the path from the top of the repository"
        raise FindingsError([Finding(f"{what.revision}:{what.path}", 0, 0, "missing-file", fact, mend)])
    done = set[str]()
    while todo:
        path = todo.pop()
        if path in done or path.startswith(("../", "/")):
            continue
        done.add(path)
        text = _git("cat-file", "blob", f"{what.commit}:{path}")
        if text is None:
            continue  # what refers to it is told that it is not there
        to = Path(folder, path)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(text)
        todo += [
            posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(found.decode("utf-8", "replace"))))
            for found in set(_REFERENCE.findall(text))
            if b"://" not in found
        ]


def _tree(path: str) -> str:
    return "." if path == "." else f"{path}/"


def _git(*arguments: str) -> bytes | None:
    """What git prints; None where it fails. Raises FindingsError where there is no git."""
    environ = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_LITERAL_PATHSPECS": "1"}
    try:
        done = subprocess.run(
            ["git", *arguments], capture_output=True, timeout=_TIMEOUT_S, env=environ, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        fact, mend = "revisions are read by git, which is not installed", "Install git, or name files"
        raise FindingsError([Finding("git", 0, 0, "unreadable-file", fact, mend)]) from None
    except subprocess.TimeoutExpired:
        fact = f"git did not answer for {_TIMEOUT_S} seconds"
        raise FindingsError([Finding("git", 0, 0, "unreadable-file", fact, "Try it again")]) from None
    return done.stdout if done.returncode == 0 else None
