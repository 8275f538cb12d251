"""
The arguments of a client's call -> the raw parts of its request, or everything that is wrong with them.

The mirror of inbound.py: the body is the one positional argument, all else goes by keyword (see spec/names.py). An
operation is compiled at its first call. No I/O: whoever sends it does that.
Neighbours: parameters/given.py has the parameters, payloads/ the body, answered.py reads what comes back.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pymacaron.exchange import media
from pymacaron.exchange.misuse import WrongArguments
from pymacaron.exchange.parameters.given import Given
from pymacaron.exchange.parameters.paths import Template
from pymacaron.exchange.payloads.choosing import Payload
from pymacaron.exchange.payloads.fields import FormFields
from pymacaron.schema.codec import Schemas
from pymacaron.schema.once import LOCK
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments

__all__ = ["Asked", "Asking"]


@dataclass(slots=True)
class Asked:
    """
    The raw parts of a request. `path`: percent-encoded, below the base path; `query`: without `?`; `headers`: pairs, a
    value beyond ASCII is sent as UTF-8; `body`: None, bytes, or what gives its pieces, whose type is among the headers.

    A body of pieces may have `length`, its bytes where they are known, and `repeatable`: whether it can be gone through
    again.
    """

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes | Iterable[bytes] | AsyncIterable[bytes] | None


class Asking:
    """
    What one operation asks of who calls it. *validate*: whether values are held against their schemas. *keywords*: what
    a call takes besides; *options*: what a client is told in another way. Both are for messages alone.
    """

    def __init__(
        self,
        operation: Operation,
        schemas: Schemas,
        *,
        validate: bool = True,
        keywords: Collection[str] = (),
        options: Collection[str] = (),
    ):
        self._operation = operation
        self._beside = keywords, options
        self._schemas = schemas
        self._validate = validate
        self._plan: _Plan | None = None

    def asked(
        self,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        accept: str | None = None,
        content_type: str | None = None,
    ) -> Asked:
        """
        The request for a call with these arguments; those that are None are left out.

        *accept*: an Accept header in place of the one that the operation's responses make; *content_type*: that of the
        body, where the caller chooses. Raises WrongArguments, a ValidationError, with all that is wrong: arguments
        that are missing or unknown, values that do not fit; before anything is sent.
        """
        plan = self._plan
        if plan is None:
            with LOCK:
                plan = self._plan
                if plan is None:
                    plan = self._plan = _Plan(self._operation, self._schemas, self._validate, *self._beside)
        wrong: list[Violation] = []
        if kwargs and not kwargs.keys() <= plan.known:
            wrong += plan.unknown(kwargs)
        get = kwargs.get
        for one in plan.required:
            if get(one.keyword) is None:
                wrong.append(one.wrong("required", "is missing"))
        path = plan.template.written(kwargs, wrong)
        query = plan.template.query
        for one in plan.query:
            value = get(one.keyword)
            if value is not None:
                text = one.text(value, wrong)
                query = f"{query}&{text}" if query and text else query or text
        headers = [("Accept", accept or plan.accept)]
        if plan.others:
            plan.add(headers, kwargs, wrong)
        body = None
        if len(args) > plan.positional:
            wrong.append(plan.surplus(len(args)))
        elif plan.body is not None:
            try:
                body, kind = plan.body(args[0] if args else None, content_type)
                if kind:
                    headers.append(("Content-Type", kind))
            except Violations as error:
                wrong += error.violations
        elif plan.fields is not None:
            body, kind = plan.fields(kwargs, wrong)
            if kind:
                headers.append(("Content-Type", kind))
        if wrong:
            raise WrongArguments(wrong)
        if body is not None and body.__class__ is not bytes:
            length = getattr(body, "length", None)
            if length is not None:
                headers.append(("Content-Length", str(length)))
        return Asked(plan.method, path, query, headers, body)

    @property
    def accept(self) -> str:
        """The Accept header that the operation's responses make."""
        return _accept(self._operation)


