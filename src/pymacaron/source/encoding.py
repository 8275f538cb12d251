"""
What is wrong with the encoding of a text, and how to mend it: all that is read is UTF-8 without a byte order mark.
"""

from __future__ import annotations

import re

from pymacaron.finding import Finding

__all__ = ["wrong_encoding"]

_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_NULS = ((b"\x00\x00\x00.", "UTF-32BE"), (b".\x00\x00\x00", "UTF-32LE"), (b"\x00.", "UTF-16BE"), (b".\x00", "UTF-16LE"))


def wrong_encoding(text: bytes, name: str) -> Finding | None:
    """What keeps *text* from being UTF-8 without a byte order mark, or None."""
    if text.startswith(b"\xef\xbb\xbf"):
        first = text[3:].split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r")
        fact = "it begins with a UTF-8 byte order mark"
        return Finding(name, 1, 1, "encoding", fact, "Save the file as UTF-8 without a byte order mark", first)
    for mark, encoding in _BOMS:
        if text.startswith(mark):
            return _recode(name, f"it is {encoding}, not UTF-8", encoding)
    if b"\x00" in text[:4]:
        pattern = re.sub(rb"[^\x00]", b".", text[:4])
        for nuls, encoding in _NULS:
            if pattern.startswith(nuls):
                return _recode(name, f"it looks like {encoding}, not UTF-8", encoding)
    if text.isascii():
        return None
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return _not_utf8(text, name, error.start)
    return None


def _recode(name: str, fact: str, encoding: str) -> Finding:
    return Finding(name, 0, 0, "encoding", fact, _iconv(name, encoding))


def _iconv(name: str, encoding: str) -> str:
    return f"Save the file as UTF-8: iconv -f {encoding} -t UTF-8 {name} > utf8 && mv utf8 {name}"


def _not_utf8(text: bytes, name: str, start: int) -> Finding:
    line_start = text.rfind(b"\n", 0, start) + 1
    line_end = text.find(b"\n", start)
    source = text[line_start : line_end if line_end >= 0 else len(text)].rstrip(b"\r")
    encoding = "WINDOWS-1252" if re.search(rb"[\x80-\x9f]", source) else "ISO-8859-1"
    column = len(text[line_start:start].decode("utf-8", "replace")) + 1
    fact = f"byte 0x{text[start]:02x} is not UTF-8; the file looks like {encoding}"
    rest = text[start : line_start + len(source)].decode("cp1252", "replace")
    shown = text[line_start:start].decode("utf-8", "replace") + rest
    return Finding(name, text.count(b"\n", 0, start) + 1, column, "encoding", fact, _iconv(name, encoding), shown)
