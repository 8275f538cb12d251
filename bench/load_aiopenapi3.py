"""aiopenapi3: load a description as a client, from a file, no call made."""

from __future__ import annotations

import logging
import pathlib

import aiopenapi3
import aiopenapi3.loader
import yarl
from measure import measure


def load(path: str) -> None:
    """All of its models and operations are there afterwards."""
    file = pathlib.Path(path)
    api = aiopenapi3.OpenAPI.load_file(
        "http://127.0.0.1/", yarl.URL(file.name), loader=aiopenapi3.loader.FileSystemLoader(file.parent)
    )
    if not sum(1 for _ in api._):
        raise ValueError("no operation")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(load)
