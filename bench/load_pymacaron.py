"""PyMacaron: build the app with one handler for every operation, and get the document that it serves."""

from __future__ import annotations

import encodings.idna  # noqa: F401  loaded by the test client when first used
import logging
from typing import Any

import flask
import jsonschema_rs  # noqa: F401  loaded by us when first used
import jwt  # noqa: F401  the same
import werkzeug.test
from measure import measure

import pymacaron.api


def answer(*args: Any, **kwargs: Any) -> dict[str, Any]:
    """What stands behind every operation."""
    return {}


def accept(credential: Any, scopes: Any) -> dict[str, Any]:
    """What stands behind every security scheme."""
    return {"sub": "anybody"}


def load(path: str) -> None:
    """As Connexion's part does."""
    app = flask.Flask("bench")
    api = pymacaron.api.API(app, resolver=lambda operation: answer, settings={"name": "bench"})
    api.load_apis(path)
    (loaded,) = api._apis.values()
    for operation in loaded.api.operations:
        for alternative in operation.security:
            api._authenticators.update(dict.fromkeys(alternative, accept))
    api.start(serve=loaded.name)
    response = werkzeug.test.Client(app).get(f"/doc/{loaded.name}.json")
    if response.status_code != 200 or not response.json:
        raise ValueError(f"{response.status_code} {response.text[:200]}")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(load)
