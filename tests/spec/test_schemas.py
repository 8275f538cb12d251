"""The JSON Schema of descriptions takes what `examine` has nothing to say of, and refuses wrong structure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from pymacaron.finding import FindingsError
from pymacaron.schema.formats import FORMATS
from pymacaron.schema.validators import validator
from pymacaron.source import read
from pymacaron.spec.load import load
from pymacaron.spec.meanings import MEANINGS
from pymacaron.spec.objects import EXTENSIONS, OBJECTS
from pymacaron.spec.schemas import description_schema

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = description_schema()
#: Two readers of the same schema: jsonschema-rs, by our own room, and jsonschema
OURS = validator(SCHEMA, FORMATS)
PYTHONS = jsonschema.Draft202012Validator(SCHEMA)
#: The codes of what is wrong with the structure of a description
STRUCTURE = {"missing-field", "incomplete", "not-text", "empty-field", "other-version", "unexpected-key", "unknown-key"}
STRUCTURE |= {"wrong-type"}
DIALECTS = {"2.0": {"swagger": "2.0"}, **{one: {"openapi": f"{one}.0"} for one in ("3.0", "3.1", "3.2")}}


def taken(value: Any) -> bool:
    """Whether both readers of the schema take *value*; they are of one mind."""
    of_ours, of_pythons = OURS.is_valid(value), PYTHONS.is_valid(value)
    assert of_ours == of_pythons, value
    return of_ours


def described(dialect: str, **fields: Any) -> dict[str, Any]:
    """A description with one operation, that has *fields*."""
    operation = {"responses": {"200": {"description": "It"}}, **fields}
    head = {**DIALECTS[dialect], "info": {"title": "Shop", "version": "1"}}
    return {**head, "paths": {"/": {"get": operation}}}


def holding(dialect: str, **fields: Any) -> dict[str, Any]:
    """A description with one schema, that has *fields*."""
    schemas = {"Pet": {"type": "object", **fields}}
    return {
        **described(dialect),
        **({"definitions": schemas} if dialect == "2.0" else {"components": {"schemas": schemas}}),
    }


def told(value: Any, folder: Path) -> set[str]:
    """The codes of what is said of the description *value*."""
    (folder / "shop.json").write_text(json.dumps(value), encoding="utf-8")
    try:
        return {finding.code for finding in load(folder / "shop.json").findings}
    except FindingsError as error:
        return {finding.code for finding in error.findings}


def test_it_is_a_schema_of_2020_12() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_extension_that_means_something_is_told() -> None:
    own = {name for names in EXTENSIONS.values() for name in names}
    of_table = {name for rows in OBJECTS.values() for name in rows if name.startswith("x-")}
    assert own - of_table == MEANINGS.keys() - {"x-deprecated-at", "x-sunset"}
    operation = SCHEMA["$defs"]["3.1.Operation"]["properties"]
    assert EXTENSIONS["Operation"].keys() <= operation.keys()
    assert operation["x-bind-server"] == {"$ref": "#/$defs/x-bind-server"}
    assert SCHEMA["$defs"]["x-bind-server"]["description"] == "the function that answers: package.module.function"


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("x-bind-server", ["shop.api.get"], [1, None, ["a.b"]]),
        ("x-no-bind-server", [True, "true", False], [1, None]),
        ("x-bind-client", ["get"], [1]),
        ("x-decorate-server", ["a.b", ["a.b", "c.d"]], [1, [1]]),
        ("x-decorate-request", ["a.b", ["a.b"]], [{}]),
        ("x-openapi-router-controller", ["shop.api"], [1]),
        (
            "x-sunset",
            ["2027-01-31", "2027-01-31T00:00:00Z", "2027-01-31 00:00:00+01:00"],
            ["soon", "2027-01-31T00:00", 1],
        ),
    ],
)
def test_what_names_code_or_a_day_is_of_its_type(dialect: str, name: str, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not taken(described(dialect, **{name: value}))] == []
    assert [value for value in bad if taken(described(dialect, **{name: value}))] == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("x-response-validation", [True, False, "strict", "report", "off", "of", 1, None]),
        ("x-response-sample", [0, 1, 0.5, 1.1, -1, "1", True]),
        ("x-idempotency", ["required", "optional", "always", True]),
        ("x-test", ["safe", "skip", "unsafe", True]),
        (
            "x-rate-limit",
            [
                *("10/minute", "100 per hour", "5/2 seconds", "1/Day, 2 PER  3hours", " 1 / minute ", "007/day"),
                *(
                    "0/minute",
                    "1/0 minute",
                    "10/week",
                    "10",
                    "",
                    "1/minute,",
                    "1234567890/day",
                    10,
                    None,
                    [],
                    [1],
                    [""],
                ),
                *(["1/day"], ["1/day", "2/hour, 1/minute"], ["1/day", "x"], "10per minute", "10 per5 minutes"),
            ],
        ),
        (
            "x-pagination",
            [
                *({"kind": "link"}, {"kind": "link", "next": "/next"}, {"kind": "link", "parameter": "p"}, {}, None),
                *({"kind": "page"}, {"kind": "page", "parameter": "p", "start": 1, "total": "n", "more": "m"}),
                *({"kind": "offset", "parameter": "p", "start": -1}, {"kind": "offset", "parameter": "p", "next": "n"}),
                *({"kind": "cursor", "parameter": "p"}, {"kind": "cursor", "parameter": "p", "next": "n"}),
                *({"kind": "cursor", "parameter": "p", "next": "n", "last": "l"}, {"kind": "pages"}, {"kind": 1}),
                *({"kind": "cursor", "parameter": "p", "last": "l", "items": ""}, {"kind": "link", "items": "items"}),
            ],
        ),
    ],
)
def test_it_takes_of_an_extension_what_is_read(name: str, values: list[Any], tmp_path: Path) -> None:
    parameter = {"name": "p", "in": "query", "schema": {"type": "string"}}
    for value in values:
        given = described("3.1", parameters=[parameter], **{name: value})
        given["paths"]["/"]["post"] = given["paths"]["/"].pop("get")
        assert taken(given) == (not told(given, tmp_path)), value


@pytest.mark.parametrize(
    "said",
    [
        {"table": "pets", "key": {"hash": "id"}},
        {"table": "pets", "key": {"hash": "id", "range": "at"}, "ttl": "at", "version": "n"},
        {"table": "pets", "key": {"hash": "id"}, "indexes": {"by-name": {"hash": "name"}}},
        {"table": "pets", "key": {"hash": "id"}, "indexes": {"by": {"hash": "name"}}},
        {"table": "pets", "key": {"hash": "id"}, "indexes": []},
        {"table": "a b", "key": {"hash": "id"}},
        {"table": "pets"},
        {"key": {"hash": "id"}},
        {"table": "pets", "key": "id"},
        {"table": "pets", "key": {"range": "id"}},
        {"table": "pets", "key": {"hash": "id", "rnage": "at"}},
        {"table": "pets", "key": {"hash": "id"}, "ttl": 1},
        {"table": "pets", "key": {"hash": "id"}, "time": "at"},
    ],
)
def test_it_takes_of_x_persist_what_is_read(said: Any, tmp_path: Path) -> None:
    given = holding("3.1", **{"x-persist": said})
    assert taken(given) == (not told(given, tmp_path))


def test_x_persist_and_x_parent_may_name_a_class() -> None:
    assert taken(holding("3.0", **{"x-persist": "shop.Pets", "x-parent": "shop.Pet"}))
    assert not taken(holding("3.0", **{"x-parent": 1}))
    assert not taken(holding("3.0", **{"x-persist": ["shop.Pets"]}))


def test_a_version_has_its_own_rules() -> None:
    assert taken(holding("2.0", **{"x-nullable": True}))
    assert not taken(holding("2.0", **{"x-nullable": "yes"}))
    assert taken(holding("3.0", nullable=True))
    assert not taken(described("2.0", requestBody={"content": {}}))
    assert not taken({**described("3.0"), "webhooks": {}})
    assert taken({**described("3.1"), "webhooks": {}})
    assert not taken({**described("3.0"), "openapi": "4.0.0"})
    assert not taken({**described("3.0"), "openapi": 3.0})
    assert not taken({"info": {"title": "Shop", "version": "1"}, "paths": {}})


def test_extensions_of_others_are_welcome_and_unknown_fields_are_not() -> None:
    assert taken(described("3.1", **{"x-amazon-apigateway-integration": {"type": "mock"}}))
    assert not taken(described("3.1", operationid="get"))
    assert taken(holding("3.1", keywordOfMine=1))


def test_a_reference_may_stand_for_what_can_be_referred_to() -> None:
    assert taken(described("3.0", parameters=[{"$ref": "#/components/parameters/Id"}]))
    assert not taken(described("3.0", parameters=[{"$ref": 1}]))
    assert taken(holding("3.1", properties={"$ref": {"type": "string"}, "all": True}))
    assert not taken(holding("3.0", properties={"all": True}))


def descriptions() -> Iterator[tuple[str, str]]:
    """Of each description in the tests, the examples and the docs: where it stands, and its text."""
    for folder in ("examples", "tests"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            text = path.read_bytes()
            if "node_modules" not in path.parts and re.search(rb"^[\"']?(?:openapi|swagger)", text, re.MULTILINE):
                yield path.relative_to(ROOT).as_posix(), text.decode("utf-8", "replace")
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text_of = page.read_text(encoding="utf-8")
        for block in re.finditer(
            r"^```yaml file=\S*\n((?:openapi|swagger).*?)^```$", text_of, re.MULTILINE | re.DOTALL
        ):
            yield f"{page.name}:{text_of.count(chr(10), 0, block.start()) + 1}", block[1]


def test_it_says_of_descriptions_what_their_grammar_says(tmp_path: Path) -> None:
    """What is no YAML, and what is wrong in parts that others hold, is not seen by a schema."""
    seen = {True: 0, False: 0}
    for where, text in descriptions():
        (tmp_path / "shop.yaml").write_text(text, encoding="utf-8")
        try:
            found = load(tmp_path / "shop.yaml").findings
            value = json.loads(json.dumps(read(tmp_path / "shop.yaml").value))
        except FindingsError:
            continue
        codes = {finding.code for finding in found}
        assert taken(value) or codes, where
        assert not (taken(value) and codes & STRUCTURE), where
        seen[taken(value)] += 1
    assert seen[True] > 50
    assert seen[False] > 5


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_field_of_the_wrong_type_is_refused_wherever_it_stands(dialect: str, tmp_path: Path) -> None:
    """Each value of a description in turn is something that belongs nowhere."""
    schema = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}}
    parameter = {"name": "id", "in": "query", "type": "string"}
    if dialect != "2.0":
        parameter = {"name": "id", "in": "query", "schema": {"type": "string"}, "explode": True}
    given = described(dialect, operationId="get", tags=["a"], deprecated=True, parameters=[parameter])
    given |= {"tags": [{"name": "a"}], **holding(dialect, **schema), "paths": given["paths"]}
    assert taken(given)
    assert told(given, tmp_path) == set()
    wrong = []
    for path in paths(given):
        for odd in (None, [None], {"odd": None}, -1.5):
            changed = replaced(given, path, odd)
            codes = told(changed, tmp_path)
            if taken(changed) and codes & (STRUCTURE - {"incomplete"}):
                wrong.append((path, odd, codes))
            if not taken(changed) and not codes:
                wrong.append((path, odd, codes))
    assert wrong == []


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, one in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*above, key)
        yield from paths(one, (*above, key))


def replaced(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    copy = deepcopy(value)
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = odd
    return copy
