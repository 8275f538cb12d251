"""What every service needs, and every release: Python, Flask, git, docker."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pymacaron.check import old_distributions
from pymacaron.doctor.need import Need, lacking, met

__all__ = ["docker", "flask", "git", "old_names", "python"]

#: Oldest versions, and those of Flask whose dispatch ours stands in for
_PYTHON, _FLASK, _DIRECT = (3, 11), (3, 1), "3.1."
_ANSWERS_WITHIN_S = 20


def python(found: tuple[int, ...] = sys.version_info[:3]) -> Need:
    """The interpreter that runs this."""
    told = ".".join(map(str, found))
    if found >= _PYTHON:
        return met("Python", f"{told} ({platform.python_implementation()})")
    return lacking(
        "Python", f"this is {told}, and 3.11 or later is needed", "Make a virtual environment with a later one"
    )


def flask(found: str | None = None) -> Need:
    """Flask, of the version *found*; None: the one that is installed."""
    try:
        told = version("flask") if found is None else found
    except PackageNotFoundError:
        return lacking("Flask", "it is not installed", "Run: pip install 'Flask>=3.1'")
    numbers = tuple(int(part) for part in told.split(".")[:2] if part.isdigit())
    if numbers < _FLASK:
        return lacking(
            "Flask", f"this is {told}, and 3.1 or later is needed", "Run: pip install --upgrade 'Flask>=3.1'"
        )
    direct = "" if told.startswith(_DIRECT) else "; calls go by Flask's own dispatch, which is slower: we know 3.1"
    return met("Flask", told + direct)


def old_names() -> list[Need]:
    """The distributions of old, where some are installed that hide ours."""
    return [lacking("import names", one.fact, one.mend) for one in old_distributions()]


def git(folder: Path, release: str) -> list[Need]:
    """git, where *folder* is a clone, or *release* says who asks for one."""
    is_clone = any((one / ".git").exists() for one in (folder, *folder.parents))
    if not release and not is_clone:
        return []
    told = _said(["git", "--version"])
    if told is None:
        why = f"{release} asks for releases" if release else "this is a clone, which pymacaron diff compares"
        return [
            lacking("git", f"there is no git on the PATH, and {why}", "Run: apt-get install git, or as you install")
        ]
    if release and not is_clone:
        return [lacking("git", f"{release} asks for releases, and this is no clone", "Run: git init, and commit")]
    return [met("git", told.removeprefix("git version ").strip())]


def docker(release: str, environ: Mapping[str, str]) -> list[Need]:
    """The docker command, and a daemon that answers it, for what *release* says asks for them."""
    if shutil.which("docker", path=environ.get("PATH")) is None:
        fact = f"there is no docker on the PATH, and {release} asks for releases"
        return [lacking("docker", fact, "Install it: https://docs.docker.com/engine/install")]
    told = _said(["docker", "version", "--format", "{{.Server.Version}}"], environ)
    if not told:
        mend = "Start its daemon: systemctl start docker, or Docker Desktop; DOCKER_HOST names another one"
        return [lacking("docker", "its daemon does not answer", mend)]
    return [met("docker", told.strip())]


def _said(command: list[str], environ: Mapping[str, str] | None = None) -> str | None:
    """What *command* writes; None where it is not there or fails."""
    env = None if environ is None else dict(environ)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_ANSWERS_WITHIN_S, env=env)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
