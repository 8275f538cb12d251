"""
The form fields of Swagger 2.0, which are keyword arguments -> a body: urlencoded, or multipart where a file is sent.

The mirror of bodies/fields.py. Neighbours: parameters/given.py writes each field, parts.py the multipart body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from pymacaron.exchange import media
from pymacaron.exchange.files import is_file, size_fault, size_of
from pymacaron.exchange.parameters.given import Given
from pymacaron.exchange.payloads.files import Sent
from pymacaron.exchange.payloads.parts import Multipart, SentPart
from pymacaron.schema.codec import Schemas
from pymacaron.schema.violations import Violation
from pymacaron.spec.model import Parameter, RequestBody

__all__ = ["FormFields"]


class FormFields:
    """What writes the fields of one operation. *fields*: dict of keyword argument -> Parameter."""

    def __init__(self, body: RequestBody, fields: Mapping[str, Parameter], schemas: Schemas, validate: bool):
        self._given = [Given(keyword, one, schemas, validate) for keyword, one in fields.items()]
        self._sizes = {
            keyword: size_of(one.schema, schemas)
            for keyword, one in fields.items()
            if one.schema is not None and is_file(one.schema, schemas)
        }
        named = {kind.essence: name for name in body.content if (kind := media.parse(name)) is not None}
        self._urlencoded = named.get("application/x-www-form-urlencoded", "")
        self._multipart = named.get("multipart/form-data", "multipart/form-data")

    def __call__(self, kwargs: Mapping[str, Any], wrong: list[Violation]) -> tuple[bytes | Multipart | None, str]:
        """The body and its Content-Type; None and '' where no field is given. Adds to *wrong* what is."""
        pairs: list[str] = []
        files: list[tuple[str, Sent]] = []
        for one in self._given:
            value = kwargs.get(one.keyword)
            if value is None:
                if one.required:
                    wrong.append(one.wrong("required", "is missing"))
            elif one.keyword not in self._sizes:
                pairs += [pair for pair in one.text(value, wrong).split("&") if pair]
            else:
                files += self._files(one, value, wrong)
        if wrong or not (pairs or files):
            return None, ""
        if self._urlencoded and not files:
            return "&".join(pairs).encode(), self._urlencoded
        told = [pair.partition("=") for pair in pairs]
        parts = [SentPart(unquote(name), unquote(text).encode()) for name, _, text in told]
        parts += [
            SentPart(name, file, file.content_type or "application/octet-stream", file.filename) for name, file in files
        ]
        body = Multipart(parts)
        return body, f"{self._multipart}; boundary={body.boundary}"

    def _files(self, given: Given, value: Any, wrong: list[Violation]) -> list[tuple[str, Sent]]:
        try:
            file = Sent(value)
        except (OSError, TypeError, AttributeError) as error:
            wrong.append(given.wrong("file", f"cannot be sent as a file: {error}"))
            return []
        fault = size_fault(file.length, self._sizes[given.keyword])
        if fault is not None:
            wrong.append(given.wrong(*fault))
        return [(given.name, file)]
