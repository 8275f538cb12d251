"""
What a mock answers to calls of one operation: status, headers and body, each of which the description allows.

An answer is worked out when it is first asked for, and looked up then; only what is dynamic is made for each call.
Neighbours: bodies.py has the bodies of a media type, preferring.py reads what a caller wants.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from pymacaron import context
from pymacaron.exceptions import HTTPError
from pymacaron.exchange import examples, media
from pymacaron.exchange.outbound import Outbound, Reply
from pymacaron.exchange.problem import summary
from pymacaron.exchange.responses import response_of
from pymacaron.finding import did_you_mean
from pymacaron.pool import LoadedApi
from pymacaron.schema.specimens.specimens import NoValue, Specimens
from pymacaron.source import Node
from pymacaron.spec.model import Operation, Parameter, Response
from pymacaron.testing.mocks.bodies import Body
from pymacaron.testing.mocks.preferring import Wish, wish

__all__ = ["Answer", "Answers"]

#: What a handler returns: body, status, headers
Answer = tuple[Any, int, dict[str, Any]]

#: Replies that have no body: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5
_EMPTY = (204, 205, 304)
#: How many values are tried where new ones are wanted
_TRIES = 5

#: Headers that say how a body is sent, which is the server's business
_SENDING = frozenset(
    (
        *("connection", "content-encoding", "content-length", "content-type", "date", "keep-alive", "server"),
        *("set-cookie2", "trailer", "transfer-encoding", "upgrade", "vary"),
    )
)


class Answers:
    """
    Those of *operation* of the api *loaded*. *dynamic*: with new values for each call, unless it wants otherwise.
    *seed*: any text, which says which values are made.
    """

    def __init__(
        self,
        loaded: LoadedApi,
        operation: Operation,
        *,
        dynamic: bool = False,
        seed: str = "",
    ):
        self.operation = operation
        self._schemas = loaded.schemas
        self._dynamic = dynamic
        self._seed = f"{seed} {operation.method} {operation.path}"
        self.outbound = Outbound(operation, loaded.schemas)
        self._known: dict[tuple[int, str, str | None], Answer] = {}
        self._bodies: dict[int, list[Body]] = {}
        self._turn = 0
        self._lock = threading.Lock()

    def handler(self, _body: dict[str, Any] | None = None, /, **arguments: Any) -> Answer:
        """What answers a call, whatever it was called with."""
        call = context.current()
        prefer, accept = (call.headers.get("Prefer"), call.headers.get("Accept")) if call is not None else (None, None)
        try:
            wanted = wish(prefer)
            body, status, headers = self.answer(wanted, accept)
            applied = {"Preference-Applied": wanted.applied} if wanted.applied else {}
            return body, status, {**headers, **applied, "Vary": "Prefer"}
        except HTTPError as error:
            if call is not None:
                call.reported = error  # nothing has failed that anybody needs a report of
            raise

    def answer(self, wanted: Wish, accept: str | None = None) -> Answer:
        """
        What is sent to who wants that. Raises an HTTPError: 400 for what is not declared, 501 where nothing fits.
        """
        status = self._status(wanted.code)
        response = response_of(self.operation.responses, status)
        body = self._body(status, response, accept, wanted.example)
        names = {} if body is None else dict.fromkeys(body.names)
        if wanted.example is not None and wanted.example not in names:
            raise self._no_example(wanted.example, list(names), status, "" if body is None else body.content_type)
        dynamic = wanted.dynamic if wanted.dynamic is not None else self._dynamic and wanted.example is None
        if dynamic and body is not None:
            made = self._new(status, response, body)
            if made is not None:
                return made
        key = (status, "" if body is None else body.content_type, wanted.example)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._worked_out(status, response, body, wanted.example)
        return found

    # ---- which status, which media type

    def _status(self, code: int | None) -> int:
        declared = self.operation.responses
        if code is not None:
            if declared and response_of(declared, code) is None:
                known = ", ".join(declared)
                raise HTTPError(400, f"Prefer: code={code}: {self._where} declares {known}")
            return code
        numbers = {name: _number(name) for name in declared}
        for first in ("2", "3"):
            found = [number for name, number in numbers.items() if number is not None and name[:1] == first]
            if found:
                return found[0]
        if "default" in declared or not declared:
            return 200
        found = [number for number in numbers.values() if number is not None and number >= 200]
        if not found:
            raise HTTPError(501, f"{self._where} declares no reply that can be sent: {', '.join(declared)}")
        return found[0]

    def _body(self, status: int, response: Response | None, accept: str | None, example: str | None) -> Body | None:
        """
        Of the media types that are declared the one that is wanted most, of JSON the first where any will do; of those
        that have the *example*, where it is wanted.
        """
        if response is None or status in _EMPTY:
            return None
        bodies = self._bodies.get(status)
        if bodies is None:
            seed = f"{self._seed} {status}"
            made = [Body(response, one, self._schemas, seed) for one in response.content.values() if _usable(one.name)]
            bodies = self._bodies[status] = sorted(made, key=lambda one: not _is_json(one.content_type))
        if len(bodies) < 2:
            return next(iter(bodies), None)
        named = [one for one in bodies if example is not None and example in one.names]
        for among in (named, bodies):
            best = media.best(accept, [one.content_type for one in among])
            if best is not None:
                return next(one for one in among if one.content_type == best)
        return bodies[0]

    def _no_example(self, name: str, names: list[str], status: int, content_type: str) -> HTTPError:
        kind = f" as {content_type}" if len(self._bodies.get(status, ())) > 1 else ""
        told = f"It has {', '.join(map(repr, names))}" if names else "It has none that has a name"
        hint = did_you_mean(name, names) or told
        return HTTPError(400, f"Prefer: example={name[:80]}: there is none for {status} of {self._where}{kind}. {hint}")

    # ---- what is sent

    def _worked_out(self, status: int, response: Response | None, body: Body | None, example: str | None) -> Answer:
        """The first that fits."""
        why = "nothing is declared that could be sent"
        node: Node | None = body.schema if body is not None else None
        headers, lacking = self._headers(response, status)
        if lacking is not None:
            raise self._unsatisfiable(status, *lacking)
        try:
            for candidate in self._candidates(body, example):
                answer, wrong = self._tried(candidate, status, headers, body)
                if answer is not None:
                    return answer
                why = wrong
        except NoValue as error:
            why = str(error)
        raise self._unsatisfiable(status, node, why)

    def _candidates(self, body: Body | None, example: str | None) -> Iterator[Any]:
        if body is None:
            yield None
            return
        yield from body.examples(example)
        if example is None:
            yield from body.made()

    def _new(self, status: int, response: Response | None, body: Body) -> Answer | None:
        headers, lacking = self._headers(response, status)
        if lacking is not None:
            return None
        for _ in range(_TRIES):
            with self._lock:
                self._turn += 1
                turn = self._turn
            with suppress(NoValue):
                for candidate in body.other(turn):
                    answer, _ = self._tried(candidate, status, headers, body)
                    if answer is not None:
                        return answer
        return None

    def _tried(self, value: Any, status: int, headers: dict[str, Any], body: Body | None) -> tuple[Answer | None, str]:
        """The answer with *value* as its body; None, and why, where it does not fit."""
        if body is not None:
            headers = {**headers, "Content-Type": body.content_type}
        answer = (value, status, headers)
        try:
            reply = self.outbound.reply(answer, validate=True)
        except (TypeError, ValueError, RecursionError) as error:
            return None, str(error)
        return (None, summary(reply.violations)) if reply.violations else (answer, "")

    # ---- headers

    def _headers(self, response: Response | None, status: int) -> tuple[dict[str, Any], tuple[Node | None, str] | None]:
        """Those that are declared; and the schema of one that is required and has no value, with why."""
        found: dict[str, Any] = {}
        if response is None:
            return found, None
        told = examples.headers(response, self._schemas)
        for name, header in response.headers.items():
            if name.lower() in _SENDING or name.lower().startswith("access-control-"):
                continue
            why: tuple[Node | None, str] = (None, f"the header {name} has no value that fits")
            for value in self._header_values(header, told.get(name), name):
                wrong = self._header_wrong(status, name, value)
                if not wrong:
                    found[name] = value
                    break
                why = (header.schema, wrong)
            if name not in found and header.required:
                return found, why
        return found, None

    def _header_values(self, header: Parameter, example: Any, name: str) -> Iterator[Any]:
        if example is not None:
            yield example
        schema = header.schema if header.content is None else header.content.schema
        if schema is None:
            yield "a text"
            return
        with suppress(NoValue):
            yield Specimens(schema, self._schemas, f"{self._seed} {name}").first()

    def _header_wrong(self, status: int, name: str, value: Any) -> str:
        try:
            reply: Reply = self.outbound.reply((None, status, {name: value}), validate=True)
        except (TypeError, ValueError) as error:
            return str(error)
        own = [one for one in reply.violations if one.location == "header" and _is_about(one.pointer, name)]
        return summary(own) if own else ""

    # ---- what is told

    @property
    def _where(self) -> str:
        return f"{self.operation.method} {self.operation.path}"

    def _unsatisfiable(self, status: int, node: Node | None, why: str) -> HTTPError:
        place = "" if node is None else f" by the schema at {_place(node)}"
        return HTTPError(501, f"No reply of {status} can be made for {self._where}{place}: {why}")


def _place(node: Node) -> str:
    return f"{node.document.name}:{node.document.position(node.pointer).line}"


def _number(name: str) -> int | None:
    """The status that a reply has for which *name* is declared: of a range, its first."""
    text = name.upper().replace("XX", "00")
    return int(text) if text.isascii() and text.isdigit() and 200 <= int(text) <= 599 else None


def _usable(name: str) -> bool:
    return media.parse(name) is not None and media.is_field_value(name)


def _is_json(name: str) -> bool:
    kind = media.parse(name)
    return kind is not None and kind.is_json


def _is_about(pointer: str, name: str) -> bool:
    own = "/" + name.replace("~", "~0").replace("/", "~1")
    return pointer == own or pointer.startswith(f"{own}/")
