"""
Where another validator disagrees with us and we are right, or at least not wrong: as data, each with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["EXPLAINED", "Explained", "why"]


@dataclass(frozen=True)
class Explained:
    """
    `ours`, `theirs`: what each has to say, every fault of it: patterns of `valid`, or of keywords, formats as `format
    date: detail`. `schema`: a pattern of what stands in the text of the schema.
    """

    voters: tuple[str, ...]
    ours: str
    theirs: str
    reason: str
    schema: str = ""


EXPLAINED = (
    Explained(
        ("ajv",),
        r"format .* is not of format (idn-email|idn-hostname|iri|iri-reference)",
        "valid",
        "ajv-formats does not know idn-email, idn-hostname, iri and iri-reference",
    ),
    Explained(
        ("python-jsonschema",),
        r"format .* is not an e-mail address",
        "valid",
        "python-jsonschema takes all that has an @ for an e-mail address",
    ),
    Explained(
        ("python-jsonschema",),
        r"format .* is not of format uri-template",
        "valid",
        "python-jsonschema takes a template with a space for a URI template; RFC 6570, 2.1, has none",
    ),
    Explained(
        ("ajv", "python-jsonschema"),
        "exclusiveM(in|ax)imum",
        "valid",
        "a boolean exclusiveMinimum in 3.1, which `check` reports, counts as it does in 3.0; to others it says nothing",
        schema=r'"exclusiveM(in|ax)imum": true',
    ),
)


def why(voter: str, ours: Iterable[str] | None, theirs: Iterable[str] | None, schema: str) -> str | None:
    """The reason of the first that fits *voter*, what we and it say, and the schema's text; None where none does."""
    for one in EXPLAINED:
        said = _fits(one.ours, ours) and _fits(one.theirs, theirs)
        if voter in one.voters and said and re.search(one.schema, schema):
            return one.reason
    return None


def _fits(pattern: str, faults: Iterable[str] | None) -> bool:
    return all(re.fullmatch(pattern, fault, re.DOTALL) for fault in (faults or ("valid",)))
