"""Clients of the apis of a service that is tested: those of client/, which call a Target, whatever is configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pymacaron import config
from pymacaron.client.clients import Clients
from pymacaron.client.loading import load_clients
from pymacaron.pool import ApiPool, LoadedApi
from pymacaron.testing.reached import Target

__all__ = ["Apis", "TestedApi"]


class TestedApi:
    """
    What ApiPool has of an api, of the service under test: `model`, and the faces `client`, `call` and `acall`.

    Its operations are those of `client`, where they are not named as one of these: `.get_order(id=1)`.
    """

    __test__ = False  # for pytest: no test case

    def __init__(self, loaded: LoadedApi, clients: Clients):
        self.model: Any = loaded.model
        self.client: Any = clients.client
        self.call: Any = clients.call
        self.acall: Any = clients.acall

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.client, name)

    def __dir__(self) -> list[str]:
        return sorted({"acall", "call", "client", "model", *dir(self.client)})


class Apis:
    """
    The apis whose descriptions are in *folder*, each a TestedApi: `.shop.get_order(id=1)` gives what
    `ApiPool.shop.client.get_order(id=1)` does, of *target*, and `.shop.with_options(...)` has other options. *formats*:
    as of API.

    A call is sent once, since a test is to see what a service does. Raises FindingsError for a description that cannot
    be read, AttributeError for an api that is not there.
    """

    def __init__(self, target: Target, folder: Path, formats: Mapping[str, Any] | None = None):
        self.__target = target
        load_clients(folder, formats=formats)

    def __getattr__(self, name: str) -> TestedApi:
        if name.startswith("__"):
            raise AttributeError(name)
        loaded = ApiPool._find(name)
        clients: Clients = loaded.clients
        # Only a URL with a path says that the description's is not to be put behind it
        url = self.__target.url + ("/" if config.get_config().ignore_base_path else "")
        clients = clients.with_options(url=url, max_attempts=1, validation="strict")
        if not self.__target.verify:
            options = replace(clients.options, network=replace(clients.options.network, is_verified=False))
            clients = Clients(clients.loaded, options, clients.operations)
        made = self.__dict__[name] = TestedApi(loaded, clients)
        return made

    def __dir__(self) -> list[str]:
        return dir(ApiPool)
