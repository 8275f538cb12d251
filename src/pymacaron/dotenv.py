"""
`.env`, a git-ignored file of variables beside server.py: what a service needs in development and nobody commits.

`pymacaron run` reads it; a service's own tests do with `load()`. A variable that is set already wins. Values are
secrets: no message of this module holds one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from pymacaron.exceptions import ConfigError

__all__ = ["FILE", "load", "parse", "unset"]

FILE = ".env"

_LINE = re.compile(
    r"""(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*
    (?: '(?P<raw>[^']*)'[ \t]*(?:\#.*)?
      | "(?P<quoted>(?:[^"\\]|\\.)*)"[ \t]*(?:\#.*)?
      | (?P<plain>(?!['"]).*)
    )""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_ESCAPED = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def parse(text: str, file: str = FILE) -> dict[str, str]:
    """
    dict of variable -> value of *text*: lines KEY=VALUE, also behind `export`, empty ones, and comments from a # on.

    In single quotes a value is as written; in double quotes \\n, \\r and \\t are line break, return and tab, and a
    backslash before anything else is left out; without quotes it ends before ` #`. The last of several wins. Raises
    ConfigError, with *file* and the line's number, for a line that is none of these.
    """
    found = {}
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or "\0" in line:
            raise ConfigError(f"{file}:{number} is no line KEY=VALUE, or has a quote too few: write KEY='a value'")
        found[match["name"]] = _value(match)
    return found


def _value(match: re.Match[str]) -> str:
    if match["raw"] is not None:
        return match["raw"]
    if match["quoted"] is not None:
        return _ESCAPED.sub(lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), match["quoted"])
    return _COMMENT.sub("", match["plain"]).strip()


def unset(folder: str | os.PathLike[str], environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """
    What the `.env` in *folder* says of variables that *environ* (os.environ) does not have; empty where there is none.

    Raises ConfigError for a file that cannot be read.
    """
    known = os.environ if environ is None else environ
    path = os.path.join(folder, FILE)
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is no UTF-8 text") from None
    return {name: value for name, value in parse(text, path).items() if name not in known}


def load(folder: str | os.PathLike[str] = ".") -> list[str]:
    """Put into os.environ what `unset` gives. The names that were not set before, sorted. Raises ConfigError."""
    found = unset(folder)
    os.environ.update(found)
    return sorted(found)
