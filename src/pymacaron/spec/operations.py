"""
What the versions of the format have in common on the way from a document to records: path items, their operations,
parameters that are inherited and overridden, security.

swagger2.py and openapi3.py build on it. Whatever does not fit is left out here: grammar.py has reported it, but for
what is wrong with parameters together, which only who follows their references sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pymacaron.finding import Finding
from pymacaron.source import Node
from pymacaron.spec.model import (
    NOTHING,
    Dialect,
    MediaType,
    Operation,
    Parameter,
    RequestBody,
    Response,
    SecurityRequirement,
)
from pymacaron.spec.names import operation_id
from pymacaron.spec.objects import METHODS
from pymacaron.spec.paging import unknown_parameter
from pymacaron.spec.references import DanglingReference, References

__all__ = [
    "Reader",
    "excluded",
    "flag",
    "joined_path",
    "media_types",
    "members",
    "methods",
    "operations",
    "parameter_nodes",
    "schema_node",
    "security",
    "shared_parameters",
    "text",
]

#: dict: dialect -> the words of objects.METHODS that hold for it.
_WORDS: dict[Dialect, frozenset[str]] = {
    "2.0": frozenset(("",)),
    "3.0": frozenset(("", "3")),
    "3.1": frozenset(("", "3")),
    "3.2": frozenset(("", "3", "3.2")),
}


@dataclass(frozen=True, slots=True)
class Reader:
    """
    How one version reads the parts of an operation. `parts` gets the operation and its path item's parameters.

    `findings`: what is wrong with the parameters of operations, perhaps several times.
    """

    dialect: Dialect
    references: References
    root: Node
    parts: Callable[[Reader, Node, list[Node]], tuple[tuple[Parameter, ...], RequestBody | None, dict[str, Response]]]
    findings: list[Finding] = field(default_factory=list)

    def follow(self, node: Node | None) -> Node | None:
        """What *node* is or names, where it is a map; None for everything else, dangling references too."""
        if node is None:
            return None
        try:
            found = self.references.follow(node)
        except DanglingReference:
            return None
        return found if isinstance(found.value, dict) else None


def methods(dialect: Dialect) -> tuple[str, ...]:
    """The methods, in lower case, that a path item has fields for."""
    return tuple(method for method, word in METHODS.items() if word in _WORDS[dialect])


def operations(reader: Reader, items: Node | None, *, paths: bool) -> tuple[Operation, ...]:
    """Every operation of the map of path items *items*, in their order. With *paths*, only keys that begin with /."""
    return tuple(
        operation
        for path, item in (items.members() if items is not None else ())
        if path.startswith("/") or (not paths and not path.startswith("x-"))
        for operation in _of_item(reader, path, _chain(reader, item))
    )


def _chain(reader: Reader, item: Node) -> list[Node]:
    """A path item and what its `$ref` names: fields of the first go before those of the second."""
    chain: list[Node] = []
    seen = set()
    node: Node | None = item
    while node is not None and isinstance(node.value, dict) and node.identity not in seen:
        seen.add(node.identity)
        chain.append(node)
        ref = node.value.get("$ref")
        if not isinstance(ref, str):
            break
        try:
            node = reader.references.resolve(ref, node)
        except DanglingReference:
            break
    return chain


def _first(chain: list[Node], key: str) -> Node | None:
    return next((found for node in chain if (found := node.get(key)) is not None), None)


def shared_parameters(reader: Reader, item: Node) -> list[Node]:
    """The parameters of the path item *item*, or of the one that it refers to."""
    return _shared(_chain(reader, item))


def _shared(chain: list[Node]) -> list[Node]:
    inherited = _first(chain, "parameters")
    return inherited.items() if inherited is not None else []


def _of_item(reader: Reader, path: str, chain: list[Node]) -> Iterator[Operation]:
    shared = _shared(chain)
    for method, node in _methods(reader.dialect, chain):
        if isinstance(node.value, dict):
            yield _operation(reader, method, path, node, shared)


def _methods(dialect: Dialect, chain: list[Node]) -> list[tuple[str, Node]]:
    known = methods(dialect)
    found = {key: node for link in reversed(chain) for key, node in link.members() if key in known}
    if dialect == "3.2" and (more := _first(chain, "additionalOperations")) is not None:
        for key, node in more.members():
            found.setdefault(key.lower(), node)
    return list(found.items())


def _operation(reader: Reader, method: str, path: str, node: Node, shared: list[Node]) -> Operation:
    parameters, body, responses = reader.parts(reader, node, shared)
    paging = node.get("x-pagination")
    if paging is not None:
        fault = unknown_parameter(paging.value, [one.name for one in (*parameters, *(body.fields if body else ()))])
        if fault is not None:
            at = paging.get(fault.path[0]) or paging
            reader.findings.append(at.finding(fault.code, fault.fact, fault.mend))
    return Operation(
        id=text(node.get("operationId")) or operation_id(method, path),
        method=method.upper(),
        path=path,
        parameters=parameters,
        body=body,
        responses=responses,
        security=security(node.get("security"), security(reader.root.get("security"))),
        deprecated=flag(node.get("deprecated")),
        extensions={key: value for key, value in node.value.items() if key.startswith("x-")} or NOTHING,
        node=node,
    )


def parameter_nodes(reader: Reader, node: Node, shared: list[Node]) -> list[tuple[str, str, Node]]:
    """
    The parameters in force: (name, in, Node) of each that has both, an operation's own in place of the path item's.

    Source: OpenAPI 3.1.1, "Operation Object", parameters.
    """
    own = node.get("parameters")
    found = _listed(reader, shared)
    found |= _listed(reader, own.items() if own is not None else [])
    return [(parameter.value["name"], place, parameter) for (_, place), parameter in found.items()]


def _listed(reader: Reader, listed: list[Node]) -> dict[tuple[str, str], Node]:
    """dict: (name, in) -> the parameter, of one list, in which each may stand once."""
    found: dict[tuple[str, str], Node] = {}
    for written in listed:
        parameter = reader.follow(written)
        if parameter is None:
            continue
        name, place = parameter.value.get("name"), parameter.value.get("in")
        if isinstance(name, str) and name and isinstance(place, str):
            key = (name.lower() if place == "header" else name, place)
            if key in found:
                fact = f"parameter {name!r} in {place} stands twice in one list, so that one of them is lost"
                at = written.get("name") or written
                reader.findings.append(at.finding("duplicate-parameter", fact, "Remove or rename one of them"))
            found[key] = parameter
    return found


def excluded(reader: Reader, parameters: list[tuple[str, str, Node]], one: str, others: tuple[str, ...]) -> None:
    """Report parameters in *one* beyond the first, and all in *others* beside one: an operation has one or others."""
    first = next((name for name, place, _ in parameters if place == one), None)
    if first is None:
        return
    met = False
    for name, place, node in parameters:
        if place in others or (place == one and met):
            fact = f"parameter {name!r} in {place} cannot stand beside {first!r} in {one}"
            mend = f"Keep one of those in {one}" if place == one else f"Keep those in {one} or those in {place}"
            reader.findings.append((node.get("name") or node).finding("exclusive-parameters", fact, mend))
        met = met or place == one


def security(node: Node | None, inherited: tuple[SecurityRequirement, ...] = ()) -> tuple[SecurityRequirement, ...]:
    """
    The alternatives that *node* lists, or the *inherited* ones where it is no list, or one without a usable entry.

    So a mistake never opens what was meant to be closed; an empty list does, since it says so.
    """
    if node is None or not isinstance(node.value, list):
        return inherited
    found = tuple(
        {name: _scopes(scopes.value) for name, scopes in entry.members()}
        for entry in node.items()
        if isinstance(entry.value, dict)
    )
    return found if found or not node.value else inherited


def _scopes(value: Any) -> tuple[str, ...]:
    return tuple(scope for scope in value if isinstance(scope, str)) if isinstance(value, list) else ()


def schema_node(node: Node | None, dialect: Dialect) -> Node | None:
    """*node* where it can be a schema: a map, from 3.1 also true or false."""
    if node is None or not isinstance(node.value, dict if dialect in ("2.0", "3.0") else dict | bool):
        return None
    return node


def text(node: Node | None) -> str:
    """The string that *node* is, or an empty one."""
    return node.value if node is not None and isinstance(node.value, str) else ""


def flag(node: Node | None, default: bool = False) -> bool:
    return node.value if node is not None and isinstance(node.value, bool) else default


def members(node: Node | None) -> list[tuple[str, Node]]:
    """The members of a map, by name; none of what is not there."""
    return node.members() if node is not None else []


def joined_path(path: str) -> str:
    """A base path as a service mounts it: '' or '/v1', whatever slashes and dots it was written with."""
    return "".join(f"/{part}" for part in path.strip().split("/") if part not in ("", ".", ".."))


def media_types(names: list[str], schema: Node | None, node: Node, item: Node | None = None) -> dict[str, MediaType]:
    """The same schemas under each of *names*: what Swagger 2.0's consumes and produces mean. *item*: of a stream's."""
    return {name: MediaType(name, schema, item, {}, node) for name in names}
