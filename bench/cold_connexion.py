"""Connexion's FlaskApp: the operations of the description, and the first call of one."""

from __future__ import annotations

import logging
from typing import Any

import connexion
import connexion.options
import connexion.resolver
import jsonschema  # noqa: F401  loaded by Connexion when first used
import starlette.testclient  # noqa: F401  the same
from measure import measure
from thing import PATH, THING


def add(body: Any) -> Any:
    return body


class Resolver(connexion.resolver.Resolver):
    def resolve(self, operation: Any) -> connexion.resolver.Resolution:
        return connexion.resolver.Resolution(add, operation.operation_id)


def load(path: str) -> None:
    app = connexion.FlaskApp(__name__)
    app.add_api(path, resolver=Resolver(), swagger_ui_options=connexion.options.SwaggerUIOptions(swagger_ui=False))
    response = app.test_client().post(PATH, json=THING)
    assert (response.status_code, response.json()) == (200, THING), response.text


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(load)
