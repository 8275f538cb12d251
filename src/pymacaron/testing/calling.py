"""Clients of the apis of a service that is tested: those of client/, which call a Target, whatever is configured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pymacaron import config
from pymacaron.client.clients import Clients
from pymacaron.client.loading import load_clients
from pymacaron.pool import ApiPool
from pymacaron.testing.reached import Target

__all__ = ["Apis"]


class Apis:
    """
    The apis whose descriptions are in *folder*, each as its clients: `.shop.get_order(id=1)` gives what
    `ApiPool.shop.client.get_order(id=1)` does, of *target*, and `.shop.with_options(...)` has other options.

    A call is sent once, since a test is to see what a service does. Raises FindingsError for a description that cannot
    be read, AttributeError for an api that is not there.
    """

    def __init__(self, target: Target, folder: Path):
        self.__target = target
        load_clients(folder)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        made: Clients = ApiPool._find(name).clients
        # Only a URL with a path says that the description's is not to be put behind it
        url = self.__target.url + ("/" if config.get_config().ignore_base_path else "")
        made = made.with_options(url=url, max_attempts=1, validation="strict")
        if not self.__target.verify:
            options = replace(made.options, network=replace(made.options.network, is_verified=False))
            made = Clients(made.loaded, options, made.operations)
        self.__dict__[name] = made.client
        return made.client

    def __dir__(self) -> list[str]:
        return dir(ApiPool)
