"""
The drafts of JSON Schema, by the URIs that `$schema` and `jsonSchemaDialect` name them with.

OpenAPI 3.1 and 3.2 let a schema say by which draft it is written; 2.0 and 3.0 know no `$schema`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

__all__ = ["DRAFTS", "METASCHEMAS", "Draft", "draft_at", "draft_of", "has_drafts", "is_metaschema"]

Draft = Literal["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"]

#: dict: URI of a metaschema, without `#` -> the draft that it is of
DRAFTS: Mapping[str, Draft] = {
    "http://json-schema.org/draft-04/schema": "draft-04",
    "http://json-schema.org/draft-06/schema": "draft-06",
    "http://json-schema.org/draft-07/schema": "draft-07",
    "https://json-schema.org/draft/2019-09/schema": "2019-09",
    "https://json-schema.org/draft/2020-12/schema": "2020-12",
}

#: dict: where the URIs of metaschemas and of their vocabularies begin -> the draft that they are of
METASCHEMAS: Mapping[str, Draft] = {
    **DRAFTS,
    "https://json-schema.org/draft/2019-09/meta/": "2019-09",
    "https://json-schema.org/draft/2020-12/meta/": "2020-12",
}

#: The dialects of OpenAPI are 2020-12 and what every schema here has besides: formats, discriminators
_OPENAPI = ("https://spec.openapis.org/oas/3.1/dialect/", "https://spec.openapis.org/oas/3.2/dialect/")


def draft_of(uri: Any) -> Draft | None:
    """The draft that *uri*, the value of a `$schema`, stands for; None where it is none that is known."""
    if not isinstance(uri, str):
        return None
    uri = uri.removesuffix("#")
    if uri.startswith(_OPENAPI):
        return "2020-12"
    path = uri.removeprefix("http://").removeprefix("https://")  # many write the one for the other
    return DRAFTS.get(f"http://{path}") or DRAFTS.get(f"https://{path}")


def draft_at(value: Any, pointer: Iterable[str]) -> Draft:
    """
    The draft that the schema at *pointer* of *value*, that of a file, is written by: the nearest `$schema` that is
    known, the `jsonSchemaDialect` of the description, else 2020-12.
    """
    draft = draft_of(value.get("jsonSchemaDialect")) if isinstance(value, dict) and "openapi" in value else None
    for token in (None, *pointer):
        if token is not None:
            value = value[int(token)] if isinstance(value, list) else value[token]
        if isinstance(value, dict):
            draft = draft_of(value.get("$schema")) or draft
    return draft or "2020-12"


def is_metaschema(uri: str) -> bool:
    """Whether *uri* is of a metaschema, or of a part of one, that everybody knows."""
    return uri.removesuffix("#").startswith(tuple(METASCHEMAS))


def has_drafts(description: Any) -> bool:
    """Whether the schemas of *description*, the value of a file, may say by which draft they are written."""
    if not isinstance(description, dict):
        return True
    return "swagger" not in description and not str(description.get("openapi", "3.1")).startswith("3.0")
