"""Files -> the archive that docker builds of: the same bytes of the same files, whoever has them wherever."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

__all__ = ["FIXED_TIME", "fingerprint", "write"]

#: What every file of an image says it was changed at, in seconds: 1980-01-01, the first day that a zip can say
FIXED_TIME = 315_532_800


def write(entries: Mapping[str, Path | bytes], into: BinaryIO) -> None:
    """
    Write a tar of *entries*, dict of name -> file or content: sorted, with one time, one owner, and of the modes only
    whether a file can be run.
    """
    with tarfile.open(fileobj=into, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(entries):
            entry = entries[name]
            told = tarfile.TarInfo(name)
            told.mtime, told.mode = FIXED_TIME, _mode(entry)
            if isinstance(entry, Path) and entry.is_symlink():
                told.type, told.linkname = tarfile.SYMTYPE, os.readlink(entry)
                archive.addfile(told)
                continue
            content = entry if isinstance(entry, bytes) else entry.read_bytes()
            told.size = len(content)
            archive.addfile(told, io.BytesIO(content))


def fingerprint(entries: Mapping[str, Path | bytes], *more: str) -> str:
    """SHA-256 of what `write` writes of *entries*, and of *more*: 64 hex digits."""
    found = hashlib.sha256()
    for name in sorted(entries):
        entry = entries[name]
        if isinstance(entry, Path) and entry.is_symlink():
            content = b"-> " + os.fsencode(os.readlink(entry))
        else:
            content = entry if isinstance(entry, bytes) else entry.read_bytes()
        found.update(f"{name}\0{_mode(entry):o}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
    for text in more:
        found.update(f"\0{text}".encode())
    return found.hexdigest()


def _mode(entry: Path | bytes) -> int:
    if isinstance(entry, bytes):
        return 0o644
    if entry.is_symlink():
        return 0o777
    return 0o755 if entry.stat().st_mode & 0o100 else 0o644
