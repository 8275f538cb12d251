"""
Which function answers an operation, as Connexion has it: the resolvers that services name, or inherit from.

    Resolver             x-openapi-router-controller and operationId, or the operationId alone
    RelativeResolver     the same, below a package
    RestyResolver        what has no operationId by its path and method: `GET /pets` is `api.pets.search`
    MethodViewResolver   the same, as a method of a class: `api.PetsView().search`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pymacaron.server.dotted import Importer, Problem
from pymacaron.spec.model import Operation

__all__ = ["Described", "MethodViewResolver", "RelativeResolver", "Resolution", "Resolver", "RestyResolver"]

Function = Callable[..., Any]

_CONTROLLERS = ("x-openapi-router-controller", "x-swagger-router-controller")


@dataclass(frozen=True)
class Described:
    """What a resolver is told of an operation; `method` in small letters."""

    operation_id: str | None
    router_controller: str | None
    path: str
    method: str

    @staticmethod
    def of(operation: Operation) -> Described:
        controller = next((operation.extensions[one] for one in _CONTROLLERS if one in operation.extensions), None)
        return Described(
            operation.id if operation.named else None, controller, operation.path, operation.method.lower()
        )


@dataclass(frozen=True)
class Resolution:
    """What a resolver gives."""

    function: Function | None
    operation_id: str | None


class Resolver:
    """*function_resolver(path)* gives the function that a dotted path names; without it, the path is imported."""

    def __init__(self, function_resolver: Callable[[str], Function] | None = None):
        self.function_resolver = function_resolver
        self._importer = Importer()

    def resolve(self, operation: Any) -> Resolution:
        """The function of *operation*, None where nothing names one. Raises Problem where that cannot be had."""
        operation_id = self.resolve_operation_id(operation)
        if operation_id is None:
            return Resolution(None, None)
        return Resolution(self.resolve_function_from_operation_id(operation_id), operation_id)

    def resolve_operation_id(self, operation: Any) -> str | None:
        """The dotted path of the function of *operation*, a Described."""
        return _below(operation.router_controller, operation.operation_id)

    def resolve_function_from_operation_id(self, operation_id: str) -> Function:
        """The function that the path *operation_id* names."""
        if self.function_resolver is None:
            return self._named(operation_id)
        try:
            return self.function_resolver(operation_id)
        except (ImportError, AttributeError, ValueError) as error:
            fact = f"the resolver has no function for {operation_id!r}: {error}"
            raise Problem("unbound", fact, "Correct the operationId, or the resolver that add_api() is given") from None

    def _named(self, path: str) -> Function:
        function: Function = self._importer.named(path, f"the handler {path!r}")
        return function


class RelativeResolver(Resolver):
    """Looks below *root_path*, a package or module or its name, where an operation names no controller."""

    def __init__(self, root_path: str | ModuleType, function_resolver: Callable[[str], Function] | None = None):
        super().__init__(function_resolver)
        self.root_path = root_path.__name__ if isinstance(root_path, ModuleType) else root_path

    def resolve_operation_id(self, operation: Any) -> str | None:
        return _below(operation.router_controller or self.root_path, operation.operation_id)


class RestyResolver(Resolver):
    """Names what has no operationId after its path, below *default_module_name*."""

    def __init__(self, default_module_name: str, *, collection_endpoint_name: str = "search"):
        super().__init__()
        self.default_module_name = default_module_name
        self.collection_endpoint_name = collection_endpoint_name

    def resolve_operation_id(self, operation: Any) -> str | None:
        return super().resolve_operation_id(operation) if operation.operation_id else self._by_path(operation)

    def _by_path(self, operation: Any) -> str:
        parts = [part for part in operation.path.split("/") if part]
        resource = ".".join(part for part in parts if not _is_variable(part)).replace("-", "_")
        module = operation.router_controller or ".".join(filter(None, (self.default_module_name, resource)))
        is_collection = operation.method == "get" and resource and not _is_variable(parts[-1])
        return f"{module}.{self.collection_endpoint_name if is_collection else operation.method}"


class MethodViewResolver(RestyResolver):
    """The same with classes: `/pet-shops` is answered by the methods of one object of the class `PetShopsView`."""

    def __init__(self, default_module_name: str, *, collection_endpoint_name: str = "search"):
        super().__init__(default_module_name, collection_endpoint_name=collection_endpoint_name)
        self._views: dict[type, Any] = {}

    def _by_path(self, operation: Any) -> str:
        module, view, method = super()._by_path(operation).rsplit(".", 2)
        return f"{module}.{''.join(word[:1].upper() + word[1:] for word in view.split('_'))}View.{method}"

    def resolve_function_from_operation_id(self, operation_id: str) -> Function:
        path, _, method = operation_id.rpartition(".")
        if not path.endswith("View"):
            return super().resolve_function_from_operation_id(operation_id)
        function = self._named(operation_id)  # which says what is missing
        view: Any = self._named(path)
        if not isinstance(view, type):
            return function
        if view not in self._views:
            self._views[view] = view()
        bound: Function = getattr(self._views[view], method)
        return bound


def _below(module: str | None, operation_id: str | None) -> str | None:
    return f"{module}.{operation_id}" if module and operation_id else operation_id


def _is_variable(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
