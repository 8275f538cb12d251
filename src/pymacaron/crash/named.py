"""
Values that stand beside a secret's name in a text -> a mask: `password=x`, JSON within JSON, headers, forms, XML.

Every pattern is bounded, or goes on behind what it has masked, so that a text of any shape takes time in proportion to
its length. Neighbours: scrubbing.py knows what looks like a secret by itself.
"""

from __future__ import annotations

import re

__all__ = ["MASK", "without_named"]

MASK = "********"

_NAMES = (
    r"password|passwd|passcode|(?<![A-Za-z])pwd|passphrase|secret|token|authorization|api[_-]?key|cookie|credential"
    r"|private[_-]?key|access[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|auth[_-]?key"
    r"|subscription[_-]?key|signature|session[_-]?id|jwt|csrf|xsrf|\bdsn|connection[_-]?string"
)
#: Too short to be looked for within other words
_SHORT = r"(?<![A-Za-z0-9])(?:pass|pw|pin|t?otp|sig|sid|cvv|cvc|auth|bearer)(?![A-Za-z0-9])"
_NAME = rf"(?:(?:{_NAMES})[\w.-]{{0,40}}|{_SHORT})"
_QUOTED = r"[bBrRuU]{0,2}(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"

#: What names begin with: a search in C for each is cheaper than the pattern at every character
_STEMS = (
    *("pass", "pwd", "secret", "token", "auth", "api", "cookie", "credential", "private", "access", "account"),
    *("encryption", "signing", "subscription", "signature", "session", "jwt", "csrf", "xsrf", "dsn", "connection"),
    *("pw", "pin", "otp", "totp", "sig", "sid", "cvv", "cvc", "bearer"),
)
_STEMS_BYTES = tuple(stem.encode() for stem in _STEMS)
_AT = re.compile(rf"(?i){_NAME}")

#: `name=`, `"name": `, `\"name\": `, `name]=`, `name=>`, `name%3D`, and `is`, where a quoted text follows
_BEFORE = re.compile(
    rf"(?i){_NAME}(?:\\{{0,8}}[\"']|\]|%5D|%22|&quot;){{0,3}}"
    r"(?:\s{0,20}(?:=>|:=|[=:]|%3D|%3A)\s{0,20}(?:[|>][+-]?\s{0,5}\n\s{0,40})?"
    r"|\s{1,3}(?:(?:is|was)\s{1,3})?(?=[\"'][^\"'\n]{6}))"
)
#: What is a header, of which the line is the value
_LINE = re.compile(r"(?i)(?:authorization|cookie)(?:-?[a-z0-9]{0,10}): $")
_SCHEME = re.compile(r"(?i)(?:basic|bearer|digest|apikey|token|negotiate)\s+\S+")
_TEXT = re.compile(_QUOTED)
_ESCAPED = re.compile(r"[bBrRuU]{0,2}(\\{1,8}[\"'])")
_WORD = re.compile(r"[^\s,;&)}\]]+")
#: In what brackets hold: a text, or a bracket
_PART = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|[\[{(\]})]")
_LONGEST = 20_000
#: Settings with a semicolon between them, as databases are told where they are: Server=db;User Id=sa;Password=a b;
_SETTING = 300
_SETTING_NAME = re.compile(r"[\w .-]{0,40}")
_NEXT = re.compile(r";[ \t]{0,5}[A-Za-z][\w .-]{0,40}=")

#: A pair, as headers are told: ('X-Api-Key', 'x')
_PAIR = re.compile(rf"(?i)([(\[]\s{{0,5}}b?[\"'][\w.-]{{0,40}}{_NAME}[\"'],\s{{0,5}}){_QUOTED}(?=\s{{0,5}}[)\]])")
#: A name that is a value itself: {"name": "password", "value": "x"}
_VALUE = re.compile(
    rf"(?i)((?:name|key)[\"']\s{{0,5}}:\s{{0,5}}[\"'][\w.-]{{0,40}}{_NAME}[\"'],\s{{0,20}}[\"']value[\"']\s{{0,5}}:\s{{0,5}})"
    rf"(?:{_QUOTED}|[^\s,}}]+)"
)
_FLAG = re.compile(rf"(?i)((?<![\w-])--?[\w-]{{0,40}}(?:{_NAMES})[\w-]{{0,40}}[ \t]{{1,5}})(?!-)({_QUOTED}|\S+)")
_XML = re.compile(rf"(?i)(<[\w:.-]{{0,40}}{_NAME}(?:\s[^<>]{{0,200}})?>)[^<]+")
_PART_OF_FORM = re.compile(
    rf"(?i)(name=\\?\"[^\"\r\n]{{0,80}}{_NAME}[^\"\r\n]{{0,80}}\"(?s:.){{0,300}}?(?:\r?\n\r?\n|\\r\\n\\r\\n))"
    r"(?s:.)*?(?=\r?\n--|\\r\\n--|\Z)"
)
#: The secret members of a JSON Web Key (RFC 7518, section 6)
_KEY_MEMBER = re.compile(r"((?:\\{0,8}[\"'])(?:d|p|q|dp|dq|qi|k)\\{0,8}[\"']\s{0,5}:\s{0,5}\\{0,8}[\"'])[\w-]+")


