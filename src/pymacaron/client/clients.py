"""
The namespaces `ApiPool.<api>.client`, `.call` and `.acall`: a method for each operation, made when it is first used.

`.with_options(...)` of one is another with other options. Neighbours: operation.py is what a method does; names are
made by spec/names.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from pymacaron.client.operation import ClientOperation
from pymacaron.client.options import Options, changed, demanded
from pymacaron.client.pages import add_pages
from pymacaron.client.policy import Budget
from pymacaron.finding import did_you_mean
from pymacaron.pool import LoadedApi
from pymacaron.schema.once import once
from pymacaron.spec.names import client_names

__all__ = ["Clients", "Namespace"]

Face = Literal["client", "call", "acall"]


class Clients:
    """
    The three namespaces of the api that was *loaded*, with *options*. They share what is known of its operations, and
    one budget of retries.
    """

    def __init__(self, loaded: LoadedApi, options: Options, operations: Mapping[str, ClientOperation] | None = None):
        self.loaded = loaded
        self.options = options
        self.budget = Budget(options.policy.budget_ratio, options.policy.budget_least)
        self._operations = operations
        self.client = Namespace(self, "client")
        self.call = Namespace(self, "call")
        self.acall = Namespace(self, "acall")

    @once
    def operations(self) -> Mapping[str, ClientOperation]:
        """dict: name of the method -> ClientOperation."""
        if self._operations is not None:
            return self._operations
        named = client_names(self.loaded.api.operations)
        return {name: ClientOperation(self.loaded, operation, name) for name, operation in named.items()}

    def operation(self, name: str) -> ClientOperation | None:
        """What the method of that name does; where the transport is one that diverts operations, one for it alone."""
        found = self.operations.get(name)
        divert = getattr(self.options.transport, "divert", None)
        if found is None or divert is None:
            return found
        own = ClientOperation(self.loaded, found.operation, name)
        own.divert(divert)
        return own

    def with_options(self, **changes: Any) -> Clients:
        """As these, with those *changes*: see options.demanded() and changed(); `auth`: see credentials.told()."""
        auth = changes.pop("auth", None)
        options = changed(self.options, **demanded(self.loaded.name, changes))
        if auth is not None or options.credentials is not None:
            from pymacaron.client import credentials

            options = credentials.told(self.loaded.api, auth, options)
        return Clients(self.loaded, options, self.operations)


class Namespace:
    """One face of an api's operations: its attributes are methods. Its own names are such as no operation has."""

    def __init__(self, clients: Clients, face: Face):
        self.__clients = clients
        self.__face: Face = face

    def with_options(self, **changes: Any) -> Namespace:
        """
        The same methods, with other defaults: `url`, `timeout`, `connect_timeout`, `read_timeout`, `max_attempts`,
        `headers`, `auth`, `validation`, `policy` and what else Options has. Keep it: its budget of retries is its own.
        """
        made: Namespace = getattr(self.__clients.with_options(**changes), self.__face)
        return made

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        operation = self.__clients.operation(name)
        if operation is None:
            api, hint = self.__clients.loaded.name, did_you_mean(name, self.__clients.operations)
            raise AttributeError(f"{api} has no operation {name!r}. {hint}".rstrip())
        made: Callable[..., Any] = _METHODS[self.__face](operation, self.__clients)
        made.__name__ = made.__qualname__ = name
        summary = operation.operation.node.get("summary")
        made.__doc__ = f"{operation.operation.method} {operation.operation.path}" + (
            f": {summary.value}" if summary is not None and isinstance(summary.value, str) else ""
        )
        made.__signature__ = operation.signature  # type: ignore[attr-defined]
        if "x-pagination" in operation.operation.extensions:
            add_pages(made, operation, self.__clients, self.__face)
        self.__dict__[name] = made
        return made

    def __dir__(self) -> list[str]:
        return sorted((*self.__clients.operations, "with_options"))

    def __repr__(self) -> str:
        return f"<{self.__face} of {self.__clients.loaded.name}>"


def _client(operation: ClientOperation, clients: Clients) -> Callable[..., Any]:
    options, budget, request = clients.options, clients.budget, operation.client

    def method(*args: Any, **kwargs: Any) -> Any:
        return request(options, budget, args, kwargs)

    return method


def _call(operation: ClientOperation, clients: Clients) -> Callable[..., Any]:
    options, budget, request = clients.options, clients.budget, operation.call

    def method(*args: Any, **kwargs: Any) -> Any:
        return request(options, budget, args, kwargs)

    return method


def _acall(operation: ClientOperation, clients: Clients) -> Callable[..., Any]:
    options, budget, request = clients.options, clients.budget, operation.acall

    async def method(*args: Any, **kwargs: Any) -> Any:
        return await request(options, budget, args, kwargs)

    return method


#: dict: face -> what makes its methods
_METHODS: dict[Face, Callable[[ClientOperation, Clients], Callable[..., Any]]] = {
    "client": _client,
    "call": _call,
    "acall": _acall,
}
