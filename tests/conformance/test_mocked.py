"""Who is at fault where a call of a description fails that Prism answers, and what of real descriptions that shows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from conformance.mocked import BOUNDS, called, chosen
from conformance.table import PAGE, numbers_of
from upstreams.pool import alone
from upstreams.prism import prism, why_no_prism

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /pets/{number}:
    get:
      operationId: get_pet
      parameters:
        - {name: number, in: path, required: true, schema: {type: integer, minimum: 3}}
        - {name: tags, in: query, explode: false, schema: {type: array, minItems: 2, items: {type: string}}}
      responses: {"200": {description: "", content: {application/json: {schema: {type: integer}, example: 5}}}}
  /wrong: {get: {operationId: wrong, responses: {"200": {description: "", content: {
    application/json: {schema: {type: integer}, example: five}}}}}}
  /ends: {get: {operationId: refused, responses: {"200": {description: ""}}, parameters: [
    {name: spaced, in: query, required: true, style: spaceDelimited, explode: false,
     schema: {type: array, minItems: 2, items: {type: integer}}}]}}
  /nothing: {get: {operationId: nothing, responses: {"404": {description: ""}}}}
"""


@pytest.fixture(autouse=True)
def _prism() -> Iterator[None]:
    """Skips where Prism is not installed; fails in CI. `make prism` installs it. Leaves ApiPool as it was."""
    if (reason := why_no_prism()) is not None:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with alone():
        yield


def test_what_fails_is_told_with_whose_fault_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mockedshop.yaml"
    path.write_text(SHOP, encoding="utf-8")
    with prism(path, tmp_path / "log") as url:
        found = called(path, url)
    assert found.size == "less than 10 kB"
    assert (found.operations, found.calls, found.fine, found.ours) == (3, 6, 2, [])
    assert found.theirs[0] == "wrong, required: a reply that is wrong by python-jsonschema, too: type"
    assert found.theirs[2].startswith("refused, required: 422 to httpx2, too: query.spaced ")


def test_of_each_class_the_first_is_taken_that_starts_of_an_author_that_none_has(tmp_path: Path) -> None:
    def written(
        name: str, size: int, paths: str = '{"/a": {"get": {"responses": {"200": {"description": ""}}}}}'
    ) -> Path:
        text = f'{{"openapi": "3.0.3", "info": {{"title": "A", "version": "1"}}, "paths": {paths}}}'
        (tmp_path / name).write_text(text.ljust(size), encoding="utf-8")
        assert json.loads(text)
        return tmp_path / name

    paths = [written("a__none.json", 0, "{}"), written("b__x.json", 0), written("b__y.json", 20_000)]
    paths += [written("c__z.json", 29_999), written("d__z.json", 0)]
    found = [(path.name, others) for path, _, others in chosen(paths, tmp_path / "log")]
    assert [name for name, _ in found] == ["b__x.json", "c__z.json"]
    (why,), others = found[0][1], found[1][1]
    assert "No operations found" in why
    assert others == []


def test_the_docs_have_a_description_of_each_class() -> None:
    assert len(numbers_of(PAGE.read_text(encoding="utf-8"), "clients")) == len(BOUNDS) + 1
