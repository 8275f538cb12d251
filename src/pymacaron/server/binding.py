"""
Operation -> handler: found by the names in a description, imported, and its signature checked against the operation.

`bind` is called once, at start or by `check`; what it gives is frozen. No Flask here. Neighbours: dotted.py imports,
spec/names.py says what arguments are called, dispatch.py calls what is bound.
"""

from __future__ import annotations

import functools
import inspect
import re
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pymacaron.auth import requires_auth
from pymacaron.finding import Finding
from pymacaron.schema.shape import Shapes
from pymacaron.server.annotations import evaluated, names_values
from pymacaron.server.dotted import Importer, Problem, is_own, line_of, no_callable, there
from pymacaron.source import Node
from pymacaron.spec.model import Api, Operation, Parameter
from pymacaron.spec.names import arguments, attribute
from pymacaron.spec.openapi3 import overlooked

__all__ = ["Bound", "Resolver", "bind", "is_served", "path_of", "place_of"]

Handler = Callable[..., Any]
Resolver = Callable[[Operation], Handler | str | None]


@dataclass(frozen=True, slots=True)
class Bound:
    """
    An operation and what answers it.

    `handler` is the user's callable, undecorated. `before`: the decorators of x-decorate-server that run before the
    arguments are read (requires_auth); `decorators`: the others; the first of each is the outermost. `plain_body`: the
    handler wants plain JSON values as its body. `defaults`: the keywords for which it has a default of its own, and
    `body_default` whether it has one for the body. `accepts`: the keywords that it takes, None where it takes any.
    """

    operation: Operation
    handler: Handler
    before: tuple[Callable[..., Any], ...] = ()
    decorators: tuple[Callable[..., Any], ...] = ()
    plain_body: bool = False
    defaults: frozenset[str] = frozenset()
    body_default: bool = False
    accepts: frozenset[str] | None = None
    is_async: bool = False


def bind(
    api: Api,
    *,
    resolver: Resolver | None = None,
    only: Callable[[Operation], bool] | None = None,
    operations: Iterable[Operation] | None = None,
) -> tuple[list[Bound], list[Finding]]:
    """
    The operations of *api* that have a handler, in their order, and everything that keeps others from having one.

    *resolver(operation)* gives a callable, a dotted path, or None for what it does not know. *only(operation)*: whether
    to look at an operation at all. *operations*: those to bind, webhooks say, where it is not those that the api
    serves. Imports the users' modules, which may do anything.
    """
    importer = Importer()
    bounds: list[Bound] = []
    findings: list[Finding] = []
    for operation in api.operations if operations is None else operations:
        if not is_served(operation) or (only is not None and not only(operation)):
            continue
        try:
            bound, found = _bound(api, operation, resolver, importer)
        except Problem as problem:
            findings += problem.findings(place_of(operation))
            _, found = _decorators(operation, importer)
        else:
            bounds.append(bound)
        findings += found
    return bounds, findings


def is_served(operation: Operation) -> bool:
    """Whether the description does not say `x-no-bind-server: true`, in quotes or without."""
    return operation.extensions.get("x-no-bind-server") not in (True, "true")


def path_of(operation: Operation) -> str | None:
    """
    The dotted path of the handler that the description itself names for *operation*, or None.

    `x-bind-server`, else an operationId with a dot, else `x-openapi-router-controller` and the operationId, or
    `x-swagger-router-controller`, as descriptions of Swagger 2.0 call it.
    """
    key = _key(operation)
    if key is None:
        return None
    value = operation.node.value[key]
    if key in _CONTROLLERS:
        return f"{value}.{operation.id}"
    return str(value)


def _key(operation: Operation) -> str | None:
    """The member of the operation that names its handler."""
    if "x-bind-server" in operation.extensions:
        return "x-bind-server"
    if not operation.named:
        return None
    if "." in operation.id:
        return "operationId"
    return next((one for one in _CONTROLLERS if isinstance(operation.extensions.get(one), str)), None)


_CONTROLLERS = ("x-openapi-router-controller", "x-swagger-router-controller")


def place_of(operation: Operation) -> Node:
    """Where findings about the handler point: what names it, else the operationId, else the operation."""
    return operation.node.get(_key(operation) or "operationId") or operation.node


def _bound(
    api: Api, operation: Operation, resolver: Resolver | None, importer: Importer
) -> tuple[Bound, list[Finding]]:
    """Raises Problem where no handler can be found."""
    handler = _handler(operation, resolver, importer)
    (before, decorators), findings = _decorators(operation, importer)
    fit = _fit(api, operation, handler)
    if fit.problem is not None:
        findings += fit.problem.findings(place_of(operation))
    call = getattr(handler, "__call__", None)  # noqa: B004 - an instance's method, not whether there is one
    bound = Bound(
        operation,
        handler,
        before,
        decorators,
        plain_body=fit.plain_body,
        defaults=fit.defaults,
        body_default=fit.body_default,
        accepts=fit.accepts,
        is_async=inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(call),
    )
    return bound, findings


# ---- finding it


