"""
PyMacaron: as load_clients.py, and all that first calls would work out is worked out as well: of every operation what it
sends and what its replies are, the validator, reader and writer of every parameter and body, and the classes of models.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from load_clients import clients
from measure import measure

from pymacaron.client.clients import Clients
from pymacaron.client.operation import ClientOperation
from pymacaron.exceptions import ValidationError
from pymacaron.schema.codec import Codec
from pymacaron.spec.model import MediaType

#: A status for each word that descriptions have in the place of one
_STATUSES = {"default": 200, "1XX": 100, "2XX": 200, "3XX": 300, "4XX": 400, "5XX": 500}


def load(path: str) -> None:
    """As after a call of every operation, in which every reply that is declared came once."""
    made = clients(path)
    for one in made.operations.values():
        _work_out(one, made)


def _work_out(one: ClientOperation, made: Clients) -> None:
    schemas, operation = one.loaded.schemas, one.operation
    with suppress(ValidationError):
        one.asking.asked((), {})
    for parameter in operation.parameters:
        if parameter.schema is not None:
            _decoder(schemas.codec(parameter.schema, "request"))
    for media_type in operation.body.content.values() if operation.body is not None else ():
        for codec in _codecs(one, media_type, "request"):
            _decoder(codec)
            assert callable(codec.sender)
    answered = one.usual(made.options).answered
    for status, response in operation.responses.items():
        declared = answered._of(_STATUSES.get(status.replace("x", "X")) or int(status))
        for kind, media_type in response.content.items():
            declared.read(kind)
            for codec in _codecs(one, media_type, "response"):
                _decoder(codec)
                assert codec._typed is None or codec._typed


def _codecs(one: ClientOperation, media_type: MediaType, direction: str) -> list[Codec]:
    nodes = [node for node in (media_type.schema, media_type.item_schema) if node is not None]
    return [one.loaded.schemas.codec(node, direction) for node in nodes]  # type: ignore[arg-type]


def _decoder(codec: Codec) -> None:
    """Its validator, and what makes models of JSON."""
    codec.fits(None)
    codec.convert(None)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    measure(load)
