"""
The raw parts of a reply -> the value that it is for the caller, and what is wrong with it by the description.

The mirror of outbound.py. What reads a body is found once for each status and Content-Type. No I/O: whoever has the
connection reads it. Neighbours: readers.py reads bodies, inflow.py what comes piece by piece, failures.py makes errors
of any reply; asking.py makes the request.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from pymacaron.exchange import media
from pymacaron.exchange.announced import Announced
from pymacaron.exchange.failures import failure
from pymacaron.exchange.inflow import AsyncInflow, AsyncReceived, Inflow, Received
from pymacaron.exchange.readers import Read, Unreadable, family_in, reader_of
from pymacaron.exchange.responses import ResponseMismatch, response_of
from pymacaron.exchange.sampling import Sampling
from pymacaron.exchange.sequences import Sequence, sequence_of
from pymacaron.exchange.streams import ItemReader, streamed
from pymacaron.schema.codec import Schemas
from pymacaron.schema.once import LOCK, once
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import MediaType, Operation

__all__ = ["Answered", "ResponseMismatch", "Validation"]

log = logging.getLogger("pymacaron.exchange")

Validation = Literal["strict", "report", "off"]

#: Of violations and where they are the exception that is raised
Mismatch = Callable[[list[Violation], str], Exception]

#: Headers: (name, value) each
Pairs = list[tuple[str, str]]

#: How many spellings of Content-Type a status remembers, and the characters of the longest
_REMEMBERED, _LONGEST = 32, 256
#: Bytes of one item of a stream
_ITEM = 100_000_000


class Answered:
    """
    What the description says of the replies of one operation. *validation*: `strict` raises ResponseMismatch for what
    does not fit, `report` calls *report* with one and gives what was read, `off` looks at nothing. *sample*: which
    share of replies `report` looks at, see Sampling. *mismatch*: what makes the exception that is raised, of violations
    and `where`.
    """

    def __init__(
        self,
        operation: Operation,
        schemas: Schemas,
        *,
        validation: Validation = "report",
        report: Callable[[ResponseMismatch], None] | None = None,
        sample: float | None = 1.0,
        max_item_bytes: int = _ITEM,
        mismatch: Mismatch = ResponseMismatch,
    ):
        self._operation = operation
        self._schemas = schemas
        self._validation = validation
        self._report = report or _logged
        self._max_item_bytes = max_item_bytes
        self._mismatch = mismatch
        self._sampling = Sampling(sample) if validation == "report" and sample != 1 else None
        self._declared: dict[int, _Declared] = {}

    def is_success(self, status: int) -> bool:
        return 200 <= status <= 299

    def value(self, status: int, headers: Pairs, body: bytes) -> Any:
        """
        A model, plain value, text, bytes, a list of the items of a stream; None where there is no body. Raises
        ResponseMismatch for what cannot be read, and where the client is strict for what does not fit.
        """
        declared = self._declared.get(status) or self._of(status)
        content_type = None
        for name, text in headers:
            if len(name) == 12 and name.lower() == "content-type":
                content_type = text
                break
        is_checked = self._sampling is None or self._sampling.takes()
        if is_checked:
            read = declared.known.get(content_type) or declared.read(content_type)
        else:
            read = declared.unchecked.get(content_type) or declared.read(content_type, validate=False)
        try:
            value, wrong = read(body)
        except Unreadable as error:
            raise self._mismatch(error.violations, declared.where) from None
        if wrong or (declared.always and is_checked):
            self._tell(declared, [*declared.violations(headers), *wrong])
        return value

    def stream(self, status: int, headers: Pairs, chunks: Any, told: Callable[[Any], Exception] | None = None) -> Any:
        """
        What is read while it comes, of *chunks*, an iterator of bytes or an async one, decompressed: the items of
        NDJSON, JSON text sequences and events (Inflow, AsyncInflow), a file (Received, AsyncReceived). None where the
        body is to be read whole, and given to `value`; nothing was read of *chunks* then. *told*: what has an exception
        say more.
        """
        declared = self._declared.get(status) or self._of(status)
        named = {name.lower(): text for name, text in reversed(headers)}
        what = declared.streams(named.get("content-type"))
        if what is None or not self.is_success(status):
            return None
        is_async = hasattr(chunks, "__aiter__")
        if declared.always:
            self._tell(declared, declared.violations(headers), told)
        if what == "file":
            return AsyncReceived(chunks, named) if is_async else Received(iter(chunks), named)
        tell = None if self._validation == "off" else lambda wrong: self._tell(declared, wrong, told)
        make = self._mismatch if told is None else lambda wrong, where: told(self._mismatch(wrong, where))
        mismatch = partial(_mismatch, make, declared.where)
        if is_async:
            return AsyncInflow(chunks.__aiter__(), what, tell, self._max_item_bytes, mismatch)
        return Inflow(iter(chunks), what, tell, self._max_item_bytes, mismatch)

    def error(self, status: int, headers: Pairs, body: bytes) -> Any:
        """
        An error that is_error() knows: the declared one, where it has `status`, `error` and `error_description`, else
        one that is made of what the reply says: of JSON of other shapes, a text, a page of HTML. Fails never.
        """
        return self.error_of(status, headers, self.decoded(status, headers, body))

    def error_of(self, status: int, headers: Pairs, decoded: Any) -> Any:
        """The same of a body that was *decoded*."""
        return failure(status, headers, decoded, self._schemas)

    def decoded(self, status: int, headers: Pairs, body: bytes) -> Any:
        """As `value`, but of any body whatever, and without a look at what does not fit: an error's, say."""
        declared = self._declared.get(status) or self._of(status)
        content_type = next((text for name, text in headers if name.lower() == "content-type"), None)
        try:
            return declared.read(content_type, validate=False)(body)[0]
        except Violations:
            try:
                return body.decode()
            except UnicodeDecodeError:
                return body

    def _of(self, status: int) -> _Declared:
        with LOCK:
            declared = self._declared.get(status)
            if declared is None:
                declared = _Declared(self._operation, status, self._schemas, self._validation != "off")
                self._declared[status] = declared
        return declared

    def _tell(
        self, declared: _Declared, wrong: list[Violation], told: Callable[[Any], Exception] | None = None
    ) -> None:
        if not wrong or self._validation == "off":
            return
        if self._validation == "strict":
            mismatch = self._mismatch(wrong, declared.where)
            raise mismatch if told is None else told(mismatch)
        self._report(ResponseMismatch(wrong, declared.where))


