"""
Every schema of real descriptions can be used; and the JSON Schema test suite, as far as a description can hold it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pymacaron.schema import dialect
from pymacaron.schema.codec import Schemas
from pymacaron.source import Document, Node
from pymacaron.spec.load import load
from pymacaron.spec.model import Api, Dialect
from pymacaron.spec.references import References

CORPUS = Path(os.environ.get("PYMACARON_CORPUS", Path(__file__).parents[3] / "shared" / "corpus"))
FILES = sorted(path for folder in ("specs", "features") for path in (CORPUS / folder).glob("*"))


def there(path: Path) -> Path:
    if not path.exists():
        message = f"{path} is not there: PYMACARON_CORPUS says where the material is"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


def test_the_corpus_is_there() -> None:
    there(CORPUS)
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_schema_compiles_whole_and_every_model_is_made(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = load(path)
    left_out: list[Any] = []
    without = dialect._without

    def noted(bundle: Any, place: Any) -> Any:
        left_out.append(place)
        return without(bundle, place)

    monkeypatch.setattr(dialect, "_without", noted)
    schemas = Schemas(api)
    found = [(schema, "request") for schema in api.schemas.values()]
    for operation in (*api.operations, *api.webhooks):
        found += [(p.schema, "request") for p in operation.parameters if p.schema]
        contents = [(operation.body.content, "request")] if operation.body else []
        contents += [(response.content, "response") for response in operation.responses.values()]
        found += [(media.schema, way) for content, way in contents for media in content.values() if media.schema]
    for schema, way in found:
        codec = schemas.codec(schema, way)  # type: ignore[arg-type]
        assert codec._accepts is not None
        assert isinstance((codec.types, codec.items, codec.properties, codec.has_default), tuple)
        schemas.classes.plan(schema)
        del codec.__dict__["_validator"], codec.__dict__["_accepts"]  # hundreds of them take much memory
    for name in schemas.models.names():
        cls = getattr(schemas.models, name)
        assert cls().to_json() == {}
    assert left_out == []


#: dict: draft -> the files, or the groups in them, that a description cannot hold, or that need the network
NOT_OURS = {
    "draft2020-12": (
        "format.json",  # formats are asserted here
        "vocabulary.json",
        "defs.json",
        "dynamicRef.json",  # a dynamic reference is the anchor of its document
        "unevaluatedItems.json: unevaluatedItems with $dynamicRef",
        "unevaluatedProperties.json: unevaluatedProperties with $dynamicRef",
        "ref.json: remote ref, containing refs itself",
    ),
    "draft4": (
        "definitions.json",
        "refRemote.json",  # OpenAPI 3.0 has no id
        "ref.json: remote ref, containing refs itself",
        "ref.json: Recursive references between schemas",
        "ref.json: Location-independent identifier",
        "ref.json: $ref prevents a sibling id",
        "ref.json: id must be resolved against nearest parent",
    ),
}


@pytest.mark.parametrize(("draft", "version"), [("draft2020-12", "3.1"), ("draft4", "3.0")])
def test_the_json_schema_suite(draft: str, version: Dialect) -> None:
    suite = there(CORPUS / "json-schema")

    def retrieve(url: str) -> bytes:
        return (suite / "remotes" / url.removeprefix("http://localhost:1234/")).read_bytes()

    wrong, count = [], 0
    for path in sorted((suite / "tests" / draft).glob("*.json")):
        for group in json.loads(path.read_text()):
            name = f"{path.name}: {group['description']}"
            if name.startswith(NOT_OURS[draft]):
                continue
            document = Document("/it.json", "it.json", json.dumps(group["schema"]).encode(), group["schema"])
            root = Node(document.value, document)
            references = References(document, retrieve=retrieve)
            api = Api("it", version, "", "", "", (), (), {}, {}, root, references)
            codec = Schemas(api).codec(root, "request")
            for test in group["tests"]:
                count += 1
                if (not codec.violations(test["data"], "body")) is not test["valid"]:
                    wrong.append(f"{name}: {test['description']}")
    assert wrong == []
    assert count > 500
