"""
Real descriptions, written otherwise: no change. `make test-whole` takes every one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lots import each_version

from pymacaron.changes import Change, changes
from pymacaron.finding import FindingsError
from pymacaron.schema.keywords import RULES, plain_json
from pymacaron.spec.load import load
from pymacaron.spec.model import Api

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

#: Where the order of members says something, or values are none of the format
_ORDERED = frozenset(("content", "produces", "consumes", "callbacks"))
_VALUES = frozenset(("example", "examples", "default", "enum", "const"))


def same(document: Any) -> Any:
    return document


def turned(value: Any, key: str = "") -> Any:
    """*value*, its members in the opposite order."""
    if isinstance(value, list):
        return [turned(one) for one in value]
    if not isinstance(value, dict):
        return value
    names = list(value) if key in _ORDERED else list(reversed(value))
    return {name: turned(value[name], name) for name in names}


def modern(document: Any) -> Any:
    """A document of OpenAPI 3.0 as 3.1 writes it: null as a type, exclusive limits as numbers."""
    return {**_reworded(document), "openapi": "3.1.1"}


def _reworded(value: Any, *, is_schema: bool = False, named: bool = False) -> Any:
    """*named*: the members of *value* are called as anybody likes."""
    if isinstance(value, list):
        return [_reworded(one, is_schema=is_schema) for one in value]
    if not isinstance(value, dict):
        return value
    if is_schema and not named:
        value = {"$ref": value["$ref"]} if "$ref" in value else _schema(value)
    found = {}
    for name, said in value.items():
        if name in _VALUES and not named:
            found[name] = said
            continue
        inner = is_schema or (name in ("schema", "schemas") and not named)
        is_map = not named and name in (("properties",) if is_schema else ("schemas",))
        found[name] = _reworded(said, is_schema=inner, named=is_map)
    return found


def _schema(said: dict[str, Any]) -> dict[str, Any]:
    said = dict(said)
    if said.pop("nullable", False) is True and isinstance(said.get("type"), str):
        said["type"] = [said["type"], "null"]
    if said.get("format") in RULES["3.0"].ignored:
        del said["format"]  # 3.1 knows formats that 3.0 does not
    if said.get("format") == "hostname":
        said["format"] = RULES["3.0"].hostname
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if said.get(exclusive) is True and limit in said:
            said[exclusive] = said.pop(limit)
        elif isinstance(said.get(exclusive), bool):
            del said[exclusive]
    return said


def _loaded(path: Path) -> Api | None:
    try:
        api = load(path)
    except FindingsError:
        return None
    return None if any(one.severity == "error" for one in api.findings) else api


def _pairs(rewritten: Callable[[Any], Any], folder: Path) -> Iterator[tuple[str, list[Change]]]:
    files = [path for name in ("specs", "features") for path in sorted((CORPUS / name).iterdir()) if path.is_file()]
    for file in each_version(files, 8):
        old = _loaded(file)
        if old is None or (rewritten is modern and old.dialect != "3.0"):
            continue
        copied = folder / f"{file.stem}.json"
        copied.write_text(json.dumps(rewritten(plain_json(old.root.value))), encoding="utf-8")
        new = _loaded(copied)
        if new is not None:
            yield file.name, changes(old, new)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the collection of descriptions is not here")
@pytest.mark.parametrize("rewritten", [same, turned, modern])
def test_a_real_description_that_is_written_otherwise_has_not_changed(
    rewritten: Callable[[Any], Any], tmp_path: Path
) -> None:
    compared = dict(_pairs(rewritten, tmp_path))
    assert len(compared) > 30
    assert [(name, some[0]) for name, some in compared.items() if some] == []
