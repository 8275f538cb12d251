"""
The items of a stream <-> values: of a request's body as the handler asks for them, of a reply as it gives them.

Each is checked when it is reached, never all of them at once. No I/O here: what arrives is read, and what is written
sent, by whoever serves.
Neighbours: sequences.py says how items stand in bytes, itemrules.py what they must be, events.py what is special about
events; bodies/choosing.py and
outbound.py choose by media type.
"""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeVar

from pymacaron.exchange.events import EventSchema, Written
from pymacaron.exchange.files import is_file
from pymacaron.exchange.itemrules import ItemRules
from pymacaron.exchange.media import ContentType
from pymacaron.exchange.parameters.texts import ABSENT
from pymacaron.exchange.request import Arriving, Request
from pymacaron.exchange.sequences import Found, Sequence, sequence_of
from pymacaron.schema.codec import Schemas, json_decode, json_exact
from pymacaron.schema.dialect import Direction
from pymacaron.schema.models import Model
from pymacaron.schema.violations import MOST, Violation, Violations, sendable
from pymacaron.schema.wire import reread
from pymacaron.spec.model import MediaType

__all__ = ["Begun", "ItemReader", "ItemWriter", "Items", "Outflow", "TextWriter", "is_iterator", "streamed"]

_T = TypeVar("_T")

_END: Final[Any] = object()


def streamed(kind: ContentType, media_type: MediaType, schemas: Schemas) -> Sequence | None:
    """
    How the items of a body of type *kind* stand in it, where it is read and written item by item; None where it is not:
    where *kind* is no sequence, and where all that is declared is a `schema` of texts or of a file.
    """
    sequence = sequence_of(kind)
    if sequence is None or media_type.item_schema is not None or media_type.schema is None:
        return sequence
    types = schemas.codec(media_type.schema, "request").types
    is_text = types <= {"string"} or types == {"string", "null"}
    return None if is_text or is_file(media_type.schema, schemas) else sequence


def is_iterator(value: Any) -> bool:
    """Whether *value* gives items one by one, and is neither a value of JSON nor a file."""
    return hasattr(value, "__next__") and not isinstance(value, Model) and not hasattr(value, "read")


# ---- requests


class ItemReader:
    """
    What reads the items of one media type; *plain*: as plain JSON values, no models. Of a request, or, for clients, of
    a response. *media_type* None: the items may be anything.
    """

    def __init__(
        self,
        sequence: Sequence,
        media_type: MediaType | None,
        schemas: Schemas,
        plain: bool,
        direction: Direction = "request",
    ):
        self.sequence = sequence
        self._rules = ItemRules(media_type, schemas, direction)
        self._location = "body" if direction == "request" else "response"
        self._plain = plain
        self._events = EventSchema(self._rules, schemas) if sequence.is_events else None

    def __call__(self, request: Request) -> Any:
        """The Items of *request*, of which nothing was read yet; ABSENT where it has no body."""
        found = request.arriving()
        arriving = _Whole(request.read()) if found is None else found
        if arriving.is_empty and not request.content_type:
            return ABSENT
        return Items(arriving, self)

    def value(self, found: Found, index: int) -> Any:
        """What *found* stands for. Raises Violations, their pointers below `/index`."""
        value, wrong = self.read(found, index)
        if wrong:
            raise Violations(wrong)
        return self.converted(value, index)

    def converted(self, value: Any, index: int) -> Any:
        """*value*, the plain item of that index, as Python has it."""
        codec = None if self._plain else self._rules.codec(index)
        return value if codec is None else codec.convert(value)

    def read(self, found: Found, index: int, validate: bool = True) -> tuple[Any, list[Violation]]:
        """
        The plain value that *found* stands for, and what is wrong with it: [] unless *validate*. Pointers are below
        `/index`. Raises Violations for what cannot be read at all.
        """
        pointer, location = f"/{index}", self._location
        wrong: list[Violation] = []
        if isinstance(found, Violation):
            raise Violations([_below(found, pointer, location)])
        if isinstance(found, bytes):
            try:
                value = json_decode(found)
            except Violations as error:
                raise Violations([_below(one, pointer, location) for one in error.violations]) from None
            wrong = self._rules.violations(value, index, location) if validate else []
        elif self._events is not None:
            value, wrong = self._events.read(found, index, location)
        return value, wrong if validate else []

    def end(self, count: int) -> None:
        """There are no more than *count* items. Raises Violations where there must be."""
        wrong = self.missing(count)
        if wrong:
            raise Violations(wrong)

    def missing(self, count: int) -> list[Violation]:
        """What is wrong with a stream that ends after *count* items."""
        return self._rules.missing(count, self._location)


class Items(Iterator[Any]):
    """
    The items of a request's body, to be gone through once, with `for` or, without blocking the event loop, `async for`.

    Each is read, checked and converted when it is reached. Raises Violations for one that is wrong, after which the
    next one can be asked for; HTTPError (413) for one that is too large. After the call, RuntimeError.
    """

    def __init__(self, arriving: Arriving, reader: ItemReader):
        self._arriving = arriving
        self._reader = reader
        self._found = reader.sequence.split(arriving.read, arriving.max_item_bytes)
        self._index = -1
        self._failure: BaseException | None = None
        self._lock = threading.Lock()

    def __next__(self) -> Any:
        with self._lock:
            if self._failure is not None:
                raise self._failure
            try:
                found = next(self._found)
            except StopIteration as end:
                self._failure = end
                self._reader.end(self._index + 1)
                raise
            except Exception as error:
                self._failure = error  # what comes behind it cannot be told from it
                raise
            self._index += 1
            return self._reader.value(found, self._index)

    def __aiter__(self) -> Items:
        return self

    async def __anext__(self) -> Any:
        found = await self._arriving.off_loop(lambda: next(self, _END))
        if found is _END:
            raise StopAsyncIteration
        return found

    def __repr__(self) -> str:
        return f"<Items, {self._index + 1} read>"