def without_named(text: str) -> str:
    """*text* with a mask for each value that stands beside a name of a secret."""
    if "kty" in text:
        text = _KEY_MEMBER.sub(rf"\1{MASK}", text)
    if not _places(text):
        return text
    if "name=" in text.lower():
        text = _PART_OF_FORM.sub(rf"\1{MASK}", text)
    if "value" in text:
        text = _VALUE.sub(rf"\1{MASK}", text)
    if "</" in text:
        text = _XML.sub(rf"\1{MASK}", text)
    if "--" in text or " -" in text:
        text = _FLAG.sub(rf"\1{MASK}", text)
    if "('" in text or '("' in text or "['" in text or '["' in text or "(b" in text:
        text = _PAIR.sub(rf"\1{MASK}", text)
    kept, at = [], 0
    for place in _places(text):
        found = _BEFORE.match(text, place) if place >= at else None
        if found is None:
            continue
        end = _end(text, found)
        kept.append(text[at : found.end()])
        if end > found.end():
            kept.append(MASK)
        at = end
    return "".join([*kept, text[at:]]) if kept else text


def _places(text: str) -> list[int]:
    """Where in *text* names of secrets begin, in their order."""
    lower = text.encode("latin-1", "replace").lower()  # as long as the text: some letters are two in lower case
    found = set()
    for stem in _STEMS_BYTES:
        place = lower.find(stem)
        while place >= 0:
            if place not in found and _AT.match(text, place):
                found.add(place)
            place = lower.find(stem, place + 1)
    return sorted(found)


def _end(text: str, before: re.Match[str]) -> int:
    """Where the value ends that stands behind *before*."""
    start = before.end()
    if _LINE.search(before[0]) and text[start : start + 1] not in ("", "'", '"'):
        return _found(text, ("\r", "\n"), start)
    for pattern in (_SCHEME, _TEXT):
        whole = pattern.match(text, start)
        if whole is not None and not text.startswith(('"""', "'''"), start):
            return whole.end()
    if text.startswith(('"""', "'''"), start):
        closed = text.find(text[start : start + 3], start + 3)
        return closed + 3 if closed >= 0 else len(text)
    escaped = _ESCAPED.match(text, start)
    if escaped is not None:
        closed = text.find(escaped[1], escaped.end())
        return closed + len(escaped[1]) if closed >= 0 else _found(text, ("\n",), start)
    if text[start : start + 1] in ("'", '"'):  # of a text that was cut
        return _found(text, ("\n",), start)
    if text[start : start + 1] in ("[", "{", "("):
        return _closed(text, start)
    if before[0].rstrip().endswith("="):
        end = _end_of_setting(text, before.start(), start)
        if end is not None:
            return end
    word = _WORD.match(text, start)
    return word.end() if word is not None else start


def _end_of_setting(text: str, name: int, start: int) -> int | None:
    """Where the value at *start* ends in settings such as `Server=db;Password=a b;`; None where it is none of them."""
    end = _found(text, (";", "\n", "\r", '"', "'"), start)
    before, semicolon, between = text[max(0, name - _SETTING) : name].rpartition(";")
    if semicolon and "=" in before.rpartition("\n")[2] and _SETTING_NAME.fullmatch(between):
        return end
    return end if text.startswith(";", end) and end - start <= _SETTING and _NEXT.match(text, end) else None


def _closed(text: str, start: int) -> int:
    """Where the bracket at *start* is closed; where it is not, as far as it is looked for."""
    depth, last = 0, min(len(text), start + _LONGEST)
    for part in _PART.finditer(text, start, last):
        if part[0] in "[{(":
            depth += 1
        elif part[0] in "]})":
            depth -= 1
            if depth == 0:
                return part.end()
    return last


def _found(text: str, ends: tuple[str, ...], start: int) -> int:
    """Where the first of *ends* stands behind *start*, else the end of *text*."""
    places = [place for end in ends if (place := text.find(end, start)) >= 0]
    return min(places, default=len(text))
