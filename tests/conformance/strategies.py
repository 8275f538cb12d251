"""
Schemas as each version writes them, made by hypothesis together with values that fit them or nearly.

A description has the schemas A, B and It, which refer to one another; It is what is asked about. Names, words and
numbers are few, so that schemas and values meet.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from conformance.messages import FORMATS, Maker, changed
from conformance.translation import Translation
from hypothesis import strategies as st

from pymacaron.source import Document, Node
from pymacaron.spec.model import Api, Dialect
from pymacaron.spec.references import References

__all__ = ["DIALECTS", "api_of", "descriptions_of", "schema_of", "typed_descriptions_of", "values"]

DIALECTS: tuple[Dialect, ...] = ("2.0", "3.0", "3.1", "3.2")

_NAMES = st.sampled_from(("a", "b", "c", "kind", "a/b", "m~n", "class", "\u00e9"))
_TEXTS = st.sampled_from(
    ("", "a", "b", "A", "B", "ab", "2026-03-04", "2026-03-04T10:11:12Z", "\u00e9", "\U0001f600", "7")
)
_NUMBERS = st.one_of(st.integers(-5, 5), st.sampled_from((0.5, 1.5, -2.25, 1.0, 10**15, 2**31, 0.1)))
_LIMITS = st.one_of(_NUMBERS, st.sampled_from((2**63, -(2**63) - 1, 1e300)))
_PATTERNS = st.sampled_from((r"^a", r"b$", r"^[a-c]*$", r"\d", r"^\w+$", r"^.$", r"^a|b$", r"^(?!a)", r"\u00e9", r"^$"))
_COUNTS = st.integers(0, 3)
_FORMATS = st.sampled_from((*sorted(FORMATS), "int32", "int64", "float", "double", "password", "binary", "of-nobody"))
#: Steps that floats can tell, so that all who divide by them agree
_STEPS = st.sampled_from((1, 2, 3, 0.5, 0.25, 10))
SCALARS: st.SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXTS)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_NAMES, inner, max_size=4)),
    max_leaves=8,
)

_TYPES = ("object", "array", "string", "integer", "number", "boolean")


#: dict: schema -> those that it may apply to the same value. A circle of such references would validate a value by
#: itself, which JSON Schema leaves undefined (2020-12 Core, 9.4.1)
_INTO = {"It": ("A", "B"), "A": ("B",), "B": ()}


@st.composite
def _schemas(draw: st.DrawFn, dialect: Dialect, targets: tuple[str, ...], depth: int = 0) -> Any:
    """One schema, which may refer to *targets* for the same value, and to all for what is in it."""
    later = dialect in ("3.1", "3.2")
    deep = depth >= 2
    inner = _references(dialect, tuple(_INTO)) if deep else _schemas(dialect, tuple(_INTO), depth + 1)
    same = (
        st.just({})
        if deep and not targets
        else _references(dialect, targets)
        if deep
        else _schemas(dialect, targets, depth + 1)
    )
    names = st.dictionaries(_NAMES, inner, max_size=3)
    if depth and targets and draw(st.integers(0, 5)) == 0:
        return draw(_references(dialect, targets))
    if later and depth and draw(st.integers(0, 11)) == 0:
        return draw(st.booleans())
    schema: dict[str, Any] = {}
    kinds = draw(st.lists(st.sampled_from((*_TYPES, "null") if later else _TYPES), min_size=1, max_size=3, unique=True))
    if draw(st.integers(0, 3)):
        kinds = kinds if later and draw(st.booleans()) else kinds[:1]
        schema["type"] = kinds if len(kinds) > 1 else kinds[0]
    rows: dict[str, st.SearchStrategy[Any]] = {
        "enum": st.lists(JSON, min_size=1, max_size=4, unique_by=_canonical),
        "format": _FORMATS,
        "readOnly": st.booleans(),
        "minimum": _LIMITS,
        "maximum": _LIMITS,
        "multipleOf": _STEPS,
        "minLength": _COUNTS,
        "maxLength": _COUNTS,
        "pattern": _PATTERNS,
        "minItems": _COUNTS,
        "maxItems": _COUNTS,
        "uniqueItems": st.booleans(),
        "items": inner,
        "minProperties": _COUNTS,
        "maxProperties": _COUNTS,
        "properties": names,
        "required": st.lists(_NAMES, min_size=1, max_size=3, unique=True),
        "additionalProperties": st.one_of(st.booleans(), inner),
        "allOf": st.lists(same, min_size=1, max_size=3),
        "description": st.just("Says nothing"),
        "x-other": JSON,
    }
    if dialect != "2.0":
        rows |= {
            "writeOnly": st.booleans(),
            "anyOf": st.lists(same, min_size=1, max_size=3),
            "oneOf": st.lists(same, min_size=1, max_size=3),
            "not": same,
            "discriminator": st.builds(
                lambda name, mapping: {"propertyName": name, **({"mapping": mapping} if mapping else {})},
                _NAMES,
                st.dictionaries(_TEXTS, st.sampled_from(("A", "#/components/schemas/B")), max_size=2),
            ),
        }
    else:
        rows |= {"x-nullable": st.booleans(), "discriminator": _NAMES}
    if dialect == "3.0":
        rows |= {"nullable": st.booleans()}
    if later:
        rows |= {
            "const": JSON,
            "exclusiveMinimum": _LIMITS,
            "exclusiveMaximum": _LIMITS,
            "prefixItems": st.lists(inner, min_size=1, max_size=3),
            "contains": inner,
            "minContains": _COUNTS,
            "maxContains": _COUNTS,
            "patternProperties": st.dictionaries(_PATTERNS, inner, max_size=2),
            "propertyNames": inner,
            "dependentRequired": st.dictionaries(_NAMES, st.lists(_NAMES, max_size=2, unique=True), max_size=2),
            "dependentSchemas": st.dictionaries(_NAMES, same, max_size=2),
            "if": same,
            "then": same,
            "else": same,
            "unevaluatedProperties": st.one_of(st.booleans(), inner),
            "unevaluatedItems": st.one_of(st.booleans(), inner),
        }
    else:
        rows |= {"exclusiveMinimum": st.booleans(), "exclusiveMaximum": st.booleans()}
    fitting = [name for name in rows if _WANTED.get(name) is None or "type" not in schema or _WANTED[name] in kinds]
    least, most = (2, 6) if depth < 2 else (0, 2)
    for name in draw(st.lists(st.sampled_from(fitting), min_size=least, max_size=most, unique=True)):
        schema[name] = draw(rows[name])
    return schema


_WANTED = {
    **dict.fromkeys(("minLength", "maxLength", "pattern"), "string"),
    **dict.fromkeys(("minItems", "maxItems", "uniqueItems", "items", "prefixItems", "contains"), "array"),
    **dict.fromkeys(("minProperties", "maxProperties", "properties", "required", "additionalProperties"), "object"),
}


@st.composite
def _references(draw: st.DrawFn, dialect: Dialect, targets: tuple[str, ...]) -> Any:
    where = "definitions" if dialect == "2.0" else "components/schemas"
    schema: dict[str, Any] = {"$ref": f"#/{where}/{draw(st.sampled_from(targets))}"}
    if draw(st.integers(0, 4)) == 0:  # what stands beside applies in 3.1 and 3.2 only
        schema |= draw(st.sampled_from(({"type": "object"}, {"maxLength": 1}, {"required": ["a"]}, {"nullable": True})))
    return schema


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def descriptions_of(dialect: Dialect) -> st.SearchStrategy[dict[str, Any]]:
    """dict: name -> schema, of the description's A, B and It."""
    return st.fixed_dictionaries({name: _schemas(dialect, targets) for name, targets in _INTO.items()})


