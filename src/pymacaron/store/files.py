"""Why a file of SQLite cannot be used, and what helps: for the files of models and of tasks."""

from __future__ import annotations

import errno
import sqlite3

__all__ = ["trouble"]

_WRITE = "Let the user that runs this write the file and its folder"
_ROOM = "Make room on its disk"
_HELD = "End the process that holds it"
#: dict: error of the system -> what helps
_OF_SYSTEM = {
    errno.EACCES: _WRITE,
    errno.EDQUOT: _ROOM,
    errno.EISDIR: "Move the folder away that is in its place",
    errno.ENOENT: "Make its folder",
    errno.ENOSPC: _ROOM,
    errno.EPERM: _WRITE,
    errno.EROFS: _WRITE,
}
#: dict: error of SQLite -> what helps
_OF_SQLITE = {
    sqlite3.SQLITE_BUSY: _HELD,
    sqlite3.SQLITE_CANTOPEN: _WRITE,
    sqlite3.SQLITE_CORRUPT: "Put a copy of it back, or move it away to begin anew",
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_IOERR: "Look at its disk, which may be full or broken",
    sqlite3.SQLITE_LOCKED: _HELD,
    sqlite3.SQLITE_NOTADB: "Move it away: what lies there was made by something else",
    sqlite3.SQLITE_PERM: _WRITE,
    sqlite3.SQLITE_READONLY: _WRITE,
}


def trouble(error: sqlite3.Error | OSError, elsewhere: str) -> str:
    """`FACT. MEND, or ELSEWHERE`, as far as the *error* tells; *elsewhere*: where such things could be instead."""
    if isinstance(error, OSError):
        fact, mend = str(error.strerror), _OF_SYSTEM.get(error.errno or 0)
    else:
        fact, mend = str(error), _OF_SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return f"{fact}. {mend}, or {elsewhere}" if mend else fact
