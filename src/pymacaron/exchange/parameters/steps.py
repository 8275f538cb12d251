"""
One parameter of an operation, compiled: read, validated and converted, and what stands in for it where it is absent.

Neighbours: reading.py reads texts, inbound.py puts the steps of an operation together, bodies/forms.py reads
fields by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from pymacaron.exchange.files import is_file
from pymacaron.exchange.parameters.reading import ABSENT, EMPTY, Read, Refused, is_encoded, maker, reader
from pymacaron.schema.codec import Schemas
from pymacaron.schema.pointers import pointer_text
from pymacaron.schema.violations import Violation
from pymacaron.source import Node
from pymacaron.spec.model import Parameter

__all__ = ["OMIT", "Step", "exact_class", "schema_of", "stand_in", "take"]

#: The argument is not passed, so that the handler's own default holds
OMIT: Final[Any] = object()


class Step:
    """One parameter: how it is read, validated and converted, and what stands in for it where it is absent."""

    __slots__ = (
        "absent",
        "convert",
        "encoded",
        "exact",
        "keyword",
        "location",
        "make",
        "name",
        "pointer",
        "read",
        "required",
        "violations",
    )

    def __init__(
        self,
        keyword: str | None,
        parameter: Parameter,
        schemas: Schemas,
        others: frozenset[str],
        absent: Callable[[], Any] | None,
    ):
        self.keyword = keyword
        self.name = parameter.name
        self.location = parameter.location
        self.pointer = pointer_text((parameter.name,))
        self.required = parameter.required
        self.absent = absent
        #: Whether it reads percent-encoded texts of the path
        self.encoded = is_encoded(parameter, schemas)
        self.read: Read = reader(parameter, schemas, others)
        #: What makes its value of the one text that it is sent as; None where it is sent otherwise
        self.make = maker(parameter, schemas)
        node = schema_of(parameter, schemas)
        codec = None if node is None else schemas.codec(node, "request")
        self.violations = _nothing_wrong if codec is None else codec.violations
        self.convert = _itself if codec is None else codec.convert
        #: The class whose values all fit the schema and need no conversion
        self.exact = exact_class(node)

    def wrong(self, code: str, detail: str, below: str = "") -> Violation:
        return Violation(self.location, self.pointer + below, code, detail)


def take(steps: tuple[Step, ...], source: Any, keywords: dict[str, Any], wrong: list[Violation]) -> None:
    """Add to *keywords* what *steps* find in *source*, to *wrong* what they have against it."""
    for step in steps:
        try:
            value = step.read(source)
        except Refused as error:
            wrong.append(step.wrong(error.code, error.detail, error.pointer))
            continue
        if value.__class__ is step.exact:
            pass
        elif value is ABSENT:
            if step.required:
                wrong.append(step.wrong("required", "is missing"))
                continue
            if step.absent is None:
                value = None
            else:
                value = step.absent()
                if value is OMIT:
                    continue
        elif value is EMPTY:
            value = ""
        else:
            found = step.violations(value, step.location, step.pointer)
            if found:
                wrong += found
                continue
            value = step.convert(value)
        if step.keyword is not None:
            keywords[step.keyword] = value


def _nothing_wrong(value: Any, location: str, pointer: str = "") -> list[Violation]:
    return []


def _itself(value: Any) -> Any:
    return value


def schema_of(parameter: Parameter, schemas: Schemas) -> Node | None:
    if parameter.location == "form" and is_file(parameter.schema, schemas):
        return None
    return parameter.schema if parameter.content is None else parameter.content.schema


_EXACT: Mapping[str, type] = {"string": str, "integer": int, "boolean": bool}

#: The members of a schema, and of a Swagger 2.0 parameter, that ask nothing of a value beyond its type
_IDLE = frozenset(
    {
        *("type", "description", "title", "default", "example", "examples", "deprecated"),
        *("name", "in", "required", "allowEmptyValue", "collectionFormat"),
    }
)


def exact_class(node: Node | None) -> type | None:
    """The class whose values all fit *node*, and are what they are in JSON; None where there is none."""
    value = None if node is None else node.value
    if not isinstance(value, dict) or not all(key in _IDLE or str(key).startswith("x-") for key in value):
        return None
    if value.get("x-nullable"):
        return None
    kind = value.get("type")
    return _EXACT.get(kind) if isinstance(kind, str) else None


def stand_in(handlers_own: bool, parameter: Parameter, schemas: Schemas) -> Callable[[], Any] | None:
    """What gives the value of a parameter that was not sent: the handler's default, the schema's, or (None) None."""
    if handlers_own:
        return lambda: OMIT
    node = schema_of(parameter, schemas)
    if node is None:
        return None
    codec = schemas.codec(node, "request")
    if not codec.has_default or codec.default is None:
        return None
    default = codec.default
    if codec.violations(default, parameter.location):
        # A mistake of the description, which `check` reports: what it says, as it says it
        return lambda: default
    value = codec.convert(default)
    if isinstance(default, (dict, list)):
        return lambda: codec.convert(codec.default)  # each call gets one of its own
    return lambda: value
