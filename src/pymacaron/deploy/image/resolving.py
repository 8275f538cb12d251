"""
Requirements without hashes -> a lock, made by pip in the base image: what it finds fits the Python and the libraries
there, whatever this machine has, and nothing else is to be installed here.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from pymacaron.deploy.failures import DeployError, DockerError
from pymacaron.deploy.image import archive
from pymacaron.deploy.image.docker import Docker
from pymacaron.deploy.image.locks.found import mark
from pymacaron.deploy.image.locks.lock import entry
from pymacaron.deploy.image.locks.requirements import Requirements

__all__ = ["INDEXES", "locked", "sent"]

#: Variables of pip that the one who makes an image may have: where distributions are. They may hold a password
INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST")

_FOLDER = "/tmp/lock"
#: Reads a tar from stdin, and prints pip's report of what it would install
_RESOLVE = f"""
import subprocess, sys, tarfile
tarfile.open(fileobj=sys.stdin.buffer, mode="r|").extractall({_FOLDER!r})
command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "install", "--dry-run"]
command += ["--ignore-installed", "--quiet", "--report", "-", "--requirement", "wanted.txt"]
sys.exit(subprocess.run(command, cwd={_FOLDER!r}).returncode)
"""


def sent(folder: Path, local: tuple[str, ...]) -> dict[str, Path]:
    """dict: name -> file, of the files and folders *local* of *folder*. Raises DeployError for one outside of it."""
    found: dict[str, Path] = {}
    for name in local:
        if name.startswith("/") or ".." in name.split("/"):
            raise DeployError(f"the lock names {name}, which is not below {folder}", "Put it into the folder ./wheels")
        path = folder / name
        for one in sorted(path.iterdir()) if path.is_dir() else [path]:
            if one.is_file():
                found[one.relative_to(folder).as_posix()] = one
    return found


def locked(
    wanted: Requirements, folder: Path, reference: str, base: str, docker: Docker, environ: Mapping[str, str]
) -> str:
    """
    The text of a lock of *wanted*, made in the image *reference*, which people call *base*. Raises DockerError with
    what pip has said.
    """
    entries: dict[str, Path | bytes] = {**sent(folder, (*wanted.local, *wanted.constraints))}
    lines = (*wanted.options, *(f"--constraint {one}" for one in wanted.constraints), *wanted.lines)
    entries["wanted.txt"] = "".join(f"{one}\n" for one in lines).encode()
    context = io.BytesIO()
    archive.write(entries, context)
    given = [word for name in INDEXES if environ.get(name) for word in ("--env", name)]
    try:
        told = docker.ask(
            "run", "--rm", "--interactive", *given, reference, "python", "-c", _RESOLVE, stdin=context.getvalue()
        )
    except DockerError as error:
        if error.mend:
            raise
        fact = f"pip finds no distributions that do for {wanted.file} in {base}"
        raise DockerError(fact, "Look at what it says", error.lines[-12:]) from None
    return _text(json.loads(told), wanted, base)


def _text(report: dict[str, object], wanted: Requirements, base: str) -> str:
    environment, installed = report["environment"], report["install"]
    assert isinstance(environment, dict)
    assert isinstance(installed, list)
    where = f"Python {environment['python_version']} on {environment['platform_machine']}"
    made = [
        "# What the image installs: made by `pymacaron image`, and to be committed. Remove it to have it made anew.\n",
        f"{mark(wanted, base)}\n",
        f"# For: {where}\n",
        *(f"{option}\n" for option in wanted.options),
    ]
    for one in sorted(installed, key=lambda one: str(one["metadata"]["name"]).lower()):
        name, version, source = one["metadata"]["name"], one["metadata"]["version"], one["download_info"]
        hashes = source.get("archive_info", {}).get("hashes", {})
        if "sha256" not in hashes:
            raise DeployError(f"{wanted.file} leads to {name}, which has no hash", "Name a release of it, or a wheel")
        what = f"{name}=={version}"
        if one["is_direct"]:
            url = source["url"]
            within = url.partition(f"{_FOLDER}/")[2]
            what = f"./{PurePosixPath(within)}" if url.startswith("file:") else f"{name} @ {url}"
        made.append(entry(what, [f"sha256:{hashes['sha256']}"]))
    return "".join(made)
