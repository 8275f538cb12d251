"""
Texts that stand for the files of a form where its schema is asked which of several schemas they fit.

minLength and maxLength count the bytes of a file there, and a text has as many characters as the file has bytes, up to
where no schema tells more of them apart. Neighbour: forms.py validates with them.
Source: OpenAPI 3.1.1, "Working with Binary Data".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pymacaron.exchange.files import Upload, size_fault
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import Violation

__all__ = ["standing_for", "told_of_files"]

#: No text that is sent for a field, and short in JSON
_BYTE = "\0"

#: How schema/words.py shows it
_SHOWN = re.compile(r"'(?:\\x00)+'(?:\.\.\.)?")
_LENGTH = re.compile(r".* is (?:longer|shorter) than ([0-9]+) characters?")


def standing_for(upload: Any, reach: int) -> Any:
    """What stands for an Upload, or in a list of them for each; *reach*: the size from which all are alike."""
    if isinstance(upload, list):
        return [standing_for(one, reach) for one in upload]
    return _BYTE * min(upload.size or 0, reach) if isinstance(upload, Upload) else upload


def told_of_files(found: Iterable[Violation], uploads: Mapping[str, Any]) -> list[Violation]:
    """*found*, in which texts stand for *uploads*, in the words for files."""
    files: dict[str, Upload] = {}
    for name, upload in uploads.items():
        listed = enumerate(upload) if isinstance(upload, list) else [(None, upload)]
        for index, one in listed:
            if isinstance(one, Upload):
                files[pointer_text((name,) if index is None else (name, index))] = one
    return [_told(one, files.get(one.pointer)) for one in found]


def _told(violation: Violation, file: Upload | None) -> Violation:
    detail = _SHOWN.sub("the file", violation.detail)
    if file is not None:
        length = _LENGTH.fullmatch(detail)
        if length is not None and file.size is not None:
            limit = int(length[1])
            fault = size_fault(file.size, (limit, None) if violation.code == "minLength" else (0, limit))
            detail = detail if fault is None else fault[1]
        detail = f"the file{detail[2:]}" if detail.startswith("''") else detail
    return Violation(violation.location, violation.pointer, violation.code, detail)
