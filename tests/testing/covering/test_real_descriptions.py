"""
Real descriptions, covered: what there is to reach in them is counted in a bounded time and size, and told.

PYMACARON_CORPUS points at the folder that holds `specs/`; without it that is looked for beside the checkout.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lots import each_version

from pymacaron.schema.codec import Schemas, json_encode
from pymacaron.schema.specimens.specimens import NoValue, Specimens
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, MediaType
from pymacaron.testing.covering import counted, page, read, text
from pymacaron.testing.covering.exchanges import Body, Exchange

CORPUS = Path(os.environ.get("PYMACARON_CORPUS") or Path(__file__).parents[4] / "shared" / "corpus")
#: Of each description so many operations are called
_CALLED = 8


def descriptions() -> list[Path]:
    found = [one for one in (CORPUS / "specs").glob("*.*") if one.suffix in (".json", ".yaml", ".yml")]
    return sorted(found, key=lambda one: (one.stat().st_size, one.name))


def test_the_descriptions_are_here() -> None:
    if descriptions():
        return
    if os.environ.get("CI"):
        pytest.fail(f"no descriptions below {CORPUS}: set PYMACARON_CORPUS")
    pytest.skip(f"no descriptions below {CORPUS}")


def calls(api: Api) -> Iterator[Exchange]:
    """One of each of the first operations, for each of its statuses, with values of its schemas."""
    schemas = Schemas(api)

    def made(content: dict[str, MediaType]) -> tuple[tuple[tuple[str, str], ...], Body]:
        for name, one in content.items():
            if "json" in name and one.schema is not None:
                try:
                    value = json_encode(Specimens(one.schema, schemas).first())
                except NoValue:
                    return (), Body()
                return (("Content-Type", name),), Body(value, len(value))
        return (), Body()

    for operation in api.operations[:_CALLED]:
        path = api.base_path + re.sub(r"\{[^}]*\}", "1", operation.path).partition("#")[0]
        asked = (), Body()
        if operation.body is not None and not operation.body.fields:
            asked = made(dict(operation.body.content))
        for status, response in operation.responses.items():
            code = 500 if status == "default" else int(status.lower().replace("x", "0"))
            yield Exchange(operation.method, path, *asked, code, *made(dict(response.content)))


# Every seventh by size, and the largest
@pytest.mark.parametrize(
    "path", [*each_version(descriptions()[::7], 3), *descriptions()[-1:]], ids=lambda path: path.name
)
def test_a_real_description_is_covered(path: Path, tmp_path: Path) -> None:
    api = load(path)
    found = counted([api], calls(api))
    assert len({point.id for point in found.points}) == len(found.points)
    operations = [one for one in found.points if one.kind == "operation"]
    assert len(operations) == len(api.operations)
    assert any(one.count for one in operations) or not operations  # there may be webhooks alone
    assert found.undeclared == []
    assert len(found.points) < 50_000
    assert len(text(found).splitlines()) < 300
    assert page(found).count("<li ") == len(found.points)
    found.write(tmp_path / "c.json")
    assert read(tmp_path / "c.json").to_json() == json.loads(json.dumps(found.to_json()))
