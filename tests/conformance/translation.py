"""
A schema of a description -> what other validators read: draft 4 for 2.0 and 3.0, draft 2020-12 for 3.1 and 3.2.

This is the second opinion on schema/dialect.py, so it shares nothing with it: written from the specifications alone,
as plainly as can be, for tests. Where a keyword's value is broken, the keyword is left out, as `check` reports.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from pymacaron.source import Node
from pymacaron.spec.model import Api
from pymacaron.spec.references import DanglingReference

__all__ = ["CHECKED_FORMATS", "RANGES", "Translation"]

TYPES = {"null", "boolean", "integer", "number", "string", "array", "object"}

#: OAS 3.0.4, "Data Type Format". Floats have to be finite
RANGES = {
    "int32": (-2147483648, 2147483647),
    "int64": (-9223372036854775808, 9223372036854775807),
    "float": (-3.4028234663852886e38, 3.4028234663852886e38),
    "double": (-1.7976931348623157e308, 1.7976931348623157e308),
}

_ALWAYS = ("date-time", "date", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uuid", "byte")
_LATER = (
    *("time", "duration", "idn-email", "idn-hostname", "iri", "iri-reference", "uri-template"),
    *("json-pointer", "relative-json-pointer", "regex"),
)
#: dict: whether the description is of 3.1 or later -> the formats that are checked. All others say nothing
CHECKED_FORMATS: Mapping[bool, frozenset[str]] = {False: frozenset(_ALWAYS), True: frozenset(_ALWAYS + _LATER)}

_DRAFTS = {False: "http://json-schema.org/draft-04/schema#", True: "https://json-schema.org/draft/2020-12/schema"}

_Usable = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


#: dict: keyword whose value is copied -> whether a value of it can be used
_COPIED: dict[str, _Usable] = {
    "minimum": _is_number,
    "maximum": _is_number,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "minLength": _is_count,
    "maxLength": _is_count,
    "pattern": lambda value: isinstance(value, str),
    "minItems": _is_count,
    "maxItems": _is_count,
    "uniqueItems": lambda value: isinstance(value, bool),
    "minProperties": _is_count,
    "maxProperties": _is_count,
    "enum": lambda value: isinstance(value, list) and bool(value),
}
_COPIED_BEFORE: dict[str, _Usable] = {
    "exclusiveMinimum": lambda value: isinstance(value, bool),
    "exclusiveMaximum": lambda value: isinstance(value, bool),
}
_COPIED_LATER: dict[str, _Usable] = {
    "exclusiveMinimum": _is_number,
    "exclusiveMaximum": _is_number,
    "enum": lambda value: isinstance(value, list),
    "const": lambda value: True,
    "minContains": _is_count,
    "maxContains": _is_count,
    "dependentRequired": lambda value: isinstance(value, dict) and all(map(_is_names, value.values())),
}
_ONE = {
    "2.0": ("items", "additionalProperties"),
    "3.0": ("items", "additionalProperties", "not"),
    "3.1": (
        *("items", "additionalProperties", "not", "contains", "if", "then", "else", "propertyNames"),
        *("unevaluatedItems", "unevaluatedProperties"),
    ),
}
_LISTS = {
    "2.0": ("allOf",),
    "3.0": ("allOf", "anyOf", "oneOf"),
    "3.1": ("allOf", "anyOf", "oneOf", "prefixItems"),
}
_MAPS = {
    "2.0": ("properties", "patternProperties"),
    "3.0": ("properties", "patternProperties"),
    "3.1": ("properties", "patternProperties", "dependentSchemas"),
}


class Translation:
    """
    The schemas of *api* in one direction, one document for all: `document`, whose definitions grow as they are asked
    for. `later`: whether it is of 2020-12.
    """

    def __init__(self, api: Api, direction: str):
        self.api = api
        self.later = api.dialect in ("3.1", "3.2")
        self._rules = api.dialect if api.dialect in ("2.0", "3.0") else "3.1"
        self._hidden = {"request": "readOnly", "response": "writeOnly" if self._rules != "2.0" else ""}[direction]
        self._names: dict[tuple[Any, frozenset[str]], str] = {}
        self.definitions: dict[str, Any] = {}

    @property
    def document(self) -> dict[str, Any]:
        return {"$schema": _DRAFTS[self.later], "definitions": self.definitions}

    def reference(self, node: Node, lifted: frozenset[str] = frozenset()) -> str:
        """The pointer into `document` of *node*'s translation. *lifted*: members that are not demanded in it."""
        key = (node.identity, lifted)
        if key not in self._names:
            name = self._names[key] = f"s{len(self._names)}"
            self.definitions[name] = None  # its place, while it refers to itself
            self.definitions[name] = self._schema(node, lifted)
        return f"#/definitions/{self._names[key]}"

    def alone(self, node: Node) -> dict[str, Any]:
        """*node* as a document of its own."""
        reference = self.reference(node)
        key = "allOf" if self.later else "$ref"
        return {**self.document, key: [{"$ref": reference}] if self.later else reference}

    def _schema(self, node: Node, lifted: frozenset[str]) -> Any:
        value = node.value
        if not isinstance(value, dict):
            return self._boolean(value is not False)
        target = self._target(node)
        if not self.later and isinstance(value.get("$ref"), str):
            result = self._boolean(True) if target is None else {"$ref": self.reference(target, lifted)}
            return self._or_null(result, value)
        if self._rules == "2.0" and value.get("type") == "file":
            return {}
        result = {}
        members = self._members(node, 0)
        lifted |= {name for name, schema in members if self._is_hidden(schema, 0)}
        lifted |= self._hidden_by_all(node, {name for name, _ in members})
        if target is not None:
            result["$ref"] = self.reference(target, lifted)
        self._copy(value, result, lifted)
        for keyword in _ONE[self._rules]:
            if isinstance(value.get(keyword), (dict, bool)):
                as_is = keyword == "additionalProperties" and isinstance(value[keyword], bool)
                passed = lifted if keyword in ("then", "else") else frozenset[str]()
                result[keyword] = value[keyword] if as_is else self._schema(node.child(keyword), passed)
        if not self.later and isinstance(value.get("items"), list):
            result["items"] = [self._schema(item, frozenset()) for item in node.child("items").items()]
        for keyword in _LISTS[self._rules]:
            if isinstance(value.get(keyword), list) and value[keyword]:
                branches = node.child(keyword).items()
                result[keyword] = [self._schema(one, self._passed(keyword, one, lifted)) for one in branches]
        if value.get("format") in RANGES:
            least, most = RANGES[value["format"]]
            result["allOf"] = [*result.get("allOf", []), {"minimum": least, "maximum": most}]
        for keyword in _MAPS[self._rules]:
            if isinstance(value.get(keyword), dict):
                members = node.child(keyword).members()
                passed = lifted if keyword == "dependentSchemas" else frozenset[str]()
                result[keyword] = {str(name): self._schema(one, passed) for name, one in members}
        return self._or_null(result, value)

    def _passed(self, keyword: str, branch: Node, lifted: frozenset[str]) -> frozenset[str]:
        """Which of *lifted* are not demanded in *branch* of *keyword*."""
        if keyword == "prefixItems":
            return frozenset()
        if keyword == "oneOf" and isinstance(branch.value, dict) and branch.value.keys() == {"required"}:
            demanded = branch.value["required"]
            return frozenset() if isinstance(demanded, list) and lifted.issuperset(demanded) else lifted
        return lifted

    def _hidden_by_all(self, node: Node, declared: set[str]) -> frozenset[str]:
        """The properties besides *declared* that alternatives have, and hide wherever they do."""
        hides: dict[str, bool] = {}
        todo, seen = self._alternatives(node), set[Any]()
        while todo:
            branch = todo.pop()
            if branch.identity in seen:
                continue
            seen.add(branch.identity)
            members = self._members(branch, 0)
            hidden = {name for name, schema in members if self._is_hidden(schema, 0)}
            for name, _ in members:
                hides[name] = hides.get(name, True) and name in hidden
            todo += self._alternatives(branch)
        return frozenset(name for name, hidden in hides.items() if hidden and name not in declared)

    def _alternatives(self, node: Node) -> list[Node]:
        """Those of *node* and of all that applies to the same value."""
        todo, seen, found = [node], set[Any](), list[Node]()
        while todo and self._rules != "2.0":
            at = todo.pop()
            if not isinstance(at.value, dict) or at.identity in seen:
                continue
            seen.add(at.identity)
            target = self._target(at)
            todo += [target] if target is not None else []
            if target is None or self.later:
                todo += self._all_of(at)
                for keyword in ("oneOf", "anyOf"):
                    found += at.child(keyword).items() if isinstance(at.value.get(keyword), list) else []
        return found

    def _copy(self, value: dict[str, Any], result: dict[str, Any], lifted: frozenset[str]) -> None:
        for keyword, usable in {**_COPIED, **(_COPIED_LATER if self.later else _COPIED_BEFORE)}.items():
            if keyword in value and usable(value[keyword]):
                result[keyword] = json.loads(json.dumps(value[keyword], default=str))
        if "dependentRequired" in result:
            needs = result["dependentRequired"].items()
            result["dependentRequired"] = {name: [one for one in of_it if one not in lifted] for name, of_it in needs}
        for limit in ("Minimum", "Maximum"):
            if not self.later and limit.lower() not in result:
                result.pop(f"exclusive{limit}", None)
        types = value.get("type") if isinstance(value.get("type"), list) else [value.get("type")]
        named = [one for one in types if isinstance(one, str) and one in TYPES]
        if named:
            nullable = self._rules == "3.0" and value.get("nullable") is True
            result["type"] = list(dict.fromkeys([*named, *(["null"] if nullable else [])]))
        if isinstance(value.get("required"), list):
            demanded = [name for name in value["required"] if isinstance(name, str) and name not in lifted]
            if demanded:
                result["required"] = list(dict.fromkeys(demanded))
        if value.get("format") in CHECKED_FORMATS[self.later]:
            result["format"] = value["format"]

    def _boolean(self, value: bool) -> Any:
        return value if self.later else {} if value else {"not": {}}

    def _or_null(self, result: Any, value: dict[str, Any]) -> Any:
        if self._rules == "2.0" and value.get("x-nullable") is True:
            return {"anyOf": [result, {"enum": [None]}]}
        return result

    def _target(self, node: Node) -> Node | None:
        reference = node.value.get("$ref")
        if not isinstance(reference, str):
            return None
        try:
            return self.api.references.resolve(reference, node)
        except DanglingReference:
            return None

    def _members(self, node: Node, depth: int) -> list[tuple[str, Node]]:
        """The properties of *node* and of all that applies to the same object."""
        if not isinstance(node.value, dict) or depth > 20:
            return []
        target = self._target(node)
        if target is not None and not self.later:
            return self._members(target, depth + 1)
        found = list(node.child("properties").members()) if "properties" in node.value else []
        for part in [*([target] if target is not None else []), *self._all_of(node)]:
            found += self._members(part, depth + 1)
        return found

    def _is_hidden(self, node: Node, depth: int) -> bool:
        if not isinstance(node.value, dict) or depth > 20:
            return False
        target = self._target(node)
        if target is not None and not self.later:
            return self._is_hidden(target, depth + 1)
        if node.value.get(self._hidden) is True or (target is not None and self._is_hidden(target, depth + 1)):
            return True
        return any(self._is_hidden(part, depth + 1) for part in self._all_of(node))

    def _all_of(self, node: Node) -> list[Node]:
        return node.child("allOf").items() if isinstance(node.value.get("allOf"), list) else []
