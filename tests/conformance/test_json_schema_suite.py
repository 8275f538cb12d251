"""The JSON Schema Test Suite: every test that jsonschema-rs passes is passed here, but for those with a reason."""

from __future__ import annotations

import os

import pytest
from conformance.json_schema_suite import EXCUSED, RUNS, SUITE, Run, cases


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_every_test_passes_that_has_no_reason_to_fail(run: Run) -> None:
    if not SUITE.exists():
        message = f"{SUITE} is not there: PYMACARON_CORPUS says where the material is"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    found = list(cases(run))
    assert len(found) == {"draft4": 937, "draft2020-12": 2225}[run.draft]
    assert [case.name for case in found if not case.passed and not case.reason] == []
    assert [case.name for case in found if case.passed and case.reason] == []
    assert EXCUSED[run.name].keys() - {case.name for case in found} == set()


@pytest.mark.parametrize("run", [RUNS[2], *RUNS[3:]], ids=lambda run: run.name)
def test_nothing_fails_that_the_validator_alone_passes(run: Run) -> None:
    if not SUITE.exists():
        pytest.fail("no suite") if os.environ.get("CI") else pytest.skip("no suite")
    lost = [case.name for case in cases(run) if case.by_validator and not case.passed]
    assert lost == [name for name in EXCUSED[run.name] if name.startswith("optional/zeroTerminatedFloats")]
