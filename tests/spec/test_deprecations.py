"""What an operation says of its end, as headers and as findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pymacaron.spec.deprecations import deprecation
from pymacaron.spec.load import load
from pymacaron.spec.model import Api


def api(tmp_path: Path, **members: Any) -> Api:
    operation = {**members, "operationId": "x", "responses": {"200": {"description": "x"}}}
    path = tmp_path / "shop.json"
    document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {"/x": {"get": operation}}}
    path.write_text(json.dumps(document))
    return load(path)


@pytest.mark.parametrize(
    ("members", "headers"),
    [
        ({}, []),
        ({"deprecated": False}, []),
        ({"deprecated": True}, ["Deprecation: @0"]),
        ({"x-deprecated-at": "2023-06-30T23:59:59Z"}, ["Deprecation: @1688169599"]),  # RFC 9745, section 2.1
        ({"deprecated": True, "x-deprecated-at": "1970-01-02"}, ["Deprecation: @86400"]),
        ({"x-sunset": "2018-12-31T23:59:59Z"}, ["Sunset: Mon, 31 Dec 2018 23:59:59 GMT"]),  # RFC 8594, section 3
        ({"x-sunset": "2018-12-31T23:59:59.5+02:00"}, ["Sunset: Mon, 31 Dec 2018 21:59:59 GMT"]),
    ],
)
def test_the_headers_are_those_of_the_rfcs(members: dict[str, Any], headers: list[str], tmp_path: Path):
    found = api(tmp_path, **members)
    assert [f"{name}: {value}" for name, value in deprecation(found.operations[0])] == headers
    assert found.findings == ()


@pytest.mark.parametrize("value", ["next year", "2027-13-01", "2027-01-31T12:00:00", "20270131", "2027-W01-1", 1, True])
@pytest.mark.parametrize("name", ["x-deprecated-at", "x-sunset"])
def test_what_is_no_date_is_found_and_sends_nothing(name: str, value: Any, tmp_path: Path):
    found = api(tmp_path, **{name: value})
    assert deprecation(found.operations[0]) == ()
    [finding] = found.findings
    assert (finding.code, finding.fact) == ("unusable-date", f"{name} is {value!r}, not a date")


def test_an_end_before_the_deprecation_is_found(tmp_path: Path):
    found = api(tmp_path, **{"x-deprecated-at": "2027-02-01", "x-sunset": "2027-01-31"})
    assert [one.fact for one in found.findings] == ["x-sunset is before x-deprecated-at"]
