"""bravado: load a description of Swagger 2.0 as a client, no call made."""

from __future__ import annotations

import json
import logging
import pathlib

import bravado.client
import yaml
from measure import measure


def load(path: str) -> None:
    """All of its models and operations are there afterwards. It need not be valid: ours need not be, either."""
    file = pathlib.Path(path)
    text = file.read_text(encoding="utf-8")
    document = json.loads(text) if file.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
    if str(document.get("swagger")) != "2.0":
        raise ValueError("only Swagger 2.0")
    client = bravado.client.SwaggerClient.from_spec(
        document, origin_url=file.as_uri(), config={"validate_swagger_spec": False}
    )
    if not dir(client):
        raise ValueError("no resource")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(load)
