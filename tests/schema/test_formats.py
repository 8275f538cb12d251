"""Formats: what their texts become in Python, and how they are written again."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from pymacaron.schema.codec import Codec, json_exact
from pymacaron.schema.formats import FORMATS, Format, TextBytes, TextDatetime, TextUUID


def converted(name: str, text: str) -> Any:
    convert = FORMATS[name].convert
    assert convert is not None
    return convert(text)


def written(name: str, value: Any) -> Any:
    unconvert = FORMATS[name].unconvert
    assert unconvert is not None
    return unconvert(value)


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("date-time", "2026-03-04T10:11:12Z", datetime),
        ("date-time", "2026-03-04T10:11:12.123456Z", datetime),
        ("date-time", "2026-03-04T10:11:12-07:30", datetime),
        ("date-time", "2026-03-04T10:11:12.1Z", TextDatetime),
        ("date-time", "2026-03-04T10:11:12+00:00", TextDatetime),
        ("date-time", "2017-01-01T00:59:60+01:00", TextDatetime),
        ("date", "2026-03-04", date),
        ("uuid", "8C9A2B44-7F29-4B0C-9B3B-0123456789AB", TextUUID),
        ("byte", "QR==", TextBytes),
        ("byte", "", bytes),
    ],
)
def test_a_text_is_written_as_it_was_read(name: str, text: str, kind: type) -> None:
    value = converted(name, text)
    assert (type(value), written(name, value)) == (kind, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date-time", "0000-01-01T00:00:00Z"),
        ("date-time", "2026-03-04T10:11:12"),
        ("date-time", "yesterday"),
        ("date", "0000-01-01"),
        ("date", "20260304"),
        ("date", "2026-W10-3"),
        ("uuid", "8c9a"),
        ("byte", "Q"),
        ("byte", "Q Q="),
        ("byte", "é"),
    ],
)
def test_what_has_no_python_value_is_a_value_error(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        converted(name, text)


def test_offsets_that_rfc_3339_lacks_are_written_in_utc() -> None:
    odd = datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=19, seconds=32)))
    assert written("date-time", odd) == "1899-12-31T23:40:28Z"


def test_a_datetime_without_a_zone_cannot_be_written() -> None:
    with pytest.raises(ValueError, match=r"^a datetime without a time zone; give it one, as datetime.now\(UTC\) has$"):
        written("date-time", datetime(2026, 3, 4))


def test_a_datetime_for_a_date_is_left_to_the_validator() -> None:
    moment = datetime(2026, 3, 4, tzinfo=UTC)
    assert written("date", moment) is moment


def test_values_with_a_text_are_the_values_that_they_mean() -> None:
    moment = converted("date-time", "2026-03-04T10:11:12.123456789+02:00")
    assert moment == datetime(2026, 3, 4, 8, 11, 12, 123456, UTC)
    assert hash(moment) == hash(datetime(2026, 3, 4, 8, 11, 12, 123456, UTC))
    assert written("date-time", moment.replace(microsecond=0)) == "2026-03-04T10:11:12+02:00"
    assert str(converted("uuid", "8C9A2B44-7F29-4B0C-9B3B-0123456789AB")) == "8c9a2b44-7f29-4b0c-9b3b-0123456789ab"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date-time", "2026-03-04T10:11:12.123456789+02:00"),
        ("uuid", "8C9A2B44-7F29-4B0C-9B3B-0123456789AB"),
        ("byte", "QR=="),
    ],
)
def test_values_with_a_text_keep_it_when_pickled(name: str, text: str) -> None:
    again = pickle.loads(pickle.dumps(converted(name, text)))
    assert (written(name, again), again) == (text, converted(name, text))


def test_a_changed_datetime_can_be_pickled() -> None:
    moved = converted("date-time", "2026-03-04T10:11:12.5Z") + timedelta(seconds=1)
    again = pickle.loads(pickle.dumps(moved))
    assert (type(moved), again, type(again)) == (TextDatetime, moved, datetime)


@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer", "format": "int32"}, [2**31 - 1, -(2**31), 1.0], [2**31, -(2**31) - 1, 1.5]),
        ({"type": "integer", "format": "int64"}, [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1]),
        ({"type": "number", "format": "float"}, [3.4e38, -1e-40], [3.5e38]),
        ({"type": "number", "format": "double"}, [1e308], [10**309]),
        ({"type": "string", "format": "byte"}, ["", "aGk="], ["aGk", "a b=", "é"]),
        ({"type": "string", "format": "date"}, ["2024-02-29"], ["2026-02-29", "2026-2-9", "20260304"]),
        (
            {"type": "string", "format": "date-time"},
            ["2026-03-04t10:11:12z", "2016-12-31T23:59:60Z"],
            ["2026-03-04 10:11:12Z", "2026-03-04T10:11:12", "2026-03-04T10:11:60Z"],
        ),
        (
            {"type": "string", "format": "uuid"},
            ["8C9A2B44-7f29-4b0c-9b3b-0123456789ab"],
            ["8c9a2b447f294b0c9b3b0123456789ab", "{8c9a2b44-7f29-4b0c-9b3b-0123456789ab}"],
        ),
        ({"type": "string", "format": "no-such-format"}, ["x"], []),
        ({"type": "string", "format": "password"}, ["x"], []),
        ({"type": "string", "format": "binary"}, ["x"], []),
        ({"format": "int32"}, ["x", None, 5], [2**31]),
        ({"type": "integer", "format": "int32", "minimum": 0}, [0], [-1, 2**31]),
    ],
)
def test_formats_are_checked(
    codec_of: Callable[..., Codec], version: str, schema: dict[str, Any], good: list[Any], bad: list[Any]
) -> None:
    codec = codec_of(schema, version)
    assert [value for value in good if codec.violations(value, "body")] == []
    assert [value for value in bad if not codec.violations(value, "body")] == []


def test_formats_of_json_schema_are_unknown_to_older_versions(codec_of: Callable[..., Codec]) -> None:
    schema = {"type": "string", "format": "duration"}
    assert [bool(codec_of(schema, version).violations("x", "body")) for version in ("2.0", "3.0.3", "3.1.0")] == [
        False,
        False,
        True,
    ]


VAT = Format(lambda text: text.startswith("SE"), lambda text: Decimal(text[2:]), lambda value: f"SE{value}", Decimal)
EVEN = Format(lambda number: number % 2 == 0)


def test_formats_of_ones_own_check_text_and_numbers_and_convert(codec_of: Callable[..., Codec]) -> None:
    schema = {
        "type": "object",
        "properties": {
            "vat": {"type": "string", "format": "vat"},
            "even": {"type": "integer", "format": "even"},
            "vats": {"type": "array", "items": {"type": "string", "format": "vat"}},
        },
    }
    codec = codec_of(schema, formats={"vat": VAT, "even": EVEN})
    assert [violation.as_dict() for violation in codec.violations({"vat": "x", "even": 3}, "body")] == [
        {"in": "body", "pointer": "/vat", "code": "format", "detail": "'x' is not of format vat"},
        {"in": "body", "pointer": "/even", "code": "format", "detail": "3 is not of format even"},
    ]
    model = codec.decode(b'{"vat":"SE5","even":2,"vats":["SE6"]}')
    assert (model.vat, model.even, model.vats) == (Decimal(5), 2, [Decimal(6)])
    model.vat = Decimal(7)
    assert codec.encode(model) == b'{"vat":"SE7","even":2,"vats":["SE6"]}'


def test_a_format_of_ones_own_replaces_a_known_one(codec_of: Callable[..., Codec]) -> None:
    shout = Format(str.isupper, str.lower, str.upper, str)
    codec = codec_of({"type": "string", "format": "uuid"}, formats={"uuid": shout})
    assert (codec.violations("ABC", "body"), bool(codec.violations("abc", "body"))) == ([], True)
    assert (codec.decode(b'"ABC"'), codec.encode("abc")) == ("abc", b'"ABC"')


def test_uuids_with_a_text_of_their_own_are_known_as_long_as_they_are_in_use() -> None:
    convert = FORMATS["uuid"].convert
    assert convert is not None
    before = len(TextUUID.alive)
    capitals, usual = convert(str(UUID(int=10)).upper()), convert(str(UUID(int=11)))
    assert (str(usual), len(TextUUID.alive)) == (str(UUID(int=11)), before + 1)
    assert json_exact([capitals, {"a": usual}]) == (
        b'["00000000-0000-0000-0000-00000000000A",{"a":"00000000-0000-0000-0000-00000000000b"}]'
    )
    copied = copy.copy(capitals)
    del capitals
    assert (copied.text[-1], len(TextUUID.alive)) == ("A", before + 1)
    del copied
    assert len(TextUUID.alive) == before