def _handler(operation: Operation, resolver: Resolver | None, importer: Importer) -> Handler:
    """What the user's code says goes before what an operationId may say by chance."""
    found: Handler | str | None = None
    what = ""
    if "x-bind-server" not in operation.extensions and resolver is not None:
        found = resolver(operation)
        what = f"what the resolver gives for {_title(operation)}, {found!r},"
    if found is None:
        found = path_of(operation)
        what = f"{_key(operation)} {found!r}"
        value = operation.extensions.get("x-bind-server", "")
        if not isinstance(value, str):
            raise Problem("unbound", "x-bind-server is no dotted path", "Write it as package.module.function")
    if found is None:
        raise _no_handler(operation)
    if isinstance(found, str):
        found = importer.named(found, what)
    if not callable(found):
        raise _not_callable(found, what)
    return found


def _no_handler(operation: Operation) -> Problem:
    named = f": operationId {operation.id!r} has no dot" if operation.named else ""
    name = attribute(operation.id)
    mend = f"Add 'x-bind-server: package.module.{name}', or 'x-no-bind-server: true' where it is not to be served"
    return Problem("no-handler", f"{_title(operation)} names no handler{named}", mend)


def _not_callable(found: Any, what: str) -> Problem:
    if isinstance(found, types.ModuleType):
        names = sorted(
            name
            for name, value in vars(found).items()
            if inspect.isfunction(value) and value.__module__ == found.__name__
        )
        mend = f"{there(found)} has {', '.join(names[:8])}" if names else "Name a function in it"
        return Problem("unbound", f"{what} names a module, not a function", mend)
    return no_callable(found, what, "unbound", "function")


def _decorators(
    operation: Operation, importer: Importer
) -> tuple[tuple[tuple[Callable[..., Any], ...], tuple[Callable[..., Any], ...]], list[Finding]]:
    """Those that run before the arguments are read, and the others; and what is wrong with them."""
    node = operation.node.get("x-decorate-server")
    found: list[Callable[..., Any]] = []
    findings: list[Finding] = []
    for one in (node.items() or [node]) if node is not None else []:
        try:
            found.append(_decorator(one.value, importer))
        except Problem as problem:
            findings += problem.findings(one)
    before = tuple(decorator for decorator in found if decorator is requires_auth)
    return (before, tuple(decorator for decorator in found if decorator is not requires_auth)), findings


def _decorator(path: Any, importer: Importer) -> Callable[..., Any]:
    if not isinstance(path, str):
        raise Problem(
            "unbound-decorator", "x-decorate-server is no dotted path", "Write it as package.module.decorator"
        )
    what = f"x-decorate-server {path!r}"
    found = importer.named(path, what, code="unbound-decorator", kind="decorator")
    if not callable(found):
        raise no_callable(found, what, "unbound-decorator", "decorator")
    decorator: Callable[..., Any] = found
    return decorator


# ---- whether it fits


#: One for all: an empty frozenset of its own for each handler would be 200 bytes
_NO_NAMES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Fit:
    plain_body: bool = False
    defaults: frozenset[str] = _NO_NAMES
    body_default: bool = False
    accepts: frozenset[str] | None = None
    problem: Problem | None = None


def _fit(api: Api, operation: Operation, handler: Handler) -> _Fit:
    """How the signature of *handler* meets what *operation* passes: the body by position, all else by keyword."""
    try:
        signature = inspect.signature(handler)
    except (TypeError, ValueError):  # written in C, and says nothing of its arguments
        return _Fit()
    parameters = list(signature.parameters.values())
    positional = [one for one in parameters if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    body = positional[0] if positional and _has_body(operation) else None
    keywords = {
        one.name: one
        for one in parameters
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY) and one is not body
    }
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters)
    return _Fit(
        plain_body=body is not None and _is_plain(evaluated(body.annotation, handler)),
        defaults=frozenset(name for name, one in keywords.items() if one.default is not one.empty) or _NO_NAMES,
        body_default=body is not None and body.default is not body.empty,
        accepts=None if takes_any else frozenset(keywords) or _NO_NAMES,
        problem=_misfit(api, operation, handler, parameters, body, keywords),
    )


def _has_body(operation: Operation) -> bool:
    """Whether a body is passed: the fields of Swagger 2.0's forms are keywords."""
    return operation.body is not None and not operation.body.fields


