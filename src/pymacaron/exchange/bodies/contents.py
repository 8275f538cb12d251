"""
What the parts of a multipart body hold: one property of a form, or one item of a list, as a value; and whether they
are as `encoding` asks.

A part is read by its own Content-Type. Where it has none, or text/plain, which RFC 7578 makes of none, it is JSON where
its schema is that of objects or arrays, else a text of the schema's type. What is no text and no JSON stays an Upload.
Neighbours: forms.py and mixed.py put the values together, multipart.py takes a body apart.
Source: OpenAPI 3.1.1, "Encoding Object"; RFC 7578, sections 4.4 to 4.7.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.files import Part, Upload, is_file, may_be_file, size_fault, size_of
from pymacaron.exchange.media import ContentType
from pymacaron.exchange.multipart import Head
from pymacaron.exchange.parameters.reading import reader
from pymacaron.exchange.parameters.texts import ABSENT, ALL, TEXTUAL, Refused, scalar
from pymacaron.schema.codec import Schemas, json_decode
from pymacaron.schema.quoting import quoted
from pymacaron.schema.violations import Violations
from pymacaron.source import Node
from pymacaron.spec.model import Parameter

__all__ = ["Field", "Item", "in_memory", "json_of", "kinds_of", "text_of", "upload_of"]

_NESTED = frozenset({"object", "array"})

#: What Content-Transfer-Encoding may say: nothing of it changes a byte (RFC 2045, section 6.2)
_UNCODED = frozenset({"7bit", "8bit", "binary"})

#: From the head of a part to what is wrong with one of its headers: code and words of each
_Check = Callable[[Head], list[tuple[str, str]]]


def in_memory(head: Head) -> bool:
    """Whether a part that nothing is declared of is a value, not a file."""
    return head.filename is None and (head.kind is None or head.kind.is_json or head.kind.is_text)


def text_of(part: Part, charset: str = "utf_8") -> str:
    """
    The text of a part in the charset that it names itself, else in *charset*, a codec's name. Raises Refused where its
    bytes are none.
    """
    content = part.content
    if isinstance(content, Upload):
        raise Refused("type", "is a file; a value is asked for")
    if isinstance(content, str):
        if "\N{REPLACEMENT CHARACTER}" in content:
            raise Refused("encoding", "is not UTF-8")
        return content
    kind = part.head.kind
    if kind is not None and "charset" in kind.parameters:
        named = kind.parameters["charset"]
        charset = media.codec_name(named)
        if not charset:
            raise Refused("encoding", f"has a charset that is not known, {quoted(named)}")
    try:
        return content.decode(charset)
    except UnicodeDecodeError:
        raise Refused("encoding", f"is not {charset.upper().replace('_', '-')}") from None
    except (LookupError, ValueError):  # a codec that this system lacks
        raise Refused("encoding", "has a charset that is not known") from None


def upload_of(part: Part) -> Upload:
    """The content of a part as a file."""
    content, head = part.content, part.head
    if isinstance(content, Upload):
        return content
    data = content.encode() if isinstance(content, str) else content
    return Upload(data, head.filename or "", content_type=head.content_type, headers=head.headers)


def json_of(data: bytes) -> Any:
    """The value that JSON text stands for. Raises Refused."""
    try:
        return json_decode(data)
    except Violations as error:
        raise Refused(error.violations[0].code, error.violations[0].detail) from None


def kinds_of(encoding: Mapping[str, Any]) -> list[ContentType]:
    """The media types that `contentType` of an Encoding Object lists."""
    written = encoding.get("contentType")
    found = [media.parse(text) for text in media.split(written, ",")] if isinstance(written, str) else []
    return [kind for kind in found if kind is not None]


class Item:
    """
    One part by one schema. `is_file`: whether it is an Upload, whatever it says of itself; `may_be_file`: whether it is
    one where it says so. *sized*: whether the size of a file is looked at here.
    """

    def __init__(
        self,
        node: Node | None,
        encoding: Mapping[str, Any],
        headers: Node | None,
        schemas: Schemas,
        sized: bool = True,
    ):
        codec = None if node is None else schemas.codec(node, "request")
        types = ALL if codec is None else codec.types
        self._codec = codec
        self._kinds = kinds_of(encoding)
        self._headers = _headers(headers, schemas)
        #: Nothing is said of its type: what it says itself decides
        self._free = types == ALL
        self._string = "string" in types and not self._free
        self._make = scalar(codec) if codec is not None and types & TEXTUAL and not self._free else None
        self._json = bool(types & _NESTED) and not types & TEXTUAL
        self._maybe_json = bool(types & _NESTED) and bool(types & TEXTUAL) and not self._free
        if self._kinds and not self._string and all(kind.is_json for kind in self._kinds):
            self._json = True
        encoded = node is not None and isinstance(node.value, dict) and "contentEncoding" in node.value
        self.is_file = is_file(node, schemas) or (not encoded and self._is_told_to_be_a_file())
        self.may_be_file = self.is_file or may_be_file(node, schemas)
        self._size = size_of(node, schemas) if node is not None and self.is_file and sized else (0, None)

    def _is_told_to_be_a_file(self) -> bool:
        """Whether `contentType` tells that it is a file, though its schema does not: what it lists cannot be read."""
        readable = [self._is_readable(kind) for kind in self._kinds]
        return bool(readable) and not (all(readable) if self._string else any(readable))

    def _is_readable(self, kind: ContentType) -> bool:
        if kind.is_json or kind.is_text or kind.type == "*":
            return True
        is_xml = kind.subtype in ("xml", "yaml") or kind.subtype.endswith("+xml")
        return self._string and kind.type == "application" and is_xml

    def in_memory(self, head: Head) -> bool:
        """Whether a part is read at once, whole: what is no file."""
        if self.is_file:
            return False
        if self._free or self.may_be_file:
            return in_memory(head)
        return head.filename is None or (head.kind is not None and (head.kind.is_json or head.kind.is_text))

    def faults(self, part: Part) -> list[tuple[str, str]]:
        """What is wrong with the type, the headers and the size of a part: code and words of each."""
        head, found = part.head, []
        coded = head.headers.get("Content-Transfer-Encoding", "binary").strip().lower()
        if coded not in _UNCODED:
            found.append(("encoding", f"has the Content-Transfer-Encoding {quoted(coded)}, which is not read"))
        if self._kinds and head.content_type:
            kind = head.kind
            if kind is None or not any(media.fit(wanted, kind) for wanted in self._kinds):
                wanted = " or ".join(kind.essence for kind in self._kinds)
                found.append(("contentType", f"is of type {quoted(head.content_type)}; {wanted} is asked for"))
        for check in self._headers:
            found += check(head)
        if isinstance(part.content, Upload) and (fault := size_fault(part.content.size, self._size)):
            found.append(fault)
        return found

    def read(self, part: Part, charset: str = "utf_8") -> Any:
        """The plain JSON value of *part*, or its Upload. Raises Refused."""
        content = part.content
        if isinstance(content, Upload):
            if self.may_be_file or self._free:
                return content
            raise Refused("type", "is a file; a value is asked for")
        if self.is_file:
            return upload_of(part)
        kind = part.head.kind
        if kind is not None and kind.is_json:
            return self._of_json(part, content, kind)
        if self._json and kind is not None and not kind.is_text and kind.subtype != "octet-stream":
            raise Refused("type", f"is of type {quoted(kind.essence)}; JSON is asked for")
        text = text_of(part, charset)
        if self._json:
            return json_of(text.encode())
        if self._maybe_json and text[:1] in ("{", "["):
            value = self._fitting_json(text)
            if value is not ABSENT:
                return value
        return text if self._make is None else self._make(text)

    def _of_json(self, part: Part, content: bytes | str, kind: ContentType) -> Any:
        """A part that says that it is JSON; where the schema asks for a text that may hold JSON, that text."""
        if not media.is_utf_8(kind):
            raise Refused("encoding", "is JSON, which is UTF-8 whatever its charset says")
        data = content.encode() if isinstance(content, str) else content
        if not self._string or self._codec is None:
            return json_of(data)
        text = text_of(part)
        try:
            value = json_of(data)
        except Refused:
            return text
        return text if self._codec.violations(value, "") and not self._codec.violations(text, "") else value

    def _fitting_json(self, text: str) -> Any:
        try:
            value = json_of(text.encode())
        except Refused:
            return ABSENT
        return ABSENT if self._codec is None or self._codec.violations(value, "") else value


class Field:
    """One property of a form: `read` makes a value of all the parts of its name."""

    def __init__(
        self,
        node: Node,
        encoding: Mapping[str, Any],
        headers: Node | None,
        schemas: Schemas,
        sized: bool = True,
    ):
        codec = schemas.codec(node, "request")
        self._many = "array" in codec.types and codec.types != ALL and codec.items is not None
        self._single = not self._many or bool(codec.types & TEXTUAL)
        self._whole = Item(node, encoding, headers, schemas, sized)
        self._item = Item(codec.items, encoding, headers, schemas, sized) if self._many else self._whole
        self.is_file = self._item.is_file
        self.may_be_file = self._item.may_be_file

    def in_memory(self, head: Head) -> bool:
        return self._item.in_memory(head)

    def faults(self, part: Part) -> list[tuple[str, str]]:
        return self._item.faults(part)

    def is_listed(self, count: int) -> bool:
        """Whether each of so many parts is an item of an array; one that is no file may be the whole array as JSON."""
        return self._many and (count > 1 or (self.is_file and not self._single))

    def read(self, parts: Sequence[Part], charset: str) -> Any:
        """A plain JSON value, an Upload, or a list in which there may be Uploads. Raises Refused."""
        if not self._many or (self._single and len(parts) == 1):
            if len(parts) > 1:
                raise Refused("repeated", f"is given {len(parts)} times")
            return self._whole.read(parts[0], charset)
        values: list[Any] = []
        try:
            for part in parts:
                values.append(self._item.read(part, charset))
        except Refused as error:
            raise error.below(len(values)) if self.is_listed(len(parts)) else error from None
        # An array may come as one part that is JSON, too
        return values[0] if len(values) == 1 and isinstance(values[0], list) else values


def _headers(node: Node | None, schemas: Schemas) -> list[_Check]:
    """What checks each declared header of a part. Content-Type is none of them: `contentType` speaks of it."""
    found = []
    for name, written in node.members() if node is not None else ():
        header = schemas.api.references.follow(written)
        if str(name).lower() != "content-type" and isinstance(header.value, dict):
            found.append(_header(str(name), header, schemas))
    return found


def _header(name: str, node: Node, schemas: Schemas) -> _Check:
    schema = node.get("schema")
    explode = node.value.get("explode") is True
    required = node.value.get("required") is True
    read = reader(Parameter(name, "header", required, schema, "simple", explode, False, False, None, node), schemas)
    codec = None if schema is None else schemas.codec(schema, "request")

    def check(head: Head) -> list[tuple[str, str]]:
        try:
            value = read(head.headers.get)
        except Refused as error:
            return [(error.code, f"has a header {name} that {error.detail}")]
        if value is ABSENT:
            return [("required", f"has no header {name}")] if required else []
        found = [] if codec is None else codec.violations(value, "")
        return [(one.code, f"has a header {name} that {one.detail}") for one in found]

    return check
