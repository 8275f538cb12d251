"""Whether what `x-persist` says of a table fits the schema's properties, and what other schemas say of that table."""

from __future__ import annotations

from collections.abc import Iterator

from pymacaron.finding import Finding, did_you_mean
from pymacaron.schema.classes import attributes_of
from pymacaron.schema.codec import Schemas
from pymacaron.schema.kept import Kept
from pymacaron.schema.shape import Shapes
from pymacaron.source import Node
from pymacaron.spec.grammar import objects
from pymacaron.spec.model import Api
from pymacaron.spec.persisting import Named, Persisting, persisting
from pymacaron.store.declared import definition, format_of, key_type
from pymacaron.store.definition import Definition
from pymacaron.store.values import EXACT

__all__ = ["FUNCTIONS", "hidden_functions", "kept_schemas", "tables"]

#: What a model has by its `x-persist`, besides its properties
FUNCTIONS = ("load_from_db", "save_to_db")


def kept_schemas(api: Api) -> Iterator[Node]:
    """Every schema whose `x-persist` is a map, in the order of files and lines."""
    if not any(b"x-persist" in document.text for document in api.references.documents.values()):
        return
    found = [
        schema
        for schema in objects(api.root, api.dialect, api.references, ["Schema"])["Schema"]
        if (said := schema.get("x-persist")) is not None and isinstance(said.value, dict)
    ]
    yield from sorted(found, key=lambda schema: (schema.document.name, schema.document.position(schema.pointer)))


def tables(api: Api, schemas: Schemas) -> list[Finding]:
    """
    Everything in the `x-persist` maps of *api* that names no property, or one of a type that cannot do what it is named
    for, and every table of which two schemas say different things.
    """
    found: list[Finding] = []
    known: dict[str, tuple[Definition, Node]] = {}
    for schema in kept_schemas(api):
        at = schema.child("x-persist")
        try:
            said = persisting(at.value)
        except ValueError:
            continue  # reading the description has told that
        wrong = list(_faults(at, said, schemas.shapes, schema))
        found += wrong
        if not wrong:
            found += _differences(at, definition(Kept(schema, schemas.shapes)), known, schema)
    return found


def _faults(at: Node, said: Persisting, shapes: Shapes, schema: Node) -> Iterator[Finding]:
    properties = shapes.properties(schema)
    if not shapes.is_object(schema) or not properties:
        yield at.finding("x-persist", "only objects with properties are kept in tables", "Declare 'properties'")
        return
    for role, place, name in _named(at, said):
        if name not in properties:
            mend = did_you_mean(name, properties) or f"The schema has {', '.join(map(str, properties))}"
            yield place.finding("x-persist", f"the schema declares no property {name!r}", mend)
        else:
            yield from _unfit(role, place, properties[name], shapes)
    if said.version is not None and said.version in said.key:
        fact = f"the version {said.version!r} is in the key, and changes with each write"
        yield at.child("version").finding("x-persist", fact, "Name another property, an integer")
    yield from hidden_functions(schema, shapes)
    if EXACT in properties:
        fact = f"{EXACT!r} is the attribute of a table that has what the others leave out"
        yield properties[EXACT].finding("x-persist", fact, "Give the property another name", key=True)


def hidden_functions(schema: Node, shapes: Shapes) -> Iterator[Finding]:
    """Every property of *schema* that hides a function which its models have by x-persist."""
    properties = shapes.properties(schema)
    for given, name in attributes_of(properties).items():
        if given in FUNCTIONS:
            fact = f"the property {name!r} hides {given}(), which models have by x-persist"
            yield properties[name].finding("x-persist", fact, "Give the property another name", key=True)


def _named(at: Node, said: Persisting) -> Iterator[tuple[str, Node, str]]:
    """The properties that *said* names: what for (ttl, version, key), where, and which."""
    for role in ("ttl", "version"):
        if (name := getattr(said, role)) is not None:
            yield role, at.child(role), name
    keys: list[tuple[Node, Named]] = [(at.child("key"), said.key)]
    keys += [(at.child("indexes").child(name), key) for name, key in said.indexes.items()]
    for place, key in keys:
        yield from (("key", place.child(part), name) for part, name in key._asdict().items() if name is not None)


def _unfit(role: str, place: Node, schema: Node, shapes: Shapes) -> Iterator[Finding]:
    types = shapes.types(schema) - {"null"}
    is_whole, is_time = types == {"integer"}, types == {"string"} and format_of(shapes, schema) == "date-time"
    fits = {
        "version": is_whole,
        "ttl": is_whole or is_time,
        "key": key_type(shapes, schema) is not None,
    }
    if not fits[role]:
        kinds = " or ".join(sorted(types - {"integer"} if "number" in types else types))
        fact = f"the {role} {place.value!r} is {'of any type' if len(types) > 4 else f'of type {kinds}'}"
        yield place.finding("x-persist", fact, _MENDS[role])


def _differences(
    at: Node, found: Definition, known: dict[str, tuple[Definition, Node]], schema: Node
) -> Iterator[Finding]:
    """What is said of the table *found* otherwise than before."""
    before, first = known.setdefault(found.table, (found, schema))
    for member in ("key", "indexes", "ttl", "version"):
        if getattr(found, member) != getattr(before, member):
            place = at.get(member) or at
            fact = f"{schema.pointer[-1]} says another {member} of the table {found.table!r} than {first.pointer[-1]}"
            mend = "Say the same of one table in all schemas, or name another table"
            yield place.finding("x-persist", fact, mend)


_MENDS = {
    "version": "Name an integer, which counts the writes",
    "ttl": "Name an integer (a second of the epoch), or a string of format date-time",
    "key": "Name a string, a number or an integer",
}
