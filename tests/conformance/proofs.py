"""
What schemathesis holds against a mock, and is no failure: each reason is proven by what was sent and answered.

python-jsonschema, which shares nothing with us, says whether a body or a parameter fits; what Allow has told is asked
for. Neighbour: mocks.py, which runs schemathesis.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import httpx2
from conformance.callings import Callings

from pymacaron.exchange.responses import response_of
from pymacaron.spec.model import MediaType, Operation, Parameter
from pymacaron.testing import MockCall

__all__ = ["PROOFS", "Evidence", "proven"]

#: The largest number of format float: IEEE 754, binary32
_FLOAT = 3.4028234663852886e38
#: Bytes of the shortest gzip: RFC 1952, section 2.3
_GZIP = 18


@dataclass(frozen=True)
class Evidence:
    """`title` of a failure; `told`: all that is said of it; `call`: what the mock has got, at `url`."""

    title: str
    told: str
    call: MockCall
    url: str
    callings: Callings

    @property
    def operation(self) -> Operation | None:
        found = (one for one in self.callings.api.operations if one.id == self.call.operation)
        return next(found, None)


def proven(evidence: Evidence) -> str | None:
    """Why it is no failure; None where nothing proves that."""
    return next((why for title, holds, why in PROOFS if evidence.title.startswith(title) and holds(evidence)), None)


def _without_a_body(evidence: Evidence) -> bool:
    operation, call = evidence.operation, evidence.call
    response = None if operation is None else response_of(operation.responses, call.status)
    return evidence.callings.api.dialect == "2.0" and response is not None and "schema" not in response.node.value


def _answered(evidence: Evidence) -> bool:
    """Whether each method that Allow has told is known there."""
    told = re.search(r"Undocumented methods advertised: ([A-Z, ]+)", evidence.told)
    methods = told[1].split(", ") if told is not None else []
    url = evidence.url + evidence.call.path
    statuses = [httpx2.request(method.strip(), url, trust_env=False).status_code for method in methods]
    return bool(statuses) and 405 not in statuses


def _ignored(evidence: Evidence) -> bool:
    return re.search(r"parameter `(?:Content-Type|Accept|Authorization)` in header", evidence.told) is not None


def _nothing_sent(evidence: Evidence) -> bool:
    operation = evidence.operation
    if operation is None or evidence.call.content:
        return False
    return operation.body is None or not operation.body.required


def _no_gzip(evidence: Evidence) -> bool:
    return evidence.call.headers.get("Content-Encoding") == "gzip" and len(evidence.call.content) < _GZIP


def _body(evidence: Evidence) -> tuple[MediaType, Any] | None:
    """What was sent, and what it has to be."""
    operation, call = evidence.operation, evidence.call
    kind = (call.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    declared = operation.body.content.get(kind) if operation is not None and operation.body is not None else None
    if declared is None or declared.schema is None:
        return None
    if "json" in kind:
        with suppress(ValueError):
            return declared, json.loads(call.content)
    if kind == "application/x-www-form-urlencoded":
        return declared, dict(parse_qsl(call.content.decode(), keep_blank_values=True))
    return None


def _body_is(fitting: bool) -> Callable[[Evidence], bool]:
    def holds(evidence: Evidence) -> bool:
        sent = _body(evidence)
        if sent is None or sent[0].schema is None:
            return False
        return (not evidence.callings.judged(sent[0].schema, sent[1], request=True)) is fitting

    return holds


def _parameter(evidence: Evidence) -> tuple[Parameter, str] | None:
    """The parameter that the mock refuses, and the text that was sent."""
    told = re.search(r"(path|query|header) ([\w-]+): '([^']*)'", f"{evidence.call.error} {evidence.told}")
    operation = evidence.operation
    if told is None or operation is None:
        return None
    fitting = [one for one in operation.parameters if (one.location, one.name) == (told[1], told[2])]
    return (fitting[0], told[3]) if fitting else None


def _parameter_is_unfit(evidence: Evidence) -> bool:
    sent = _parameter(evidence)
    if sent is None or sent[0].schema is None:
        return False
    return bool(evidence.callings.judged(sent[0].schema, sent[1], request=True))


def _own_header(evidence: Evidence) -> bool:
    sent = _parameter(evidence)
    return sent is not None and sent[0].name == "Accept-Encoding" and _parameter_is_unfit(evidence)


def _too_large(evidence: Evidence) -> bool:
    told = re.search(r"(-?[\d.]+(?:e\+?\d+)?) is (?:above|below) -?3\.4028", f"{evidence.call.error} {evidence.told}")
    return told is not None and abs(float(told[1])) > _FLOAT


_ACCEPTED, _REJECTED = "Schema-violating request accepted", "Schema-valid request rejected"

#: (how the title of a failure begins, what proves that it is none, why)
PROOFS: tuple[tuple[str, Callable[[Evidence], bool], str], ...] = (
    (
        "Missing Content-Type header",
        _without_a_body,
        "in Swagger 2.0 a reply without a schema has no body, whatever `produces` says",
    ),
    (
        "Allow header mismatch",
        _answered,
        "the URL fits another path of the description, too, whose methods are answered there",
    ),
    (_ACCEPTED, _ignored, "OpenAPI 3 has header parameters of the name Content-Type ignored"),
    (_ACCEPTED, _nothing_sent, "no body was sent, and none is required"),
    (_ACCEPTED, _body_is(True), "python-jsonschema takes the body that was sent, too"),
    (_REJECTED, _body_is(False), "python-jsonschema refuses the body that was sent, too"),
    (_REJECTED, _own_header, "its HTTP library sends an Accept-Encoding of its own, which the description forbids"),
    (
        _REJECTED,
        _parameter_is_unfit,
        "python-jsonschema refuses the parameter, too: a value of one reply, sent where another is due",
    ),
    (_REJECTED, _no_gzip, "the body is no gzip, as its Content-Encoding says it is"),
    (_REJECTED, _too_large, "no number of format float is that large"),
)
