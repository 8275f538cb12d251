"""The template makes what `pymacaron tables create` makes, and a linter of AWS' own finds nothing wrong with it."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
from upstreams.aws import Aws

from pymacaron.source.writing import dump_yaml
from pymacaron.store.cloudformation import template
from pymacaron.store.definition import Attribute, Definition, Key
from pymacaron.store.dynamodb import DynamoDBStore
from pymacaron.store.plans import steps
from pymacaron.store.provisioning import Provisioning


def tables(prefix: str) -> list[Definition]:
    customer, created = Attribute("customer_id", "S"), Attribute("created_at", "S")
    status, total = Attribute("status", "S"), Attribute("total", "N")
    indexes = {"by_status": Key(status, created), "by_total": Key(status, total)}
    orders = Definition(f"{prefix}orders", Key(customer, created), indexes, ttl="expires_at", version="revision")
    return [orders, Definition(f"{prefix}blobs", Key(Attribute("digest", "B")))]


def test_a_table_is_a_resource_that_outlives_its_stack() -> None:
    assert template(tables("eu-"), "shop")["Resources"]["EuBlobsTable"] == {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "TableName": "eu-blobs",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "digest", "AttributeType": "B"}],
            "KeySchema": [{"AttributeName": "digest", "KeyType": "HASH"}],
        },
    }


def test_names_that_differ_in_signs_alone_are_resources_of_their_own() -> None:
    named = [Definition(name, Key(Attribute("id", "S"))) for name in ("a.b-c", "a-b.c", "a_b_c")]
    assert sorted(template(named, "shop")["Resources"]) == ["ABCTable", "ABCTable2", "ABCTable3"]


def test_items_end_where_the_table_says_so() -> None:
    made = template(tables(""), "shop")["Resources"]
    found = {name: table["Properties"].get("TimeToLiveSpecification") for name, table in made.items()}
    assert found == {"OrdersTable": {"AttributeName": "expires_at", "Enabled": True}, "BlobsTable": None}


def test_the_linter_finds_nothing(tmp_path: Path) -> None:
    made = template(tables("eu-"), "shop")
    (tmp_path / "tables.yaml").write_text(dump_yaml(made))
    (tmp_path / "tables.json").write_text(json.dumps(made))
    command = [
        str(Path(sys.executable).parent / "cfn-lint"),
        "--regions",
        "eu-west-1",
        "--",
        "tables.yaml",
        "tables.json",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_stack_has_the_tables_that_create_makes(aws: Aws) -> None:
    own = f"t{secrets.token_hex(4)}-"
    keys = {"aws_access_key_id": aws.key_id, "aws_secret_access_key": aws.secret}
    stacks = boto3.client("cloudformation", region_name=aws.region, endpoint_url=aws.endpoint, **keys)
    stacks.create_stack(StackName=own.rstrip("-"), TemplateBody=dump_yaml(template(tables(own), "shop")))

    store = DynamoDBStore(aws.region, aws.endpoint, aws.key_id, aws.secret)
    there = Provisioning(store)
    for table in tables(own):  # what moto's CloudFormation does not do of it: time to live
        assert [step.kind for step in steps(table, there.found(table.table))] == ["set-ttl"] * (table.ttl is not None)
    for table in tables(f"{own}2-"):
        for step in steps(table, None):
            there.carry_out(step)
    for one, other in zip(tables(own), tables(f"{own}2-"), strict=True):
        assert _description(store, one.table) == _description(store, other.table)


def _description(store: DynamoDBStore, table: str) -> Any:
    """Without what names the one table, or tells when it was made."""
    told = store.ask("describe_table", TableName=table)["Table"]
    for one in (told, *told.get("GlobalSecondaryIndexes", ())):
        for name in ("TableName", "TableArn", "TableId", "CreationDateTime", "IndexArn"):
            one.pop(name, None)
    told["BillingModeSummary"].pop("LastUpdateToPayPerRequestDateTime", None)
    for several in (told["AttributeDefinitions"], told.get("GlobalSecondaryIndexes", [])):
        several.sort(key=str)
    return told
