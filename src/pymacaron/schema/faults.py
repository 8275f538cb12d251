"""
What the validator's errors mean: the path in the value, the keyword and the words of each.

jsonschema-rs tells of alternatives all that is wrong with each; here one is chosen, or each is told in short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pymacaron.finding import did_you_mean
from pymacaron.schema.pointers import Order, Path, pointer_text, value_at
from pymacaron.schema.quoting import is_secret, quoted
from pymacaron.schema.words import code_of, contained, counted, detail, options_text, types_text

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["HINTED", "Fault", "Texts", "definition_of", "faults_of", "inner_schemas", "label_of", "reason_of"]

#: The length of why an alternative does not fit, which may have those of alternatives in it
_REASON = 400

#: The number of undeclared properties of one object for which a declared one is looked for that may be meant
HINTED = 50

#: The path of a fault in its value, and the code and the detail of its Violation
Fault = tuple[Path, str, str]


def faults_of(
    errors: Iterable[ValidationError],
    value: Any,
    schema: Mapping[str, Any],
    place: Callable[[Path], Path],
    *,
    names: Sequence[str] = (),
    passwords: bool = True,
    document: Mapping[str, Any] | None = None,
) -> Iterator[Fault]:
    """
    What *errors* mean, one after the other: the path in *value*, the code and the detail of a Violation.

    *place* makes the path in *value* of that of an error; *names* are those of the places around *value*. *document* is
    the bundle that the errors come from, where it is not *schema*, the one of all of *value*.
    """
    texts = Texts(value, schema, place, names, passwords, document)
    return (fault for error in errors for fault in texts.faults(error))


class Texts:
    """The faults that errors of the validator mean, for one value and the bundle that it was validated with."""

    def __init__(
        self,
        value: Any,
        schema: Mapping[str, Any],
        place: Callable[[Path], Path],
        names: Sequence[str],
        passwords: bool,
        document: Mapping[str, Any] | None,
    ):
        self._value = value
        self._order = Order(value)
        self._place = place
        self._schema = schema
        self._document = schema if document is None else document
        self._passwords = passwords
        self._masked = any(is_secret(name) for name in names)
        #: The places of the discriminators that have chosen around what is told
        self._followed: set[Path] = set()

    def faults(self, error: ValidationError) -> Iterator[Fault]:
        kind = error.kind.name
        path = self._path(error)
        if kind in ("additionalProperties", "unevaluatedProperties"):
            declared = self.declared(path)
            for index, name in enumerate(error.kind.unexpected):  # type: ignore[attr-defined]
                hint = did_you_mean(name, declared) if index < HINTED and name not in declared else ""
                yield (
                    (*path, name),
                    kind,
                    f"is not a declared property. {hint}" if hint else "is not a declared property",
                )
        elif kind == "unevaluatedItems":
            count = len(error.kind.unexpected)  # type: ignore[attr-defined]
            yield path, kind, f"has {counted(count, 'item', 'items')} too many"
        elif kind == "required":
            yield (*path, error.kind.property), kind, "is missing"  # type: ignore[attr-defined]
        elif kind == "propertyNames":
            inner = error.kind.error  # type: ignore[attr-defined]
            name = inner.instance
            yield (*path, str(name)), kind, f"is no name for a property here: {detail(inner, name, False)}"
        elif kind in ("oneOf", "anyOf"):
            yield from self._union(error, path, kind)
        elif kind == "contains":
            keyword = error.schema_path[-1]
            owner = self._owner(error)
            limit = owner.get(keyword) if isinstance(owner, dict) else None
            yield path, *contained(str(keyword), limit)
        else:
            yield path, code_of(kind), detail(error, value_at(self._value, path), self._secret(path))

    def telling(self, faults: Iterable[Fault]) -> Fault:
        """
        Of *faults*, one or more, the first that is told of an alternative: what is there says more of which was meant
        than what is missing.
        """
        return min(faults, key=lambda fault: (fault[1] == "required", self._order.key(fault[0])))

    def _path(self, error: ValidationError) -> Path:
        return self._place(tuple(error.instance_path))

    def _types(self, errors: list[ValidationError], path: Path) -> list[str]:
        """The types that *errors* ask of the value at *path* itself; empty where they complain about something else."""
        return [
            name
            for error in errors
            if error.kind.name == "type" and self._path(error) == path
            for name in error.kind.types  # type: ignore[attr-defined]
        ]

    def _secret(self, path: Path) -> bool:
        if self._masked or any(isinstance(token, str) and is_secret(token) for token in path):
            return True
        return self._passwords and any(
            schema.get("format") == "password"
            for end in range(len(path) + 1)
            for schema in self._applicable(path[:end])
        )

    def declared(self, path: Path) -> list[str]:
        """The properties that any schema of the value at *path* declares."""
        names: dict[str, None] = {}
        for schema in self._applicable(path):
            names.update(dict.fromkeys(schema.get("properties", ())))
        return list(names)

    def _applicable(self, path: Path) -> list[Mapping[str, Any]]:
        """Every schema of the bundle that speaks about the value at *path*, alternatives included."""
        found = self._unfolded([self._schema])
        for token in path:
            found = self._unfolded([inner for schema in found for inner in inner_schemas(schema, token)])
        return found

    def _unfolded(self, schemas: Iterable[Any]) -> list[Mapping[str, Any]]:
        """*schemas* and all that they apply to the same value: `$ref`, allOf, alternatives, on conditions."""
        found: dict[int, Mapping[str, Any]] = {}
        todo = list(schemas)
        while todo:
            schema = todo.pop()
            if not isinstance(schema, dict) or id(schema) in found:
                continue
            found[id(schema)] = schema
            name = definition_of(schema)
            if name:
                todo.append(self._schema["$defs"][name])
            for keyword in ("allOf", "anyOf", "oneOf"):
                todo.extend(schema.get(keyword, ()))
            todo.extend(schema[keyword] for keyword in ("if", "then", "else") if keyword in schema)
            todo.extend(schema.get("dependentSchemas", {}).values())
        return list(found.values())

    def _union(self, error: ValidationError, path: Path, kind: str) -> Iterator[Fault]:
        owner = self._owner(error)
        branches = owner.get(kind, []) if isinstance(owner, dict) else []
        context: list[list[ValidationError]] = error.kind.context  # type: ignore[attr-defined]
        if error.kind.__class__.__name__.endswith("MultipleValid") or any(not errors for errors in context):
            fitting = [label_of(branches, index) for index, errors in enumerate(context) if not errors]
            yield path, kind, f"fits more than one of the alternatives: {' and '.join(fitting)}"
            return
        chosen = self.chosen(owner, kind, path)
        if isinstance(chosen, tuple):
            yield chosen
            return
        if chosen is not None and chosen < len(context):
            followed = {(*path, owner["discriminator"]["propertyName"])} - self._followed
            self._followed |= followed
            yield from self._flat(context[chosen])
            self._followed -= followed
            return
        kept = [index for index, errors in enumerate(context) if self._types(errors, path) != ["null"]]
        near = [index for index in kept if not self._types(context[index], path)]
        if len(kept) == 1 or len(near) == 1:
            yield from self._flat(context[(near if len(near) == 1 else kept)[0]])
            return
        if not near:
            types = dict.fromkeys(name for errors in context for name in self._types(errors, path))
            shown = "a value" if self._secret(path) else quoted(value_at(self._value, path))
            yield path, "type", f"{shown} is not {types_text(types)}"
            return
        reasons = [self._reason(label_of(branches, index), context[index], path) for index in near]
        more = f"; and {len(reasons) - 5} more" if len(reasons) > 5 else ""
        yield path, kind, f"fits none of the {len(kept)} alternatives: {'; '.join(reasons[:5])}{more}"

    def _owner(self, error: ValidationError) -> Any:
        """The schema that has the keyword that *error* is of."""
        return value_at(self._document, error.schema_path[:-1])

    def _reason(self, label: str, errors: list[ValidationError], path: Path) -> str:
        return reason_of(label, self.telling(self._flat(errors)), path)

    def _flat(self, errors: Iterable[ValidationError]) -> Iterator[Fault]:
        for error in errors:
            yield from self.faults(error)

    def chosen(self, owner: Any, kind: str, path: Path) -> int | Fault | None:
        """
        The alternative that the discriminator names, or the fault that it has, or None where there is no
        discriminator.
        """
        rule = owner.get("discriminator") if isinstance(owner, dict) else None
        value = value_at(self._value, path)
        if not rule or not rule.get(kind) or not isinstance(value, dict):
            return None
        name, mapping = rule["propertyName"], rule[kind]
        if name in value and isinstance(value[name], str) and value[name] in mapping:
            return int(mapping[value[name]])
        if "default" in rule:
            return int(rule["default"])
        if name not in value:
            return (*path, name), "required", "is missing"
        where = (*path, name)
        if where in self._followed:  # another discriminator knows it
            return None
        shown = "a value" if self._secret(where) else quoted(value[name])
        return where, "enum", f"{shown} is none of {options_text(list(mapping))}"


def label_of(branches: Sequence[Any], index: int) -> str:
    """The name of an alternative: that of the schema it refers to, else its number."""
    branch = branches[index] if index < len(branches) else None
    return (definition_of(branch) if isinstance(branch, dict) else "") or f"number {index + 1}"


def reason_of(label: str, fault: Fault, path: Path) -> str:
    """Why a value at *path* does not fit the alternative *label*: the first fault that it has by it, cut."""
    where, _, detail = fault
    text = " ".join(part for part in (pointer_text(where[len(path) :]), detail) if part)
    return f"{label} ({text if len(text) <= _REASON else f'{text[:_REASON]}...'})"


def definition_of(schema: Mapping[str, Any]) -> str:
    """The name of the definition of its bundle that *schema* refers to; '' where it refers to none."""
    reference = schema.get("$ref")
    return reference.removeprefix("#/$defs/") if isinstance(reference, str) else ""


def inner_schemas(schema: Mapping[str, Any], token: str | int) -> Iterator[Any]:
    """The schemas that *schema* has for its member or item *token*."""
    if isinstance(token, int):
        prefix = schema.get("prefixItems", ())
        yield prefix[token] if token < len(prefix) else schema.get("items")
        yield schema.get("contains")
        yield schema.get("unevaluatedItems")
        return
    properties = schema.get("properties", {})
    if token in properties:
        yield properties[token]
        return
    yield schema.get("additionalProperties")
    yield schema.get("unevaluatedProperties")
    yield from schema.get("patternProperties", {}).values()
