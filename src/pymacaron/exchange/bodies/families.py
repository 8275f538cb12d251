"""
How a body of a request is written and read, by its media type and the schema that is declared for it.

Neighbours: choosing.py reads bodies so, payloads/choosing.py writes them so for clients.
"""

from __future__ import annotations

from typing import Literal

from pymacaron.exchange.files import is_file
from pymacaron.exchange.media import ContentType
from pymacaron.exchange.parameters.texts import TEXTUAL
from pymacaron.exchange.sequences import Sequence
from pymacaron.exchange.streams import streamed
from pymacaron.schema.codec import Schemas
from pymacaron.spec.model import MediaType

__all__ = ["Family", "family_of", "sequence_in"]

#: `form`: multipart whose parts have names; `multipart`: a list of parts
Family = Literal["json", "urlencoded", "form", "multipart", "text", "binary"]


def sequence_in(
    given: ContentType | None, kind: ContentType, media_type: MediaType, schemas: Schemas
) -> Sequence | None:
    """How the items of such a body stand in it, where it is a stream of them; a range must say so."""
    if kind.is_range and media_type.item_schema is None:
        return None
    return streamed(given or kind, media_type, schemas)


def family_of(given: ContentType | None, kind: ContentType, media_type: MediaType, schemas: Schemas) -> Family:
    """How a body of type *given* is read, which the entry *kind* describes."""
    file = media_type.schema is not None and is_file(media_type.schema, schemas)
    if kind.is_range and file:
        return "binary"  # whatever it is
    if given is None and kind.is_range and not kind.is_json:
        return "json" if media_type.schema is not None else "binary"
    told = given or kind
    if told.is_json or kind.is_json:
        return "json"
    if told.is_urlencoded:
        return "urlencoded"
    if told.is_multipart:
        named = told.essence == "multipart/form-data" and not _is_of_lists(media_type, schemas)
        return "form" if named or _is_of_objects(media_type, schemas) else "multipart"
    if told.essence == "text/plain" and media_type.schema is not None and _is_nested(media_type, schemas):
        return "json"  # as browsers send it that were told of no type
    return "text" if told.is_text else "binary"


def _is_of_objects(media_type: MediaType, schemas: Schemas) -> bool:
    """Whether the schema is of objects, so that the parts of a multipart body must have names."""
    types = schemas.codec(media_type.schema, "request").types if media_type.schema is not None else ()
    return "object" in types and "array" not in types


def _is_of_lists(media_type: MediaType, schemas: Schemas) -> bool:
    """Whether the parts are described by their order: by a schema of arrays alone, or of each item."""
    if media_type.schema is None:
        return media_type.item_schema is not None
    return schemas.codec(media_type.schema, "request").types == {"array"}


def _is_nested(media_type: MediaType, schemas: Schemas) -> bool:
    """Whether the schema is of objects or arrays, of no text."""
    types = schemas.codec(media_type.schema, "request").types if media_type.schema is not None else frozenset()
    return bool(types & {"object", "array"}) and not types & TEXTUAL