def _misfit(
    api: Api,
    operation: Operation,
    handler: Handler,
    parameters: list[inspect.Parameter],
    body: inspect.Parameter | None,
    keywords: dict[str, inspect.Parameter],
) -> Problem | None:
    """
    Why a call would fail, all of it, with the signature that fits; None where it would not.

    *parameters* of the handler, of them *body* is passed by position, and *keywords* can be passed by name.
    """
    if _is_unbound(handler, parameters):
        fact = f"{handler.__qualname__} is a method, and nobody gives its 'self'"
        mend = f"Make it a @staticmethod in {line_of(handler)}, or name a function outside of the class"
        return Problem("signature", fact, mend)
    given = arguments(operation)
    kinds = {one.kind for one in parameters}
    differences: list[str] = []
    if _has_body(operation) and body is None and inspect.Parameter.VAR_POSITIONAL not in kinds:
        differences.append("it takes no body")
    taken: set[str] = set()
    if body is not None and body.name in given and body.kind is not body.POSITIONAL_ONLY:
        differences.append(f"its first argument is {body.name!r}, where the body goes")
        taken.add(body.name)
    for one in parameters:
        if one.kind is one.POSITIONAL_ONLY and one is not body and one.default is one.empty:
            differences.append(f"its {one.name!r} is positional-only, and only a body is passed by position")
            taken.add(one.name)
    missing = [name for name in given if name not in keywords and name not in taken]
    if missing and inspect.Parameter.VAR_KEYWORD not in kinds:
        differences.append(f"it takes no {_quoted(missing)}")
    surplus = [name for name, one in keywords.items() if one.default is one.empty and name not in given]
    if surplus:
        differences.append(f"no parameter gives its {_quoted(surplus)}{_why_none(api, operation, surplus)}")
    if not differences:
        return None
    name = getattr(handler, "__name__", "")
    name = name if name.isidentifier() else "handler"
    names = [*([body.name, *surplus] if body is not None else []), "body", "body_"]
    fact = f"{name} does not fit {_title(operation)}: {'; '.join(differences)}"
    signature = f"def {name}({_signature(api, operation, names)})"
    while isinstance(handler, functools.partial):
        handler = handler.func
    if not is_own(handler):
        return Problem("signature", fact, f"Write a function of your own, such as '{signature}', and name that")
    undeclared = [one for one in _BRACES.findall(operation.path) if attribute(one) in surplus]
    if undeclared:  # the function and the path agree
        return Problem("signature", fact, f"Declare {_quoted(undeclared)} as a parameter in: path, as the path has it")
    return Problem("signature", fact, f"Write '{signature}' in {line_of(handler)}")


_BRACES = re.compile(r"\{([^{}]+)\}")


def _why_none(api: Api, operation: Operation, surplus: list[str]) -> str:
    """That the specification has header parameters ignored which *surplus* are called like, in brackets; or nothing."""
    names = [node.value["name"] for node in overlooked(api, operation)]
    headers = [name for name in names if attribute(name.lower()) in surplus]
    return f" (OpenAPI 3 has a header parameter {' or '.join(map(repr, headers))} ignored)" if headers else ""


def _is_unbound(handler: Handler, parameters: list[inspect.Parameter]) -> bool:
    """Whether *handler* is a method taken from its class, not from an instance."""
    owner = getattr(handler, "__qualname__", "").rpartition(".")[0]
    is_method = inspect.isfunction(handler) and bool(owner) and not owner.endswith("<locals>")
    return is_method and bool(parameters) and parameters[0].name == "self"


def _signature(api: Api, operation: Operation, names: list[str]) -> str:
    """
    The arguments of a handler that fits; the body gets the first of *names* that no parameter has. What has a default
    in the description is always passed, and a default of the handler's own would hide that one.
    """
    given, shapes = arguments(operation), Shapes(api)
    body = [next(name for name in (*names, "the_body") if name not in given)] if _has_body(operation) else []
    passed = {name for name, one in given.items() if one.required or _default(one, shapes) is not None}
    required = [name for name in given if name in passed]
    optional = [f"{name}=None" for name in given if name not in passed]
    return ", ".join([*body, *(["*"] if given else []), *required, *optional])


def _default(parameter: Parameter, shapes: Shapes) -> Any:
    """What the description gives where *parameter* is not sent; None where that is nothing or null."""
    schema = parameter.schema if parameter.content is None else parameter.content.schema
    found = shapes.first(schema, "default") if schema is not None else None
    return None if found is None else found.value


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _title(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


#: What the items of a stream may be annotated as: Iterator[dict]
_STREAMS = frozenset(("AsyncIterable", "AsyncIterator", "Iterable", "Iterator"))


def _is_plain(annotation: Any) -> bool:
    """
    Whether a body so annotated wants plain JSON values: dict or list, also in Optional, also as the items of a stream,
    also written as a string. It does not where models stand in the brackets, or what else JSON does not have.
    """
    if isinstance(annotation, str):
        return _is_plain_text(annotation)
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType) or getattr(origin, "__name__", "") in _STREAMS:
        return any(_is_plain(one) for one in typing.get_args(annotation))
    return (origin or annotation) in (dict, list) and not names_values(annotation)


def _is_plain_text(annotation: str) -> bool:
    if names_values(annotation):
        return False
    text = annotation.replace(" ", "")
    head, _, rest = text.partition("[")
    if head.rpartition(".")[2] in _STREAMS:
        return _is_plain_text(rest.removesuffix("]"))
    for wrapper in ("Optional[", "Union["):
        head, found, rest = text.partition(wrapper)
        if found and head in ("", "typing.", "t."):
            text = rest.removesuffix("]").replace(",", "|") if wrapper == "Union[" else rest.removesuffix("]")
    return any(one.partition("[")[0].rpartition(".")[2] in ("dict", "list", "Dict", "List") for one in text.split("|"))
