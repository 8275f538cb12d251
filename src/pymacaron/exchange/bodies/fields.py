"""
The fields of a form by name, of either kind; and Swagger 2.0's formData, where each of them is a keyword argument.

Neighbours: forms.py has the forms that are one value, contents.py reads what the parts hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes, urlencode

from pymacaron.exchange import media
from pymacaron.exchange.bodies.contents import in_memory, text_of, upload_of
from pymacaron.exchange.files import Part, Upload, is_file
from pymacaron.exchange.media import UnsupportedMediaType
from pymacaron.exchange.multipart import Head
from pymacaron.exchange.parameters.known import Known
from pymacaron.exchange.parameters.steps import Step, take
from pymacaron.exchange.parameters.texts import Refused
from pymacaron.exchange.request import Request, has_body
from pymacaron.schema.codec import Schemas
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import MORE, MOST, Violation, Violations
from pymacaron.spec.model import RequestBody

__all__ = [
    "CHARSET",
    "Fields",
    "Texts",
    "charset_of",
    "decoded",
    "is_unchosen",
    "named",
    "pairs",
    "text_in",
    "uploads_of",
    "wrong_field",
]

Texts = dict[str, list[str]]

#: The field that names the charset of all that name none: RFC 7578, section 4.6
CHARSET = "_charset_"


class Fields:
    """Swagger 2.0's formData: every field a keyword argument. What is not declared is passed over, or refused."""

    def __init__(self, body: RequestBody, steps: tuple[Step, ...], schemas: Schemas, refuse_unknown: bool):
        files = {parameter.name for parameter in body.fields if is_file(parameter.schema, schemas)}
        names = {pointer_text((parameter.name,)): parameter.name for parameter in body.fields}
        self._texts = tuple(step for step in steps if names[step.pointer] not in files)
        self._files = tuple((names[step.pointer], step) for step in steps if names[step.pointer] in files)
        self._values = frozenset(names.values()) - files
        self._known = Known(frozenset(names.values()) | {CHARSET}, ()) if refuse_unknown else None
        self._accepts = list(body.content)
        self._kinds = [kind for name in body.content if (kind := media.parse(name)) is not None]

    def __call__(self, request: Request, positional: list[Any], keywords: dict[str, Any]) -> None:
        wrong: list[Violation] = []
        texts, files = self._sent(request, wrong)
        refused = {one.pointer for one in wrong}
        take(tuple(step for step in self._texts if step.pointer not in refused), texts, keywords, wrong)
        for name, step in self._files:
            sent = files.get(name, [])
            # What reads a file is told that it is there, so that absence is treated as that of any other field
            if not sent:
                take((step,), {}, keywords, wrong)
            elif len(sent) > 1:
                wrong.append(step.wrong("repeated", f"is given {len(sent)} times"))
            elif step.keyword is not None:
                keywords[step.keyword] = sent[0]
        if self._known is not None:
            wrong += self._known.unknown([*texts, *files], "form")
        if wrong:
            raise Violations(wrong)

    def _sent(self, request: Request, wrong: list[Violation]) -> tuple[Texts, dict[str, list[Upload]]]:
        """The texts and the files by name. Raises UnsupportedMediaType for a body that is no form."""
        given = media.parse(request.content_type) if request.content_type else None
        if given is None or media.choose(given, self._kinds) is None:
            if has_body(request):
                raise UnsupportedMediaType(request.content_type, self._accepts)
            return {}, {}
        if given.is_urlencoded:
            if not media.is_utf_8(given) and has_body(request):
                raise UnsupportedMediaType(request.content_type, self._accepts, media.NOT_UTF_8)
            texts = decoded(pairs(request), wrong)
            names = {name for name, _ in self._files}
            return texts, {name: uploads_of(texts.pop(name)) for name in names & texts.keys()}
        parts = named(request.form(self._in_memory))
        charset = charset_of(parts, wrong)
        texts, files = {}, {}
        for name, sent in parts.items():
            if name in self._values:
                texts[name] = [text for part in sent if (text := text_in(name, part, charset, wrong)) is not None]
            else:
                files[name] = [upload_of(part) for part in sent if not is_unchosen(part)]
        return texts, files

    def _in_memory(self, head: Head) -> bool:
        return head.name == CHARSET or (head.name in self._values and (head.filename is None or in_memory(head)))


def wrong_field(name: str, code: str, detail: str, below: str = "") -> Violation:
    """*below*: the pointer to what is wrong in the value of the field."""
    return Violation("form", pointer_text((name,)) + below, code, detail)


def pairs(request: Request) -> bytes:
    """An urlencoded body; of one that was read before, the same written again."""
    data = request.read()
    if data:
        return data
    fields = [(part.head.name or "", text_of(part)) for part in request.form(lambda head: True)]
    return urlencode(fields).encode()


def decoded(data: bytes, wrong: list[Violation]) -> Texts:
    """
    The texts of an urlencoded form by name: https://url.spec.whatwg.org/#urlencoded-parsing, but UTF-8 without fail.

    Raises Violations, all of *wrong*, where more than MOST are not.
    """
    found: Texts = {}
    for name, value in _urlencoded(data):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            _add(wrong, wrong_field(name, "encoding", "is not UTF-8"))
        else:
            found.setdefault(name, []).append(text)
    return found


def _add(wrong: list[Violation], violation: Violation) -> None:
    """Raises Violations where *wrong* has enough of them: a form may have as many fields as a caller likes."""
    if len(wrong) >= MOST:
        raise Violations([*wrong, Violation("form", "", MORE, f"has more violations than these {len(wrong)}")])
    wrong.append(violation)


def _urlencoded(data: bytes) -> Iterator[tuple[str, bytes]]:
    for pair in data.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        try:
            yield unquote_to_bytes(name).decode(), unquote_to_bytes(value)
        except UnicodeDecodeError:
            raise Violations([Violation("form", "", "encoding", "has a field whose name is not UTF-8")]) from None


def named(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        if part.head.name is None:
            raise Violations([Violation("form", "", "name", "has a part without a name")])
        found.setdefault(part.head.name, []).append(part)
    return found


def charset_of(parts: dict[str, list[Part]], wrong: list[Violation], keep: bool = False) -> str:
    """The codec of texts that name no charset. The field that names it is taken out, unless it is declared."""
    sent = parts.get(CHARSET) if keep else parts.pop(CHARSET, None)
    if not sent:
        return "utf_8"
    text = text_in(CHARSET, sent[0], "ascii", wrong) or "utf-8"
    codec = media.codec_name(text)
    if not codec:
        wrong.append(wrong_field(CHARSET, "encoding", "names a charset that is not known"))
    return codec or "latin_1"


def text_in(name: str, part: Part, charset: str, wrong: list[Violation]) -> str | None:
    try:
        return text_of(part, charset)
    except Refused as error:
        _add(wrong, wrong_field(name, error.code, error.detail))
        return None


def is_unchosen(part: Part) -> bool:
    """Whether a part is what a browser sends of a file that nobody has chosen: no name, no byte."""
    return part.head.filename == "" and (
        part.content.size == 0 if isinstance(part.content, Upload) else not part.content
    )


_text_upload = partial(Upload, mimetype="text/plain")


def uploads_of(texts: list[str]) -> list[Upload]:
    """The texts of an urlencoded form where files are asked for."""
    return [_text_upload(text.encode()) for text in texts]
