"""What is asked of a table: keys, versions, conditions, lists and batches."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from kept.dicts import Dicts

from pymacaron import config
from pymacaron.exceptions import PyMacaronException, ValidationError
from pymacaron.models import clone, to_json
from pymacaron.store import (
    ConditionFailedError,
    Page,
    StoreError,
    Table,
    VersionConflictError,
    above,
    absent,
    at_least,
    begins_with,
    below,
    between,
    is_not,
    present,
    table,
)

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
TIME = {"type": "string", "format": "date-time"}


@pytest.fixture
def orders(kept: Callable[..., Any]) -> Any:
    """The class of orders of customers, in the order of their numbers, by status besides."""
    return kept(
        {"customer-id": TEXT, "number": WHOLE, "status": TEXT, "total": {"type": "number"}},
        key={"hash": "customer-id", "range": "number"},
        indexes={"by_status": {"hash": "status", "range": "number"}},
    )


def numbers(page: Page[Any]) -> list[int]:
    return [one.number for one in page]


def filled(orders: Any, count: int) -> Table[Any]:
    kept: Table[Any] = table(orders)
    kept.put_many(orders(customer_id="a", number=n, status="open" if n % 2 else "paid") for n in range(count))
    return kept


def test_a_table_is_always_the_same_one(orders: Any) -> None:
    assert table(orders) is table(orders)
    assert repr(table(orders)) == "<Table things of Thing>"


def test_what_has_no_table_is_refused(schemas_of: Callable[..., Any]) -> None:
    Plain = schemas_of({"Plain": {"type": "object", "properties": {"id": TEXT}}}).models.Plain
    for one, title in ((Plain, "Plain"), (5, "5"), (int, "int")):
        with pytest.raises(TypeError, match=re.escape(f"{title} has no table: give its schema x-persist")):
            table(one)
    assert not hasattr(Plain, "load_from_db")


def test_a_model_gets_two_names_and_no_more(orders: Any, schemas_of: Callable[..., Any]) -> None:
    schema = {"type": "object", "properties": {"id": TEXT}}
    Plain = schemas_of({"Plain": schema}).models.Plain
    public = {name for name in dir(orders) if not name.startswith("_")}
    declared = {"customer_id", "number", "status", "total"}
    assert public - declared - {name for name in dir(Plain) if name != "id"} == {"load_from_db", "save_to_db"}


def test_a_class_that_nobody_has_loaded_says_so(schemas_of: Callable[..., Any]) -> None:
    schema = {"type": "object", "properties": {"id": TEXT}, "x-persist": {"table": "things", "key": {"hash": "id"}}}
    Thing = schemas_of({"Thing": schema}).models.Thing
    with pytest.raises(RuntimeError, match="Thing of the api shop has no table: ApiPool has not loaded it"):
        Thing.load_from_db("a")


def test_keys_are_given_by_position_or_by_name(orders: Any, dicts: Dicts) -> None:
    kept, order = table(orders), orders(customer_id="a", number=1)
    kept.put(order)
    assert kept.get("a", 1) == kept.get(customer_id="a", number=1) == kept.get("a", number=1) == order
    assert kept.get(**{"customer-id": "a", "number": 1}) == order
    assert kept.get("a", 2) is None
    for given, named, fact in (
        (("a",), {}, "number is missing"),
        ((), {}, "customer-id and number is missing"),
        (("a", 1, 2), {}, "not by 3 values"),
        (("a", 1), {"number": 2}, "number is given twice"),
        (("a",), {"total": 2}, "total is not in the key"),
    ):
        with pytest.raises(TypeError, match=f"<Table things of Thing> is asked by customer-id and number.*{fact}"):
            kept.get(*given, **named)


def test_names_of_tables_begin_with_the_prefix(orders: Any, dicts: Dicts) -> None:
    config.load(None, settings={"table_prefix": "staging-"})
    try:
        table(orders).put(orders(customer_id="a", number=1))
    finally:
        config.reset()
    assert list(dicts.items) == ["staging-things"]
    assert table(orders).definition.table == "things"


def test_delete_takes_a_key_or_a_model(orders: Any, dicts: Dicts) -> None:
    kept = filled(orders, 3)
    kept.delete("a", 0)
    kept.delete(customer_id="a", number=5)
    kept.delete(kept.get("a", 1))
    assert numbers(kept.scan()) == [2]
    with pytest.raises(ConditionFailedError):
        kept.delete("a", 2, where={"status": "open"})
    kept.delete("a", 2, where={"status": "paid"})
    assert dicts.items == {"things": {}}


def test_a_model_of_another_class_is_refused(orders: Any, kept: Callable[..., Any]) -> None:
    Other = kept({"id": TEXT})
    for act in (table(orders).put, table(orders).delete, lambda one: table(orders).put_many([one])):
        with pytest.raises(TypeError, match="the table things keeps models Thing, no Thing"):
            act(Other(id="a"))


def test_writes_under_a_condition(orders: Any, dicts: Dicts) -> None:
    kept, order = table(orders), orders(customer_id="a", number=1, status="open")
    kept.put(order, if_absent=True)
    with pytest.raises(ConditionFailedError, match="Thing with customer-id 'a', number 1 is there already"):
        kept.put(order, if_absent=True)
    kept.put(orders(customer_id="a", number=1, status="paid"), where={"status": "open", "total": absent()})
    with pytest.raises(ConditionFailedError, match="is not written: what 'where' asks is not true of what is there"):
        kept.put(order, where={"status": is_not("paid")})


def test_a_model_that_is_to_save_itself_is_told_how_that_is_called(orders: Any, dicts: Dicts) -> None:
    said = "Thing.save_to_db() is static, on a model too: call Thing.save_to_db(model)"
    for save in (orders(customer_id="a", number=1).save_to_db, orders.save_to_db):
        with pytest.raises(TypeError) as caught:
            save()
        assert str(caught.value) == said
    assert dicts.items == {}


def test_a_time_without_a_zone_is_refused_with_what_would_do(sessions: Any, dicts: Dicts, kept: Any) -> None:
    naive = datetime(2026, 1, 1)
    said = "ends: a datetime without a time zone; give it one, as datetime.now(UTC) has"
    for ask in (
        lambda: table(sessions).scan(where={"ends": below(naive)}),
        lambda: sessions(id="a", ends=naive),
        lambda: table(kept({"ends": TIME}, key={"hash": "ends"})).get(naive),
    ):
        with pytest.raises(ValueError, match=re.escape(said)):
            ask()


def test_conditions_on_what_no_model_has_are_refused(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT, "status": TEXT}, schema={"additionalProperties": False})
    with pytest.raises(TypeError, match=r"Thing has no property 'statos'. Did you mean 'status'\?"):
        table(Thing).scan(where={"statos": 1})


def test_a_slip_in_a_condition_lets_nothing_pass(orders: Any, dicts: Dicts) -> None:
    kept, order = filled(orders, 1), orders(customer_id="a", number=0)
    said = (
        "Thing has no property 'statis'. Did you mean 'status'? 'where' asks of what the schema declares alone",
        "Thing has no property 'zzz'. 'where' asks of what the schema declares alone",
    )
    for name, text in zip(("statis", "zzz"), said, strict=True):
        asked = {name: absent()}
        for ask in (
            lambda where: kept.delete("a", 0, where=where),
            lambda where: kept.delete(order, where=where),
            lambda where: kept.put(order, where=where),
            lambda where: kept.query("a", where=where),
            lambda where: kept.scan(where=where),
        ):
            with pytest.raises(TypeError) as caught:
                ask(asked)
            assert str(caught.value) == text
    assert dicts.items["things"] == {("a", 0): {"customer-id": "a", "number": 0, "status": "paid"}}


def test_conditions_may_name_what_a_pattern_declares(kept: Callable[..., Any], dicts: Dicts) -> None:
    Thing = kept({"id": TEXT}, schema={"patternProperties": {"^x-": WHOLE}})
    table(Thing).put_many([Thing.from_json({"id": "a", "x-n": 1}), Thing.from_json({"id": "b", "x-n": 2})])
    assert [one.id for one in table(Thing).scan(where={"x-n": at_least(2)})] == ["b"]
    with pytest.raises(TypeError, match="Thing has no property 'y-n'"):
        table(Thing).scan(where={"y-n": 1})


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("x", "a str"),
        ([("status", 1)], "a list"),
        (at_least(1), "a Test"),
        ({1: 2}, "a dict with names that are no text"),
    ],
)
def test_what_is_no_condition_is_told(orders: Any, dicts: Dicts, where: Any, what: str) -> None:
    said = f"<Table things of Thing>: 'where' is {what}; give a dict of property -> value or test"
    for ask in (lambda: table(orders).query("a", where=where), lambda: table(orders).delete("a", 0, where=where)):
        with pytest.raises(TypeError) as caught:
            ask()
        assert str(caught.value) == said


# ---- versions


@pytest.fixture
def versioned(schemas_of: Callable[..., Any], dicts: Dicts) -> Any:
    schema = {
        "type": "object",
        "properties": {"id": TEXT, "text": TEXT, "rev": WHOLE},
        "x-persist": {"table": "docs", "key": {"hash": "id"}, "version": "rev"},
    }
    schemas = schemas_of({"Doc": schema})
    schemas.classes.keeper = table
    return schemas.models.Doc


def test_a_version_counts_the_writes(versioned: Any, dicts: Dicts) -> None:
    doc = versioned(id="a")
    assert versioned.save_to_db(doc) is None
    assert doc.rev == 1
    versioned.save_to_db(doc)
    assert doc.rev == 2
    assert to_json(versioned.load_from_db("a")) == {"id": "a", "rev": 2}


def test_the_second_of_two_writers_is_refused_and_changes_nothing(versioned: Any, dicts: Dicts) -> None:
    versioned.save_to_db(versioned(id="a", text="first"))
    one, other = versioned.load_from_db("a"), versioned.load_from_db("a")
    one.text = "one"
    versioned.save_to_db(one)
    other.text = "other"
    with pytest.raises(
        VersionConflictError, match="Doc with id 'a' was written by somebody else since it was read"
    ) as caught:
        versioned.save_to_db(other)
    assert (caught.value.code, caught.value.status) == ("VERSION_CONFLICT", 409)
    assert other.rev == 1
    assert dicts.items["docs"][("a",)] == {"id": "a", "text": "one", "rev": 2}


def test_a_model_without_a_version_has_to_be_new(versioned: Any, dicts: Dicts) -> None:
    versioned.save_to_db(versioned(id="a"))
    doc = versioned(id="a", text="again")
    with pytest.raises(VersionConflictError, match="Doc with id 'a' is there already: read it, and save what was read"):
        versioned.save_to_db(doc)
    assert to_json(doc) == {"id": "a", "text": "again"}
    assert list(dicts.items["docs"]) == [("a",)]


def test_a_version_of_what_is_not_there_is_told_as_that(versioned: Any, dicts: Dicts) -> None:
    said = "Doc with id 'b' is not there (any more), and a new one has to come without rev"
    for act in (table(versioned).put, table(versioned).delete):
        with pytest.raises(VersionConflictError) as caught:
            act(versioned(id="b", rev=3))
        assert str(caught.value) == said
    assert dicts.items.get("docs", {}) == {}


def test_what_is_made_if_absent_takes_no_version_for_one_that_was_read(versioned: Any, dicts: Dicts) -> None:
    table(versioned).put(versioned(id="a", text="first", rev=7), if_absent=True)
    with pytest.raises(VersionConflictError, match="Doc with id 'a' is there already: read it"):
        table(versioned).put(versioned(id="a", text="second", rev=1), if_absent=True)
    assert dicts.items["docs"][("a",)] == {"id": "a", "text": "first", "rev": 1}


def test_an_item_from_before_there_were_versions_gets_one(versioned: Any, dicts: Dicts) -> None:
    dicts.items["docs"] = {("a",): {"id": "a"}}
    one, other = versioned.load_from_db("a"), versioned.load_from_db("a")
    for copied in (clone(one), copy.copy(one)):
        assert copied == one
    versioned.save_to_db(clone(one))
    assert dicts.items["docs"][("a",)] == {"id": "a", "rev": 1}
    with pytest.raises(VersionConflictError):
        versioned.save_to_db(other)


def test_an_item_whose_version_others_have_made_null_gets_one(versioned: Any, dicts: Dicts) -> None:
    dicts.items["docs"] = {("a",): {"id": "a", "rev": None}}
    one, other = versioned.load_from_db("a"), versioned.load_from_db("a")
    versioned.save_to_db(one)
    assert dicts.items["docs"][("a",)] == {"id": "a", "rev": 1}
    for write in (versioned.save_to_db, table(versioned).delete):
        with pytest.raises(VersionConflictError, match="was written by somebody else since it was read"):
            write(other)
    dicts.items["docs"][("a",)]["rev"] = None
    table(versioned).delete(other)
    assert dicts.items == {"docs": {}}


def test_a_key_that_is_never_shown_is_in_no_message(kept: Callable[..., Any], dicts: Dicts) -> None:
    Session = kept({"id": {"type": "string", "format": "password"}, "x": TEXT})
    Session.save_to_db(Session(id="hidden"))
    for ask, said in (
        (lambda: table(Session).delete("hidden", where={"x": "y"}), "not true of that with id ********"),
        (lambda: table(Session).put(Session(id="hidden"), if_absent=True), "id ******** is there already"),
        (lambda: Session.save_to_db(Session.from_json({"id": ["hidden"]})), "id is ********, and in the key of"),
    ):
        with pytest.raises(PyMacaronException, match=re.escape(said)) as caught:
            ask()
        assert "hidden" not in str(caught.value)


def test_where_and_a_version_are_told_apart(versioned: Any, dicts: Dicts) -> None:
    doc = versioned(id="a", text="x")
    table(versioned).put(doc)
    with pytest.raises(ConditionFailedError, match="what 'where' asks is not true") as caught:
        table(versioned).put(doc, where={"text": "y"})
    assert not isinstance(caught.value, VersionConflictError)
    assert doc.rev == 1
    table(versioned).put(clone(doc))
    with pytest.raises(VersionConflictError):
        table(versioned).put(doc, where={"text": "y"})


def test_a_model_is_deleted_under_its_version(versioned: Any, dicts: Dicts) -> None:
    doc = versioned(id="a")
    versioned.save_to_db(doc)
    old = clone(doc)
    versioned.save_to_db(doc)
    for one in (old, versioned(id="a")):
        with pytest.raises(VersionConflictError):
            table(versioned).delete(one)
    table(versioned).delete(doc)
    assert dicts.items == {"docs": {}}


def test_many_with_versions_are_written_each_and_conflicts_told_at_the_end(versioned: Any, dicts: Dicts) -> None:
    versioned.save_to_db(versioned(id="b"))
    models = [versioned(id=one) for one in "abcb"]
    with pytest.raises(
        VersionConflictError, match="2 of 4 are not written: Doc with id 'b' is there already"
    ) as caught:
        table(versioned).put_many(models)
    assert str(caught.value).count("Doc with id 'b'") == 2
    assert [one.rev for one in models] == [1, None, 1, None]
    with pytest.raises(VersionConflictError, match="1 of 2 are not written"):
        table(versioned).delete_many([models[0], models[1], "c"])
    assert list(dicts.items["docs"]) == [("b",)]


def test_it_is_said_how_many_were_written_before_the_store_was_away(
    versioned: Any, dicts: Dicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    versioned.save_to_db(versioned(id="b"))
    put = dicts.put

    def away(definition: Any, item: Any, where: Any = ()) -> None:
        if item["id"] == "d":
            raise StoreError("It is away")
        put(definition, item, where)

    monkeypatch.setattr(dicts, "put", away)
    models = [versioned(id=one) for one in "abcde"]
    with pytest.raises(StoreError) as caught:
        table(versioned).put_many(models)
    assert str(caught.value) == "It is away. 2 of 5 were done before it, and 1 were in conflict"
    assert [one.rev for one in models] == [1, None, 1, None, None]


# ---- what is over


@pytest.fixture
def sessions(kept: Callable[..., Any]) -> Any:
    return kept({"id": TEXT, "user": TEXT, "ends": TIME}, ttl="ends", indexes={"by_user": {"hash": "user"}})


def test_what_is_over_is_not_given(sessions: Any, dicts: Dicts) -> None:
    now = [1_000_000_000.0]
    kept: Table[Any] = Table(sessions, clock=lambda: now[0])
    for name, second in (("a", 1_000_000_000), ("b", 1_000_000_001), ("c", None)):
        ends = None if second is None else datetime.fromtimestamp(second, UTC)
        kept.put(sessions(id=name, user="u", ends=ends))
    assert [kept.get(one) is not None for one in "abc"] == [False, True, True]
    assert [one is not None for one in kept.get_many("abc")] == [False, True, True]
    assert [one.id for one in kept.scan()] == [one.id for one in kept.query("u", index="by_user")] == ["b", "c"]
    now[0] += 1
    assert kept.get("b") is None
    assert len(dicts.items["things"]) == 3


def test_what_is_over_is_in_nobodys_way(sessions: Any, dicts: Dicts) -> None:
    kept: Table[Any] = Table(sessions, clock=lambda: 1_000_000_000.0)
    kept.put(sessions(id="a", ends=datetime.fromtimestamp(999_999_999, UTC)))
    kept.put(sessions(id="a", user="new"), if_absent=True)
    assert dicts.items["things"] == {("a",): {"id": "a", "user": "new"}}
    with pytest.raises(ConditionFailedError):
        kept.put(sessions(id="a"), if_absent=True)


# ---- lists


def test_a_query_gives_all_of_one_hash_in_the_order_of_the_range(orders: Any, dicts: Dicts) -> None:
    kept = filled(orders, 5)
    kept.put(orders(customer_id="b", number=9))
    page = kept.query("a")
    assert isinstance(page, Page)
    assert (numbers(page), page.cursor, len(page)) == ([0, 1, 2, 3, 4], None, 5)
    assert numbers(kept.query(customer_id="a", descending=True)) == [4, 3, 2, 1, 0]
    assert numbers(kept.query("a", range=between(1, 3))) == [1, 2, 3]
    assert numbers(kept.query("a", range=2)) == [2]
    assert numbers(kept.query("a", range=above(1), where={"status": "paid"})) == [2, 4]
    assert numbers(kept.query("open", index="by_status", range=at_least(2))) == [3]
    assert numbers(kept.query(status="open", index="by_status")) == [1, 3]
    assert numbers(kept.scan(where={"status": present()})) == [0, 1, 2, 3, 4]
    assert not kept.query("c")


def test_queries_that_mean_nothing_are_refused(orders: Any, sessions: Any) -> None:
    with pytest.raises(TypeError, match=re.escape("has no index 'by_total'; it has by_status")):
        table(orders).query("a", index="by_total")
    with pytest.raises(TypeError, match="number is not in the key"):
        table(orders).query(number=1)
    with pytest.raises(TypeError, match="nothing is ordered by a range here"):
        table(sessions).query("a", range=begins_with("x"))


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 2000])
@pytest.mark.parametrize("asked", [{}, {"descending": True}, {"where": {"status": "open"}}, {"index": "by_status"}])
def test_pages_are_full_until_the_end(orders: Any, dicts: Dicts, limit: int, asked: dict[str, Any]) -> None:
    kept = filled(orders, 6)
    hash_ = "open" if "index" in asked else "a"
    whole = numbers(kept.query(hash_, **asked))
    found, cursor, sizes = list[int](), None, list[int]()
    while True:
        page = kept.query(hash_, limit=limit, cursor=cursor, **asked)
        found += numbers(page)
        sizes.append(len(page))
        cursor = page.cursor
        if cursor is None:
            break
        assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert found == whole
    assert all(size == limit for size in sizes[:-1])
    assert 0 < sizes[-1] <= limit


def test_a_limit_looks_at_one_item_more_than_it_gives(orders: Any, dicts: Dicts) -> None:
    kept = filled(orders, 50)
    dicts.looked_at = 0
    assert len(kept.query("a", limit=10)) == 10
    assert dicts.looked_at == 11


@pytest.mark.parametrize("limit", [0, -1, "3", True, 1.5])
def test_a_limit_that_is_none_is_an_error_of_the_caller(orders: Any, dicts: Dicts, limit: Any) -> None:
    with pytest.raises(ValidationError, match=re.escape(f"the limit is {limit!r}; ask for 1 or more")):
        table(orders).query("a", limit=limit)


def test_a_cursor_of_another_list_is_refused(orders: Any, dicts: Dicts) -> None:
    kept = filled(orders, 6)
    cursor = kept.query("a", limit=2).cursor
    assert cursor is not None
    others: list[Callable[[], Any]] = [
        lambda: kept.query("b", cursor=cursor),
        lambda: kept.query("a", cursor=cursor, descending=True),
        lambda: kept.query("a", cursor=cursor, range=above(1)),
        lambda: kept.query("a", cursor=cursor, index="by_status"),
        lambda: kept.scan(cursor=cursor),
    ]
    flipped = "B" if cursor[5] != "B" else "C"
    wrong = [
        cursor[:-1],
        cursor[1:],
        cursor + "A",
        f"{cursor[:5]}{flipped}{cursor[6:]}",
        "",
        "ä",
        cursor + "=",
        "x" * 20_000,
    ]
    others += [lambda one=one: kept.query("a", cursor=one) for one in wrong]  # type: ignore[misc]
    for ask in others:
        with pytest.raises(ValidationError, match="the cursor is none of this list") as caught:
            ask()
        assert (caught.value.status, caught.value.code) == (400, "INVALID_PARAMETER")
    assert numbers(kept.query("a", cursor=cursor)) == [2, 3, 4, 5]
    assert numbers(kept.query("a", cursor=cursor, where={"status": "open"})) == [3, 5]


@pytest.mark.parametrize("value", ["ä/\ud7ff", 2**80, -1.5, 10**30, "1.5"])
def test_cursors_hold_keys_of_any_kind(kept: Callable[..., Any], dicts: Dicts, value: Any) -> None:
    kind = "string" if isinstance(value, str) else "number"
    Thing = kept({"id": {"type": kind}, "n": WHOLE}, key={"hash": "id", "range": "n"})
    table(Thing).put_many([Thing(id=value, n=1), Thing(id=value, n=2)])
    cursor = table(Thing).query(value, limit=1).cursor
    assert [one.n for one in table(Thing).query(value, cursor=cursor)] == [2]


# ---- many


def test_many_are_got_in_the_order_of_their_keys(orders: Any, dicts: Dicts) -> None:
    kept = filled(orders, 3)
    keys = [("a", 2), {"customer_id": "a", "number": 0}, ("a", 7), ["a", 2], orders(customer_id="a", number=1)]
    assert [one and one.number for one in kept.get_many(keys)] == [2, 0, None, 2, 1]
    assert kept.get_many([]) == []
    first, *_, again, _ = kept.get_many(keys)
    assert first is not again


def test_of_many_with_one_key_the_last_is_put(orders: Any, dicts: Dicts) -> None:
    kept = table(orders)
    kept.put_many([orders(customer_id="a", number=1, total=n) for n in (1, 2)])
    assert kept.get("a", 1).total == 2
    kept.put_many([])
    kept.delete_many([("a", 1), ("a", 1), ("b", 1)])
    assert dicts.items["things"] == {}


def test_nothing_of_many_is_written_where_one_cannot_be(orders: Any, dicts: Dicts) -> None:
    with pytest.raises(Exception, match="is not set"):
        table(orders).put_many([orders(customer_id="a", number=1), orders(customer_id="a")])
    assert dicts.items == {}


FOUND: dict[str, Any] = {}


def found(api: str, name: str) -> Any:
    """What finds the classes of models that were pickled."""
    return FOUND[name]


def test_copies_of_a_model_keep_what_it_has_aside(
    kept: Callable[..., Any], dicts: Dicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    Thing = kept({"id": TEXT}, schema={"additionalProperties": False})
    dicts.items["things"] = {("a",): {"id": "a", "secret": {"x", "y"}}}
    thing = Thing.load_from_db("a")
    monkeypatch.setitem(FOUND, "Thing", Thing)
    object.__setattr__(Thing.__pym_record__, "finder", lambda: found)
    for copied in (clone(thing), copy.copy(thing), pickle.loads(pickle.dumps(thing))):
        dicts.items["things"] = {}
        Thing.save_to_db(copied)
        assert dicts.items["things"] == {("a",): {"id": "a", "secret": {"x", "y"}}}
