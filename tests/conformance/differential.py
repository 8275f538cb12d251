"""
Whether our codec accepts exactly what jsonschema-rs accepts of translation.py's schema, on schemas nobody thought of;
and whether what it reads in one pass is what it reads in two.

`make fuzz` is this file: without end, or for FUZZ_SECONDS.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from random import Random
from typing import Any

import jsonschema_rs
from conformance.spelling import spelled
from conformance.strategies import DIALECTS, api_of, descriptions_of, schema_of, typed_descriptions_of, values
from conformance.table import Row
from conformance.translation import Translation
from conformance.voters import whole
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from pymacaron.schema.codec import Codec, Schemas, json_decode
from pymacaron.schema.formats import FORMATS
from pymacaron.schema.typed import MISSED, typed
from pymacaron.schema.violations import Violation, Violations
from pymacaron.spec.model import Dialect

__all__ = ["SUITES", "Case", "cases", "differences", "rows", "run"]

#: of what CI and the table run, for each version
EXAMPLES = 300


class Case:
    """
    A description's schemas in one version, a value and a direction; `repr` is what a report needs. `texts`: ways to
    write the value, and others that are nearly the same.
    """

    def __init__(self, dialect: Dialect, schemas: dict[str, Any], direction: Any, draw: Any):
        self.dialect, self.schemas, self.direction = dialect, schemas, direction
        self.api = api_of(schemas, dialect)
        self.translation = Translation(self.api, direction)
        self.value = draw(values(self.translation, schema_of(self.api)))
        random = Random(draw(st.integers(0, 2**32)))
        self.texts = [json.dumps(self.value).encode(), *(spelled(self.value, random) for _ in range(4))]

    def __repr__(self) -> str:
        written = b" ".join(self.texts).decode()
        return f"{self.dialect} {self.direction} {json.dumps(self.schemas)} {json.dumps(self.value)} {written}"


@st.composite
def cases(draw: st.DrawFn, dialect: Dialect) -> Case:
    schemas = draw(st.one_of(descriptions_of(dialect), typed_descriptions_of(dialect), typed_descriptions_of(dialect)))
    return Case(dialect, schemas, draw(st.sampled_from(("request", "response"))), draw)


#: How many texts were read in one pass, how many were not, and how many schemas have none
PASSES: Counter[str] = Counter()


def differences(case: Case) -> list[str]:
    """Everything about *case* that is not as it should be."""
    try:
        return _differences(case)
    except Exception as error:
        return [f"raises {type(error).__name__}: {str(error)[:200]}"]


def _differences(case: Case) -> list[str]:
    codec = Schemas(case.api).codec(schema_of(case.api), case.direction)
    wrong = codec.violations(case.value, "body")
    found = []
    expected = accepts(case.translation, case.translation.alone(schema_of(case.translation.api)), case.value)
    if expected is not (not wrong):
        found.append(
            f"jsonschema-rs says {'valid' if expected else 'wrong'}, we say {list(map(str, wrong)) or 'valid'}"
        )
    found += [f"{one} points at nothing" for one in wrong if not _points(one, case.value)]
    found += in_one_pass(codec, case.texts)
    data = json.dumps(case.value).encode()
    try:
        decoded = codec.decode(data)
    except Violations as refused:
        if [str(one) for one in refused.violations] != [str(one) for one in wrong]:
            found.append(f"decode says {refused}, violations() says {list(map(str, wrong))}")
        return found
    if wrong:
        found.append("decode accepts what violations() does not")
    sent = json_decode(codec.encode(decoded))
    if not same(sent, json_decode(data)):
        found.append(f"comes back as {json.dumps(sent)}")
    return found


def in_one_pass(codec: Codec, texts: list[bytes]) -> list[str]:
    """What is read of *texts* in one pass, and would not be in two, or as another value."""
    quick = typed(codec._bundle, FORMATS)
    if quick is None:
        PASSES["schemas without"] += 1
        return []
    PASSES["schemas"] += 1
    found = []
    for text in texts:
        value = quick.take(text)
        try:
            exact = json_decode(text)
            fits = codec.fits(exact)
        except Violations as refused:
            exact, fits = refused, False
        PASSES["taken" if value is not MISSED else "missed though valid" if fits else "refused"] += 1
        if value is not MISSED and not fits:
            found.append(f"one pass takes {text.decode()}, which is refused")
        elif value is not MISSED and not identical(value, exact):
            found.append(f"one pass reads {text.decode()} as {value!r}")
    return found


def identical(one: Any, other: Any) -> bool:
    """Whether two values are the same to the last: classes, the order of members, the sign of 0.0."""
    return repr(one) == repr(other)


def accepts(translation: Translation, schema: dict[str, Any], value: Any) -> bool:
    """
    What jsonschema-rs says of *value*, by draft 4 for 2.0 and 3.0. There 1.0 is no integer; here it is in all versions.
    """
    checks: dict[str, Any] = {"byte": _is_base64}
    if translation.later:
        return jsonschema_rs.Draft202012Validator(schema, formats=checks, validate_formats=True).is_valid(value)
    checks["uuid"] = jsonschema_rs.Draft202012Validator({"format": "uuid"}, validate_formats=True).is_valid
    checks["date"] = jsonschema_rs.Draft202012Validator({"format": "date"}, validate_formats=True).is_valid
    checks["uri-reference"] = jsonschema_rs.Draft202012Validator(
        {"format": "uri-reference"}, validate_formats=True
    ).is_valid
    validator = jsonschema_rs.Draft4Validator(schema, formats=checks, validate_formats=True)
    return validator.is_valid(whole(value))


def _is_base64(text: str) -> bool:
    digits = text.rstrip("=")
    letters = all(one.isascii() and (one.isalnum() or one in "+/") for one in digits)
    return letters and len(text) % 4 == 0 and len(text) - len(digits) <= 2


def _points(violation: Violation, value: Any) -> bool:
    """Whether its pointer leads to a part of *value*, or to a member that an object lacks."""
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in violation.pointer.split("/")[1:]]
    for index, token in enumerate(tokens):
        if isinstance(value, list) and token.isdecimal() and int(token) < len(value):
            value = value[int(token)]
        elif isinstance(value, dict) and token in value:
            value = value[token]
        else:
            return isinstance(value, dict) and index == len(tokens) - 1 and violation.code in _OF_THE_MISSING
    return True


_OF_THE_MISSING = ("required", "dependentRequired", "discriminator")


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def run(dialect: Dialect, examples: int, start: int) -> list[str]:
    """*examples* of *dialect* by the seed *start*: the differences of the smallest that has any, which it names."""
    found: list[str] = []

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(cases(dialect))
    def test(case: Case) -> None:
        wrong = differences(case)
        if wrong:
            found[:] = [f"{case!r}: {one}" for one in wrong]
        assert not wrong

    try:
        test()
    except AssertionError:
        return found
    return []


#: dict: version -> its suite
_SUITES = {dialect: f"schemas and values of {dialect} by lot: jsonschema-rs agrees" for dialect in DIALECTS}
SUITES = tuple(_SUITES.values())


def rows() -> list[Row]:
    found = []
    for dialect, suite in _SUITES.items():
        wrong = run(dialect, EXAMPLES, 0)
        found.append(Row(suite, EXAMPLES, EXAMPLES - bool(wrong), tuple(wrong)))
    return found


def main() -> None:
    seconds = float(os.environ.get("FUZZ_SECONDS") or "inf")
    ends = time.monotonic() + seconds
    start = int(os.environ.get("FUZZ_SEED") or time.time())
    count = 0
    while time.monotonic() < ends:
        for dialect in DIALECTS:
            wrong = run(dialect, EXAMPLES, start)
            count += EXAMPLES
            if wrong:
                sys.exit("\n".join([f"FUZZ_SEED={start}, {dialect}:", *wrong]))
        passes = ", ".join(f"{number} {what}" for what, number in sorted(PASSES.items()))
        print(f"{count} examples, seed {start}: no difference; one pass: {passes}", flush=True)
        start += 1


if __name__ == "__main__":
    main()