class _Whole:
    """A body that is in memory already."""

    def __init__(self, data: bytes):
        self.max_item_bytes = len(data)
        self.is_empty = not data
        self._data = data

    def read(self) -> bytes:
        data, self._data = self._data, b""
        return data

    def off_loop(self, function: Callable[[], _T]) -> Awaitable[_T]:
        async def call() -> _T:
            return function()

        return call()


# ---- replies


class ItemWriter:
    """What writes the items of one media type of a reply, or, for clients, of a request."""

    def __init__(
        self,
        sequence: Sequence,
        media_type: MediaType | None,
        schemas: Schemas,
        direction: Direction = "response",
    ):
        self.is_events = sequence.is_events
        self._sequence = sequence
        self._frame = sequence.frame
        self._rules = ItemRules(media_type, schemas, direction)
        self._is_reply = direction == "response"
        self._location = "response" if self._is_reply else "body"
        self._events = EventSchema(self._rules, schemas) if sequence.is_events else None

    def __call__(self, item: Any, index: int, validate: bool) -> Written:
        """
        *item* as it is sent, and what is wrong with it: [] unless *validate*. Raises TypeError or ValueError for one
        that cannot be sent.
        """
        if self._events is not None:
            return self._events.written(item, index, validate, self._location)
        codec = self._rules.codec(index)
        if codec is None:
            data = json_exact(item, reply=self._is_reply)
        else:
            data = codec.encode(item) if self._is_reply else codec.sender(item)
        return self._frame(data), self._rules.violations(reread(data), index, self._location) if validate else []

    def missing(self, count: int) -> list[Violation]:
        """What is wrong with a stream that ends after *count* items."""
        return self._rules.missing(count, self._location)

    def violations(self, data: bytes) -> list[Violation]:
        """What is wrong with *data*, a whole stream that is written already; after MOST one of code MORE."""
        wrong: list[Violation] = []
        count = 0
        for found in self._sequence.split(_Whole(data).read, len(data)):
            wrong += self._violations(found, count)
            count += 1
            if len(wrong) > MOST:
                return sendable(wrong)
        return wrong + self.missing(count)

    def _violations(self, found: Found, index: int) -> list[Violation]:
        if isinstance(found, Violation):
            return [_below(found, f"/{index}", "response")]
        if self._events is not None and isinstance(found, dict):
            return self._events.read(found, index, "response")[1]
        try:
            value = json_decode(found) if isinstance(found, bytes) else found
        except Violations as error:
            return [_below(one, f"/{index}", "response") for one in error.violations]
        return self._rules.violations(value, index, "response")


class TextWriter:
    """
    What sends texts, in that charset, and bytes as they are, where no sequence is declared; *lacking*: what becomes of
    characters that the charset lacks, as str.encode has it.
    """

    is_events = False

    def __init__(self, charset: str, lacking: str = "strict"):
        self._charset = charset
        self._lacking = lacking

    def __call__(self, item: Any, index: int, validate: bool) -> Written:
        if isinstance(item, str):
            return item.encode(self._charset, self._lacking), []
        if isinstance(item, (bytes, bytearray, memoryview)):
            return bytes(item), []
        kind = type(item).__name__
        raise TypeError(f"item {index} is a {kind}: where no sequence of items is declared, texts and bytes are sent")

    def missing(self, count: int) -> list[Violation]:
        """Nothing: texts may end anywhere."""
        return []


class Begun(Iterator[Any]):
    """
    The items of an iterator, the first of which is made at once: what it is may say how they are sent. `gives_texts`:
    whether it is a text or bytes, or there is none. Raises what making it raises.
    """

    def __init__(self, items: Iterator[Any]):
        self._items = items
        try:
            self._first = [next(items)]
        except StopIteration:
            self._first = []
        except BaseException:
            self.close()
            raise
        self.gives_texts = all(isinstance(one, (str, bytes, bytearray, memoryview)) for one in self._first)

    def __next__(self) -> Any:
        return self._first.pop() if self._first else next(self._items)

    def close(self) -> None:
        """As that of the iterator: a generator's `finally` runs."""
        close = getattr(self._items, "close", None)
        if close is not None:
            close()


class Outflow(Iterator[bytes]):
    """
    The items of a reply as they are sent. `wrong`: the violations of the last one, at the end those of there being no
    more. `is_events`: whether they are events, whose stream begins before there is one.
    """

    def __init__(self, items: Iterator[Any], write: ItemWriter | TextWriter, validate: bool):
        self.wrong: list[Violation] = []
        self.is_events = write.is_events
        self._index = -1
        self._items = items
        self._write = write
        self._validate = validate

    def __next__(self) -> bytes:
        try:
            item = next(self._items)
        except StopIteration:
            self.wrong = self._write.missing(self._index + 1) if self._validate else []
            raise
        self._index += 1
        data, self.wrong = self._write(item, self._index, self._validate)
        return data

    def close(self) -> None:
        """End what gives the items: a generator's `finally` runs."""
        close = getattr(self._items, "close", None)
        if close is not None:
            close()


def _below(violation: Violation, pointer: str, location: str = "body") -> Violation:
    return Violation(location, pointer + violation.pointer, violation.code, violation.detail)
