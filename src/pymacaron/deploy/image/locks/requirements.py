"""
Files of pip's own format: with hashes, which is a lock, or without, of which one is made. Source: pip's documentation,
"Requirements File Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pymacaron.deploy.failures import DeployError
from pymacaron.deploy.image.locks.lock import Lock, canonical

__all__ = ["Requirements", "lock", "read"]

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_FOLDED = re.compile(r"\\\n")
_COMMENT = re.compile(r"(?:^|\s)#.*$", re.MULTILINE)
_OPTION = re.compile(r"^(-[a-z]|--[a-z-]+)(?:\s*=\s*|\s+|$)(.*)$")
_SHORT = {"-r": "--requirement", "-c": "--constraint", "-e": "--editable", "-f": "--find-links", "-i": "--index-url"}
_PASSWORD = re.compile(r"://[^/\s]*:[^/\s]*@")
#: What a lock that is made of them says again
_KEPT = {
    *("--index-url", "--extra-index-url", "--find-links", "--no-index", "--trusted-host", "--pre", "--prefer-binary"),
    *("--no-binary", "--only-binary"),
}


@dataclass(frozen=True, slots=True)
class Requirements:
    """
    `lines`: requirements; `options`: of pip, which stand above them; `constraints`: files that hold them down; `local`:
    files and folders that any of them name. All below the service's folder.
    """

    file: str
    lines: tuple[str, ...]
    options: tuple[str, ...]
    constraints: tuple[str, ...]
    local: tuple[str, ...]

    @property
    def is_locked(self) -> bool:
        """Whether each has its hashes."""
        return bool(self.lines) and all("--hash" in line for line in self.lines)

    @property
    def names(self) -> frozenset[str]:
        """Canonical names of the distributions."""
        found = (_name(line) for line in self.lines)
        return frozenset(canonical(name) for name in found if name)


def read(folder: Path, file: str) -> Requirements:
    """What *file* of *folder* says, with the files that it names by -r. Raises DeployError for what cannot be had."""
    lines: list[str] = []
    options: list[str] = []
    constraints: list[str] = []
    local: list[str] = []
    for line, where in _lines(folder, file, ()):
        option, value = _option(line)
        if _PASSWORD.search(line):
            raise DeployError(
                f"{where} has a URL with a password", "Leave it out, and set PIP_EXTRA_INDEX_URL where images are made"
            )
        if option == "--editable":
            raise DeployError(f"{where} has an editable requirement, which has no hash", "Name a release, or a wheel")
        if option == "--constraint":
            constraints.append(_below(folder, value, where))
        elif option in _KEPT:
            if option == "--find-links" and "://" not in value:
                local.append(_below(folder, value, where))
            options.append(f"{option} {value}".rstrip())
        elif not option:
            path = _path(line)
            if path.startswith(("./", "/")) or (path.endswith(".whl") and "@" not in path):
                local.append(_below(folder, path, where))
            lines.append(line)
    return Requirements(file, tuple(lines), tuple(dict.fromkeys(options)), tuple(constraints), tuple(local))


def lock(found: Requirements) -> Lock:
    """*found*, which is locked, as a lock. Raises DeployError where it holds something down by a file."""
    if found.constraints:
        raise DeployError(f"{found.file} has hashes and names constraints", "Leave these out: the hashes say more")
    text = "".join(f"{one}\n" for one in (*found.options, *found.lines))
    return Lock(found.file, text, found.local, found.names)


def _lines(folder: Path, file: str, above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(line, file:number), those that other files add among them."""
    try:
        text = (folder / file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DeployError(
            f"{above[-1] if above else file} names {file}, which cannot be read: {error.strerror}"
        ) from None
    folded = _FOLDED.sub("  ", text.replace("\r\n", "\n"))
    for line in _COMMENT.sub("", folded).splitlines():
        line = " ".join(line.split())
        option, value = _option(line)
        if option == "--requirement":
            other = str(PurePosixPath(file).parent / value)
            if other not in (*above, file):
                yield from _lines(folder, other, (*above, file))
        elif line:
            yield line, file


def _option(line: str) -> tuple[str, str]:
    match = _OPTION.match(line)
    return (_SHORT.get(match[1], match[1]), match[2].strip()) if match else ("", "")


def _path(line: str) -> str:
    """Of a requirement that is a file: without its extras."""
    return line.split(" ")[0].partition("[")[0]


def _name(line: str) -> str:
    path = _path(line)
    if path.endswith(".whl"):
        return PurePosixPath(path).name.partition("-")[0]
    match = _NAME.match(line)
    return match[0] if match else ""


def _below(folder: Path, value: str, where: str) -> str:
    path = (folder / value.removeprefix("file:")).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.exists():
        raise DeployError(
            f"{where} names {value}, which is not there below the service's folder", "Put it into the folder ./wheels"
        )
    return path.relative_to(folder.resolve()).as_posix()
