"""What services import from pymacaron.utils."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pymacaron.utils import get_container_version, timenow, to_datetime, to_epoch

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def test_timenow_is_an_aware_utc_datetime():
    assert timenow().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "when",
    [
        1772625600,
        1772625600.0,
        "2026-03-04T12:00:00Z",
        "2026-03-04T14:00:00+02:00",
        " 2026-03-04 12:00:00 ",
        datetime(2026, 3, 4, 12, 0),
        datetime(2026, 3, 4, 14, 0, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_dates_of_every_shape_become_the_same_datetime_and_epoch(when: datetime | str | float):
    assert (to_datetime(when), to_datetime(when).tzinfo, to_epoch(when)) == (NOON, UTC, 1772625600)


def test_an_epoch_is_rounded_down():
    assert (to_epoch(1.9), to_epoch(-0.5)) == (1, -1)


@pytest.mark.parametrize("when", ["yesterday", "", 1e300])
def test_what_is_no_date_is_a_value_error(when: str | float):
    with pytest.raises(ValueError, match=r".+"):
        to_datetime(when)


def test_the_container_version_is_empty_outside_of_a_container(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PYM_CONTAINER_VERSION", raising=False)
    assert get_container_version() == ""
    monkeypatch.setenv("PYM_CONTAINER_VERSION", "shop-42")
    assert get_container_version() == "shop-42"
