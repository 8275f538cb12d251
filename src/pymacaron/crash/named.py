"""
Values that stand beside a secret's name in a text -> a mask: `password=x`, JSON within JSON, headers, forms, XML.

Every pattern is bounded, or goes on behind what it has masked, so that a text of any shape takes time in proportion to
its length. Neighbours: scrubbing.py knows what looks like a secret by itself, traced.py which text is source code.
"""

from __future__ import annotations

import re

from pymacaron.config import MASK

__all__ = ["MASK", "without_named"]

_NAMES = (
    r"password|passwd|passcode|pwd|passphrase|secret|token|authorization|api[_-]?key|cookie|credential"
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
#: In what brackets hold: where a text begins, or a bracket
_PART = re.compile(r"[\"'\[{(\]})]")
_END_OF_LINE = re.compile(r"[\r\n]")
_END_OF_SETTING = re.compile(r"[;\n\r\"']")
#: In source code: what is called, or of what something is taken, is no value; and what stands for one there
_CODE = re.compile(r"(?:await\s{1,3})?[A-Za-z_]\w{0,80}(?:\.[A-Za-z_]\w{0,80}){0,10}[(\[]")
_LITERAL = re.compile(
    r"(?<=\w\[)(?:\"[\w .-]{0,80}\"|'[\w .-]{0,80}')(?=\])"
    r"|((?:[fF][rR]?|[rR][fF])[\"'].*|[bBrRuU]{0,2}(?:\"{3}.*|'{3}.*|\"(?:[^\"\\\n]|\\.)*(?:\"|$)|'(?:[^'\\\n]|\\.)*(?:'|$))|(?<![\w.])\d[\w.]*)"
)
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
_XML = re.compile(rf"(?i)(<[\w:.-]{{0,40}}{_NAME}(?:\s[^<>]{{0,200}})?>)(?:[^<]+|<!\[CDATA\[(?s:.*?)(?:\]\]>|\Z))+")
#: The name of a part of a form; within so many characters a blank line ends what is said of the part
_FIELD = re.compile(r"(?i)name=\\?\"([^\"\r\n]{0,200})\"")
_HEADERS = 300
_BLANK = re.compile(r"\r?\n\r?\n|\\r\\n\\r\\n")
_END_OF_PART = re.compile(r"\r?\n--|\\r\\n--")
#: The secret members of a JSON Web Key (RFC 7518, section 6)
_KEY_MEMBER = re.compile(r"((?:\\{0,8}[\"'])(?:d|p|q|dp|dq|qi|k)\\{0,8}[\"']\s{0,5}:\s{0,5}\\{0,8}[\"'])[\w-]+")


def without_named(text: str, is_code: bool = False) -> str:
    """
    *text* with a mask for each value that stands beside a name of a secret. *is_code*: it is source code, where
    `token=sign(user)` names no value; then what is a literal in that line is masked.
    """
    if "kty" in text:
        text = _KEY_MEMBER.sub(rf"\1{MASK}", text)
    if not _places(text):
        return text
    if "name=" in text.lower():
        text = _without_parts(text)
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
        kept.append(text[at : found.end()])
        if is_code and _is_expression(text, place, found.end()):
            at = _line_end(text, found.end())
            kept.append(_LITERAL.sub(_without_literal, text[found.end() : at]))
            continue
        at = _end(text, found)
        if at > found.end():
            kept.append(MASK)
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


def _without_parts(text: str) -> str:
    """*text* with a mask for each part of a form that is called like a secret."""
    kept: list[str] = []
    at = 0
    for field in _FIELD.finditer(text):
        if field.start() < at or not _AT.search(field[1]):
            continue
        blank = _BLANK.search(text, field.end(), field.end() + _HEADERS)
        if blank is not None:
            kept += text[at : blank.end()], MASK
            at = _next(_END_OF_PART, text, blank.end())
    return "".join([*kept, text[at:]])


def _is_expression(text: str, name: int, start: int) -> bool:
    """Whether what stands at *start* of source code, behind the *name*, is computed, and nothing there a comment."""
    line = text[text.rfind("\n", 0, name) + 1 : _line_end(text, start)]
    return "#" not in line and _CODE.match(text, start) is not None


def _without_literal(match: re.Match[str]) -> str:
    return match[0] if match[1] is None else MASK


def _end(text: str, before: re.Match[str]) -> int:
    """Where the value ends that stands behind *before*."""
    start = before.end()
    if _LINE.search(before[0]) and text[start : start + 1] not in ("", "'", '"'):
        return _next(_END_OF_LINE, text, start)
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
        return closed + len(escaped[1]) if closed >= 0 else _line_end(text, start)
    if text[start : start + 1] in ("'", '"'):  # of a text that was cut
        return _line_end(text, start)
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
    before, semicolon, between = text[max(0, name - _SETTING) : name].rpartition(";")
    if semicolon and "=" in before.rpartition("\n")[2] and _SETTING_NAME.fullmatch(between):
        return _next(_END_OF_SETTING, text, start)
    end = _END_OF_SETTING.search(text, start, start + _SETTING + 1)
    return end.start() if end is not None and end[0] == ";" and _NEXT.match(text, end.start()) else None


def _closed(text: str, start: int) -> int:
    """Where the bracket at *start* is closed; where it is not, as far as it is looked for."""
    depth, place, last = 0, start, min(len(text), start + _LONGEST)
    unclosed = {'"': 0, "'": 0}  # up to where such a quote begins no text: each is tried once in a line
    while (part := _PART.search(text, place, last)) is not None:
        place = part.end()
        if part[0] in "[{(":
            depth += 1
        elif part[0] in "]})":
            depth -= 1
            if depth == 0:
                return place
        elif place > unclosed[part[0]]:
            whole = _TEXT.match(text, part.start(), last)
            place = whole.end() if whole is not None else place
            unclosed[part[0]] = 0 if whole is not None else _line_end(text, place)
    return last


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return end if end >= 0 else len(text)


def _next(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where the first match of *pattern* begins behind *start*, else the end of *text*."""
    found = pattern.search(text, start)
    return found.start() if found is not None else len(text)
