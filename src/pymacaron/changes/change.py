"""
One change between two descriptions: a Change, and the rules that find them, CODES. docs/diff.md explains each one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pymacaron.source import Node

__all__ = ["CODES", "KINDS", "Change", "Place", "Severity", "place_of"]

#: breaking: somebody's calls fail, or somebody gets what they cannot expect; risky: that may be so, which is not
#: decided or depends on what is no part of the description; compatible: nobody notices who does not look
Severity = Literal["breaking", "risky", "compatible"]

#: dict: rule of schemas -> its codes: of requests that take less, that take more; of responses that give more, less
KINDS: dict[str, tuple[str, str, str, str]] = {
    kind: (
        f"request-{kind}-narrowed",
        f"request-{kind}-widened",
        f"response-{kind}-widened",
        f"response-{kind}-narrowed",
    )
    for kind in (
        *("type", "enum", "range", "multiple", "length", "pattern", "format", "count", "unique", "contains"),
        *("closed", "size", "names", "pattern-properties", "dependency", "alternative", "overlap", "condition"),
        *("nothing", "other"),
    )
} | {
    "null": ("request-null-refused", "request-null-accepted", "response-null-added", "response-null-removed"),
    "required": (
        *("request-property-required", "request-property-optional"),
        *("response-property-optional", "response-property-required"),
    ),
    "property": (
        *("request-property-added", "request-property-removed"),
        *("response-property-removed", "response-property-added"),
    ),
    "property-refused": (
        *("request-property-removed", "request-property-added"),
        *("response-property-added", "response-property-removed"),
    ),
}

_SCHEMA: dict[str, tuple[Severity, ...]] = {}
for _kind, _codes in KINDS.items():
    for _number, _code in enumerate(_codes):
        _SCHEMA.setdefault(_code, ("compatible",) if _number in (1, 3) else ("breaking", "risky"))
_SCHEMA |= {
    "request-property-added": ("risky", "compatible"),
    "request-property-removed": ("breaking", "risky"),
    "response-property-added": ("breaking", "compatible"),
    "response-property-removed": ("risky",),
}

#: dict: code -> the severities that its changes may have. The codes never change their meaning.
CODES: dict[str, tuple[Severity, ...]] = {
    # descriptions as a whole
    "api-removed": ("breaking",),
    "api-added": ("compatible",),
    "base-path-changed": ("breaking",),
    "server-removed": ("risky",),
    "server-added": ("compatible",),
    "schema-renamed": ("compatible",),
    # operations
    "operation-removed": ("breaking", "risky"),
    "operation-added": ("compatible",),
    "operation-id-changed": ("risky",),
    "path-parameter-renamed": ("compatible",),
    "operation-deprecated": ("compatible",),
    "operation-undeprecated": ("compatible",),
    "sunset-changed": ("risky", "compatible"),
    "webhook-removed": ("risky",),
    "webhook-added": ("compatible",),
    # parameters
    "parameter-added": ("breaking", "compatible"),
    "parameter-removed": ("risky",),
    "parameter-moved": ("breaking",),
    "parameter-required": ("breaking",),
    "parameter-optional": ("compatible",),
    "parameter-style-changed": ("breaking",),
    "parameter-empty-refused": ("breaking",),
    "parameter-empty-accepted": ("compatible",),
    "parameter-reserved-changed": ("risky",),
    "parameter-content-changed": ("breaking",),
    # bodies and responses
    "request-body-added": ("breaking", "compatible"),
    "request-body-removed": ("risky",),
    "request-body-required": ("breaking",),
    "request-body-optional": ("compatible",),
    "request-media-type-removed": ("breaking",),
    "request-media-type-added": ("compatible",),
    "encoding-changed": ("risky",),
    "response-removed": ("breaking", "compatible"),
    "response-added": ("risky", "compatible"),
    "response-media-type-removed": ("breaking",),
    "response-media-type-added": ("compatible",),
    "response-media-type-preferred": ("risky",),
    "response-body-removed": ("breaking",),
    "response-body-added": ("compatible",),
    "response-header-removed": ("breaking", "risky"),
    "response-header-added": ("compatible",),
    "response-header-optional": ("breaking",),
    "response-header-required": ("compatible",),
    # security
    "security-tightened": ("breaking",),
    "security-loosened": ("compatible",),
    "security-address-changed": ("risky",),
    # schemas, beside what values they have
    "default-changed": ("risky",),
    "read-only-changed": ("risky",),
    "write-only-changed": ("risky",),
    "discriminator-changed": ("breaking",),
    "discriminator-value-removed": ("breaking", "compatible"),
    "discriminator-value-added": ("risky", "compatible"),
    "deprecated": ("compatible",),
    # what this framework promises
    "rate-limit-lowered": ("risky",),
    "rate-limit-raised": ("compatible",),
    "idempotency-required": ("breaking",),
    "idempotency-removed": ("risky",),
    "idempotency-changed": ("compatible",),
    "pagination-changed": ("risky",),
    **_SCHEMA,
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands: `line` and `column` count from 1; `pointer` is a JSON pointer into the file."""

    file: str
    line: int
    column: int
    pointer: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Change:
    """
    One change. `fact` says what is so, `why` what follows for whom, '' where that is clear; `operation` is an id, ''
    where it is about all of the api `api`. `old` and `new`: where it stands, None where there is nothing on that side.
    """

    severity: Severity
    code: str
    fact: str
    why: str
    api: str
    operation: str
    old: Place | None
    new: Place | None


def place_of(node: Node, *, key: bool = False) -> Place:
    """Where *node* stands, or with *key* the key that names it; what is nearest around it, where nothing does."""
    line, column, _ = node.document.position(node.pointer, key=key)
    pointer = "".join("/" + token.replace("~", "~0").replace("/", "~1") for token in node.pointer)
    return Place(node.document.name, line, column, pointer)
