"""
The door of this room for old services: every line of one that has to change, or may, for it to run here.

Files are read, nothing in them runs or is written. `oldcode` looks at Python, `oldtexts` at everything else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pymacaron.doctor.change import Legacy
from pymacaron.doctor.oldcode import CONNEXION, of_code
from pymacaron.doctor.oldtexts import kind_of, of_text
from pymacaron.finding import Finding, FindingsError

__all__ = ["Legacy", "legacy"]

#: Folders in which nothing is the service's own
_OTHERS = {"__pycache__", "build", "dist", "node_modules", "site-packages", "venv"}
#: Bytes from which on a file is data
_LARGE = 2_000_000
#: In Python: a service of Connexion, which always counted basePath, moved already. In a config: it is said what counts
_MOVED = re.compile(r"^\s*(?:from|import) pymacaron(?:\.connexion\b| import connexion\b)", re.MULTILINE)
_SETTLED = re.compile(r"^ignore_base_path\s*:", re.MULTILINE)


def legacy(path: Path) -> tuple[list[Legacy], int]:
    """
    What to change in the service in the folder *path*, or in that file, in the order of files and lines; and how many
    files were looked at. Raises FindingsError where there is no such folder.
    """
    if not path.exists():
        raise FindingsError([Finding(str(path), 0, 0, "missing-file", "there is no such file or folder", "")])
    found: list[Legacy] = []
    count = 0
    is_settled = False
    for file in _files(path):
        text = _text(file)
        if text is None:
            continue
        count += 1
        changes = list(of_code(text) if file.suffix == ".py" else of_text(file.name, text))
        is_settled = is_settled or _settles(file, text, changes)
        found += (replace(one, file=_shown(file, path)) for one in changes)
    if is_settled:
        found = [one for one in found if not one.fact.startswith("basePath ")]
    return sorted(found, key=lambda one: (one.file, one.line, one.column)), count


def _settles(file: Path, text: str, changes: list[Legacy]) -> bool:
    """Whether by *file* there is nothing to decide of the basePath of descriptions."""
    if file.suffix == ".py":
        return any(one.fact == CONNEXION for one in changes) or _MOVED.search(text) is not None
    return kind_of(file.name) == "config" and _SETTLED.search(text) is not None


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, names, files in os.walk(path):
        names[:] = sorted(name for name in names if _is_own(Path(folder) / name))
        yield from (
            file for name in sorted(files) if (file := Path(folder) / name).suffix == ".py" or kind_of(file.name)
        )


def _is_own(folder: Path) -> bool:
    """Whether *folder* may hold files of the service; hidden ones only where they are those of CI."""
    is_hidden = folder.name.startswith(".") and folder.name not in (".ci", ".circleci", ".github")
    return not is_hidden and folder.name not in _OTHERS and not (folder / "pyvenv.cfg").exists()


def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8") if file.stat().st_size <= _LARGE else None
    except (OSError, UnicodeDecodeError):
        return None


def _shown(file: Path, path: Path) -> str:
    """*file* relative to the folder *path*."""
    return file.name if path.is_file() else file.relative_to(path).as_posix()
