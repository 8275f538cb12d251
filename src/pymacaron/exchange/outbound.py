"""
What a handler returned -> the raw parts of the reply, and what is wrong with them by the description.

Which status and which media type a reply gets is worked out once for each operation; a model that is sent as JSON takes
one look-up. Neighbours: offers.py chooses the media type, announced.py looks at headers, downloads.py has files;
inbound.py is its mirror, problem.py has what is sent when something goes wrong.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pymacaron.exceptions import PyMacaronException, is_error
from pymacaron.exchange import examples
from pymacaron.exchange.announced import Announced
from pymacaron.exchange.downloads import Download, is_file
from pymacaron.exchange.files import is_file as is_file_schema
from pymacaron.exchange.offers import Acceptable, Choice, Family, Offers, Pairs
from pymacaron.exchange.parameters.texts import Refused, scalar
from pymacaron.exchange.responses import response_of
from pymacaron.exchange.streams import Begun, ItemWriter, Outflow, TextWriter, is_iterator
from pymacaron.schema.codec import Codec, Schemas, exact_reply, json_decode, json_exact
from pymacaron.schema.models import Model
from pymacaron.schema.once import LOCK, once
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import Operation, Response

__all__ = ["OnLoop", "Outbound", "Reply", "Usual"]

#: Gives the items of an async iterator one by one, without being awaited
OnLoop = Callable[[AsyncIterable[Any]], Iterator[Any]]

#: Classes whose values are no errors, whatever they hold
_NEVER: frozenset[type] = frozenset((list, str, bytes, int, float, bool))
#: Classes whose values are JSON and nothing else
_PLAIN = frozenset((dict, list, int, float, bool))
_SCALARS = frozenset((int, float, bool))

#: The headers by which a server before this one is told to send a file as the body
_HANDED_ON = ("x-accel-redirect", "x-sendfile", "x-lighttpd-send-file")

#: What makes an error, and what else it may have
_ERROR = frozenset(("status", "error", "error_description"))
_ERROR_AND_MORE = _ERROR | {"error_id", "user_message", "error_caught"}


@dataclass(slots=True)
class Reply:
    """
    The raw parts of a reply. `body`: bytes, or an iterator of bytes that is sent piece by piece and then closed by its
    close(). `violations`: what of it does not fit the description, [] unless that was asked.
    """

    status: int
    headers: Pairs
    body: bytes | Iterator[bytes]
    violations: list[Violation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Usual:
    """
    How nearly every reply of an operation is sent: the success, as the only JSON that there is. `takes`: whether bytes
    that `encode` gave fit the description; None where all do.
    """

    status: int
    headers: Pairs
    encode: Callable[[Any], bytes]
    takes: Callable[[bytes], bool] | None


class Outbound:
    """What the description says of the replies of one operation. *on_loop* awaits the items of async iterators."""

    def __init__(self, operation: Operation, schemas: Schemas, on_loop: OnLoop | None = None):
        self._operation = operation
        self._schemas = schemas
        self._on_loop = on_loop
        self._success, self._nothing = _success(operation.responses)
        self._declared: dict[int, _Declared] = {}
        #: Classes of results that are no errors: a new set for each that is found, and one for all operations before
        self._never = _NEVER

    @once
    def demand(self) -> Callable[[str | None], None]:
        """Raises NotAcceptable for an Accept header that wants nothing of what is declared; called before a handler."""
        return Acceptable(self._operation.responses).demand

    def reply(self, result: Any, *, validate: bool = False, accept: str | None = None) -> Reply:
        """
        The reply for *result*: a model, dict, list, str, bytes, number, bool, None, a file (open for bytes, an Upload,
        a pathlib.Path), an iterator of items (whose reply has an Outflow as its body, or else an array), or a tuple of
        one of them and a status, or of that and headers (a dict or a list of pairs).

        Without a status, the first 2XX that is declared, else 200; for None 204 where that is declared; for an error
        (see is_error) its own. With *validate*, `violations` says what
        does not fit: status, media type, body, headers. *accept* is the caller's Accept header, for where several types
        are declared.
        Raises TypeError for a result that nothing can be made of, ValueError for headers that cannot be sent, OSError
        for a file that cannot be read.
        """
        status: int | None = None
        given: Any = None
        if result.__class__ is tuple:
            result, status, given = self._taken_apart(result)
        if status is None:
            status = self._status(result)
        declared = self._of(status)
        return declared.reply(result, declared.headers(given) if given else [], validate, accept)

    @once
    def usual(self) -> Usual | None:
        """How a dict or a model that is no error is sent; None where that is to be found out for each."""
        return self._of(self._success).usual

    def example(self, accept: str | None = None) -> tuple[Any, ...]:
        """
        What a handler may return for the description's example of a success to be sent, alone in a tuple, for the
        handler to keep; an empty one where there is no example, or none that fits. *accept* as for `reply`.
        """
        for body, headers in self.examples:
            status = self._success
            for result in (body, (body, status), (body, status, headers)):
                with suppress(TypeError, ValueError):
                    made = self.reply(result, validate=True, accept=accept)
                    if made.status == status and not made.violations:
                        return (deepcopy(result),)
        return ()

    @once
    def examples(self) -> list[tuple[Any, dict[str, Any]]]:
        """The bodies and headers that are examples of a success, whether they fit or not."""
        response = response_of(self._operation.responses, self._success)
        if response is None:
            return []
        headers = examples.headers(response, self._schemas)
        return [(body, headers) for body in examples.bodies(response, self._schemas)]

    def is_error(self, result: Any) -> bool:
        """
        Whether *result* is an error that the handler returns, and not a body that a caller has given those members: an
        exception of ours; a model whose schema declares `status`, `error` and `error_description`; a dict of nothing
        but the members of an error, where the success is not declared as an object of any members, which it fits.
        """
        if isinstance(result, Model):
            return self.may_be_error(result) and is_error(result)
        if not isinstance(result, dict):
            return isinstance(result, PyMacaronException)
        if not _ERROR <= result.keys() <= _ERROR_AND_MORE or not is_error(result):
            return False
        if self._any_object is not None and not self._any_object.violations(result, "response"):
            return False
        status = result["status"]
        return isinstance(status, int) and not isinstance(status, bool) and 400 <= status <= 599

    def may_be_error(self, result: Model) -> bool:
        """Whether models of the class of *result* can be errors: their schema declares what makes one."""
        return result.__pym_record__.properties.keys() >= _ERROR

    @once
    def _any_object(self) -> Codec | None:
        """What the JSON of a success is where no members of it are declared, such as what callers store."""
        declared = self._of(self._success).json_codec
        return declared if declared is not None and not declared.properties else None

    def violations(self, status: int, headers: Pairs, body: bytes | None) -> list[Violation]:
        """What does not fit in a reply that somebody else has made; *body* None: it is not looked at."""
        return self._of(status).violations(headers, body)

    def _of(self, status: int) -> _Declared:
        declared = self._declared.get(status)
        if declared is None:
            with LOCK:
                declared = self._declared.get(status)
                if declared is None:
                    declared = _Declared(self._operation, status, self._schemas, self._on_loop)
                    self._declared[status] = declared
        return declared

    def _status(self, result: Any) -> int:
        if result is None:
            return self._nothing
        cls = result.__class__
        if cls in self._never or (cls is dict and "error" not in result):
            return self._success
        if isinstance(result, Model) and not self.may_be_error(result):
            self._never |= {cls}
            return self._success
        if self.is_error(result):
            status = result["status"]
            if isinstance(status, int) and 200 <= status <= 599:
                return status
        return self._success

    def _taken_apart(self, result: tuple[Any, ...]) -> tuple[Any, int | None, Any]:
        if len(result) == 2 and isinstance(result[1], (dict, list)):
            return result[0], None, result[1]
        if len(result) not in (2, 3):
            raise TypeError(
                f"the handler of {self._operation.id} returned a tuple of {len(result)}; "
                "it may be (body, status) or (body, status, headers)"
            )
        status = result[1]
        try:
            number = None if status is None else int(status)
        except (TypeError, ValueError):
            number = 0
        if number is not None and not 200 <= number <= 999:  # 1xx ends no call (RFC 9110, section 15.2)
            raise TypeError(f"the handler of {self._operation.id} returned {status!r} as the status of its reply")
        return result[0], number, result[2] if len(result) == 3 else None


class _Declared:
    """What is declared for one status of one operation."""

    def __init__(self, operation: Operation, status: int, schemas: Schemas, on_loop: OnLoop | None):
        self._status = status
        self._on_loop = on_loop
        self._response = response_of(operation.responses, status)
        self._schemas = schemas
        self._offers = Offers(self._response, schemas)
        #: The only way to send JSON, where there is only one
        self._only = None if self._offers.has_streams else self._offers.only
        #: dict: (media type as declared, name of the sequence) -> what writes its items
        self._writers: dict[tuple[str, str], ItemWriter] = {}
        #: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5
        self._empty = status in (204, 205, 304)
        self._is_head = operation.method == "HEAD"
        self._undeclared = self._response is None and bool(operation.responses)

    @property
    def json_codec(self) -> Codec | None:
        """That of a plain dict, None where nothing is declared for it."""
        return self._offers.choose("json", None).codec

    @property
    def usual(self) -> Usual | None:
        """See Outbound.usual."""
        only = self._only
        if only is None or self._empty or self._undeclared or not only.declared:
            return None
        if self._response is not None and self._response.headers:
            return None
        if only.codec is None:
            return Usual(self._status, [*only.headers], exact_reply, None)
        return Usual(self._status, [*only.headers], only.codec.encoder, only.codec.takes)

    def reply(self, result: Any, headers: Pairs, validate: bool, accept: str | None) -> Reply:
        cls = result.__class__
        if cls in _PLAIN or isinstance(result, Model):
            if self._only is not None and not headers and not self._empty:
                return self._as_json(result, [*self._only.headers], self._only, validate)
            family: Family = "json"
            if cls is list and self._offers.has_streams:
                family = "list"
            elif cls in _SCALARS and self._offers.scalars_are_text:
                family, result = "text", json_exact(result, reply=True).decode()
        elif isinstance(result, str):
            family = "text"
        elif result is None:
            return self._none(headers, validate)
        elif isinstance(result, (bytes, bytearray, memoryview)):
            family = "bytes"
        else:
            if self._on_loop is not None and hasattr(result, "__aiter__") and not is_iterator(result):
                result = self._on_loop(result)
            family = "file" if is_file(result) else "items" if is_iterator(result) else "json"
        if self._empty:
            return self._without_body(result, headers, validate)
        if family == "file":
            return self._as_file(Download(result), headers, validate, accept)
        own = headers
        choice, headers = self._choice(family, own, accept)
        if family == "items" and not choice.takes_values and self._offers.has_values and not _has(own, "content-type"):
            result = Begun(result)
            if not result.gives_texts:  # models, say, where a caller asks for text/csv: as a list of them
                choice, headers = self._choice("list", own, accept)
        if family == "items" or (family == "list" and choice.sequence is not None):
            return self._as_items(result, headers, choice, validate)
        if family == "bytes" and not (choice.is_json and self._is_base64(choice.codec)):
            return self._as_bytes(bytes(result), headers, choice, validate)
        if family == "text" and not choice.is_json:
            return self._as_text(result, headers, choice, validate)
        return self._as_json(result, headers, choice, validate)

    def _choice(self, family: Family, headers: Pairs, accept: str | None, own: str = "") -> tuple[Choice, Pairs]:
        """How a value is sent, and the headers that say so: those of the handler go before our own."""
        given = next((value for name, value in headers if name.lower() == "content-type"), None)
        choice = self._offers.given(given) if given is not None else self._offers.choose(family, accept, own)
        return choice, [*headers, *choice.headers]

    def headers(self, given: Any) -> Pairs:
        """Those that a handler returned, as they are sent. Raises ValueError for what cannot be."""
        return self._announced.written(given)

    # The ways to write a body

    def _as_json(self, result: Any, headers: Pairs, choice: Choice, validate: bool) -> Reply:
        codec = choice.codec
        if not validate:
            data = json_exact(result, reply=True) if codec is None else codec.encode(result)
            return Reply(self._status, headers, data, [])
        if codec is None:
            return self._checked(headers, json_exact(result, reply=True), [], choice)
        data, wrong = codec.checked(result, "response")
        return self._checked(headers, data, wrong, choice)

    def _as_text(self, text: str, headers: Pairs, choice: Choice, validate: bool) -> Reply:
        try:
            data = text.encode(choice.charset, choice.lacking)
        except LookupError:
            raise ValueError(f"the Content-Type names the charset {choice.charset!r}, which is unknown") from None
        if not validate:
            return Reply(self._status, headers, data, [])
        writer = self._reader(choice)
        wrong = self._text_violations(text, choice.codec) if writer is None else writer.violations(data)
        return self._checked(headers, data, wrong, choice)

    def _as_bytes(self, data: bytes, headers: Pairs, choice: Choice, validate: bool) -> Reply:
        if not validate:
            return Reply(self._status, headers, data, [])
        return self._checked(headers, data, self._body_violations(data, choice), choice)

    def _as_file(self, file: Download, headers: Pairs, validate: bool, accept: str | None) -> Reply:
        choice, headers = self._choice("file", headers, accept, file.media_type)
        if file.length is not None and not any(name.lower() == "content-length" for name, _ in headers):
            headers.append(("Content-Length", str(file.length)))
        if not validate:
            return Reply(self._status, headers, file, [])
        return self._checked(headers, file, [], choice)

    def _as_items(self, items: Any, headers: Pairs, choice: Choice, validate: bool) -> Reply:
        """An iterator is sent item by item, but for JSON, which is an array; a list is all there."""
        if choice.sequence is None and choice.is_json:
            return self._as_json(list(items), headers, choice, validate)
        flow = Outflow(iter(items), self._writer(choice), validate)
        if not isinstance(items, list):
            return self._checked(headers, flow, [], choice) if validate else Reply(self._status, headers, flow, [])
        pieces, wrong = [], []
        for piece in flow:
            pieces.append(piece)
            wrong += flow.wrong
        wrong += flow.wrong
        data = b"".join(pieces)
        return self._checked(headers, data, wrong, choice) if validate else Reply(self._status, headers, data, [])

    def _writer(self, choice: Choice) -> ItemWriter | TextWriter:
        if choice.sequence is None:
            return TextWriter(choice.charset, choice.lacking)
        media_type = choice.media_type
        name = (media_type.name if media_type is not None else "", choice.sequence.name)
        writer = self._writers.get(name)
        if writer is None:
            with LOCK:
                writer = self._writers.get(name)
                if writer is None:
                    writer = self._writers[name] = ItemWriter(choice.sequence, media_type, self._schemas)
        return writer

    def _reader(self, choice: Choice) -> ItemWriter | None:
        """What checks a stream that is written already; None where none is declared. Of a range it may be any text."""
        if choice.sequence is None or choice.media_type is None or "*" in choice.media_type.name:
            return None
        writer = self._writer(choice)
        return writer if isinstance(writer, ItemWriter) else None

    def _none(self, headers: Pairs, validate: bool) -> Reply:
        """`null` where the schema takes that, else no body."""
        choice = self._null
        if choice is not None:
            if not _has(headers, "content-type"):
                return self._as_json(None, [*headers, *choice.headers], choice, validate)
            choice, headers = self._choice("json", headers, None)
            if choice.is_json:
                return self._as_json(None, headers, choice, validate)
        if not validate or not self._asks_for_body(headers):
            return self._without_body(None, headers, validate)
        wrong = [Violation("response", "", "required", "is missing: the handler returned None")]
        return self._checked(headers, b"", wrong, None)

    @once
    def _null(self) -> Choice | None:
        """How None is sent as JSON; None where that is not declared, or may not be null."""
        choice = self._only or self._offers.choose("json", None)
        if self._empty or self._is_head or choice.media_type is None:
            return None
        codec = choice.codec
        if codec is None:
            return choice
        is_null = codec.allows_null and not is_file_schema(codec.schema, self._schemas) and codec.fits(None)
        return choice if is_null else None

    def _asks_for_body(self, headers: Pairs) -> bool:
        """Whether a reply without a body lacks one: its content is declared, and no server before us has to add it."""
        bodiless = self._empty or self._is_head or not self._offers.names
        return not bodiless and not any(_has(headers, name) for name in _HANDED_ON)

    def _without_body(self, result: Any, headers: Pairs, validate: bool) -> Reply:
        if is_file(result):
            Download(result).close()
        elif is_iterator(result) and hasattr(result, "close"):
            result.close()
        if not validate:
            return Reply(self._status, headers, b"", [])
        wrong = []
        if result is not None and result not in ("", b"", {}, []):
            wrong.append(Violation("response", "", "body", f"cannot be sent: a reply of {self._status} has none"))
        return self._checked(headers, b"", wrong, None)

    # What is wrong

    def violations(self, headers: Pairs, body: bytes | None) -> list[Violation]:
        """See Outbound.violations."""
        if self._empty or self._is_head or (body == b"" and not self._asks_for_body(headers)):
            return self._checked(headers, b"", [], None).violations
        choice = self._offers.given(next((value for name, value in headers if name.lower() == "content-type"), ""))
        if body == b"" and choice.media_type is None:
            wrong = [Violation("response", "", "required", "is missing: the reply has no body")]
            return self._checked(headers, b"", wrong, None).violations
        wrong = [] if body is None else self._body_violations(body, choice)
        return self._checked(headers, b"", wrong, choice).violations

    def _checked(
        self, headers: Pairs, body: bytes | Iterator[bytes], wrong: list[Violation], choice: Choice | None
    ) -> Reply:
        """The reply with *wrong*, what is wrong with its body, and all else that is; *choice* None: it has no body."""
        if self._undeclared:
            wrong = [Violation("response", "", "status", f"{self._status} is not declared"), *wrong]
        elif self._response is not None:
            if choice is not None and not choice.declared:
                wrong = [self._media_violation(headers), *wrong]
            if self._response.headers:
                wrong = [*wrong, *self._announced.violations(headers)]
        return Reply(self._status, headers, body, wrong)

    @once
    def _announced(self) -> Announced:
        return Announced(self._response.headers if self._response is not None else {}, self._schemas)

    def _media_violation(self, headers: Pairs) -> Violation:
        sent = next((value for name, value in headers if name.lower() == "content-type"), "")
        names = " or ".join(self._offers.names) or "none"
        detail = f"{sent[:80]!r} is not declared; {names} is" if sent else f"has no Content-Type; {names} is declared"
        if sent == "application/octet-stream" and any(name.endswith("/*") for name in self._offers.names):
            # What the bytes are is what their handler knows
            detail += ": name the type in a Content-Type header, or declare it"
        return Violation("response", "", "media-type", detail)

    def _body_violations(self, data: bytes, choice: Choice) -> list[Violation]:
        """What is wrong with a body that is written already: JSON and texts are read, all else may be anything."""
        writer = self._reader(choice)
        if writer is not None:
            return writer.violations(data)
        codec = choice.codec
        if choice.is_json:
            try:
                return [] if codec is None else codec.violations(json_decode(data, "response"), "response")
            except Violations as error:
                return error.violations
        if codec is None or not choice.is_text:
            return []
        try:
            return self._text_violations(data.decode(choice.charset), codec)
        except (UnicodeDecodeError, LookupError):
            return [Violation("response", "", "encoding", f"is not {choice.charset}")]

    def _text_violations(self, text: str, codec: Codec | None) -> list[Violation]:
        if codec is None or not codec.types & {"string", "integer", "number", "boolean"}:
            return []
        if self._has_format(codec, "binary"):
            return []
        make = scalar(codec)
        try:
            return codec.violations(text if make is None else make(text), "response")
        except Refused as error:
            return [Violation("response", "", error.code, error.detail)]

    def _is_base64(self, codec: Codec | None) -> bool:
        """Whether bytes are sent as a JSON string: of format byte."""
        return codec is not None and self._has_format(codec, "byte")

    def _has_format(self, codec: Codec, name: str) -> bool:
        return any(value.get("format") == name for value in self._schemas.shapes.spoken(codec.schema))


def _success(responses: Mapping[str, Response]) -> tuple[int, int]:
    """The status of a reply that names none, and that of one without a value. Of ranges, their first."""
    texts = [status.upper().replace("XX", "00") for status in responses]
    declared = [int(text) for text in texts if text.isascii() and text.isdigit() and 200 <= int(text) <= 299]
    success = declared[0] if declared else 200
    return success, 204 if 204 in declared else success


def _has(headers: Pairs, wanted: str) -> bool:
    return any(name.lower() == wanted for name, _ in headers)
