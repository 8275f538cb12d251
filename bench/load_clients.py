"""PyMacaron: load a description as a client, all of its methods made. A first call works out what it is made of."""

from __future__ import annotations

import logging

import jsonschema_rs  # noqa: F401  loaded by us when first used
from measure import measure

import pymacaron
import pymacaron.client.credentials
import pymacaron.client.loading
from pymacaron.client.clients import Clients


def clients(path: str) -> Clients:
    """As load_clients() leaves them."""
    pymacaron.load_clients(path)
    (loaded,) = pymacaron.ApiPool._apis.values()
    made: Clients = loaded.clients
    for name in made.operations:
        getattr(made.call, name)
    if not made.operations:
        raise ValueError("no operation")
    return made


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(clients)