def _mismatch(make: Mismatch, where: str, wrong: list[Violation]) -> Exception:
    return make(wrong, where)


def _logged(mismatch: ResponseMismatch) -> None:
    log.warning("a reply does not fit its description: %.2000s", mismatch)


class _Declared:
    """
    What is declared for one status of one operation. `always`: whether there is something to look at besides the body;
    `known`, `unchecked`: dict of Content-Type -> what reads such a body, and what does without a look at what does not
    fit.
    """

    def __init__(self, operation: Operation, status: int, schemas: Schemas, validate: bool):
        self.where = f"{operation.method} {operation.path}: {status}"
        self.known: dict[str | None, Read] = {}
        self.unchecked: dict[str | None, Read] = {}
        self._schemas = schemas
        self._validate = validate
        response = response_of(operation.responses, status)
        self._response = response
        self._empty = status in (204, 205, 304) or operation.method == "HEAD"
        parsed = [] if response is None else [(media.parse(name), one) for name, one in response.content.items()]
        self._content = [(kind, one) for kind, one in parsed if kind is not None]
        self._kinds = [kind for kind, _ in self._content]
        self._is_free = not self._content or (response is not None and response.produces == ())
        is_undeclared = response is None and bool(operation.responses) and status < 400
        self._undeclared = [Violation("response", "", "status", f"{status} is not declared")] if is_undeclared else []
        self.always = validate and (is_undeclared or (response is not None and bool(response.headers)))

    def violations(self, headers: Pairs) -> list[Violation]:
        """What is wrong besides the body."""
        return [*self._undeclared, *(self._announced.violations(headers) if self.always else ())]

    @once
    def _announced(self) -> Announced:
        return Announced(self._response.headers if self._response is not None else {}, self._schemas)

    def read(self, content_type: str | None, validate: bool = True) -> Read:
        """What reads a body of that Content-Type. *validate*: whether it looks at all that it is asked to look at."""
        found = self._reader(content_type, validate and self._validate)
        known = self.known if validate else self.unchecked
        if len(content_type or "") <= _LONGEST:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[content_type] = found
        return found

    def _reader(self, content_type: str | None, validate: bool) -> Read:
        if self._empty:
            return _nothing
        given = media.parse(content_type) if content_type else None
        found = self._entry(given)
        kind, media_type = found if found is not None else (given, None)
        wrong = [] if found is not None or self._is_free or not validate else [self._undeclared_type(content_type)]
        json = next((one for known, one in self._content if known.is_json), None)
        if found is None and json is not None and (given is None or given.is_text):
            return reader_of("maybe json", given, json, None, self._schemas, validate, wrong)
        sequence = self._sequence(given, kind, media_type)
        told = given or kind
        family = "items" if sequence is not None else family_in(told, kind, media_type, self._schemas)
        return reader_of(family, told, media_type, sequence, self._schemas, validate, wrong)

    def streams(self, content_type: str | None) -> ItemReader | Literal["file"] | None:
        """What of a body of that Content-Type is read while it comes: items, by a reader, or a file."""
        if self._empty:
            return None
        given = media.parse(content_type) if content_type else None
        kind, media_type = self._entry(given) or (given, None)
        sequence = self._sequence(given, kind, media_type)
        if sequence is not None:
            return ItemReader(sequence, media_type, self._schemas, False, "response")
        if given is None and media_type is None:
            return None
        return "file" if family_in(given or kind, kind, media_type, self._schemas) == "binary" else None

    def _entry(self, given: media.ContentType | None) -> tuple[media.ContentType, MediaType] | None:
        if given is None:
            return self._content[0] if len(self._content) == 1 else None
        index = media.choose(given, self._kinds)
        return None if index is None else self._content[index]

    def _sequence(
        self, given: media.ContentType | None, kind: media.ContentType | None, media_type: MediaType | None
    ) -> Sequence | None:
        told = given or kind
        if told is None or told.is_range:
            return None
        return sequence_of(told) if media_type is None else streamed(told, media_type, self._schemas)

    def _undeclared_type(self, content_type: str | None) -> Violation:
        names = " or ".join(one.name for _, one in self._content)
        if not content_type:
            return Violation("response", "", "media-type", f"has no Content-Type; {names} is declared")
        return Violation("response", "", "media-type", f"{content_type[:80]!r} is not declared; {names} is")


def _nothing(body: bytes) -> tuple[Any, list[Violation]]:
    return None, []
