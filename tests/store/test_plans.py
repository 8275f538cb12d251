"""What is to be done to a table, of what is wanted and what is there."""

from __future__ import annotations

import pytest

from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.plans import Found, steps

ID, CREATED = Attribute("id", "S"), Attribute("created_at", "N")
STATUS, TOTAL = Attribute("status", "S"), Attribute("total", "N")
BY_STATUS = Key(STATUS, CREATED)
ORDERS = Definition("orders", Key(ID, CREATED), {"by_status": BY_STATUS}, ttl="expires_at")
THERE = Found(ORDERS.key, ORDERS.indexes, "expires_at")


def told(found: Found | None, wanted: Definition = ORDERS, drop: bool = False) -> list[str]:
    return [str(step) for step in steps(wanted, found, drop_indexes=drop)]


def test_a_table_that_is_not_there_is_created() -> None:
    assert told(None) == [
        "orders: create the table: hash id (S), range created_at (N); index by_status: hash status (S), range "
        "created_at (N)",
        "orders: let items end by expires_at",
    ]


@pytest.mark.parametrize("capacity", [None, (5, 5)])
def test_where_all_is_as_wanted_nothing_is_done(capacity: tuple[int, int] | None) -> None:
    assert steps(ORDERS, Found(ORDERS.key, ORDERS.indexes, "expires_at", capacity=capacity)) == []


@pytest.mark.parametrize("key", [Key(ID), Key(ID, Attribute("created_at", "S")), Key(CREATED, ID)])
def test_another_key_cannot_be_had_and_nothing_else_is_said(key: Key) -> None:
    (step,) = steps(ORDERS, Found(key))
    assert (step.kind, step.text.endswith("and hash id (S), range created_at (N) is wanted")) == ("change-key", True)
    assert step.mend.startswith("A key cannot be changed: give the description another table")


def test_an_index_that_is_missing_is_added() -> None:
    assert told(Found(ORDERS.key, {}, "expires_at")) == [
        "orders: add index by_status: hash status (S), range created_at (N)"
    ]


def test_an_index_that_nobody_names_is_dropped_only_when_that_is_asked_for() -> None:
    found = Found(ORDERS.key, {"by_status": BY_STATUS, "old": Key(TOTAL)}, "expires_at")
    assert told(found) == ["orders: drop index old, which no description names. Give --drop-indexes to have it dropped"]
    assert told(found, drop=True) == ["orders: drop index old, which no description names"]


@pytest.mark.parametrize(
    ("found", "fact"),
    [
        (
            Found(ORDERS.key, {"by_status": Key(STATUS)}, "expires_at"),
            "index by_status is hash status (S), and hash status (S), range created_at (N) is wanted",
        ),
        (
            Found(ORDERS.key, ORDERS.indexes, "expires_at", frozenset(("by_status",))),
            "index by_status does not have all attributes of the items",
        ),
    ],
)
def test_an_index_that_is_another_is_made_anew_only_when_that_is_asked_for(found: Found, fact: str) -> None:
    mend = "An index cannot be changed: give another name to the new one, or --drop-indexes to have it made anew"
    assert told(found) == [f"orders: {fact}. {mend}"]
    assert told(found, drop=True) == [
        f"orders: drop index by_status: {fact}",
        "orders: add index by_status: hash status (S), range created_at (N)",
    ]


@pytest.mark.parametrize(
    ("there", "wanted", "said"),
    [
        (None, "until", ["orders: let items end by until"]),
        ("until", None, ["orders: let no item end any more by until"]),
        (
            "until",
            "ends",
            [
                "orders: let no item end any more by until",
                "orders: let items end by ends. DynamoDB takes up to an hour until this can follow: run this again "
                "then",
            ],
        ),
    ],
)
def test_the_time_to_live_follows_the_description(there: str | None, wanted: str | None, said: list[str]) -> None:
    assert told(Found(Key(ID), ttl=there), Definition("orders", Key(ID), ttl=wanted)) == said
