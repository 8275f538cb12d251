"""
The JSON Schema Test Suite through our own path: a schema in a file that a description refers to, loaded as a service
loads it, compiled, and each value decoded from its JSON text. Where the load finds an error, no service starts: then
every test of the schema fails.

Every test is run, the optional ones too. What does not pass stands in EXCUSED with its reason; a test there that
passes is wrong as well. The suite itself lies in PYMACARON_CORPUS, see material.py.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
from conformance.material import CORPUS
from conformance.table import Row

from pymacaron.schema.codec import Codec, Schemas
from pymacaron.schema.violations import Violations
from pymacaron.spec.load import load
from pymacaron.spec.model import Dialect

__all__ = ["EXCUSED", "RUNS", "SUITE", "Case", "Run", "cases", "rows"]

SUITE = CORPUS / "json-schema"
_REMOTES = "http://localhost:1234/"
_DRAFT_04 = "http://json-schema.org/draft-04/schema#"


@dataclass(frozen=True)
class Run:
    """The tests of one draft in a description of one version; *says*: whether each file says `$schema: draft-04`."""

    name: str
    draft: str
    version: Dialect
    says: bool = False


RUNS = (
    Run("JSON Schema draft 4 in Swagger 2.0", "draft4", "2.0"),
    Run("JSON Schema draft 4 in OpenAPI 3.0", "draft4", "3.0"),
    Run("JSON Schema draft 4, by its $schema, in OpenAPI 3.1", "draft4", "3.1", says=True),
    Run("JSON Schema 2020-12 in OpenAPI 3.1", "draft2020-12", "3.1"),
    Run("JSON Schema 2020-12 in OpenAPI 3.2", "draft2020-12", "3.2"),
)


@dataclass(frozen=True)
class Case:
    """
    One test. `passed`: here; `by_validator`: with jsonschema-rs alone, formats asserted. `reason`: why it may fail
    here, '' for no reason.
    """

    run: Run
    file: str
    group: str
    test: str
    passed: bool
    by_validator: bool
    reason: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.group}: {self.test}"


_ID = (
    "Swagger 2.0 and OpenAPI 3.0 have no `id`, so the reference names nothing, an error at start; in 3.1 the same "
    "schema that says `$schema: draft-04` has one"
)
_FLOAT = "1.0 is an integer in every version here, as JSON Schema has it since draft 6: JavaScript writes 1 for both"
_NO_KEYWORD = "Swagger 2.0 has no oneOf, anyOf and not"
_ANNOTATION = "formats are asserted here; it wants them to be remarks"

_ANNOTATED = (
    *("email", "idn-email", "regex", "ipv4", "ipv6", "idn-hostname", "hostname", "date", "date-time", "time"),
    *("json-pointer", "relative-json-pointer", "iri", "iri-reference", "uri", "uri-reference", "uri-template"),
    *("uuid", "duration"),
)
_WITHOUT_ID = {
    f"{group}: {test}": _ID
    for group, tests in {
        "optional/id.json: id inside an enum is not a real identifier": ("no match on enum or $ref to id",),
        "ref.json: $ref prevents a sibling id from changing the base uri": (
            "$ref resolves to /definitions/base_foo, data validates",
            "$ref resolves to /definitions/base_foo, data does not validate",
        ),
        "ref.json: Recursive references between schemas": ("valid tree", "invalid tree"),
        "ref.json: Location-independent identifier": ("match", "mismatch"),
        "ref.json: Location-independent identifier with base URI change in subschema": ("match", "mismatch"),
        "ref.json: id must be resolved against nearest parent, not just immediate parent": (
            *("number is valid", "non-number is invalid"),
        ),
        "refRemote.json: base URI change": ("base URI change ref valid", "base URI change ref invalid"),
        "refRemote.json: base URI change - change folder": ("number is valid", "string is invalid"),
        "refRemote.json: base URI change - change folder in subschema": ("number is valid", "string is invalid"),
        "refRemote.json: root ref in remote ref": ("string is valid", "null is valid", "object is invalid"),
        "refRemote.json: Location-independent identifier in remote ref": ("integer is valid", "string is invalid"),
    }.items()
    for test in tests
}
#: Swagger 2.0 has no anyOf either, in which this one's references stand
_WITHOUT_ID_IN_ANY_OF = {
    f"optional/id.json: id inside an enum is not a real identifier: {test}": _ID
    for test in ("exact match to enum, and type matches", "match $ref to id")
}
_WITHOUT_FLOAT = {
    "optional/zeroTerminatedFloats.json: some languages do not distinguish between different types of numeric value: "
    "a float is not an integer even without fractional part": _FLOAT
}
_WITHOUT_KEYWORD = {
    f"{group}: {test}": _NO_KEYWORD
    for group, tests in {
        "allOf.json: allOf combined with anyOf, oneOf": (
            "allOf: true, anyOf: false, oneOf: false",
            "allOf: true, anyOf: false, oneOf: true",
            "allOf: true, anyOf: true, oneOf: false",
        ),
        "anyOf.json: anyOf": ("neither anyOf valid",),
        "anyOf.json: anyOf with base schema": ("both anyOf invalid",),
        "anyOf.json: anyOf complex types": ("neither anyOf valid (complex)",),
        "anyOf.json: nested anyOf, to check validation semantics": ("anything non-null is invalid",),
        "definitions.json: validate definition against metaschema": ("invalid definition schema",),
        "not.json: not": ("disallowed",),
        "not.json: not multiple types": ("mismatch", "other mismatch"),
        "not.json: not more complex schema": ("mismatch",),
        "not.json: forbidden property": ("property present",),
        "not.json: forbid everything with empty schema": (
            *("number is invalid", "string is invalid", "boolean true is invalid", "boolean false is invalid"),
            *("null is invalid", "object is invalid", "empty object is invalid"),
            *("array is invalid", "empty array is invalid"),
        ),
        "oneOf.json: oneOf": ("both oneOf valid", "neither oneOf valid"),
        "oneOf.json: oneOf with base schema": ("both oneOf valid",),
        "oneOf.json: oneOf complex types": ("both oneOf valid (complex)", "neither oneOf valid (complex)"),
        "oneOf.json: oneOf with empty schema": ("both valid - invalid",),
        "oneOf.json: oneOf with required": ("both invalid - invalid", "both valid - invalid"),
        "oneOf.json: oneOf with missing optional property": ("both oneOf valid", "neither oneOf valid"),
        "oneOf.json: nested oneOf, to check validation semantics": ("anything non-null is invalid",),
    }.items()
    for test in tests
}
_ASSERTED = {
    f"format.json: {name} format: invalid {name} string is only an annotation by default": _ANNOTATION
    for name in _ANNOTATED
}

#: dict: name of a run -> dict of the name of a test that does not pass -> why
EXCUSED: Mapping[str, Mapping[str, str]] = {
    RUNS[0].name: {**_WITHOUT_ID, **_WITHOUT_FLOAT, **_WITHOUT_KEYWORD},
    RUNS[1].name: {**_WITHOUT_ID, **_WITHOUT_ID_IN_ANY_OF, **_WITHOUT_FLOAT},
    RUNS[2].name: _WITHOUT_FLOAT,
    RUNS[3].name: _ASSERTED,
    RUNS[4].name: _ASSERTED,
}


def cases(run: Run) -> Iterator[Case]:
    """Every test of *run*, in the order of the files."""
    excused = EXCUSED[run.name]
    tests = SUITE / "tests" / run.draft
    with tempfile.TemporaryDirectory() as folder:
        for path in sorted(tests.rglob("*.json")):
            file = path.relative_to(tests).as_posix()
            for group in json.loads(path.read_text(encoding="utf-8")):
                codec = _codec(_said(group["schema"], run), run, Path(folder))
                validator = _validator(group["schema"], run.draft)
                for test in group["tests"]:
                    name = f"{file}: {group['description']}: {test['description']}"
                    passed = _accepts(codec, test["data"]) is test["valid"]
                    by_validator = validator.is_valid(test["data"]) is test["valid"]
                    reason = excused.get(name, "")
                    yield Case(run, file, group["description"], test["description"], passed, by_validator, reason)


def rows() -> list[Row]:
    """A Row of each run; [] where the suite is not there."""
    return [_row(run) for run in RUNS] if SUITE.exists() else []


def _row(run: Run) -> Row:
    found = list(cases(run))
    rest = tuple(f"{case.name} ({case.reason or 'no reason'})" for case in found if not case.passed)
    return Row(run.name, len(found), len(found) - len(rest), rest)


def _said(schema: Any, run: Run) -> Any:
    return {"$schema": _DRAFT_04, **schema} if run.says and isinstance(schema, dict) else schema


def _codec(schema: Any, run: Run, folder: Path) -> Codec | None:
    """The codec of *schema*, in a file beside a description that refers to it; None where no service would start."""
    reference = {"It": {"$ref": "it.json"}}
    head = {"info": {"title": "It", "version": "1"}, "paths": {}}
    value: dict[str, Any] = {"openapi": f"{run.version}.0", **head, "components": {"schemas": reference}}
    if run.version == "2.0":
        value = {"swagger": "2.0", **head, "definitions": reference}
    (folder / "openapi.json").write_text(json.dumps(value), encoding="utf-8")
    (folder / "it.json").write_text(json.dumps(schema), encoding="utf-8")
    api = load(folder / "openapi.json", retrieve=lambda url: json.dumps(_said(_remote(url), run)).encode())
    if any(finding.severity == "error" for finding in api.findings):
        return None
    return Schemas(api).codec(api.schemas["It"], "request")


def _accepts(codec: Codec | None, value: Any) -> bool | None:
    """Whether *value* is valid; None where there is no codec to tell."""
    if codec is None:
        return None
    try:
        codec.decode(json.dumps(value).encode())
    except Violations:
        return False
    return True


def _remote(url: str) -> Any:
    if not url.startswith(_REMOTES):
        raise OSError(f"{url} is not of the suite")
    file = SUITE / "remotes" / url.removeprefix(_REMOTES).partition("#")[0]
    return json.loads(file.read_text(encoding="utf-8"))


def _validator(schema: Any, draft: str) -> jsonschema_rs.Validator:
    cls = jsonschema_rs.Draft4Validator if draft == "draft4" else jsonschema_rs.Draft202012Validator
    return cls(schema, retriever=_remote, validate_formats=True)
