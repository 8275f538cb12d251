"""`pymacaron tables`: what is said and done, of DynamoDB as moto has it, of SQLite, and of neither."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from upstreams.aws import Aws

from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.dynamodb import DynamoDBStore
from pymacaron.store.plans import Found, steps
from pymacaron.store.provisioning import Provisioning

from .conftest import Command

ORDER = {
    "type": "object",
    "x-persist": {
        "table": "orders",
        "key": {"hash": "customer_id", "range": "created_at"},
        "indexes": {"by_status": {"hash": "status"}},
        "ttl": "expires_at",
    },
    "properties": {
        "customer_id": {"type": "string"},
        "created_at": {"type": "string", "format": "date-time"},
        "status": {"type": "string"},
        "expires_at": {"type": "integer"},
    },
}
CUSTOMER, CREATED, STATUS = (Attribute(name, "S") for name in ("customer_id", "created_at", "status"))
Served = Callable[..., None]


@pytest.fixture
def served(tmp_path: Path) -> Served:
    """served(schemas, **settings): the service is there."""

    def make(schemas: dict[str, Any], **settings: str) -> None:
        document = {"openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "paths": {}}
        document["components"] = {"schemas": schemas}
        (tmp_path / "apis").mkdir(exist_ok=True)
        (tmp_path / "apis" / "shop.json").write_text(json.dumps(document))
        lines = {"name": "shop", "live_host": "http://localhost", **settings}
        config = "".join(f"{name}: {json.dumps(value)}\n" for name, value in lines.items())
        (tmp_path / "pym-config.yaml").write_text(config)

    return make


@pytest.fixture
def settings(aws: Aws) -> dict[str, str]:
    """Of a service whose tables are in DynamoDB, with names of their own."""
    return {**aws.settings, "table_prefix": f"t{secrets.token_hex(4)}-"}


@pytest.fixture
def there(aws: Aws) -> Provisioning:
    return Provisioning(DynamoDBStore(aws.region, aws.endpoint, aws.key_id, aws.secret))


def test_plan_says_what_create_does_and_changes_nothing(
    pymacaron: Command, served: Served, settings: dict[str, str], there: Provisioning
) -> None:
    served({"Order": ORDER}, **settings)
    table = f"{settings['table_prefix']}orders"
    made = f"{table}: create the table: hash customer_id (S), range created_at (S); index by_status: hash status (S)"
    ends = f"{table}: let items end by expires_at"

    done = pymacaron("tables", "plan")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{made}\n{ends}\n2 steps; nothing was changed. Run: pymacaron tables create\n"
    assert there.found(table) is None

    done = pymacaron("tables", "create")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{made}, done\n{ends}, done\n2 steps done\n", "")
    assert there.found(table) == Found(Key(CUSTOMER, CREATED), {"by_status": Key(STATUS)}, "expires_at")

    for action in ("plan", "create"):
        done = pymacaron("tables", action)
        assert (done.returncode, done.stdout) == (0, f"{table}: nothing to do\n")


def test_an_index_is_dropped_when_that_is_asked_for(
    pymacaron: Command, served: Served, settings: dict[str, str], there: Provisioning
) -> None:
    served({"Order": ORDER}, **settings)
    table = f"{settings['table_prefix']}orders"
    indexes = {"by_status": Key(STATUS), "old": Key(CREATED)}
    for step in steps(Definition(table, Key(CUSTOMER, CREATED), indexes, "expires_at"), None):
        there.carry_out(step)

    said = f"{table}: drop index old, which no description names"
    done = pymacaron("tables", "create")
    expected = f"{said}. Give --drop-indexes to have it dropped\n0 steps done, 1 not\n"
    assert (done.returncode, done.stdout) == (0, expected)
    done = pymacaron("tables", "create", "--drop-indexes", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (
        0,
        [
            {
                "table": table,
                "step": "drop-index",
                "name": "old",
                "text": "drop index old, which no description names",
                "mend": None,
                "done": True,
            }
        ],
    )
    assert there.found(table) == Found(Key(CUSTOMER, CREATED), {"by_status": Key(STATUS)}, "expires_at")


def test_a_key_that_is_another_fails_create_and_not_plan(
    pymacaron: Command, served: Served, settings: dict[str, str], there: Provisioning
) -> None:
    served({"Order": ORDER}, **settings)
    table = f"{settings['table_prefix']}orders"
    there.carry_out(steps(Definition(table, Key(CUSTOMER)), None)[0])
    said = (
        f"{table}: its key is hash customer_id (S), and hash customer_id (S), range created_at (S) is wanted. A key "
        "cannot be changed: give the description another table, run this again, copy the items, and delete this one\n"
    )
    done = pymacaron("tables", "plan")
    assert (done.returncode, done.stdout) == (0, f"{said}nothing was changed\n")
    done = pymacaron("tables", "create")
    assert (done.returncode, done.stdout) == (1, f"{said}0 steps done, 1 not\n")


def test_tables_of_sqlite_make_themselves_and_create_makes_them(
    pymacaron: Command, served: Served, tmp_path: Path
) -> None:
    served({"Order": ORDER}, table_prefix="eu-")
    done = pymacaron("tables", "plan")
    assert (done.returncode, done.stdout) == (0, "eu-orders: makes itself when it is first used, in SQLite\n")
    assert list(tmp_path.glob("*.sqlite3")) == []
    done = pymacaron("tables", "create")
    assert (done.returncode, done.stdout) == (0, "eu-orders: is there\n")
    with sqlite3.connect(tmp_path / "shop-store.sqlite3") as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    file.close()
    assert any("eu-orders" in name for name in names)


def test_a_key_that_is_another_in_sqlite_fails_plan_as_it_does_create(
    pymacaron: Command, served: Served, tmp_path: Path
) -> None:
    served({"Order": ORDER})
    assert pymacaron("tables", "create").returncode == 0
    assert pymacaron("tables", "plan").stdout == "orders: makes itself when it is first used, in SQLite\n"
    served({"Order": {**ORDER, "x-persist": {"table": "orders", "key": {"hash": "customer_id"}}}})
    said = (
        "error: orders has the key customer_id (S), created_at (S), and x-persist says customer_id (S); a key cannot "
        "be changed: give the table another name, and copy the items\n"
    )
    for action in ("plan", "create"):
        done = pymacaron("tables", action)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


def test_a_prefix_that_no_name_can_have_is_told_before_anything_is_done(
    pymacaron: Command, served: Served, tmp_path: Path
) -> None:
    for prefix in ("bad prefix/", "x" * 250):
        served({"Order": ORDER}, table_prefix=prefix)
        for action in ("plan", "create"):
            done = pymacaron("tables", action)
            assert (done.returncode, done.stdout) == (1, "")
            assert done.stderr == (
                "error: shop, schema Order: x-persist: with table_prefix before it the table is "
                f"{prefix + 'orders'!r:.80}, which is no name of one; "
                "at most 255 letters, digits, '_', '-' and '.' are\n"
            )
    assert list(tmp_path.glob("*.sqlite3")) == []


def test_the_template_needs_no_aws(pymacaron: Command, served: Served) -> None:
    served({"Order": ORDER}, table_prefix="eu-")
    as_yaml = pymacaron("tables", "plan", "--cloudformation")
    as_json = pymacaron("tables", "plan", "--cloudformation", "--json")
    assert (as_yaml.returncode, as_json.returncode) == (0, 0)
    assert as_yaml.stdout.startswith("AWSTemplateFormatVersion: '2010-09-09'\nDescription: Tables of shop\nResources:")
    made = json.loads(as_json.stdout)
    assert made["Resources"]["EuOrdersTable"]["Properties"]["TableName"] == "eu-orders"


def test_where_no_schema_names_a_table_that_is_said(pymacaron: Command, served: Served) -> None:
    served({"Order": {"type": "object"}})
    done = pymacaron("tables", "plan")
    assert (done.returncode, done.stdout) == (0, "no schema names a table in x-persist\n")
    done = pymacaron("tables", "plan", "--cloudformation")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: no schema names a table in x-persist, and a template has to have one\n"


def test_two_schemas_that_want_one_table_otherwise_are_told(pymacaron: Command, served: Served) -> None:
    other = {**ORDER, "x-persist": {"table": "orders", "key": {"hash": "status"}}}
    served({"Order": ORDER, "Same": ORDER, "Other": other})
    done = pymacaron("tables", "plan")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: table 'orders' is wanted in two ways, by schema Other of shop and by another\n"


@pytest.mark.parametrize("action", ["plan", "create"])
def test_a_store_url_that_names_no_store_is_not_taken_for_sqlite(
    pymacaron: Command, served: Served, action: str
) -> None:
    served({"Order": ORDER}, store_url="dynamo://me:hidden@somewhere")
    done = pymacaron("tables", action)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: store_url begins with dynamo://: write dynamodb://, sqlite:///FILE or memory://, or leave it out for a "
        "file beside the service\n"
    )


def test_a_store_that_cannot_be_reached_is_said_without_what_is_secret(pymacaron: Command, served: Served) -> None:
    served(
        {"Order": ORDER},
        store_url="dynamodb://127.0.0.1:1",
        aws_region="eu-west-1",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="wJalrXUtnFEMIEXAMPLEKEY",
    )
    done = pymacaron("tables", "create")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: DynamoDB at http://127.0.0.1:1 cannot be reached: EndpointConnectionError\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plna"], "'plna' is not one of 'plan', 'create'. Did you mean 'plan'?"),
        (["create", "--cloudformation"], "--cloudformation writes a template, and makes nothing. It goes with plan"),
    ],
)
def test_what_is_called_wrongly_is_said(pymacaron: Command, arguments: list[str], said: str) -> None:
    done = pymacaron("tables", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
