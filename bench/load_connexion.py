"""Connexion: build the app with one handler for every operation, and get the document that it serves."""

from __future__ import annotations

import logging
from typing import Any

import connexion
import connexion.options
import connexion.resolver
import jsonschema  # noqa: F401  loaded by Connexion when first used
import starlette.testclient  # noqa: F401  the same
from measure import measure


def answer(*args: Any, **kwargs: Any) -> tuple[dict[str, Any], int]:
    """What stands behind every operation."""
    return {}, 200


class Resolver(connexion.resolver.Resolver):
    """Operations without an operationId get a name, so that they load too."""

    def resolve(self, operation: Any) -> connexion.resolver.Resolution:
        name = operation.operation_id or f"{operation.method}_{operation.path}"
        return connexion.resolver.Resolution(answer, name)


def load(path: str) -> None:
    """No Swagger UI: only the document is asked for."""
    app = connexion.FlaskApp(__name__)
    options = connexion.options.SwaggerUIOptions(swagger_ui=False, spec_path="/document.json")
    app.add_api(path, base_path="/api", resolver=Resolver(), swagger_ui_options=options)
    response = app.test_client().get("/api/document.json")
    if response.status_code != 200 or "paths" not in response.json():
        raise ValueError(f"{response.status_code} {response.text[:200]}")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(load)
