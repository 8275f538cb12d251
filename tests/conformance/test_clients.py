"""Every real description loads as clients, and nothing that it says ends in an exception that is not ours to raise."""

from __future__ import annotations

from pathlib import Path

import pytest
from conformance.clients import Loaded, examine, real
from lots import each_version, number

PARTS = 2


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize("turn", range(PARTS))
def test_every_real_description_loads_as_clients(turn: int) -> None:
    found = Loaded()
    for path in each_version(real(), 4)[turn::PARTS]:
        examine(path, found)
    assert (found.refused, found.failed) == ([], [])
    assert found.loads == found.descriptions > 10
    assert found.worked_out == found.operations > number(200, 500)


def test_a_description_that_cannot_be_read_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("openapi: 3.1.0\ninfo: {title: Shop\npaths: {}\n")
    found = Loaded()
    examine(path, found)
    assert (found.descriptions, found.loads, found.failed) == (1, 0, [])
    assert [one.split(": ")[0] for one in found.refused] == ["shop.yaml:3:6"]


def test_what_no_operation_can_be_made_of_is_counted_with_its_name(tmp_path: Path) -> None:
    """One that names a decorator that is not there cannot be called."""
    path = tmp_path / "shop.yaml"
    path.write_text(
        "openapi: 3.1.0\n"
        "info: {title: Shop, version: '1'}\n"
        "paths:\n"
        "  /a: {get: {operationId: a, responses: {'200': {description: ''}}}}\n"
        "  /b: {get: {operationId: b, x-decorate-request: no.where, responses: {'200': {description: ''}}}}\n"
    )
    found = Loaded()
    examine(path, found)
    assert (found.loads, found.operations, found.worked_out) == (1, 2, 1)
    assert [one.split(": ")[:2] for one in found.failed] == [["shop.yaml", "b"]]
