"""
What the annotations of a handler say that is not so, by what its operation passes and takes.

Only what can never be right is told: an annotation that accepts no value that the operation passes, a model of another
schema. What is not understood is passed over. Nothing of this is needed to serve: `check` asks.
Neighbours: annotations.py reads them; stubs/signatures.py has the types by the description.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pymacaron.exchange.files import Upload
from pymacaron.finding import Finding, did_you_mean, with_article
from pymacaron.pool import stood_for
from pymacaron.schema.models import Model
from pymacaron.server.annotations import evaluated
from pymacaron.server.dotted import line_of
from pymacaron.source import Node
from pymacaron.spec.model import Operation
from pymacaron.spec.names import arguments, attribute
from pymacaron.stubs.signatures import ITEMS, Argument, Signature, Signatures, plainly
from pymacaron.stubs.types import ANY, Type, flat, union

__all__ = ["Contradictions"]

#: dict: class -> those of the values that it accepts. PEP 484, "The numeric tower"
_ACCEPTS: dict[Any, frozenset[str]] = {
    str: frozenset(("str",)),
    int: frozenset(("int", "bool")),
    float: frozenset(("float", "int", "bool")),
    complex: frozenset(("float", "int", "bool")),
    bool: frozenset(("bool",)),
    bytes: frozenset(("bytes",)),
    datetime: frozenset(("datetime",)),
    date: frozenset(("date", "datetime")),
    UUID: frozenset(("UUID",)),
    Upload: frozenset(("Upload",)),
    list: frozenset(("list",)),
    dict: frozenset(("dict",)),
    Iterator: frozenset(("Iterator",)),
    AsyncIterator: frozenset(("Iterator",)),
    type(None): frozenset(("None",)),
    None: frozenset(("None",)),
}

#: The types of what gives items one by one
_ITERATORS = frozenset((ITEMS, "collections.abc.Iterator", "collections.abc.AsyncIterator"))


@dataclass(frozen=True, slots=True)
class _Model:
    """A model by the names of its api and itself, as Python writes both."""

    api: str
    name: str

    def __str__(self) -> str:
        return f"ApiPool.{self.api}.model.{self.name}"


#: Of an annotation: what it accepts, classes by their names
_Accepted = frozenset["str | _Model"]


class Contradictions:
    """Compares the handlers of one api; *known* are the names of all apis that are there."""

    def __init__(self, signatures: Signatures, api: str, known: typing.AbstractSet[str]):
        self._signatures = signatures
        self._api = attribute(api)
        self._known = {attribute(name) for name in known} | {self._api}
        #: What stands for types that are not compared
        self._aliases = frozenset(_Model(self._api, name) for name in signatures.types.aliases)

    def findings(self, operation: Operation, handler: Callable[..., Any], place: Node, *, plain: bool) -> list[Finding]:
        """
        What the annotations of *handler* say that is not so, told at *place*; *plain*: its body comes as plain values.
        """
        try:
            signature = inspect.signature(handler)
        except (TypeError, ValueError):
            return []
        wanted = self._signatures.of(operation)
        name = getattr(handler, "__name__", "handler")
        facts = [*self._arguments(wanted, signature, handler, plain), *self._result(wanted, signature, handler)]
        title = f"{name}, which answers {operation.method} {operation.path},"
        usual = f"Correct it in {line_of(handler)}"
        key = isinstance(place.value, dict)
        found = [place.finding("annotation", f"{title} {fact}", mend or usual, key=key) for fact, mend in facts]
        for argument in self._hidden(operation, wanted, signature):
            fact = f"{title} has '{argument}=None', which hides the default in the description"
            mend = f"Write {argument!r} without a default in {line_of(handler)}: it is always passed"
            found.append(place.finding("hidden-default", fact, mend, key=key))
        return found

    def _hidden(self, operation: Operation, wanted: Signature, signature: inspect.Signature) -> Iterator[str]:
        """The arguments whose own default is None, where the description has one that is a value."""
        described = {name for name, parameter in arguments(operation).items() if not parameter.required}
        for one in wanted.keywords:
            own = signature.parameters.get(one.name)
            if one.passed and one.name in described and own is not None and own.default is None:
                yield one.name

    def _arguments(
        self, wanted: Signature, signature: inspect.Signature, handler: Callable[..., Any], plain: bool
    ) -> Iterator[tuple[str, str]]:
        parameters = list(signature.parameters.values())
        positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
        body = wanted.plain_body if plain and wanted.plain_body is not None else wanted.body
        pairs: list[tuple[inspect.Parameter, Argument]] = []
        if body is not None and positional:
            pairs.append((positional[0], body))
        keywords = {one.name: one for one in wanted.keywords}
        pairs += [
            (one, keywords[one.name])
            for one in parameters
            if one.name in keywords and one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)
        ]
        for parameter, argument in pairs:
            given = evaluated(parameter.annotation, handler)
            said = f"takes {parameter.name!r} as {_shown(given)}"
            unknown = list(self._unknown(given))
            yield from ((f"{said}: {fact}", mend) for fact, mend in unknown)
            if given is parameter.empty or unknown:
                continue
            accepted, passed = self._accepted(given), self._values(argument.type)
            if not self._is_possible(given, argument.type):
                is_within = accepted is None or passed is None or not accepted.isdisjoint(passed - {"None"})
                yield f"{said}, and gets {self._text(argument.type) if is_within else _listed(passed or set())}", ""
            elif accepted is None or passed is None or self._is_of_others(accepted):
                continue
            elif not argument.passed and parameter.default is parameter.empty and "None" not in accepted:
                yield f"{said}, and gets None where it is not sent", "Give it a default, or add '| None'"

    def _is_possible(self, annotation: Any, one: Type) -> bool:
        """Whether *annotation* accepts any value of that type which is not None, as far as can be told."""
        parts = [part for part in flat(one) if part.name != "None"]
        return not parts or any(self._meet(given, part) for given in _alternatives(annotation) for part in parts)

    def _meet(self, annotation: Any, part: Type) -> bool:
        """The same of an annotation and a type without alternatives: what they hold in brackets must meet, too."""
        accepted, values = self._accepted(annotation), self._values(part)
        if accepted is None or values is None or self._is_of_others(accepted):
            return True
        if accepted.isdisjoint(values):
            return False
        inner = [one for one in typing.get_args(annotation) if _model(annotation) is None]
        if typing.get_origin(annotation) is typing.Literal or not inner or not part.of:
            return True
        return self._is_possible(inner[-1], part.of[-1])

    def _accepted(self, annotation: Any) -> _Accepted | None:
        """What an annotation accepts; None where that is not compared."""
        accepted = _accepted(annotation)
        return accepted if accepted is None or accepted.isdisjoint(self._aliases) else None

    def _text(self, one: Type) -> str:
        """A type for a message."""
        if one.model:
            return str(_Model(self._api, one.model))
        if one.name == "typing.Union":
            return " | ".join(map(self._text, one.of))
        name = "Iterator" if one.name == ITEMS else one.name.rpartition(".")[2]
        inner = [repr(value) for value in one.values] or [self._text(part) for part in one.of]
        return f"{name}[{', '.join(inner)}]" if inner else name

    def _is_of_others(self, accepted: _Accepted) -> bool:
        """Whether an annotation names models of another api, which may be equal to those of this one."""
        return any(isinstance(one, _Model) and one.api != self._api for one in accepted)

    def _result(
        self, wanted: Signature, signature: inspect.Signature, handler: Callable[..., Any]
    ) -> Iterator[tuple[str, str]]:
        given = evaluated(signature.return_annotation, handler)
        if given is signature.empty:
            return
        unknown = list(self._unknown(given))
        yield from ((f"returns {_shown(given)}: {fact}", mend) for fact, mend in unknown)
        models = {one for one in _models(given) if one.api == self._api} - self._aliases
        allowed = self._models_of(wanted.result.alone), self._models_of(wanted.result.elsewhere)
        if unknown or not models or None in allowed:
            return
        declared = {one for part in allowed if part is not None for one in part}
        for one in sorted(models - declared, key=str):
            said = f"returns {one}, which none of its responses has"
            yield said, f"They have {_listed(declared)}" if declared else ""
        replies = union(part for part in (wanted.result.alone, wanted.result.elsewhere) if part is not None)
        for one in _alternatives(given):
            reply = typing.get_args(one)[0] if _is_pair(one) else one
            known = {model for model in _models(reply) if model.api == self._api}
            if known and known <= declared and not self._is_possible(reply, replies):
                yield f"returns {_shown(reply)}, and its responses are {self._text(_as_models(replies))}", ""

    def _unknown(self, annotation: Any) -> Iterator[tuple[str, str]]:
        """The models in an annotation that are none."""
        for one in _models(annotation):
            if one in self._aliases:
                continue
            if one.api == self._api and one.name not in self._signatures.types.models:
                yield f"{self._api} has no model {one.name!r}", did_you_mean(one.name, self._signatures.types.models)
            elif one.api not in self._known and did_you_mean(one.api, self._known):
                yield f"there is no api {one.api!r}", did_you_mean(one.api, self._known)

    def _values(self, one: Type) -> _Accepted | None:
        """What values of a type are, classes by their names; None where that can be anything."""
        found: set[str | _Model] = set()
        for part in flat(one):
            if part.model:
                found.add(_Model(self._api, part.model))
            elif part.name in _ITERATORS:
                found.add("Iterator")
            elif part.values:
                found |= {type(value).__name__ for value in part.values}
            elif part.name == "builtins.float":
                found |= {"float", "int"}  # 2 is a number, too
            elif part.name == "None" or part.name.rpartition(".")[2] in {name for s in _ACCEPTS.values() for name in s}:
                found.add(part.name.rpartition(".")[2])
            else:
                return None
        return frozenset(found)

    def _models_of(self, one: Type | None) -> set[_Model] | None:
        """Every model in a type; None where it can be anything."""
        if one is None:
            return set()
        if one == ANY:
            return None
        if one.model:
            return {_Model(self._api, one.model)}
        inner = [self._models_of(part) for part in one.of]
        if one.name != "builtins.dict" and None in inner:
            return None
        return {model for part in inner if part is not None for model in part}


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The parts of a Union, else *annotation* itself."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _alternatives(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for one in typing.get_args(annotation):
            yield from _alternatives(one)
    else:
        yield annotation


def _is_pair(annotation: Any) -> bool:
    """Whether an annotation is that of a body with a status or headers."""
    inner = typing.get_args(annotation)
    return typing.get_origin(annotation) is tuple and bool(inner) and Ellipsis not in inner


def _as_models(one: Type) -> Type:
    """A type without the dicts that may stand in for its models."""
    parts = [part for part in flat(one) if not any(part == plainly(other) != other for other in flat(one))]
    return union(Type(part.name, tuple(map(_as_models, part.of)), part.model, part.values) for part in parts)


def _accepted(annotation: Any) -> _Accepted | None:
    """What an annotation accepts; None where it is not understood."""
    model = _model(annotation)
    if model is not None:
        return frozenset((model,))
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _accepted(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        parts = [_accepted(one) for one in typing.get_args(annotation)]
        return None if None in parts else frozenset(value for part in parts if part is not None for value in part)
    if origin is typing.Literal:
        return frozenset(value for one in typing.get_args(annotation) for value in _ACCEPTS.get(type(one), ()))
    try:
        return _ACCEPTS.get(origin or annotation)
    except TypeError:  # what cannot be hashed is no type
        return None


def _model(annotation: Any) -> _Model | None:
    names = stood_for(annotation)
    if names is None and isinstance(annotation, type) and issubclass(annotation, Model) and annotation is not Model:
        record = getattr(annotation, "__pym_record__", None)
        names = (record.api, record.name) if record is not None else None
    return None if names is None else _Model(attribute(names[0]), attribute(names[1]))


def _models(annotation: Any) -> Iterator[_Model]:
    """Every model that an annotation names, at any depth."""
    model = _model(annotation)
    if model is not None:
        yield model
        return
    for one in typing.get_args(annotation):
        for inner in one if isinstance(one, list) else [one]:
            yield from _models(inner)


def _shown(annotation: Any) -> str:
    if isinstance(annotation, type) and not typing.get_args(annotation):
        model = _model(annotation)
        return annotation.__name__ if model is None else str(model)
    return repr(annotation).replace("typing.", "")


def _listed(values: typing.AbstractSet[str | _Model]) -> str:
    values = values - {"int"} if "float" in values else values
    told = [str(one) if isinstance(one, _Model) or one == "None" else with_article(one) for one in values]
    return " or ".join(sorted(told, key=lambda one: (one == "None", one)))
