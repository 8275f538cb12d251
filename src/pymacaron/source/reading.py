"""
The door of the room: a file, or a text, -> Document. Which of encoding.py, json.py and yaml.py looks at it is decided
here, and what keeps a file from being read at all is said here.
"""

from __future__ import annotations

import os
import re
import stat

from pymacaron.finding import Finding, FindingsError, did_you_mean
from pymacaron.source.document import Document
from pymacaron.source.encoding import wrong_encoding
from pymacaron.source.json import lenient, parse_json
from pymacaron.source.yaml import parse_yaml

__all__ = ["parse", "read"]

_JSON_START = re.compile(rb"\s*[{\[]")


def read(
    path: str, *, max_bytes: int = 50_000_000, max_depth: int = 1000, findings: list[Finding] | None = None
) -> Document:
    """
    The file at *path*, as `parse` reads it. Raises FindingsError, also where there is no such file.
    """
    uri = os.path.abspath(path)
    name = _shown(uri)
    try:
        found = os.stat(uri)
        if found.st_size > max_bytes:
            raise FindingsError([_too_large(name, found.st_size, max_bytes)])
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            fact, mend = "this is no file but a pipe or a device, and might never end", "Copy what it holds into a file"
            raise FindingsError([Finding(name, 0, 0, "unreadable-file", fact, mend)])
        with open(uri, "rb") as file:
            text = file.read(max_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise FindingsError([_missing(uri, name)]) from None
    except IsADirectoryError:
        fact, mend = "this is a directory", "Name the file in it that is meant"
        raise FindingsError([Finding(name, 0, 0, "unreadable-file", fact, mend)]) from None
    except (OSError, ValueError) as error:
        fact = f"it cannot be read: {getattr(error, 'strerror', None) or error}"
        mend = "See to it that whoever runs this may read it"
        raise FindingsError([Finding(name, 0, 0, "unreadable-file", fact, mend)]) from None
    return parse(text, uri, name, max_bytes=max_bytes, max_depth=max_depth, findings=findings)


def parse(
    text: bytes,
    uri: str,
    name: str,
    *,
    max_bytes: int = 50_000_000,
    max_depth: int = 1000,
    findings: list[Finding] | None = None,
) -> Document:
    """
    *text* as YAML, or as JSON where it starts like it. Raises FindingsError.

    *max_bytes* limits the text, *max_depth* the nesting of lists and maps. What is wrong but can be read over (a key
    that stands twice, an unknown tag) is added to *findings* where that is given, and raised where it is not.
    Source: YAML 1.2.2, chapter 10.3 (core schema), with 1.1's merge keys; RFC 8259.
    """
    if len(text) > max_bytes:
        raise FindingsError([_too_large(name, len(text), max_bytes)])
    refused = wrong_encoding(text, name)
    if refused is not None:
        raise FindingsError([refused])
    if _JSON_START.match(text):
        return parse_json(text, uri, name, max_depth, findings)
    document = parse_yaml(text, uri, name, max_depth, findings)
    if findings is not None and name.endswith(".json"):
        findings.append(lenient(document))
    return document


def _shown(path: str) -> str:
    """*path* relative to the working directory where it lies below it, else as it is."""
    try:
        below = os.path.join(os.getcwd(), "")
    except FileNotFoundError:
        return path
    return path[len(below) :] if path.startswith(below) else path


def _missing(uri: str, name: str) -> Finding:
    """What is not there: the file, or the folder on the way to it."""
    if os.path.islink(uri):
        fact = f"it is a link to {os.readlink(uri)!r}, where there is no file"
        return Finding(name, 0, 0, "missing-file", fact, "Correct the link, or remove it")
    fact, missing = "there is no such file", os.path.basename(uri)
    folder = os.path.dirname(uri)
    while not os.path.isdir(folder) and folder != os.path.dirname(folder):
        missing, folder = os.path.basename(folder), os.path.dirname(folder)
        fact = f"there is no such file: {_shown(folder)!r} has no {missing!r}"
        if os.path.lexists(os.path.join(folder, missing)):
            fact = f"there is no such file: {_shown(os.path.join(folder, missing))!r} is no folder"
    try:
        names = [name for name in os.listdir(folder) if name != missing]
    except OSError:
        names = []
    return Finding(name, 0, 0, "missing-file", fact, did_you_mean(missing, sorted(names)))


def _too_large(name: str, size: int, max_bytes: int) -> Finding:
    fact = f"it has {size} bytes, where {max_bytes} are allowed"
    return Finding(name, 0, 0, "too-large", fact, "Split it, or raise the setting max_document_bytes")