@st.composite
def _typed_schemas(draw: st.DrawFn, dialect: Dialect, depth: int = 0) -> Any:
    """One schema of the kind that most services have: declared members, lists, limits, words."""
    later = dialect in ("3.1", "3.2")
    lot = draw(st.integers(0, 19))
    if depth and lot == 19:
        return draw(_schemas(dialect, (), 2))
    if depth and lot > 15:
        return draw(_references(dialect, tuple(_INTO)))
    inner = _typed_schemas(dialect, depth + 1)
    kinds = ("object", "array") if depth == 0 else (*_TYPES, *_TYPES[2:]) if depth < 4 else _TYPES[2:]
    kind = draw(st.sampled_from(kinds))
    schema: dict[str, Any] = {"type": kind}
    rows: dict[str, st.SearchStrategy[Any]] = {}
    if kind == "object":
        members = draw(st.dictionaries(_NAMES, inner, min_size=0 if depth else 2, max_size=4))
        if members:
            schema["properties"] = members
            schema["required"] = draw(st.lists(st.sampled_from(sorted(members)), min_size=1, unique=True))
        rows = {
            "additionalProperties": st.one_of(st.booleans(), inner),
            "required": st.lists(_NAMES, min_size=1, max_size=3, unique=True),
            **({"minProperties": _COUNTS, "maxProperties": _COUNTS} if depth else {}),
        }
    elif kind == "array":
        schema["items"] = draw(inner)
        rows = {"minItems": _COUNTS, "maxItems": _COUNTS, **({"uniqueItems": st.booleans()} if depth else {})}
    elif kind == "string":
        rows = {
            "minLength": _COUNTS,
            "maxLength": _COUNTS,
            "enum": st.lists(_TEXTS, min_size=1, max_size=4, unique=True),
            "pattern": _PATTERNS,
            "format": _FORMATS,
        }
    elif kind in ("integer", "number"):
        rows = {"minimum": _LIMITS, "maximum": _LIMITS, "multipleOf": _STEPS, "enum": st.lists(_NUMBERS, min_size=1)}
        limits = _LIMITS if later else st.booleans()
        rows |= {"exclusiveMinimum": limits, "exclusiveMaximum": limits, "format": st.sampled_from(_WIDTHS)}
    if rows:
        for name in draw(st.lists(st.sampled_from(sorted(rows)), max_size=2, unique=True)):
            schema[name] = draw(rows[name])
    if draw(st.integers(0, 5)) == 0:
        if dialect == "2.0":
            schema["x-nullable"] = True
        elif dialect == "3.0":
            schema["nullable"] = True
        elif draw(st.booleans()):
            schema["type"] = [kind, draw(st.sampled_from(("null", "string", "integer")))]
        else:
            schema = {draw(st.sampled_from(("anyOf", "oneOf"))): [schema, {"type": "null"}]}
    if later and draw(st.integers(0, 9)) == 0:
        schema.pop("type", None)
    return schema


