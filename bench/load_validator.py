"""openapi-spec-validator: read the document and validate it, nothing else. It serves nothing."""

from __future__ import annotations

import openapi_spec_validator.readers
from measure import measure


def load(path: str) -> None:
    """As its command line does, without printing."""
    document, uri = openapi_spec_validator.readers.read_from_filename(path)
    openapi_spec_validator.validate(document, base_uri=uri)


if __name__ == "__main__":
    measure(load)
