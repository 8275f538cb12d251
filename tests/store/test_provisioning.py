"""Tables of DynamoDB are made, looked at and changed, and waited for."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from upstreams.aws import Aws
from upstreams.server import Server, reply

from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.dynamodb import DynamoDBStore
from pymacaron.store.plans import Found, steps
from pymacaron.store.provisioning import Provisioning
from pymacaron.store.stores import StoreError

ID, CREATED, STATUS = Attribute("id", "S"), Attribute("created_at", "N"), Attribute("status", "S")


@pytest.fixture
def store(aws: Aws) -> Iterator[DynamoDBStore]:
    made = DynamoDBStore(aws.region, aws.endpoint, aws.key_id, aws.secret)
    yield made
    made.close()


@pytest.fixture
def name() -> str:
    return f"t{secrets.token_hex(6)}"


def become(there: Provisioning, wanted: Definition) -> list[str]:
    """The kinds of the steps that were carried out."""
    found = steps(wanted, there.found(wanted.table), drop_indexes=True)
    for step in found:
        if not step.mend:
            there.carry_out(step)
    return [step.kind for step in found]


def test_a_table_becomes_what_is_wanted_and_stays_so(store: DynamoDBStore, name: str) -> None:
    there = Provisioning(store)
    first = Definition(name, Key(ID, CREATED), {"by_status": Key(STATUS, CREATED)}, ttl="ends")
    assert there.found(name) is None
    assert become(there, first) == ["create-table", "set-ttl"]
    assert there.found(name) == Found(first.key, first.indexes, "ends")
    assert become(there, first) == []

    second = Definition(name, first.key, {"by_status": Key(STATUS), "by_time": Key(CREATED, STATUS)})
    assert become(there, second) == ["drop-index", "add-index", "add-index", "clear-ttl"]
    assert there.found(name) == Found(second.key, second.indexes)
    assert become(there, second) == []


def test_items_that_are_there_are_in_an_index_that_is_added(store: DynamoDBStore, name: str) -> None:
    from pymacaron.store.stores import Query

    there, before = Provisioning(store), Definition(name, Key(ID))
    become(there, before)
    store.write(before, [{"id": str(number), "status": "open"} for number in range(3)])
    after = Definition(name, Key(ID), {"by_status": Key(STATUS)})
    become(there, after)
    assert len(store.query(after, Query("open", index="by_status")).items) == 3


def test_an_index_of_a_table_with_capacity_gets_the_same(store: DynamoDBStore, name: str) -> None:
    schema, types = [{"AttributeName": "id", "KeyType": "HASH"}], [{"AttributeName": "id", "AttributeType": "S"}]
    capacity = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
    store.ask(
        "create_table", TableName=name, KeySchema=schema, AttributeDefinitions=types, ProvisionedThroughput=capacity
    )
    there, wanted = Provisioning(store), Definition(name, Key(ID), {"by_status": Key(STATUS)})
    assert there.found(name) == Found(Key(ID), capacity=(3, 2))
    assert become(there, wanted) == ["add-index"]
    told = store.ask("describe_table", TableName=name)["Table"]["GlobalSecondaryIndexes"][0]
    assert {kind: told["ProvisionedThroughput"][kind] for kind in capacity} == capacity


def test_an_index_that_lacks_attributes_is_told(store: DynamoDBStore, name: str) -> None:
    there = Provisioning(store)
    become(there, Definition(name, Key(ID)))
    types = [{"AttributeName": one, "AttributeType": "S"} for one in ("id", "status")]
    made = {
        "IndexName": "by_status",
        "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    store.ask(
        "update_table", TableName=name, AttributeDefinitions=types, GlobalSecondaryIndexUpdates=[{"Create": made}]
    )
    assert there.found(name) == Found(Key(ID), {"by_status": Key(STATUS)}, partial=frozenset(("by_status",)))


# ---- how it is waited


def table(status: str, **more: Any) -> bytes:
    return reply(body={"Table": {"TableStatus": status, **more}})


def waiting(*answers: bytes) -> tuple[Provisioning, Server, list[float]]:
    """Of a DynamoDB that gives *answers* one after the other, the last for ever; and what was waited."""
    left, waits = list(answers), list[float]()
    server = Server(lambda asked: left.pop(0) if len(left) > 1 else left[0])
    store = DynamoDBStore("eu-west-1", server.url, "id", "secret", sleep=waits.append)
    return Provisioning(store, sleep=waits.append, clock=lambda: sum(waits)), server, waits


def test_a_table_is_waited_for_until_it_and_its_indexes_are_active() -> None:
    missing = reply(400, {"__type": "x#ResourceNotFoundException", "message": "Not yet"})
    filling = table("ACTIVE", GlobalSecondaryIndexes=[{"IndexName": "by_status", "IndexStatus": "CREATING"}])
    there, server, waits = waiting(table("CREATING"), missing, table("CREATING"), filling, table("ACTIVE"))
    there.carry_out(steps(Definition("orders", Key(ID)), None)[0])
    assert (waits, len(server.asked)) == ([0.2, 0.4, 0.8], 5)
    server.close()


def test_after_an_hour_nobody_waits_any_more() -> None:
    there, server, waits = waiting(table("CREATING"))
    with pytest.raises(StoreError) as refused:
        there.carry_out(steps(Definition("orders", Key(ID)), None)[0])
    said = "Table 'orders' is CREATING after an hour. Run this again later: it goes on from there"
    assert (str(refused.value), sum(waits) >= 3600) == (said, True)
    server.close()
