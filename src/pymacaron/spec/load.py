"""
The one door to a description: path -> Api.

Reads the file and those that it refers to; everything that is wrong with them ends up in `Api.findings`, broken parts
are left out of the records. Only where nothing can be made of the file, FindingsError is raised.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pymacaron.finding import Finding, FindingsError, nearest, sorted_findings
from pymacaron.source import Node, parse, read
from pymacaron.spec import openapi3, swagger2
from pymacaron.spec.deprecations import unusable
from pymacaron.spec.grammar import examine
from pymacaron.spec.model import Api, Dialect, Operation
from pymacaron.spec.names import argument_name, arguments, clashes
from pymacaron.spec.operations import text
from pymacaron.spec.references import References

__all__ = ["load"]

_OPENAPI: dict[str, Dialect] = {"3.0": "3.0", "3.1": "3.1", "3.2": "3.2"}
_KNOWN = "Swagger 2.0 and OpenAPI 3.0, 3.1 and 3.2 are read here"
_EXPRESSION = re.compile(r"\{([^{}]*)\}")


def load(
    path: str | Path,
    *,
    name: str | None = None,
    retrieve: Callable[[str], bytes] | None = None,
    max_bytes: int = 50_000_000,
    url: str | None = None,
) -> Api:
    """
    The description in the file *path*, called *name* (the file's name without its ending, where that is not given).

    *retrieve* gives the bytes at a URL that a reference names, and may raise OSError; without it nothing is fetched.
    *max_bytes* limits each file. *url*: where the file was fetched from, which references in it are relative to; no
    other file is read then. Raises FindingsError where the file is missing, is no YAML or JSON, holds no map, or
    says no version that is known; all else that is wrong stands in the `findings` of what is returned.
    """
    findings: list[Finding] = []
    if url is None:
        document = read(os.fspath(path), max_bytes=max_bytes, findings=findings)
    else:
        document = parse(Path(path).read_bytes(), url, url, max_bytes=max_bytes, findings=findings)
    root = Node(document.value, document)
    try:
        dialect = _dialect(root)
    except FindingsError as error:
        raise FindingsError([*findings, *error.findings]) from None
    references = References(document, retrieve=retrieve, max_bytes=max_bytes)
    no_webhooks: tuple[Operation, ...] = ()
    findings += examine(root, dialect, references)
    if dialect == "2.0":
        served, webhooks = swagger2.served(root, references, findings), no_webhooks
        base_path, schemas = swagger2.base_path(root), swagger2.schemas(root)
        schemes = swagger2.security_schemes(root, references)
    else:
        served = openapi3.served(root, dialect, references, findings)
        webhooks = openapi3.webhooks(root, dialect, references, findings)
        base_path, schemas = openapi3.base_path(root), openapi3.schemas(root, dialect)
        schemes = openapi3.security_schemes(root, dialect, references)
    findings += _across(served, webhooks)
    findings += references.findings
    info = root.get("info")
    return Api(
        name=name if name is not None else os.path.splitext(os.path.basename(document.uri))[0],
        dialect=dialect,
        title=text(info.get("title")) if info is not None else "",
        version=_version(info.get("version")) if info is not None else "",
        base_path=base_path,
        operations=served,
        webhooks=webhooks,
        schemas=schemas,
        security_schemes=schemes,
        root=root,
        references=references,
        findings=tuple(sorted_findings(findings)),
    )


def _version(node: Node | None) -> str:
    """Of the api; many write it without quotes."""
    value = node.value if node is not None else None
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _dialect(root: Node) -> Dialect:
    """The version of the format. Raises FindingsError."""
    if not isinstance(root.value, dict):
        fact = f"a description is a map, and this is {_kind(root.value)}"
        raise FindingsError([root.finding("not-a-description", fact, "Begin with openapi: 3.1.0")])
    for key in ("openapi", "swagger"):
        written = root.get(key)
        if written is None:
            continue
        version = str(written.value)
        dialect = _known(key, version)
        if dialect is not None:
            return dialect
        fact = f"{key}: {version[:80]!r} is no version that is known"
        raise FindingsError([written.finding("unknown-version", fact, _KNOWN)])
    near = [
        (key, meant) for key in list(root.value)[:100] if (meant := nearest(key, ("openapi", "swagger"))) is not None
    ]
    fact = "it does not say that it is an API description: 'openapi' or 'swagger' is missing"
    if near:
        key, meant = near[0]
        finding = root.child(key).finding("missing-version", fact, f"Did you mean {meant!r}?", key=True)
    else:
        finding = root.finding("missing-version", fact, "Begin with openapi: 3.1.0")
    raise FindingsError([finding])


def _known(key: str, version: str) -> Dialect | None:
    if key == "swagger":
        return "2.0" if version in ("2", "2.0") or version.startswith("2.0.") else None
    return _OPENAPI.get(".".join(version.split(".")[:2]))


def _kind(value: object) -> str:
    return (
        "a list" if isinstance(value, list) else f"the text {value[:40]!r}" if isinstance(value, str) else repr(value)
    )


def _across(served: Iterable[Operation], webhooks: Iterable[Operation]) -> Iterator[Finding]:
    """What can be seen only with all operations in hand."""
    served = tuple(served)
    yield from _duplicate_ids((*served, *webhooks))
    yield from _same_requests(served)
    for operation in served:
        yield from _path_parameters(operation)
        yield from unusable(operation)
        for argument in clashes(operation):
            yield _clash(operation, argument)


def _clash(operation: Operation, argument: str) -> Finding:
    alike = [name for name, parameter in arguments(operation).items() if argument_name(parameter) == argument]
    fact = f"{len(alike)} parameters of {operation.method} {operation.path} are called {argument!r} in Python"
    return operation.node.finding("argument-clash", fact, f"The handler gets them as {', '.join(alike)}", key=True)


def _duplicate_ids(operations: Iterable[Operation]) -> Iterator[Finding]:
    first: dict[str, Operation] = {}
    for operation in operations:
        if not operation.named:
            continue
        before = first.setdefault(operation.id, operation)
        if before.node.identity != operation.node.identity:
            node, other = operation.node.child("operationId"), before.node.child("operationId")
            fact = f"operationId {operation.id!r} is taken by {before.method} {before.path}, {_place(other, node)}"
            yield node.finding("duplicate-operation-id", fact, "Give each operation one of its own")


def _same_requests(operations: Iterable[Operation]) -> Iterator[Finding]:
    first: dict[tuple[str, str], Operation] = {}
    for operation in operations:
        before = first.setdefault((operation.method, _EXPRESSION.sub("{}", operation.path)), operation)
        if before is not operation:
            fact = (
                f"{operation.method} {operation.path} matches the same requests as {before.method} {before.path}, "
                f"{_place(before.node, operation.node)}"
            )
            yield operation.node.finding("same-path", fact, "Only the first is reached", key=True)


def _place(node: Node, seen_from: Node) -> str:
    line = node.document.position(node.pointer, key=True).line
    return f"line {line}" if node.document is seen_from.document else f"{node.document.name}:{line}"


def _path_parameters(operation: Operation) -> Iterator[Finding]:
    written = dict.fromkeys(_EXPRESSION.findall(operation.path))
    declared = {parameter.name: parameter for parameter in operation.parameters if parameter.location == "path"}
    for name in written:
        if name not in declared:
            fact = f"{operation.path!r} has {{{name}}}, and {operation.method} declares no path parameter of that name"
            unused = [other for other in declared if other not in written]
            near = nearest(name, unused)
            mend = f"Did you mean {near!r}?" if near else "Declare it, so that it is validated and the handler gets it"
            yield operation.node.finding("path-parameter-missing", fact, mend, key=True)
    for name, parameter in declared.items():
        if name not in written:
            fact = f"the path parameter {name!r} does not stand in {operation.path!r}"
            near = nearest(name, [other for other in written if other not in declared])
            mend = f"Did you mean {near!r}?" if near else "Remove it, or write it into the path in braces"
            yield (parameter.node.get("name") or parameter.node).finding("path-parameter-unused", fact, mend)
