"""Values that hypothesis makes: what is saved is read back, and what others have stored stays as they stored it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC
from decimal import Decimal
from math import copysign
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from kept.dicts import number

from pymacaron.models import clone, to_json
from pymacaron.schema.codec import Schemas
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.images import same
from pymacaron.store.stores import ItemError
from pymacaron.store.values import EXACT, Values

NUMBERS = st.one_of(
    st.integers(-(10**38) + 1, 10**38 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1e22, 1e23, 2.0**53, 2.0**63, 1e125]),
)
TEXTS = st.one_of(st.text(max_size=8), st.sampled_from(["", "AAE=", "AAF=", "2026-11-23T15:30:00Z", "null"]))
NAMES = st.one_of(st.text(max_size=4), st.sampled_from(["raw", "at", "inner", "list", "n"]))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=10,
)
TIMES = st.one_of(
    st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat().replace("+00:00", "Z")),
    st.builds(
        "{:%Y-%m-%d}{}{:%H:%M:%S}{}{}".format,
        st.dates(),
        st.sampled_from("Tt"),
        st.times(),
        st.sampled_from(["", ".0", ".5", ".123456", ".1234560", ".123456789"]),
        st.sampled_from(["Z", "z", "+00:00", "-00:00", "+05:30", "-11:59"]),
    ),
    TEXTS,
)
BASE64 = st.one_of(st.binary(max_size=6).map(lambda raw: b64encode(raw).decode()), TEXTS)

PROPERTIES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "raw": ({"type": "string", "format": "byte"}, BASE64),
    "raws": ({"type": "array", "items": {"type": "string", "format": "byte"}}, st.lists(BASE64, max_size=3)),
    "map": (
        {"type": "object", "additionalProperties": {"type": "string", "format": "byte"}},
        st.dictionaries(NAMES, BASE64, max_size=3),
    ),
    "at": ({"type": "string", "format": "date-time"}, TIMES),
    "when": ({"type": "string", "format": "date-time"}, TIMES),
    "ends": ({"type": "string", "format": "date-time"}, TIMES),
    "uid": (
        {"type": "string", "format": "uuid"},
        st.one_of(st.uuids().map(str), st.uuids().map(lambda one: str(one).upper()), TEXTS),
    ),
    "n": ({"type": "integer", "default": 3}, NUMBERS),
    "inner": (
        {"type": "object", "properties": {"raw": {"type": "string", "format": "byte"}, "x": {}}},
        st.fixed_dictionaries({}, optional={"raw": BASE64, "x": JSON}),
    ),
    "any": ({}, JSON),
}
OF_TIMES = Definition(
    "things",
    Key(Attribute("at", "S"), Attribute("uid", "S")),
    {"of": Key(Attribute("raw", "B"))},
    ttl="ends",
)
LOOSE = Definition("things", Key(Attribute("id", "S")))
ANYTHING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)


@pytest.fixture
def values(schemas_of: Callable[..., Schemas]) -> Callable[..., Values[Any]]:
    def make(definition: Definition, *, is_open: bool = True) -> Values[Any]:
        properties = {"id": {"type": "string"}, **{name: schema for name, (schema, _) in PROPERTIES.items()}}
        persist = {"table": "things", "key": {"hash": "id"}}
        schema = {"type": "object", "properties": properties, "x-persist": persist, "additionalProperties": is_open}
        return Values(schemas_of({"Thing": schema}).models.Thing, definition)

    return make


@given(
    st.fixed_dictionaries(
        {"id": st.just("a"), "at": TIMES, "uid": PROPERTIES["uid"][1]},
        optional={**{name: made for name, (_, made) in PROPERTIES.items() if name not in ("at", "uid")}, "other": JSON},
    )
)
@ANYTHING
def test_any_model_comes_back_as_it_was(values: Callable[..., Values[Any]], data: dict[str, Any]) -> None:
    text = json.dumps(data)
    for definition in (LOOSE, OF_TIMES):
        of = values(definition)
        model = of._cls.from_json(data)
        item = stored(of, model)
        if item is None:
            assert definition is OF_TIMES
            continue
        again = of.model(number(item))
        assert again == model
        assert to_json(again) == json.loads(text)
        assert signs(to_json(again)) == signs(json.loads(text))
        assert same(of.item(clone(again)), item)
        assert not hasattr(again, "__pym_aside__")


def stored(of: Values[Any], model: Any) -> Any:
    """The item of *model*; None where a key cannot be."""
    try:
        return of.item(model)
    except ItemError:
        return None


def signs(value: Any) -> Any:
    """Which numbers in *value* are -0.0, which is equal to 0 and yet another one."""
    if isinstance(value, dict):
        return {name: signs(one) for name, one in value.items()}
    if isinstance(value, list):
        return [signs(one) for one in value]
    return value == 0 and isinstance(value, float) and copysign(1, value) < 0


ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS.map(number),
    TEXTS,
    st.binary(max_size=4),
    st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-1000, max_value=1000).map(number),
    st.sets(TEXTS, min_size=1, max_size=3),
    st.sets(st.binary(max_size=3), min_size=1, max_size=3),
    st.sets(st.integers(), min_size=1, max_size=3),
    st.just({Decimal("0.12345678901234567890")}),
)
STORED = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)  # fmt: skip


@given(
    st.dictionaries(st.sampled_from([*PROPERTIES, "other", "more", EXACT]), STORED, max_size=6),
    st.dictionaries(st.sampled_from([*PROPERTIES, "other"]), st.one_of(TEXTS, JSON.map(json.dumps)), max_size=2),
    st.booleans(),
)
@example({"ends": 0, EXACT: {"ends": "0.0"}}, {}, False)
@ANYTHING
def test_what_somebody_else_has_stored_stays_as_it_is(
    values: Callable[..., Values[Any]], item: dict[str, Any], exact: dict[str, str], is_open: bool
) -> None:
    item = {**item, "id": "a"} if EXACT in item else {**item, "id": "a", EXACT: exact}
    for definition in (
        LOOSE,
        Definition("things", LOOSE.key, {"of": OF_TIMES.key, "of_raw": OF_TIMES.indexes["of"]}, "ends"),
    ):
        of = values(definition, is_open=is_open)
        model = of.model(item)
        json.dumps(to_json(model))
        again = of.item(clone(model))
        assert same(without_exact(number(again)), without_exact(number(item)))
        assert of.model(number(again)) == model


def without_exact(item: dict[str, Any]) -> dict[str, Any]:
    """*item* without `_exact`, in which what fits nothing is not kept."""
    said = item.get(EXACT)
    is_ours = isinstance(said, dict) and all(isinstance(one, str) for one in said.values())
    return {name: one for name, one in item.items() if name != EXACT or not is_ours}
