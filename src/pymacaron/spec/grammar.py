"""
Everything wrong with the structure of a description: one walk of the whole document by the table in objects.py, as
shapes.py has compiled it.

`examine` is on the path of every start, so the walk looks at plain values and makes a place (a Node) only for what it
reports. It follows every `$ref`, into other files too, and looks at each object once for each kind it is used as.
What spans several objects (paths against parameters, operationIds) is load.py's business, not this one's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from pymacaron.finding import Finding, nearest
from pymacaron.source import Document, Node
from pymacaron.spec.drafts import Draft, draft_at, is_metaschema
from pymacaron.spec.model import Dialect
from pymacaron.spec.objects import CLOSED, METHODS
from pymacaron.spec.references import DanglingReference, References, RemoteReference
from pymacaron.spec.rules import Place, extension, short, typo
from pymacaron.spec.shapes import Kind, Shape, kinds_of

__all__ = ["examine", "objects"]


def examine(root: Node, dialect: Dialect, references: References) -> list[Finding]:
    """
    What is wrong with the structure of the description at *root*, in no particular order; empty when all is well.

    Reads the files that the description refers to, through *references*. Time is linear in the size of all of them.
    Source: the specification of *dialect*, as the table in objects.py tells it.
    """
    walk = _Walk(root, dialect, references)
    walk.run()
    return walk.findings


def objects(root: Node, dialect: Dialect, references: References, kinds: Iterable[str]) -> dict[str, list[Node]]:
    """
    Every object of the description at *root* that is one of *kinds* (names in the table of objects.py): dict of kind ->
    Nodes, also of those in files that it refers to. A reference is left out, unless what stands beside it counts; those
    to schemas are of the kind `Reference`.
    """
    walk = _Walk(root, dialect, references)
    walk.met = {kind: [] for kind in kinds}
    walk.run()
    return {kind: [_node(place)._replace(value=value) for value, place in met] for kind, met in walk.met.items()}


class _Walk:
    def __init__(self, root: Node, dialect: Dialect, references: References):
        self.dialect = dialect
        self.references = references
        self.findings: list[Finding] = []
        self.schemes: Sequence[str] = _scheme_names(root.value)
        self.document = root.document
        #: dict: name of an object -> each one met so far
        self.met: dict[str, list[tuple[Any, Place]]] = {}
        self._pending: list[tuple[Node, Kind]] = [(root, kinds_of(dialect)["OpenAPI"])]
        #: dict: name of an object -> the id() of each that was looked at as one
        self._seen: defaultdict[str, set[int]] = defaultdict(set)
        self._meant: dict[tuple[str, str], str | None] = {}
        self._referred: set[tuple[str, Any, str]] = set()
        self._chained: set[tuple[str, Any, str]] = set()
        self._extensions: dict[tuple[str, str], tuple[str, str, str] | None] = {}

    def run(self) -> None:
        while self._pending:
            node, kind = self._pending.pop()
            self.document = node.document
            self._all_below(node.value, kind, (None, (node.document, node.pointer)))

    def _all_below(self, value: Any, kind: Kind, place: Place) -> None:
        stack: list[tuple[Any, Kind, Place]] = []
        if _fits(value, kind):
            stack.append((value, kind, place))
        elif type(value) not in kind.plain:
            self._wrong_type(value, kind, place)
        seen, met = self._seen, self.met
        push = stack.append
        while stack:
            value, kind, place = stack.pop()
            if type(value) is list:
                item = kind.items
                assert item is not None
                for index, member in enumerate(value):
                    of = type(member)
                    if of in item.plain:
                        continue
                    if (of is dict and item.shape is not None) or (of is list and item.items is not None):
                        push((member, item, (place, index)))
                    else:
                        self._wrong_type(member, item, (place, index))
                continue
            shape = kind.shape
            assert shape is not None
            mark, marked = id(value), seen[shape.name]
            if mark in marked:
                continue
            marked.add(mark)
            if shape.reference and "$ref" in value and self._is_reference(value, kind, place) and not shape.siblings:
                if shape.name == "Schema" and "Reference" in met:
                    met["Reference"].append((value, place))
                continue
            if shape.name in met:
                met[shape.name].append((value, place))
            if shape.name == "PathItem" and isinstance(value.get("$ref"), str):
                self._twice(value, place)
            fields, free = shape.fields, shape.free
            for key, member in value.items():
                expected = fields.get(key)
                if expected is None:
                    if free is None:
                        self._unknown(key, value, shape, place)
                        continue
                    if shape.extensible and key[:2] == "x-":
                        self._extension(key, shape, place)
                        continue
                    expected = free
                of = type(member)
                if of in expected.plain:
                    continue
                if (of is dict and expected.shape is not None) or (of is list and expected.items is not None):
                    push((member, expected, (place, key)))
                else:
                    self._wrong_type(member, expected, (place, key), shape)
            for key in shape.required:
                if key not in value:
                    self._missing("missing-field", key, value, shape, place)
            for key in shape.wanted:
                if key not in value:
                    self._missing("incomplete", key, value, shape, place)
            if shape.rule is not None:
                shape.rule(self, value, place)

    # what the walk reports

    def report(self, code: str, place: Place, fact: str, mend: str = "", *, key: bool = False) -> None:
        self.findings.append(_node(place).finding(code, fact, mend, key=key))

    def _is_reference(self, value: dict[str, Any], kind: Kind, place: Place) -> bool:
        """Whether *value* is a reference; then what it refers to is looked at too."""
        ref = value["$ref"]
        shape = kind.shape
        assert shape is not None
        if not isinstance(ref, str):
            self._wrong_type(ref, Kind("a reference such as '#/components/schemas/Pet'"), (place, "$ref"))
            return True
        base = _node(place)
        scope = base.pointer if self.references.is_scoped(self.document) else None
        mark = (f"{self.document.uri} {ref}", scope, shape.name)
        if mark in self._referred:
            if mark in self._chained:
                self._circle(ref, base._replace(value=value), place)
            return True
        self._referred.add(mark)
        try:
            target = self.references.resolve(ref, base)
        except RemoteReference as error:
            if is_metaschema(error.uri):
                return True
            self.report("remote-ref", (place, "$ref"), error.fact, error.mend or "Define it, or correct the reference")
        except DanglingReference as error:
            self.report("dangling-ref", (place, "$ref"), error.fact, error.mend)
            self.findings += [finding for finding in error.findings if finding.code != "missing-file"]
        else:
            if _is_description(target):
                fact = f"{ref!r} names a whole description, where {shape.words} belongs"
                where = "#/definitions" if self.dialect == "2.0" else "#/components/schemas"
                self.report("dangling-ref", (place, "$ref"), fact, f"Name a part of it, as in '{where}/Pet'")
                return True
            if isinstance(target.value, dict) and isinstance(target.value.get("$ref"), str):
                self._chained.add(mark)
                self._circle(ref, base._replace(value=value), place)
            self._pending.append((target, kind))
        return True

    def _twice(self, value: dict[str, Any], place: Place) -> None:
        """
        Report what stands both in the path item *value* and in the one that it refers to; which counts is undefined.

        Source: OpenAPI 3.0.4 and 3.1.1, "Path Item Object", $ref.
        """
        try:
            target = self.references.resolve(value["$ref"], _node(place)).value
        except DanglingReference:
            return
        for key in value:
            if key != "$ref" and key[:2] != "x-" and isinstance(target, dict) and key in target:
                fact = f"{key!r} stands here and in the path item that {short(value['$ref'])} names; this one counts"
                self.report("needless-key", (place, key), fact, "Keep one of them", key=True)

    def _circle(self, ref: str, node: Node, place: Place) -> None:
        if self.references.leads_back(node):
            mend = "Write what is meant in place of one of the references"
            self.report("dangling-ref", (place, "$ref"), f"{ref!r} leads in a circle, to itself", mend)

    def _wrong_type(self, value: Any, kind: Kind, place: Place, shape: Shape | None = None) -> None:
        """*shape*: the object that the value is a field of, where it is one."""
        if type(value) is float and int in kind.plain and value.is_integer():
            return
        if shape is not None and shape.name == "Schema" and self._is_of_draft(value, place):
            return
        fact = f"{_label(place)} is {_described(value)}, where {kind.words} belongs"
        self.report(_type_code(value, kind, shape), place, fact, _type_mend(value, kind, self.document))

    def _is_of_draft(self, value: Any, place: Place) -> bool:
        """Whether *value*, of a keyword of a schema, is right in another draft: a tuple in `items` counts in any."""
        keyword = place[1]
        if keyword in ("exclusiveMaximum", "exclusiveMinimum"):
            return type(value) is bool and self._draft(place) == "draft-04"
        if keyword != "items" or type(value) is not list:
            return False
        if self._draft(place) in ("2020-12", None):
            title = _title(self.dialect)
            fact = f"'items' is a list, where {title} has one schema; it counts as the schemas of one item each"
            mend = "Write it as 'anyOf' in one schema" if self.dialect == "3.0" else "Write 'prefixItems'"
            self.report("other-version", place, fact, mend, key=True)
        self._pending.append((_node(place)._replace(value=value), kinds_of(self.dialect)["[Schema]"]))
        return True

    def _draft(self, place: Place) -> Draft | None:
        """The draft that the schema at *place* is written by; None where the version has no `$schema`."""
        document, pointer = _keys(place)
        return draft_at(document.value, pointer) if self.dialect in ("3.1", "3.2") else None

    def _unknown(self, key: str, value: dict[str, Any], shape: Shape, place: Place) -> None:
        if key[:2] in ("x-", "x_", "X-", "X_") and (self._extension(key, shape, place) or key[:2] == "x-"):
            return
        if key == "$ref" and shape.reference:
            return
        if key == "id" and shape.name == "Schema" and self._draft(place) == "draft-04":
            return
        at = (place, key)
        others = shape.others.get(key)
        if others is not None:
            fact = f"{key!r} is no field of {shape.words} in {_title(self.dialect)}"
            self.report("other-version", at, fact, _other_version_mend(key, shape, others, self.dialect), key=True)
            return
        if shape.name == "PathItem" and isinstance(value[key], dict):
            methods = [method for method in METHODS if method in shape.fields and typo(key, method, 2)]
            if methods:
                free = [method for method in methods if method not in value]
                mend = "Remove it, or begin its name with 'x-'"
                if free:
                    mend = f"Did you mean {nearest(key, free) or free[0]!r}?"
                self.report("unknown-key", at, f"{key!r} is no field of {shape.words}", mend, key=True)
                return
        if (shape.name, key) not in self._meant:
            self._meant[shape.name, key] = nearest(key, shape.fields)
        meant = self._meant[shape.name, key]
        if meant is not None and meant in value:
            meant = None
        fact = f"{key!r} is no field of {shape.words}"
        mend = f"Did you mean {meant!r}?" if meant else "Remove it, or begin its name with 'x-'"
        if shape.name == "Schema":
            if meant is not None:
                self.report("unknown-keyword", at, fact, mend, key=True)
            return
        if key == "$ref":
            fact, mend = f"a $ref cannot stand in {shape.words}", "Write here what it refers to"
        refused = meant is not None and typo(key, meant)
        if shape.name in CLOSED.get(self.dialect, ()) or key == "$ref":
            refused = True
        self.report("unknown-key" if refused else "unexpected-key", at, fact, mend, key=True)

    def _extension(self, key: str, shape: Shape, place: Place) -> bool:
        """Report *key*, which begins with x-, where it is nearly one that means something; whether it is."""
        mark = (shape.name, key)
        if mark not in self._extensions:
            self._extensions[mark] = extension(key, shape.name, shape.words, self.dialect)
        told = self._extensions[mark]
        if told is None:
            return False
        code, fact, mend = told
        self.report(code, (place, key), fact, mend, key=True)
        return True

    def _missing(self, code: str, key: str, value: dict[str, Any], shape: Shape, place: Place) -> None:
        if any(nearest(other, shape.fields) == key for other in value if other not in shape.fields):
            return
        self.report(code, place, f"{shape.words} needs {key!r}", _missing_mend(key, shape), key=True)


# words


#: dict: (object, field that is missing) -> mend
_HINTS = {
    ("OpenAPI", "paths"): "Add 'paths:' with the operations of this api",
    ("OpenAPI", "info"): "Add 'info:' with a title and a version",
    ("Info", "version"): "Add the version of your api, as in 'version: 1.0.0'",
    ("Info", "title"): "Add the name of your api, as in 'title: Shop'",
    ("Operation", "responses"): "Add 'responses:' with at least the one for success",
    ("Response", "description"): "Say when it is sent, as in 'description: The pet'",
    ("Parameter", "in"): "Say where it is sent, as in 'in: query'",
    ("RequestBody", "content"): "Add 'content:' with a media type such as 'application/json:' and its schema",
}

#: dict: (object, field of another version) -> (2.0 or 3.0: the family in which it is wrong; mend)
_MOVED: dict[tuple[str, str], tuple[Dialect, str]] = {
    ("OpenAPI", "definitions"): ("3.0", "Move them to components/schemas"),
    ("OpenAPI", "parameters"): ("3.0", "Move them to components/parameters"),
    ("OpenAPI", "responses"): ("3.0", "Move them to components/responses"),
    ("OpenAPI", "securityDefinitions"): ("3.0", "Move them to components/securitySchemes"),
    ("OpenAPI", "host"): ("3.0", "Write the URL under 'servers'"),
    ("OpenAPI", "basePath"): ("3.0", "Write the URL under 'servers'"),
    ("OpenAPI", "schemes"): ("3.0", "Write the URL under 'servers'"),
    ("OpenAPI", "components"): (
        "2.0",
        "Swagger 2.0 has 'definitions', 'parameters', 'responses' and 'securityDefinitions'",
    ),
    ("OpenAPI", "servers"): ("2.0", "Swagger 2.0 has 'host', 'basePath' and 'schemes'"),
    ("Operation", "consumes"): ("3.0", "Write the media type under 'requestBody/content'"),
    ("Operation", "produces"): ("3.0", "Write the media type under 'content' of the response"),
    ("Operation", "requestBody"): ("2.0", "Swagger 2.0 has a parameter with 'in: body'"),
    ("Parameter", "type"): ("3.0", "Put it into the parameter's 'schema'"),
    ("Parameter", "content"): ("2.0", "Swagger 2.0 has 'type', or 'schema' for a body"),
    ("Response", "schema"): ("3.0", "Put it under 'content' and its media type"),
    ("Response", "content"): ("2.0", "Swagger 2.0 has 'schema' here, and 'produces' for the media type"),
    ("Schema", "nullable"): ("3.0", "Write 'null' as one of its types, as in 'type: [string, 'null']'"),
}


def _fits(value: Any, kind: Kind) -> bool:
    of = type(value)
    return (of is dict and kind.shape is not None) or (of is list and kind.items is not None)


def _is_description(node: Node) -> bool:
    return (
        not node.pointer and isinstance(node.value, dict) and not node.value.keys().isdisjoint(("openapi", "swagger"))
    )


def _scheme_names(root: Any) -> tuple[str, ...]:
    if not isinstance(root, dict):
        return ()
    components = root.get("components")
    of_openapi3 = components.get("securitySchemes") if isinstance(components, dict) else None
    found = [root.get("securityDefinitions"), of_openapi3]
    return tuple(name for schemes in found if isinstance(schemes, dict) for name in schemes)


def _keys(place: Place) -> tuple[Document, tuple[str, ...]]:
    tokens: list[str] = []
    while place[0] is not None:
        tokens.append(str(place[1]))
        place = place[0]
    document, pointer = place[1]
    return document, (*pointer, *reversed(tokens))


def _node(place: Place) -> Node:
    document, pointer = _keys(place)
    return Node(None, document, pointer)


def _label(place: Place) -> str:
    parent, key = place
    if parent is None:
        pointer = key[1]
        return repr(pointer[-1]) if pointer else "the description"
    if isinstance(key, int):
        _, pointer = _keys(place)
        return f"item {key + 1} of {pointer[-2]!r}" if len(pointer) > 1 else f"item {key + 1}"
    return repr(key)


def _described(value: Any) -> str:
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"a string, {short(value)}"
    return f"a number, {short(value)}"


def _type_code(value: Any, kind: Kind, shape: Shape | None) -> str:
    """The code for a value of the wrong type: an error only where a service could not go on without guessing."""
    nested = isinstance(value, (dict, list))
    if kind.text and not nested:
        return "not-text"
    if shape is None or shape.free is not None:
        return "wrong-type"
    if shape.name == "Schema" and (not nested or (kind.shape is None and kind.items is None) or not value):
        return "ignored-keyword"
    if value is None and not (kind.shape is not None and kind.shape.name[:1] != "{"):
        return "empty-field"
    return "wrong-type"


def _type_mend(value: Any, kind: Kind, document: Document) -> str:
    yaml = document.text[:64].lstrip()[:1] not in (b"{", b"[")
    if value is None:
        return "Remove the line, or write a value behind it" if yaml else ""
    if kind.items is not None and not isinstance(value, list):
        return "Begin each item of the list with '- '" if yaml else "Put it into [ ]"
    if kind.shape is not None and isinstance(value, list):
        return "Write a name and a colon before each part, instead of '- '" if yaml else "Put names and values into { }"
    if str in kind.plain and isinstance(value, (int, float)):
        return f'Put it in quotes: "{str(value).lower() if isinstance(value, bool) else value}"'
    if bool in kind.plain and isinstance(value, str) and value.lower() in ("true", "false", "yes", "no"):
        return f"Write {'true' if value.lower() in ('true', 'yes') else 'false'} without quotes"
    if int in kind.plain and isinstance(value, str):
        number = value.removeprefix("-").replace(".", "", 1 if float in kind.plain else 0)
        return f"Write {value} without quotes" if number.isdecimal() else ""
    return ""


def _title(dialect: Dialect) -> str:
    return "Swagger 2.0" if dialect == "2.0" else f"OpenAPI {dialect}"


def _other_version_mend(key: str, shape: Shape, dialects: Iterable[Dialect], dialect: Dialect) -> str:
    special = _MOVED.get((shape.name, key))
    if special is not None and (special[0] == "2.0") == (dialect == "2.0"):
        return special[1]
    titles = ", ".join(_title(one) for one in sorted(set(dialects)))
    return f"It belongs to {titles}; remove it, or begin its name with 'x-'"


def _missing_mend(key: str, shape: Shape) -> str:
    return _HINTS.get((shape.name, key), f"Add {key!r}")