class _Plan:
    """What is worked out once of an operation."""

    def __init__(
        self,
        operation: Operation,
        schemas: Schemas,
        validate: bool,
        keywords: Collection[str],
        options: Collection[str],
    ):
        self._id = operation.id
        self._keywords = keywords
        self._options = options
        self.method = operation.method
        body = operation.body
        fields = body.fields if body is not None else ()
        named = {keyword: one for keyword, one in arguments(operation).items() if one.location != "form"}
        given = [Given(keyword, one, schemas, validate) for keyword, one in named.items()]
        forms = {keyword: one for keyword, one in arguments(operation).items() if one.location == "form"}
        self.known = frozenset(named) | frozenset(forms)
        self.required = [one for one in given if one.required]
        self.template = Template(operation.path, {one.name: one for one in given if one.location == "path"})
        self.query = [one for one in given if one.location in ("query", "querystring")]
        # The length of a body is known better here
        others = [one for one in given if one.location == "cookie" or one.name.lower() != "content-length"]
        self.others = [one for one in others if one.location in ("header", "cookie")]
        self.accept = _accept(operation)
        self.fields = FormFields(body, forms, schemas, validate) if body is not None and fields else None
        self.body = Payload(body, schemas, validate) if body is not None and not fields else None
        self.positional = 0 if self.body is None else 1

    def add(self, headers: list[tuple[str, str]], kwargs: Mapping[str, Any], wrong: list[Violation]) -> None:
        """The parameters that are headers, and the one header of all cookies."""
        cookies = []
        for one in self.others:
            value = kwargs.get(one.keyword)
            if value is None:
                continue
            text = one.text(value, wrong)
            if one.name.lower() == "accept" and one.location == "header":
                headers[0] = (one.name, text)
            elif one.location == "header":
                headers.append((one.name, text))
            elif text:
                cookies.append(text)
        if cookies:
            headers.append(("Cookie", "; ".join(cookies)))

    def unknown(self, kwargs: Mapping[str, Any]) -> list[Violation]:
        """Whatever they are, arguments that are None are arguments of the caller's, too."""
        found = []
        for name in kwargs:
            if name not in self.known:
                detail = f"is no argument of {self._id}{self._hint(name)}"
                found.append(Violation("arguments", pointer_text((name,)), "unknown", detail))
        return found

    def _hint(self, name: str) -> str:
        if name in self._options:
            return f", but an option of its client: with_options({name}=...)"
        near = get_close_matches(name, (*self.known, *self._keywords), 1)
        if near:
            return f"; did you mean {near[0]!r}?"
        return _listed(self.known)

    def surplus(self, count: int) -> Violation:
        if self.positional:
            detail = f"has {count} positional arguments; {self._id} takes one, the body, and all else by name"
            return Violation("arguments", "", "positional", detail)
        detail = f"has {count} positional; {self._id} has no body, and takes arguments by name{_listed(self.known)}"
        return Violation("arguments", "", "positional", detail)


def _listed(names: Iterable[str]) -> str:
    return f"; it has {', '.join(sorted(names))}" if names else "; it has none"


def _accept(operation: Operation) -> str:
    """What the responses of success are, then those of errors. Source: RFC 9110, section 12.5.1."""
    good: dict[str, None] = {}
    bad: dict[str, None] = {}
    for status, response in operation.responses.items():
        if response.produces == ():
            return "*/*"
        into = good if status[:1] == "2" else bad
        into.update(dict.fromkeys(response.content if response.produces is None else response.produces))
    if not good and "default" in operation.responses:
        good, bad = bad, {}
    names = [name for name in good if media.parse(name) and media.is_field_value(name)]
    others = [f"{name};q=0.9" for name in bad if name not in good and media.parse(name) and media.is_field_value(name)]
    return ", ".join(names + others) if names else "*/*"
