"""
Every example and default that a description declares is accepted by its own schema, or `check` reports it.

What is declared is found by a walk of its own over the document, so that a place that `check` never visits is seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from conformance.material import descriptions, loaded
from conformance.table import Row

from pymacaron import check
from pymacaron.finding import Finding
from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.violations import Violations
from pymacaron.source import Node
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference

__all__ = ["SUITES", "Declared", "Found", "declared", "examine", "rows"]


class Declared(NamedTuple):
    """*value* stands where *schema* says what it is like."""

    value: Node
    schema: Node


@dataclass
class Found:
    """`counts`: of accepted, reported, neither. `neither`: their places."""

    counts: Counter[str] = field(default_factory=Counter)
    neither: list[str] = field(default_factory=list)


#: The keywords of a schema that hold one schema, a list of them, a map of them
_ONE = frozenset(
    (
        *("items", "additionalItems", "additionalProperties", "not", "contains", "if", "then", "else"),
        *("propertyNames", "unevaluatedItems", "unevaluatedProperties", "contentSchema"),
    )
)
_LISTS = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "items"))
_MAPS = frozenset(("properties", "patternProperties", "dependentSchemas", "$defs", "definitions"))

#: Members of other objects that hold no schemas, whatever they look like
_OPAQUE = frozenset(("example", "examples", "default", "enum", "const", "value", "dataValue", "security", "tags"))


def declared(api: Api) -> Iterator[Declared]:
    """Every example and default in the file of *api*."""
    yield from _in_object(api, api.root)


def _in_object(api: Api, node: Node) -> Iterator[Declared]:
    """Of anything that is not a schema."""
    for item in node.items():
        yield from _in_object(api, item)
    if not isinstance(node.value, dict):
        return
    schema = node.get("schema")
    before = api.dialect == "2.0"
    if schema is not None and not isinstance(node.value.get("$ref"), str):
        yield from _beside(api, node, schema, by_media_type=before)
    if (
        before
        and "type" in node.value
        and ("in" in node.value or "items" in node.value or node.pointer[-2:-1] == ("headers",))
    ):
        yield from _in_schema(api, node)
        return
    for name, child in node.members():
        key = str(name)
        if key in _OPAQUE or key.startswith("x-"):
            continue
        if key in ("schema", "itemSchema"):
            yield from _in_schema(api, child)
        elif (key == "definitions" and len(node.pointer) == 0) or (
            key == "schemas" and node.pointer == ("components",)
        ):
            for _, one in child.members():
                yield from _in_schema(api, one)
        else:
            yield from _in_object(api, child)


def _beside(api: Api, node: Node, schema: Node, *, by_media_type: bool) -> Iterator[Declared]:
    example, several = node.get("example"), node.get("examples")
    if by_media_type:
        for name, one in several.members() if several is not None else ():
            if _is_json(str(name)):
                yield Declared(one, schema)
        return
    if example is not None:
        yield Declared(example, schema)
    for _, one in several.members() if several is not None else ():
        try:
            found = api.references.follow(one)
        except DanglingReference:
            continue
        value = found.get("value") or found.get("dataValue")
        if value is not None:
            yield Declared(value, schema)


def _is_json(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower().endswith(("/json", "+json"))


def _in_schema(api: Api, node: Node) -> Iterator[Declared]:
    if not isinstance(node.value, dict):
        return
    ignored = isinstance(node.value.get("$ref"), str) and api.dialect in ("2.0", "3.0")
    if ignored:
        return
    for key in ("default", "example"):
        if key in node.value:
            yield Declared(node.child(key), node)
    if api.dialect in ("3.1", "3.2"):
        examples = node.get("examples")
        for one in examples.items() if examples is not None else ():
            yield Declared(one, node)
    for name, child in node.members():
        if name in _ONE and isinstance(child.value, dict):
            yield from _in_schema(api, child)
        elif name in _LISTS:
            for one in child.items():
                yield from _in_schema(api, one)
        elif name in _MAPS:
            for _, one in child.members():
                yield from _in_schema(api, one)


def examine(api: Api, found: Found) -> None:
    """Add what becomes of the examples and defaults of *api* to *found*."""
    schemas = Schemas(api)
    reported = {(one.line, one.column) for one in check.examples(api, schemas) if _is_here(one, api)}
    for value, schema in declared(api):
        codecs = [schemas.codec(schema, direction) for direction in ("response", "request")]
        if any(_accepts(codec, value.value) for codec in codecs):
            found.counts["accepted"] += 1
        elif _is_reported(value, codecs, reported):
            found.counts["reported"] += 1
        else:
            found.counts["neither"] += 1
            line, column, _ = value.document.position(value.pointer)
            found.neither.append(
                f"{value.document.name}:{line}:{column}: {codecs[0].violations(value.value, 'body')[:1]}"
            )


def _is_here(finding: Finding, api: Api) -> bool:
    return finding.file == api.root.document.name and finding.code in ("example-mismatch", "default-mismatch")


def _accepts(codec: Codec, value: Any) -> bool:
    """Whether *value* fits, or is the JSON of what fits, as many write the example of a body."""
    if not codec.violations(value, "body"):
        return True
    if not isinstance(value, str):
        return False
    try:
        return not codec.violations(json_decode(value.encode()), "body")
    except Violations:
        return False


def _is_reported(value: Node, codecs: list[Codec], reported: set[tuple[int, int]]) -> bool:
    """Whether a finding points at what is wrong with *value*: for a member that is missing, at the object around it."""
    places = [_below(value, one.pointer) for codec in codecs for one in codec.violations(value.value, "body")]
    return any(place.document.position(place.pointer)[:2] in reported for place in places)


def _below(node: Node, pointer: str) -> Node:
    for token in pointer.split("/")[1:]:
        key: Any = token.replace("~1", "/").replace("~0", "~")
        if isinstance(node.value, list) and key.isdecimal() and int(key) < len(node.value):
            key = int(key)
        elif not isinstance(node.value, dict) or key not in node.value:
            break
        node = node.child(key)
    return node


SUITES = (
    "descriptions of the corpus: loaded without an error",
    "descriptions of the corpus: examples and defaults accepted, or reported by check",
)


def rows() -> list[Row]:
    found, loads, refused = Found(), 0, []
    paths = descriptions()
    for path in paths:
        api = loaded(path)
        errors = [one for one in api.findings if one.severity == "error"] if api is not None else []
        if api is None or errors:
            refused.append(f"{path.name}: {errors[0].fact if errors else 'cannot be read'}")
        else:
            loads += 1
        if api is not None:
            examine(api, found)
    total = sum(found.counts.values())
    good = found.counts["accepted"] + found.counts["reported"]
    told = f"accepted: {found.counts['accepted']:,}; reported: {found.counts['reported']:,}"
    return [
        Row(SUITES[0], len(paths), loads, tuple(refused)),
        Row(SUITES[1], total, good, (told, *found.neither)),
    ]
