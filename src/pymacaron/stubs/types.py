"""
A schema -> the Python type of its values, as schema/plans.py converts them: what stubs are written of.

`Type` is a type as a value, without text; `Types` makes those of one api. No model is made here, and nothing of the
users' is imported. Neighbours: schema/shape.py says what a schema is, classes.py writes the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pymacaron.schema.classes import attributes_of
from pymacaron.schema.codec import Schemas
from pymacaron.schema.formats import FORMATS, Format
from pymacaron.schema.shape import TYPES, Discriminator, Identity, Shapes
from pymacaron.source import Node
from pymacaron.spec.model import Api
from pymacaron.spec.names import attribute
from pymacaron.spec.persisting import persisting

__all__ = ["ANY", "BYTES", "MODEL", "NONE", "TEXT", "Attribute", "Type", "Types", "flat", "union"]


@dataclass(frozen=True, slots=True)
class Type:
    """
    A type of Python. `name` is its dotted name, `builtins.list`; `of` are the types in its brackets.

    `model`: the attribute of `ApiPool.<api>.model` that it is. `values`: those of a Literal. `typing.Union` stands for
    alternatives.
    """

    name: str
    of: tuple[Type, ...] = ()
    model: str = ""
    values: tuple[Any, ...] = ()


ANY = Type("typing.Any")
NONE = Type("None")
TEXT = Type("builtins.str")
BYTES = Type("builtins.bytes")
#: The base of all models
MODEL = Type("pymacaron.models.Model")

_INT, _FLOAT, _BOOL = Type("builtins.int"), Type("builtins.float"), Type("builtins.bool")

#: Formats that change nothing: a string stays one. Any other name may be a format of one's own.
#: Sources: JSON Schema 2020-12 and draft 4, "Defined Formats"; the format registry of the OpenAPI Initiative
_CHECKED = frozenset(
    (
        *("base64url", "binary", "char", "commonmark", "decimal", "decimal128", "double", "double-int", "duration"),
        *("email", "float", "hostname", "html", "http-date", "idn-email", "idn-hostname", "int8", "int16", "int32"),
        *("int64", "ipv4", "ipv6", "iri", "iri-reference", "json-pointer", "media-range", "password", "regex"),
        *("relative-json-pointer", "sf-binary", "sf-boolean", "sf-decimal", "sf-integer", "sf-string", "sf-token"),
        *("string", "text", "time", "uint8", "uint16", "uint32", "uint64", "uri", "uri-reference", "uri-template"),
        "url",
    )
)


def union(types: Iterable[Type]) -> Type:
    """One type for all of *types*: Any where one is, Literals joined, without repetitions, None at the end."""
    found = dict.fromkeys(part for one in types for part in flat(one))
    if ANY in found:
        return ANY
    literals = [value for one in found for value in one.values if Type(f"builtins.{type(value).__name__}") not in found]
    kept = [one for one in found if not one.values and one != NONE and not (one == _INT and _FLOAT in found)]
    if literals:
        kept.append(_literal(literals))
    if NONE in found:
        kept.append(NONE)
    return kept[0] if len(kept) == 1 else Type("typing.Union", tuple(kept)) if kept else NONE


def flat(one: Type) -> Iterator[Type]:
    """The alternatives of *one*, itself where it has none."""
    if one.name == "typing.Union":
        yield from one.of
    else:
        yield one


def _present(one: Type) -> Type:
    """*one* without None."""
    return union(part for part in flat(one) if part != NONE)


def _literal(values: Iterable[Any]) -> Type:
    told = {(type(value), value): value for value in values}  # 1 and True are two values
    return Type("typing.Literal", values=tuple(told.values()))


@dataclass(frozen=True, slots=True)
class Attribute:
    """
    One property of a model. `read` and `written`: the types of what is got from it and put into it; `given`: that of
    the keyword that sets it when a model is made.
    """

    name: str
    read: Type
    written: Type
    given: Type


class Types:
    """
    The Python types of one api's schemas. *replaced*: dict of (identity of a model's schema, wire name) -> the type of
    a property that is not what its schema says, as the files of a form.
    """

    def __init__(self, schemas: Schemas, replaced: Mapping[tuple[Identity, str], Type] | None = None):
        self.shapes: Shapes = schemas.shapes
        self._formats = schemas.formats
        self._replaced = replaced or {}
        self._known: dict[tuple[Identity, str], Type] = {}
        #: dict: attribute of the namespace of models -> the schema of that class, references not followed
        self.models: dict[str, Node] = _by_attribute(schemas.api, schemas.classes.names())
        #: The same of named schemas that have no class
        self.aliases: dict[str, Node] = _by_attribute(
            schemas.api,
            {name: node for name, node in schemas.api.schemas.items() if name not in schemas.classes.names()},
        )
        self._by_identity: dict[Identity, str] = {}
        for followed in (False, True):  # a name for what stands in another file, where it has none of its own
            for name, node in self.models.items():
                identity = self.shapes.target(node).identity
                if followed or identity == node.identity:
                    self._by_identity.setdefault(identity, name)

    # ---- models

    def model_of(self, node: Node) -> str | None:
        """The attribute that is the class of an object schema, references followed; None where none is."""
        return self._by_identity.get(self.shapes.target(node).identity)

    def attributes(self, node: Node) -> Iterator[Attribute]:
        """The properties of a model that are attributes, in the order of the description."""
        node = self.shapes.target(node)
        required = {
            name
            for value in self.shapes.spoken(node)
            if isinstance(value.get("required"), list)
            for name in value["required"]
            if isinstance(name, str)
        }
        properties = self.shapes.properties(node)
        for name, wire in attributes_of(properties).items():
            schema = properties[wire]
            one = self._replaced.get((node.identity, wire)) or self.of(schema)
            optional = union((one, NONE))
            if wire in required and not self._is_one_way(schema):
                yield Attribute(name, one, one, one)
            elif self._has_default(schema):
                yield Attribute(name, one, optional, optional)
            else:
                yield Attribute(name, optional, optional, optional)

    def title(self, node: Node) -> str | None:
        """What the description says of a model."""
        found = self.shapes.first(node, "description") or self.shapes.first(node, "title")
        return found.value if found is not None and isinstance(found.value, str) else None

    def parents(self, node: Node) -> list[str]:
        """The class that x-parent names, by its dotted path, if any does."""
        path = self._extension(node, "x-parent")
        names = path.replace(":", ".").split(".") if path else []
        return [".".join(names)] if len(names) > 1 and all(map(str.isidentifier, names)) else []

    def is_persistent(self, node: Node) -> bool:
        return self._extension(node, "x-persist") is not None

    def key(self, node: Node) -> list[tuple[str, Type]] | None:
        """
        The names and types by which a model is found in its table; None where it has none. A property whose name
        Python cannot write is given by its position alone.
        """
        node = self.shapes.target(node)
        try:
            said = persisting(node.value.get("x-persist")).key
        except ValueError:
            return None
        properties = self.shapes.properties(node)
        names = {wire: name for name, wire in attributes_of(properties).items()}
        found = [(wire, properties[wire]) for wire in said if wire is not None and wire in properties]
        return [(names.get(wire, f"__key{at}"), _present(self.of(one))) for at, (wire, one) in enumerate(found)]

    def _extension(self, node: Node, key: str) -> str | None:
        value = self.shapes.target(node).value.get(key)
        return value if isinstance(value, str) else None

    def _is_one_way(self, schema: Node) -> bool:
        """Whether a property that is required need not be there: in a request, or in a response."""
        found = (self.shapes.first(schema, keyword) for keyword in ("readOnly", "writeOnly"))
        return any(node is not None and node.value is True for node in found)

    def _has_default(self, schema: Node) -> bool:
        default = self.shapes.first(schema, "default")
        return default is not None and default.value is not None

    # ---- values

    def of(self, schema: Node | None) -> Type:
        """The type of the valid values of *schema*; Any where nothing is known of them."""
        if schema is None:
            return ANY
        return self._once(self.shapes.target(schema), "")

    def _once(self, node: Node, kind: str) -> Type:
        """The type of *node*, or of those of its values that are of the JSON type *kind*, worked out once."""
        key = (node.identity, kind)
        if key not in self._known:
            self._known[key] = ANY  # what it finds that contains itself by way of arrays and maps, which have no name
            self._known[key] = self._part(node, kind) if kind else self._of(node)
        return self._known[key]

    def _of(self, node: Node) -> Type:
        kinds = self.shapes.types(node)
        if kinds == TYPES:
            if not self.shapes.is_object(node) and not self.shapes.properties(node):
                return self._chosen(node) or ANY
            kinds = frozenset(("object",))  # it declares properties: whoever wrote that had objects in mind
        if "number" in kinds:
            kinds -= {"integer"}
        order = ("object", "array", "string", "integer", "number", "boolean", "null")
        return self._chosen(node) or union(self._part(node, kind) for kind in order if kind in kinds)

    def _chosen(self, node: Node) -> Type | None:
        """The type of an enumeration or a constant of values that a Literal can have; None where it is none."""
        found = self.shapes.first(node, "enum")
        values = found.value if found is not None and isinstance(found.value, list) else []
        constant = self.shapes.first(node, "const") if self.shapes.siblings else None
        if constant is not None:
            values = [constant.value]
        if not values or self._format(node) is not None or self._is_own_format(node):
            return None
        if any(type(value) not in (str, int, bool, type(None)) for value in values):
            return None
        kinds = self.shapes.types(node)
        fitting = [value for value in values if value is not None and _kind(value) in kinds]
        nothing = [NONE] if "null" in kinds else []
        return union([*([_literal(fitting)] if fitting else []), *nothing]) if fitting or nothing else None

    def _part(self, node: Node, kind: str) -> Type:
        """The type of those values of *node* that are of one JSON type."""
        if kind == "object":
            return self._object(node)
        if kind == "array":
            return self._array(node)
        if kind == "string":
            return self._text(node)
        if self._is_own_format(node):
            return ANY
        return {"integer": _INT, "number": _FLOAT, "boolean": _BOOL}.get(kind, NONE)

    def _object(self, node: Node) -> Type:
        shapes = self.shapes
        if shapes.is_union(node):
            branches = [branch for branch in shapes.branches(node) if "object" in shapes.types(branch)]
            heirs = [heir for heir in _named_by(shapes.discriminator(node)) if heir.identity != node.identity]
            return union(self._within(branch, "object") for branch in (*branches, *heirs))
        if shapes.is_object(node):
            heirs = [heir for heir in _named_by(shapes.choice(node)) if shapes.is_object(heir)]
            return union(self._model(one) for one in (node, *heirs))
        values = shapes.first(node, "additionalProperties")
        held = self.of(values) if values is not None and isinstance(values.value, dict) else ANY
        return Type("builtins.dict", (TEXT, held))

    def _model(self, node: Node) -> Type:
        name = self.model_of(node)
        return ANY if name is None else Type("model", model=name)

    def _within(self, branch: Node, kind: str) -> Type:
        return self._once(self.shapes.target(branch), kind)

    def _array(self, node: Node) -> Type:
        shapes = self.shapes
        items = shapes.first(node, "items")
        prefix = shapes.first(node, "prefixItems") if shapes.siblings else None
        if items is not None and isinstance(items.value, list):
            prefix, items = items, shapes.first(node, "additionalItems")
        branches = [branch for branch in shapes.branches(node) if "array" in shapes.types(branch)]
        if items is None and prefix is None and branches:
            return union(self._within(branch, "array") for branch in branches)
        held = [self.of(item) for item in prefix.items()] if prefix is not None else []
        if items is None or items.value is True:
            held.append(ANY)
        elif items.value is not False:
            held.append(self.of(items))
        return Type("builtins.list", (union(held) if held else ANY,))

    def _text(self, node: Node) -> Type:
        """The type of the texts of *node*: what each of its alternatives makes of them."""
        found: list[Type] = []
        todo, seen = [node], set[Identity]()
        while todo:  # a chain of alternatives is as long as its description likes
            at = todo.pop()
            if at.identity in seen:
                continue
            seen.add(at.identity)
            one = self._converted(at)
            chosen = self._chosen(at) if one is None else None
            branches = [self.shapes.target(branch) for branch in self.shapes.branches(at)]
            branches = [branch for branch in branches if "string" in self.shapes.types(branch)]
            if one is not None:
                found.append(one)
            elif chosen is not None:
                found += [_literal(values) for part in flat(chosen) if (values := _texts(part.values))]
            elif branches:
                todo += reversed(branches)
            else:
                found.append(TEXT)
        return union(found)

    def _converted(self, node: Node) -> Type | None:
        """What the texts of *node* become by its format; None where they stay."""
        form = self._format(node)
        if form is not None and form.type is not None:
            cls = form.type if isinstance(form.type, type) else form.type[0]
            return Type(f"{cls.__module__}.{cls.__qualname__}")
        return ANY if form is not None or self._is_own_format(node) else None

    def _format(self, node: Node) -> Format | None:
        """The format that the text of *node* is converted by."""
        form = self._formats.get(self._format_name(node))
        return form if form is not None and form.convert is not None else None

    def _is_own_format(self, node: Node) -> bool:
        """Whether the format of *node* is none that is known here: a service may register it, and convert it."""
        name = self._format_name(node)
        return bool(name) and name not in _CHECKED and name not in FORMATS

    def _format_name(self, node: Node) -> str:
        found = None if self.shapes.is_plain(node) else self.shapes.first(node, "format")
        return found.value if found is not None and isinstance(found.value, str) else ""


def _named_by(rule: Discriminator | None) -> list[Node]:
    """The schemas that a discriminator names."""
    return [] if rule is None else [*rule.mapping.values(), *([rule.default] if rule.default is not None else [])]


def _texts(values: Iterable[Any]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _kind(value: Any) -> str:
    return {str: "string", int: "integer", bool: "boolean"}[type(value)]


def _by_attribute(api: Api, named: Mapping[str, Node]) -> dict[str, Node]:
    """
    dict: attribute of the namespace of models -> schema, of those in *named* that are found by one: a name that is an
    identifier as it stands goes before one that is made into one.
    """
    names = [*api.schemas, *(name for name in named if name not in api.schemas)]
    owners = {attribute(name): name for name in names} | {name: name for name in names if attribute(name) == name}
    return {given: named[name] for given, name in owners.items() if name in named and not given.startswith("__")}
