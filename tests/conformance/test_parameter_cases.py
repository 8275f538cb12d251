"""The style tables of OpenAPI and the suite of RFC 6570, in each direction."""

from __future__ import annotations

import os

import pytest
from conformance.parameter_cases import CASES, CONTRADICTED, only_written, rows


@pytest.fixture(scope="module")
def outcomes() -> list[object]:
    if not CASES.exists():
        message = f"{CASES} is not there: PYMACARON_CORPUS says where the material is"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return list(rows())


def test_every_case_passes_but_those_that_a_later_table_or_those_who_use_them_contradict(outcomes):
    assert len({(one.case, one.direction) for one in outcomes}) == len(outcomes)
    failed = {(one.case, one.direction) for one in outcomes if not one.passed}
    # Both ways: one that is listed and passes is listed for nothing
    assert failed == set(CONTRADICTED)


def test_all_cases_are_run_in_all_their_directions(outcomes):
    assert [sum(one.direction == way for one in outcomes) for way in ("write", "read")] == [255, 171]
    assert sorted(only_written().values()) == [41, 43]