_WIDTHS = ("int32", "int64", "float", "double")


def typed_descriptions_of(dialect: Dialect) -> st.SearchStrategy[dict[str, Any]]:
    """The same, of schemas of which one pass can take most values."""
    return st.fixed_dictionaries({name: _typed_schemas(dialect) for name in _INTO})


def api_of(schemas: dict[str, Any], dialect: Dialect) -> Api:
    """A description with these schemas and nothing else."""
    value = {"definitions": schemas} if dialect == "2.0" else {"components": {"schemas": schemas}}
    document = Document("/it.json", "it.json", json.dumps(value).encode(), value, json=True)
    root = Node(value, document)
    holder = root.child("definitions") if dialect == "2.0" else root.child("components").child("schemas")
    return Api("it", dialect, "", "", "", (), (), dict(holder.members()), {}, root, References(document))


def schema_of(api: Api) -> Node:
    """The schema It."""
    return api.schemas["It"]


@st.composite
def values(draw: st.DrawFn, translation: Translation, node: Node) -> Any:
    """A value made for *node*, or that changed in one place or two, or any other."""
    random = Random(draw(st.integers(0, 2**32)))
    times = draw(st.sampled_from((0, 0, 1, 2, None)))
    if times is None:
        return draw(JSON)
    value = Maker(translation.document, random).value(translation.reference(node))
    for _ in range(times):
        value = changed(value, random)
    return value
